#include "report.hpp"

#include <fstream>

#include <nlohmann/json.hpp>

namespace hone::tools {

Json read_board(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Stop(bad_usage, "--compare: cannot read '" + path + "'");
  Json board = Json::parse(file, nullptr, false);
  bool good = board.is_object() && board.contains("machine") && board["machine"].is_object() &&
              board.contains("rows") && board["rows"].is_array();
  for (std::size_t i = 0; good && i < board["rows"].size(); ++i) {
    const Json& row = board["rows"][i];
    good = row.is_object();
    for (const char* key : {"group", "op", "dtype", "shape", "tier", "backend", "library"}) {
      good = good && row.contains(key) && row[key].is_string();
    }
    for (const char* key : {"threads", "median_ns", "gops", "gbps", "fraction"}) {
      good = good && row.contains(key) && row[key].is_number();
    }
  }
  if (!good) throw Stop(bad_usage, "--compare: '" + path + "' is not what 'hone bench --json' writes");
  return board;
}

const Json* find_row(const Json& board, const Json& row) {
  for (const Json& other : board["rows"]) {
    bool same = true;
    for (const char* key : {"group", "op", "dtype", "shape", "tier", "threads", "backend", "library"}) {
      same = same && other[key] == row[key];
    }
    if (same) return &other;
  }
  return nullptr;
}

}  // namespace hone::tools
