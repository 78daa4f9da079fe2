// The page of `hone bench --html`: text, CSS and one drawing, made here; nothing is loaded from elsewhere.
#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "report_html.hpp"

namespace hone::tools {
namespace {

const char* const style = R"(
:root{--ink:#1c2430;--soft:#5b6675;--line:#d8dde4;--f32:#2b6cb0;--i8:#c05621;--other:#2f855a;--paper:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa5b4;--line:#37404c;--f32:#63a4e8;--i8:#f0935a;--other:#68c79a;--paper:#14181e}}
body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;margin:.4rem 0}h2{font-size:1.1rem;margin:2rem 0 .3rem}p{color:var(--soft);margin:.3rem 0}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.85rem}
th{text-align:left;font-weight:600;color:var(--soft)}th,td{padding:.2rem .5rem .2rem 0;border-bottom:1px solid var(--line);white-space:nowrap}
.n{text-align:right;font-variant-numeric:tabular-nums}td.b{width:35%;min-width:8rem}
.b div{height:.8rem;border-radius:2px;background:var(--other);min-width:1px}.b .f32{background:var(--f32)}.b .i8{background:var(--i8)}
svg{width:100%;height:auto}svg text{fill:var(--ink);font-size:11px}svg .soft{fill:var(--soft)}
svg .f32{fill:var(--f32);stroke:var(--f32)}svg .i8{fill:var(--i8);stroke:var(--i8)}svg .axis{stroke:var(--line)}svg .roof{stroke:var(--soft);fill:none}
svg text.f32,svg text.i8{stroke:none}svg circle{fill-opacity:.75;stroke:none}
@media(max-width:40rem){.x{display:none}table{font-size:.75rem}td.b{min-width:4rem}svg text{font-size:19px}svg circle{r:7px}}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--f32:#2b6cb0;--i8:#c05621;--other:#2f855a;--paper:#fff}body{max-width:none;padding:0}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}tr{break-inside:avoid}h2{break-after:avoid}})";

std::string cell(const std::string& inner) { return tag("td", inner); }
/// Left out on a narrow screen.
std::string extra(const std::string& inner) { return tag("td", inner, "x"); }
std::string figure(double value, const char* kind = "n") {
  return tag("td", value > 0 ? short_text(value) : "-", kind);
}
std::string microseconds(const Json& row, const char* kind = "n") {
  return tag("td", short_text(number(row, "median_ns") * 1e-3), kind);
}

std::string peaks_table(const Json& board, const Json& before) {
  std::string rows = tag("tr", tag("th", "tier") + tag("th", "f32 GFLOP/s", "n") + tag("th", "int8 GOP/s", "n") +
                                   tag("th", "bf16", "n x") + tag("th", "L1 GB/s", "n") + tag("th", "L2", "n") +
                                   tag("th", "DRAM", "n"));
  const auto add = [&rows](const Json& machine, const std::string& suffix) {
    for (const auto& [tier, p] : machine["peaks"].items()) {
      std::string name = escaped(tier) + (machine["chosen"] == tier ? ", chosen" : "") + suffix, cells = cell(name);
      for (const char* key : {"f32_gflops", "i8_gops", "bf16_gflops", "l1_gbps", "l2_gbps", "dram_gbps"}) {
        cells += figure(p.contains(key) ? number(p, key) : 0, key[0] == 'b' ? "n x" : "n");
      }
      rows += tag("tr", cells);
    }
  };
  add(board["machine"], "");
  const bool has = !before.is_null() && before["machine"].contains("peaks") && before["machine"].contains("chosen");
  if (has && before["machine"]["peaks"].is_object()) add(before["machine"], " (compared)");
  return tag("h2", "What one core can do at most") + tag("div", tag("table", rows), "wide");
}

/// For each pruned product: how many times faster than the dense one of the same size.
std::string sparse_table(const Json& board) {
  std::string rows;
  for (const Json& row : board["rows"]) {
    if (row["group"] != "sparse" || row["op"] != "sparse") continue;
    for (const Json& dense : board["rows"]) {
      const std::string shape = row["shape"], size = dense["shape"];
      if (dense["group"] != "sparse" || dense["op"] != "dense" || dense["tier"] != row["tier"] ||
          dense["dtype"] != row["dtype"] || !shape.starts_with(size + " ")) {
        continue;
      }
      const double speed = number(dense, "median_ns") / number(row, "median_ns");
      rows += tag("tr", cell(text_of(row, "shape")) + extra(text_of(row, "dtype")) + extra(text_of(row, "tier")) +
                            microseconds(dense, "n x") + microseconds(row, "n x") +
                            tag("td", short_text(speed) + "x", "n") + bar_cell(speed / 10, colour(row)));
    }
  }
  if (rows.empty()) return {};
  rows = tag("tr", tag("th", "product, share of zeros") + tag("th", "type", "x") + tag("th", "tier", "x") +
                       tag("th", "dense us", "n x") + tag("th", "sparse us", "n x") + tag("th", "faster", "n") +
                       tag("th", "to 10x")) +
         rows;
  return tag("h2", "Pruned weights: sparse against dense") + tag("div", tag("table", rows), "wide");
}

std::string group_tables(const Json& board, const Json& before) {
  std::string page, rows, group;
  // With several tiers a row is nothing without its own.
  const bool several = std::any_of(board["rows"].begin(), board["rows"].end(),
                                   [&](const Json& row) { return row["tier"] != board["rows"][0]["tier"]; });
  const char* const narrow_tier = several ? "" : "x";
  const auto flush = [&] {
    if (!rows.empty()) page += tag("h2", escaped(group)) + tag("div", tag("table", rows), "wide");
    rows =
        tag("tr", tag("th", "operator", "x") + tag("th", "type") + tag("th", "shape") + tag("th", "tier", narrow_tier) +
                      tag("th", "us", "n") + (before.is_null() ? "" : tag("th", "compared", "n")) +
                      tag("th", "GOP/s", "n x") + tag("th", "GB/s", "n x") + tag("th", "limit", "x") +
                      tag("th", "%", "n") + tag("th", "of the limit"));
  };
  for (const Json& row : board["rows"]) {
    if (row["group"] != group) {
      if (group.empty()) rows.clear();
      flush();
      group = row["group"];
    }
    const double fraction = number(row, "fraction");
    const Json* was = before.is_null() ? nullptr : find_row(before, row);
    const std::string peak = text_of(row, "peak");
    rows += tag("tr", extra(text_of(row, "op")) + cell(text_of(row, "dtype")) + cell(text_of(row, "shape")) +
                          tag("td", text_of(row, "tier"), narrow_tier) + microseconds(row) +
                          (before.is_null() ? ""
                           : was == nullptr ? cell("")
                                            : microseconds(*was)) +
                          figure(number(row, "gops"), "n x") + figure(number(row, "gbps"), "n x") +
                          extra(peak.substr(0, peak.find('_'))) + tag("td", short_text(100 * fraction), "n") +
                          bar_cell(fraction, colour(row)));
  }
  flush();
  return page;
}

}  // namespace

std::string html_report(const Json& board, const Json& before, const std::string& note) {
  const Json& machine = board["machine"];
  std::string tier = machine["chosen"];
  if (!board["rows"].empty() &&
      std::none_of(board["rows"].begin(), board["rows"].end(), [&](const Json& r) { return r["tier"] == tier; })) {
    tier = board["rows"][0]["tier"];
  }
  std::string page =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>Hone: " +
      text_of(machine, "cpu") + "</title><style>" + style + "</style></head><body>";
  page += tag("h1", text_of(machine, "cpu")) +
          tag("p", "What this machine does with Hone, beside what its instructions and memory allow. " + escaped(note) +
                       ".");
  if (!before.is_null() && before["machine"].contains("cpu"))
    page += tag("p", "Compared: " + text_of(before["machine"], "cpu"));
  page += peaks_table(board, before);
  const std::string roofline = roofline_svg(board, tier);
  if (!roofline.empty()) {
    page += tag("h2", "Every kernel under the roofline, tier " + escaped(tier)) +
            tag("p",
                "A dot on a roof is at its limit: level roofs are arithmetic (f32 blue, int8 orange), sloping ones "
                "reading from each level of memory.") +
            roofline;
  }
  return page + sparse_table(board) + group_tables(board, before) + "</body></html>\n";
}

}  // namespace hone::tools
