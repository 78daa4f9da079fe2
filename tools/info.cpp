// hone info: the CPU, the tiers and which of them the kernels use, caches, GPUs, libraries.
#include <memory>

#if __has_include(<flatbuffers/base.h>)
#include <flatbuffers/base.h>
#endif
#include <CLI/CLI.hpp>
#include <hwy/base.h>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "machine.hpp"

namespace hone::tools {
namespace {

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

Json libraries() {
  Json all = Json::object();
  all["highway"] = dotted(HWY_MAJOR, HWY_MINOR, HWY_PATCH);
  all["expected"] = dotted(TL_EXPECTED_VERSION_MAJOR, TL_EXPECTED_VERSION_MINOR, TL_EXPECTED_VERSION_PATCH);
#ifdef FLATBUFFERS_VERSION_MAJOR
  all["flatbuffers"] = dotted(FLATBUFFERS_VERSION_MAJOR, FLATBUFFERS_VERSION_MINOR, FLATBUFFERS_VERSION_REVISION);
#endif
  all["cli11"] = CLI11_VERSION;
  all["nlohmann_json"] = dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH);
  return all;
}

Json collect() {
  const Tier chosen = value(cpu::chosen());
  const char* asked = std::getenv("HONE_TIER");
  Json j;
  j["version"] = HONE_VERSION;
  j["cpu"] = cpu_name();
  j["arch"] = architecture();
  j["compiler"] = compiler_name();
  j["tiers"] = Json::array();
  for (const cpu::TierInfo& t : cpu::tiers()) {
    j["tiers"].push_back(
        {{"name", t.name}, {"compiled", t.compiled}, {"supported", t.supported}, {"chosen", t.tier == chosen}});
  }
  j["chosen"] = cpu::name_of(chosen);
  j["why"] = asked != nullptr && *asked != '\0' ? "HONE_TIER=" + std::string(asked) : "best supported";
  j["caches"] = Json::array();
  for (const Cache& c : caches()) {
    j["caches"].push_back({{"level", c.level}, {"type", c.type}, {"bytes", c.bytes}, {"shared_by", c.shared_by}});
  }
  j["gpus"] = Json::array();
  j["libraries"] = libraries();
  return j;
}

void print(const Json& j) {
  std::printf("Hone %s, compiled by %s\n\n", j["version"].get<std::string>().c_str(),
              j["compiler"].get<std::string>().c_str());
  std::printf("CPU        %s (%s)\n\nTiers\n", j["cpu"].get<std::string>().c_str(),
              j["arch"].get<std::string>().c_str());
  std::vector<std::vector<std::string>> rows;
  for (const cpu::TierInfo& t : cpu::tiers()) {
    const bool chosen = j["chosen"] == t.name;
    const std::string state = !t.compiled    ? "not in this build"
                              : !t.supported ? "not on this CPU"
                              : chosen       ? "chosen: " + j["why"].get<std::string>()
                                             : "usable";
    rows.push_back({chosen ? "  >" : "   ", t.name, state, t.made_for});
  }
  print_table(rows, "llll");
  std::puts("\nCaches");
  rows.clear();
  for (const Json& c : j["caches"]) {
    const int sharers = c["shared_by"];
    rows.push_back({"   ", "L" + std::to_string(c["level"].get<int>()), c["type"], size_text(c["bytes"]),
                    sharers > 1 ? "shared by " + std::to_string(sharers) + " CPUs" : ""});
  }
  print_table(rows, "lllrl");
  if (rows.empty()) std::puts("    not known");
  std::puts("\nGPUs       none: this build runs on the CPU");
  std::string text;
  for (const auto& [name, version] : j["libraries"].items()) {
    text += (text.empty() ? "" : ", ") + name + " " + version.get<std::string>();
  }
  std::printf("Libraries  %s\n", text.c_str());
}

}  // namespace

void add_info(CLI::App& app) {
  CLI::App* info = app.add_subcommand("info", "This CPU, its tiers, which one is chosen and why, caches, libraries");
  auto json = std::make_shared<bool>(false);
  info->add_flag("--json", *json, "Print JSON");
  info->callback([json] {
    const Json j = collect();
    if (*json)
      std::puts(json_text(j).c_str());
    else
      print(j);
  });
}

}  // namespace hone::tools
