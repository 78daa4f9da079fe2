#include "machine.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace hone::tools {
namespace {

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \t\n\r") + 1);
  return text.erase(0, std::min(text.find_first_not_of(" \t\n\r"), text.size()));
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return trimmed(line);
}

/// The values of a /proc/cpuinfo field, one a CPU.
[[maybe_unused]] std::vector<std::string> cpuinfo(std::string_view field) {
  std::ifstream file("/proc/cpuinfo");
  std::vector<std::string> found;
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && trimmed(line.substr(0, colon)) == field)
      found.push_back(trimmed(line.substr(colon + 1)));
  }
  return found;
}

#if defined(__x86_64__)
std::string brand() {
  unsigned registers[12] = {};
  if (static_cast<unsigned>(__get_cpuid_max(0x80000000u, nullptr)) < 0x80000004u) return {};
  for (unsigned i = 0; i < 3; ++i) {
    unsigned* r = registers + 4 * i;
    __get_cpuid(0x80000002u + i, r, r + 1, r + 2, r + 3);
  }
  char text[sizeof registers + 1] = {};
  std::memcpy(text, registers, sizeof registers);
  return trimmed(text);
}

/// Deterministic cache parameters: leaf 4 (Intel) or 0x8000001D (AMD), the same layout.
std::vector<Cache> caches_of_cpuid() {
  std::vector<Cache> found;
  for (const unsigned leaf : {4u, 0x8000001Du}) {
    if (static_cast<unsigned>(__get_cpuid_max(leaf & 0x80000000u, nullptr)) < leaf) continue;
    for (unsigned i = 0; i < 16; ++i) {
      unsigned a = 0, b = 0, c = 0, d = 0;
      __cpuid_count(leaf, i, a, b, c, d);
      const unsigned type = a & 31;
      if (type == 0) break;
      const std::size_t ways = (b >> 22) + 1, partitions = ((b >> 12) & 1023) + 1, line = (b & 4095) + 1;
      found.push_back({static_cast<int>((a >> 5) & 7),
                       type == 1   ? "data"
                       : type == 2 ? "instruction"
                                   : "unified",
                       ways * partitions * line * (std::size_t{c} + 1), static_cast<int>((a >> 14) & 4095) + 1});
    }
    if (!found.empty()) break;
  }
  return found;
}
#else
const char* arm_part(const std::string& part) {
  static const struct {
    const char *part, *name;
  } known[] = {{"0xd03", "Cortex-A53"},  {"0xd05", "Cortex-A55"},   {"0xd07", "Cortex-A57"},  {"0xd08", "Cortex-A72"},
               {"0xd0a", "Cortex-A75"},  {"0xd0b", "Cortex-A76"},   {"0xd0c", "Neoverse N1"}, {"0xd40", "Neoverse V1"},
               {"0xd41", "Cortex-A78"},  {"0xd42", "Cortex-A78AE"}, {"0xd46", "Cortex-A510"}, {"0xd47", "Cortex-A710"},
               {"0xd49", "Neoverse N2"}, {"0xd4d", "Cortex-A715"},  {"0xd4f", "Neoverse V2"}, {"0xd80", "Cortex-A520"},
               {"0xd81", "Cortex-A720"}};
  for (const auto& k : known) {
    if (part == k.part) return k.name;
  }
  return nullptr;
}

std::string arm_name() {
  const std::vector<std::string> makers = cpuinfo("CPU implementer"), parts = cpuinfo("CPU part");
  std::vector<std::string> kinds;
  for (std::size_t i = 0; i < std::min(makers.size(), parts.size()); ++i) {
    const char* name = makers[i] == "0x41" ? arm_part(parts[i]) : nullptr;
    const std::string ids = "implementer " + makers[i] + ", part " + parts[i];
    const std::string kind = name != nullptr ? std::string(name) + " (" + ids + ")" : ids;
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
  }
  std::string text;
  for (const std::string& kind : kinds) text += (text.empty() ? "" : " + ") + kind;
  return text;
}
#endif

/// CPUs in a list such as "0-3,8": the kernel's cpulist format.
int count_cpus(const std::string& list) {
  int count = 0;
  for (const char* p = list.c_str(); *p != '\0';) {
    char* end = nullptr;
    const long first = std::strtol(p, &end, 10);
    if (end == p) break;
    long last = first;
    if (*end == '-') last = std::strtol(end + 1, &end, 10);
    count += static_cast<int>(last - first + 1);
    p = *end == ',' ? end + 1 : end;
  }
  return count;
}

std::vector<Cache> caches_of_sysfs() {
  std::vector<Cache> found;
  for (int i = 0; i < 16; ++i) {
    const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(i) + "/";
    const std::string level = first_line(folder + "level"), size = first_line(folder + "size");
    if (level.empty() || size.empty()) break;
    char* unit = nullptr;
    std::size_t bytes = std::strtoull(size.c_str(), &unit, 10);
    if (*unit == 'K') bytes <<= 10;
    if (*unit == 'M') bytes <<= 20;
    std::string type = first_line(folder + "type");
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    found.push_back({static_cast<int>(std::strtol(level.c_str(), nullptr, 10)), type, bytes,
                     count_cpus(first_line(folder + "shared_cpu_list"))});
  }
  return found;
}

std::vector<Cache> caches_of_sysconf() {
  std::vector<Cache> found;
#ifdef _SC_LEVEL1_DCACHE_SIZE
  const struct {
    int level;
    const char* type;
    int name;
  } asked[] = {{1, "data", _SC_LEVEL1_DCACHE_SIZE},
               {1, "instruction", _SC_LEVEL1_ICACHE_SIZE},
               {2, "unified", _SC_LEVEL2_CACHE_SIZE},
               {3, "unified", _SC_LEVEL3_CACHE_SIZE}};
  for (const auto& a : asked) {
    const long bytes = sysconf(a.name);
    if (bytes > 0) found.push_back({a.level, a.type, static_cast<std::size_t>(bytes), 0});
  }
#endif
  return found;
}

}  // namespace

std::string cpu_name() {
#if defined(__x86_64__)
  std::string name = brand();
  if (name.empty()) name = cpuinfo("model name").empty() ? "" : cpuinfo("model name").front();
#else
  std::string name = arm_name();
#endif
  return name.empty() ? std::string("unknown ") + architecture() + " CPU" : name;
}

const char* architecture() {
#if defined(__x86_64__)
  return "x86_64";
#elif defined(__aarch64__)
  return "aarch64";
#elif defined(__arm__)
  return "arm";
#elif defined(__riscv)
  return "riscv";
#else
  return "other";
#endif
}

std::string compiler_name() {
#if defined(__clang__)
  return std::string("clang ") + __clang_version__;
#elif defined(__GNUC__)
  return "g++ " + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__) + "." +
         std::to_string(__GNUC_PATCHLEVEL__);
#else
  return "unknown";
#endif
}

std::vector<Cache> caches() {
  std::vector<Cache> found = caches_of_sysfs();
#if defined(__x86_64__)
  if (found.empty()) found = caches_of_cpuid();
#endif
  return found.empty() ? caches_of_sysconf() : found;
}

std::size_t cache_bytes(int level, std::size_t otherwise) {
  for (const Cache& cache : caches()) {
    if (cache.level == level && cache.type != "instruction" && cache.bytes > 0) return cache.bytes;
  }
  return otherwise;
}

}  // namespace hone::tools
