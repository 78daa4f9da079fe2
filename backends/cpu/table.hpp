// From a tier to its kernels. Header-only: every tier is compiled into the including unit, and the compiler drops the
// families that are not used. With HONE_COMPILED the definitions come from hone.cpp and this header costs nothing.
#pragma once
#include "../../kernels/kernels.hpp"
#include "detect.hpp"

#if !defined(HONE_COMPILED) || defined(HONE_COMPILED_IMPLEMENTATION)
#include "tiers.hpp"
#endif

namespace hone::cpu {

/// The kernels of a family in a tier, or null when this build lacks the tier: kernels<GemmF32Kernels>(Tier::avx2).
/// Whether the CPU can run them is the caller's to know (supports).
template <class Kernels> const Kernels* kernels(Tier tier);

#if defined(HONE_COMPILED) && !defined(HONE_COMPILED_IMPLEMENTATION)
#define HONE_FAMILY(Type, name) template <> const hone::kernels::Type* kernels<hone::kernels::Type>(Tier tier);
HONE_KERNEL_FAMILIES(HONE_FAMILY)
#undef HONE_FAMILY
#else
#if defined(HONE_SIMD_SCALAR) || defined(HONE_STATIC_ARCH) || defined(HONE_BASELINE_ONLY)
#define HONE_COMPILED_TIERS(X, with)
#else
#define HONE_COMPILED_TIERS HONE_TIERS
#endif
namespace detail {
template <class Kernels> struct Tables;
#define HONE_TIER_CASE(family, tier_name, made_for, detected) \
  case Tier::tier_name:                                       \
    return &tier_name::family##_kernels<when_used>;
#define HONE_FAMILY(Type, name)                                                                                     \
  template <> struct Tables<hone::kernels::Type> {                                                                  \
    template <int when_used> static const hone::kernels::Type* get(Tier tier) {                                     \
      switch (tier) {                                                                                               \
        case Tier::baseline: return &baseline::name##_kernels<when_used>; HONE_COMPILED_TIERS(HONE_TIER_CASE, name) \
        default: return nullptr;                                                                                    \
      }                                                                                                             \
    }                                                                                                               \
  };
HONE_KERNEL_FAMILIES(HONE_FAMILY)
#undef HONE_FAMILY
#undef HONE_TIER_CASE
#undef HONE_COMPILED_TIERS
}  // namespace detail

#ifdef HONE_COMPILED
#define HONE_FAMILY(Type, name)                                                    \
  template <> const hone::kernels::Type* kernels<hone::kernels::Type>(Tier tier) { \
    return detail::Tables<hone::kernels::Type>::get<0>(tier);                      \
  }
HONE_KERNEL_FAMILIES(HONE_FAMILY)
#undef HONE_FAMILY
#else
template <class Kernels> const Kernels* kernels(Tier tier) { return detail::Tables<Kernels>::template get<0>(tier); }
#endif
#endif

/// Whether this build holds kernels for the tier.
inline bool compiled(Tier tier) { return kernels<hone::kernels::GemmF32Kernels>(tier) != nullptr; }

}  // namespace hone::cpu
