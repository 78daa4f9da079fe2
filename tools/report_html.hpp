// What the parts of the page share.
#pragma once
#include <algorithm>
#include <cstdio>
#include <string>

#include <nlohmann/json.hpp>

#include "report.hpp"

namespace hone::tools {

inline std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '&')
      safe += "&amp;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += c;
  }
  return safe;
}
inline std::string text_of(const Json& row, const char* key) { return escaped(row[key].get<std::string>()); }
inline double number(const Json& row, const char* key) { return row[key].is_number() ? row[key].get<double>() : 0; }
inline std::string tag(const char* name, const std::string& inner, const char* kind = "") {
  return std::string("<") + name + (*kind != '\0' ? std::string(" class=\"") + kind + "\"" : "") + ">" + inner + "</" +
         name + ">";
}
inline const char* colour(const Json& row) { return row["dtype"] == "f32" ? "f32" : row["dtype"] == "i8" ? "i8" : ""; }
inline std::string bar_cell(double share, const char* kind) {
  char width[32];
  std::snprintf(width, sizeof width, "%.1f%%", 100 * std::clamp(share, 0.0, 1.0));
  return "<td class=\"b\"><div class=\"" + std::string(kind) + "\" style=\"width:" + width + "\"></div></td>";
}

/// Every kernel of a tier under the limits of its instructions and of memory, log-log: operations a byte across, 10^9
/// operations a second upwards. Empty when there is nothing to draw.
std::string roofline_svg(const Json& board, const std::string& tier);

}  // namespace hone::tools
