// What the machine says about itself.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace hone::tools {

struct Cache {
  int level = 1;
  std::string type;  ///< data, instruction, unified
  std::size_t bytes = 0;
  int shared_by = 1;  ///< logical CPUs that share it; 0 when not known
};

/// "AMD EPYC 9755"; on Arm "Cortex-A76 (implementer 0x41, part 0xd0b)", each kind of core once.
std::string cpu_name();
const char* architecture();
std::string compiler_name();
/// Of the first CPU, nearest first. From sysfs, else cpuid, else sysconf; empty when none of them knows.
std::vector<Cache> caches();
/// Bytes of the data or unified cache at `level`, or `otherwise`.
std::size_t cache_bytes(int level, std::size_t otherwise);

}  // namespace hone::tools
