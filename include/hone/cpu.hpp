// Which instruction sets this CPU and this build have, and which one the kernels use.
//
// A tier is a set of instructions all kernels are compiled for. The best supported one is chosen at first use; the
// environment variable HONE_TIER=avx2, or cpu::force("avx2"), overrides it.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "../../backends/cpu/detect.hpp"
#include "../../backends/cpu/table.hpp"
#include "api.hpp"
#include "error.hpp"

namespace hone::cpu {

struct TierInfo {
  Tier tier;
  const char* name;
  const char* made_for;
  bool compiled;   ///< this build holds kernels for it
  bool supported;  ///< this CPU and operating system run it
  bool usable() const { return compiled && supported; }
};

/// All tiers Hone knows for this architecture, from the most general to the best.
HONE_API std::span<const TierInfo> tiers();

HONE_API const TierInfo& info(Tier tier);
inline const char* name_of(Tier tier) { return info(tier).name; }

/// The tier of that name, if it can run here. Errors: invalid_argument for a name there is not, no_device for a tier
/// this CPU or build lacks; both list what can run.
HONE_API Expected<Tier> find(std::string_view name);

/// The best tier that can run here, whatever was forced.
HONE_API Tier best();

/// The tier new packings and executors use: the forced one, else HONE_TIER's, else the best.
/// Errors: HONE_TIER names no usable tier (see find).
HONE_API Expected<Tier> chosen();

/// Makes `tier` the chosen one from here on. What was packed before keeps the tier it was packed for.
HONE_API Expected<void> force(Tier tier);
HONE_API Expected<void> force(std::string_view name);
/// Takes force back.
HONE_API void unforce();

}  // namespace hone::cpu

#ifdef HONE_DEFINITIONS
#include "cpu.inl.hpp"
#endif
