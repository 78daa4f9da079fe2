#include "command.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <nlohmann/json.hpp>

namespace hone::tools {

std::string grouped(unsigned long long number) {
  std::string text = std::to_string(number);
  for (auto i = static_cast<std::ptrdiff_t>(text.size()) - 3; i > 0; i -= 3)
    text.insert(static_cast<std::size_t>(i), ",");
  return text;
}

std::string short_text(double v) {
  char text[32];
  const double magnitude = std::fabs(v);
  const int decimals = magnitude >= 100 || magnitude == 0 ? 0
                       : magnitude >= 10                  ? 1
                       : magnitude >= 1                   ? 2
                       : magnitude >= 0.1                 ? 3
                                                          : 4;
  if (magnitude != 0 && (magnitude < 0.001 || magnitude >= 1e7))
    std::snprintf(text, sizeof text, "%.3g", v);
  else
    std::snprintf(text, sizeof text, "%.*f", decimals, v);
  return text;
}

std::string size_text(std::size_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  const bool large = bytes >= 1024 * 1024;
  const double units = static_cast<double>(bytes) / (large ? 1024.0 * 1024 : 1024.0);
  const bool whole = units == std::floor(units);
  return (whole ? grouped(static_cast<unsigned long long>(units)) : short_text(units)) + (large ? " MB" : " kB");
}

std::string bar(double fraction, int width) {
  static const char* const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int filled = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * width * 8));
  std::string text;
  for (int i = 0; i < filled / 8; ++i) text += "█";
  return text + eighths[filled % 8];
}

namespace {
/// Columns a terminal shows: UTF-8 continuation bytes take none.
std::size_t shown(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}
}  // namespace

void print_table(const std::vector<std::vector<std::string>>& rows, std::string_view alignment) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], shown(row[c]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string space(widths[c] - shown(row[c]), ' ');
      const bool right = c < alignment.size() && alignment[c] == 'r';
      line += (c == 0 ? "" : "  ") + (right ? space + row[c] : row[c] + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::puts(line.c_str());
  }
}

std::string json_text(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

void write_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) throw Stop(bad_usage, "cannot write '" + path + "'");
}

}  // namespace hone::tools
