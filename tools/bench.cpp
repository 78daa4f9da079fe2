// hone bench: what this machine can do, kernel by kernel, beside what its instructions and memory allow.
#include <algorithm>
#include <cctype>
#include <map>
#include <memory>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "../bench/bench.hpp"
#include "../bench/peaks.hpp"
#include "../include/hone/thread_pool.hpp"
#include "command.hpp"
#include "machine.hpp"
#include "report.hpp"

namespace hone::tools {
namespace {

struct BenchOptions {
  std::vector<std::string> groups;
  std::string tier, json, html, compare;
  std::size_t threads = 1;
  bool quick = false;
};

std::vector<bench::Group> chosen_groups(const std::vector<std::string>& names) {
  std::vector<bench::Group> chosen;
  std::string known;
  for (const bench::Group& group : bench::groups()) {
    known += (known.empty() ? "" : ", ") + std::string(group.name);
    if (names.empty() || std::find(names.begin(), names.end(), group.name) != names.end()) chosen.push_back(group);
  }
  for (const std::string& name : names) {
    const bool found = std::any_of(chosen.begin(), chosen.end(), [&](const bench::Group& g) { return g.name == name; });
    if (!found) throw Stop(bad_usage, "unknown group '" + name + "'; the groups are " + known);
  }
  return chosen;
}

std::vector<Tier> chosen_tiers(const std::string& name) {
  if (name.empty()) return {value(cpu::chosen())};
  if (name != "all") return {value(cpu::find(name))};
  std::vector<Tier> all;
  for (const cpu::TierInfo& t : cpu::tiers()) {
    if (t.usable()) all.push_back(t.tier);
  }
  return all;
}

Json machine_json(const std::map<Tier, bench::Peaks>& peaks) {
  const Tier chosen = value(cpu::chosen());
  Json j = {{"cpu", cpu_name()}, {"tiers", Json::array()}, {"chosen", cpu::name_of(chosen)}, {"peaks", Json::object()}};
  for (const cpu::TierInfo& t : cpu::tiers()) {
    j["tiers"].push_back(
        {{"name", t.name}, {"compiled", t.compiled}, {"supported", t.supported}, {"chosen", t.tier == chosen}});
  }
  for (const auto& [tier, p] : peaks) {
    Json& to = j["peaks"][cpu::name_of(tier)];
    to = {{"f32_gflops", p.f32_gflops}, {"i8_gops", p.i8_gops}, {"bf16_gflops", nullptr},
          {"l1_gbps", p.l1_gbps},       {"l2_gbps", p.l2_gbps}, {"dram_gbps", p.dram_gbps}};
    if (p.bf16_gflops > 0) to["bf16_gflops"] = p.bf16_gflops;
  }
  return j;
}

Json row_json(const bench::Row& r) {
  return {{"group", r.group},
          {"op", r.op},
          {"dtype", r.dtype},
          {"shape", r.shape},
          {"tier", r.tier},
          {"threads", r.threads},
          {"backend", r.backend},
          {"library", r.library},
          {"median_ns", r.median_ns},
          {"min_ns", r.min_ns},
          {"gops", r.gops()},
          {"gbps", r.gbps()},
          {"peak", r.peak},
          {"fraction", r.fraction},
          {"cpu_over_wall", r.cpu_over_wall}};
}

std::string time_text(double ns) {
  if (ns < 1e3) return short_text(ns) + " ns";
  return ns < 1e6 ? short_text(ns * 1e-3) + " us" : short_text(ns * 1e-6) + " ms";
}

void print_peaks(const std::map<Tier, bench::Peaks>& peaks) {
  std::vector<std::vector<std::string>> rows = {
      {"tier", "f32 GFLOP/s", "i8 GOP/s", "L1 GB/s", "L2 GB/s", "L3 GB/s", "DRAM GB/s"}};
  const auto text = [](double v) { return v > 0 ? short_text(v) : std::string("-"); };
  for (const auto& [tier, p] : peaks) {
    rows.push_back({cpu::name_of(tier), text(p.f32_gflops), text(p.i8_gops), text(p.l1_gbps), text(p.l2_gbps),
                    text(p.l3_gbps), text(p.dram_gbps)});
  }
  std::printf("%s: what one core can do at most, measured\n", cpu_name().c_str());
  print_table(rows, "lrrrrrr");
}

void print_rows(const Json& rows, const std::vector<bench::Case>& cases, const Json& before) {
  std::string group;
  std::vector<std::vector<std::string>> table;
  const auto flush = [&] {
    if (table.size() > 1) {
      std::printf("\n%s\n", group.c_str());
      print_table(table, before.is_null() ? "llllrrrl" : "llllrrrlr");
    }
    table = {{"op", "type", "shape", "tier", "time", "GOP/s", "GB/s", "of the peak"}};
    if (!before.is_null()) table[0].emplace_back("was");
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Json& r = rows[i];
    if (r["group"] != group) {
      flush();
      group = r["group"];
    }
    const double fraction = r["fraction"];
    const std::string peak = r["peak"].get<std::string>();
    std::string level = peak.substr(0, peak.find('_'));
    if (peak.ends_with("gbps"))
      std::transform(level.begin(), level.end(), level.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    char percent[8];
    std::snprintf(percent, sizeof percent, "%3.0f %%", 100 * fraction);
    std::string share = std::string(percent) + " " + level;
    share += std::string(share.size() < 10 ? 10 - share.size() : 0, ' ') + " " + bar(fraction, 16);
    table.push_back({r["op"], r["dtype"], r["shape"], r["tier"],
                     time_text(r["median_ns"]) + (cases[i].row.quiet ? "" : " ~"), short_text(r["gops"]),
                     short_text(r["gbps"]), share});
    if (before.is_null()) continue;
    const Json* was = find_row(before, r);
    table.back().push_back(
        was == nullptr ? "" : short_text((*was)["median_ns"].get<double>() / r["median_ns"].get<double>()) + "x");
  }
  flush();
}

void run(const BenchOptions& o) {
  if (!bench::can_sample()) throw Stop(no_device, "this build has no benchmarks: Google Benchmark was not found");
  const std::vector<bench::Group> groups = chosen_groups(o.groups);
  const std::vector<Tier> tiers = chosen_tiers(o.tier);
  const Json before = o.compare.empty() ? Json() : read_board(o.compare);
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const auto progress = [terminal, shown = -1](double done) mutable {
    const int percent = static_cast<int>(done * 100);
    if (terminal && percent != shown) std::fprintf(stderr, "\rmeasuring: %d %%", shown = percent);
  };

  std::map<Tier, bench::Peaks> peaks;
  const auto measure_peaks = [&] {
    for (const cpu::TierInfo& t : cpu::tiers()) {
      if (t.usable()) peaks[t.tier] = bench::best_of(peaks[t.tier], bench::measure_peaks(t.tier, o.quick ? 0.1 : 0.3));
    }
  };
  measure_peaks();
  std::unique_ptr<ThreadPool> pool;
  Parallel parallel;
  if (o.threads > 1) {
    pool = std::make_unique<ThreadPool>(o.threads);
    parallel = Parallel(*pool, pool->threads());
  }
  std::vector<bench::Case> cases;
  for (const bench::Group& group : groups) {
    for (const Tier tier : tiers) {
      value(cpu::force(tier));
      bench::Cases made({tier, parallel, o.quick});
      group.add(made);
      for (bench::Case& c : made.take()) cases.push_back(std::move(c));
    }
  }
  bench::SampleOptions sampling;
  if (o.quick) sampling = {5, 0.002, 12};
  const bench::SampleTotals totals = bench::take_samples(cases, sampling, progress);
  if (terminal) std::fputs("\r\033[K", stderr);
  measure_peaks();  // again: the limit is the best that was ever seen

  Json board = {{"machine", machine_json(peaks)}, {"rows", Json::array()}};
  for (bench::Case& c : cases) {
    const bench::Limit limit =
        bench::limit_of(peaks[c.tier], c.row.dtype, c.row.operations, c.row.bytes, c.row.bytes, c.row.threads);
    c.row.peak = limit.peak;
    c.row.fraction = limit.seconds / (c.row.median_ns * 1e-9);
    board["rows"].push_back(row_json(c.row));
  }
  std::string note = std::to_string(totals.samples) + " samples, " + std::to_string(totals.dropped) +
                     " dropped because the machine was busy";
  if (totals.rows_without_quiet > 0)
    note += "; " + std::to_string(totals.rows_without_quiet) +
            " rows had no quiet sample: theirs are of the least busy ones";
  if (!o.html.empty()) write_file(o.html, html_report(board, before, note));
  if (!o.json.empty() && o.json != "-") write_file(o.json, json_text(board) + "\n");
  if (o.json == "-") return static_cast<void>(std::puts(json_text(board).c_str()));
  print_peaks(peaks);
  print_rows(board["rows"], cases, before);
  std::printf("\n%s\n", note.c_str());
}

}  // namespace

void add_bench(CLI::App& app) {
  CLI::App* command = app.add_subcommand("bench", "What this machine can do, kernel by kernel");
  auto o = std::make_shared<BenchOptions>();
  std::string known;
  for (const bench::Group& group : bench::groups()) known += (known.empty() ? "" : ", ") + std::string(group.name);
  command->add_option("GROUP", o->groups, "Which: " + known + " (default: all)");
  command->add_flag("--quick", o->quick, "Fewer shapes and samples: under 20 s");
  command->add_option("--tier", o->tier, "A tier, or all (default: the chosen one)");
  command->add_option("--threads", o->threads, "Threads (default 1)")->check(CLI::Range(1, 1024));
  command->add_option("--json", o->json, "Write the figures to a file as JSON; - for stdout");
  command->add_option("--html", o->html, "Write a report that a browser shows");
  command->add_option("--compare", o->compare, "A file that --json wrote: shown beside");
  command->callback([o] { run(*o); });
}

}  // namespace hone::tools
