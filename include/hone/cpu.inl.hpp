// Definitions of cpu.hpp (see api.hpp).
#pragma once
#include <atomic>
#include <cstdlib>

#include "cpu.hpp"

namespace hone::cpu {

HONE_API std::span<const TierInfo> tiers() {
#define HONE_INFO(with, name, made_for, detected) \
  {Tier::name, #name, made_for, compiled(Tier::name), supports(Tier::name)},
  static const TierInfo all[] = {{Tier::baseline, "baseline", "any CPU the compiler's flags allow", true, true},
                                 HONE_TIERS(HONE_INFO, )};
#undef HONE_INFO
  return all;
}

HONE_API const TierInfo& info(Tier tier) {
  for (const TierInfo& t : tiers()) {
    if (t.tier == tier) return t;
  }
  return tiers().front();
}

HONE_API Expected<Tier> find(std::string_view name) {
  std::string usable;
  for (const TierInfo& t : tiers()) {
    if (t.usable()) usable += (usable.empty() ? "" : ", ") + std::string(t.name);
  }
  for (const TierInfo& t : tiers()) {
    if (t.name != name) continue;
    if (t.usable()) return t.tier;
    const char* why = t.compiled ? "this CPU does not support it" : "this build was compiled without it";
    return fail(ErrorCode::no_device, "tier '" + std::string(name) + "': " + why + "; usable here: " + usable);
  }
#define HONE_ELSEWHERE(with, tier, made_for, detected) || name == #tier
  if (false HONE_X86_TIERS(HONE_ELSEWHERE, ) HONE_ARM_TIERS(HONE_ELSEWHERE, )) {
    return fail(ErrorCode::no_device,
                "tier '" + std::string(name) + "' is of another architecture; usable here: " + usable);
  }
#undef HONE_ELSEWHERE
  return fail(ErrorCode::invalid_argument, "unknown tier '" + std::string(name) + "'; usable here: " + usable);
}

namespace detail {
HONE_API std::atomic<int>& forced() {
  static std::atomic<int> tier{-1};  // until one is forced
  return tier;
}
}  // namespace detail

HONE_API Tier best() {
  Tier tier = Tier::baseline;
  for (const TierInfo& t : tiers()) {
    if (t.usable()) tier = t.tier;
  }
  return tier;
}

HONE_API Expected<Tier> chosen() {
  const int forced = detail::forced().load(std::memory_order_relaxed);
  if (forced >= 0) return static_cast<Tier>(forced);
  const char* name = std::getenv("HONE_TIER");
  if (name == nullptr || *name == '\0') return best();
  Expected<Tier> found = find(name);
  if (!found) return fail(found.error().code, "environment variable HONE_TIER: " + found.error().message);
  return *found;
}

HONE_API Expected<void> force(Tier tier) {
  if (Expected<Tier> found = find(name_of(tier)); !found) return tl::unexpected<Error>(found.error());
  detail::forced().store(static_cast<int>(tier), std::memory_order_relaxed);
  return {};
}
HONE_API Expected<void> force(std::string_view name) {
  const Expected<Tier> found = find(name);
  if (!found) return tl::unexpected<Error>(found.error());
  return force(*found);
}
HONE_API void unforce() { detail::forced().store(-1, std::memory_order_relaxed); }

}  // namespace hone::cpu
