// Compiles every kernel once for each tier this compiler can make, in one translation unit.
//
// A tier is a Highway target plus the instructions Highway does not reach (AVX-VNNI; Arm's dotprod and i8mm without
// SVE). Hone includes <hwy/highway.h> once per Highway target with HWY_TARGET set by itself, then the vocabulary and
// the kernels once per tier inside HWY_PUSH_ATTRIBUTES. It uses neither foreach_target.h nor HWY_DYNAMIC_DISPATCH, which
// need libhwy; and because it renames the targets' namespaces and puts Highway's macros back, the including unit may use
// both itself, before or after.
//
// Everything inside a tier has internal linkage: an external inline function compiled under wider flags could replace
// another unit's copy and bring wide instructions to a CPU without them.
//
// Kernels of one's own in every tier: define HONE_TIER_EXTRA as the name of a file ("my_kernels.inl.hpp") before this
// header is included. It is included at the end of each tier and opens `namespace hone::HONE_TIER_NS { namespace {`,
// as Hone's kernels do; what it needs of the standard library must have been included before.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "../../kernels/kernels.hpp"
#include "../../kernels/macros.hpp"

#if defined(HONE_SIMD_SCALAR) || defined(HONE_STATIC_ARCH)
// One tier, for the CPU the compiler's flags name, over xsimd or plain C++.
#define HONE_TIER_NS baseline
#define HONE_DOT 0
#ifdef HONE_SIMD_SCALAR
#include "../../kernels/simd/scalar.hpp"
#else
#include "../../kernels/simd/xsimd.hpp"
#endif
#include "../../kernels/kernels.inl.hpp"
#ifdef HONE_TIER_EXTRA
#include HONE_TIER_EXTRA
#endif
#undef HONE_VECTOR_BYTES
#undef HONE_VECTOR_REGISTERS
#undef HONE_TIER_NS
#undef HONE_DOT
#else

// Highway's debug checks call hwy::Abort, which is in libhwy: a build without optimisation, or with a sanitizer, would not
// link. A unit that includes Highway before Hone has decided for itself.
#ifndef HWY_IS_DEBUG_BUILD
#define HWY_IS_DEBUG_BUILD 0
#endif
#include <hwy/base.h>
#include <hwy/detect_targets.h>
#if HWY_MAJOR < 1 || (HWY_MAJOR == 1 && HWY_MINOR < 2)
#error "Hone needs Google Highway 1.2 or newer (Debian 13: libhwy-dev; Debian 12: make setup)"
#endif
#if HWY_ARCH_X86
#include <immintrin.h>
#elif HWY_ARCH_ARM
#include <arm_neon.h>
#endif

#pragma push_macro("HWY_TARGET")
// highway.h was included for the unit's own target already when these two differ.
#if defined(HWY_HIGHWAY_PER_TARGET) != defined(HWY_TARGET_TOGGLE)
#define HONE_UNIT_HAS_HIGHWAY
#endif

// Keeps highway.h from defining HWY_EXPORT and its like, which Hone does without: they are the unit's to define, and
// foreach_target.h takes this macro as a sign that highway.h came first.
#ifndef HWY_HIGHWAY_INCLUDED
#define HONE_UNIT_LACKS_HIGHWAY
#define HWY_HIGHWAY_INCLUDED
#endif

#include "highway_rename.inl.hpp"

// baseline: what the compiler's own flags allow, but for vectors whose length is known at run time alone (SVE, RVV):
// those can not be members of the vocabulary's structures.
#undef HONE_HIGHWAY_NS
#define HONE_HIGHWAY_NS N_HONE_BASELINE
#undef HWY_TARGET
#if HWY_STATIC_TARGET & HWY_ALL_SVE
#define HWY_TARGET HWY_NEON_WITHOUT_AES
#elif HWY_STATIC_TARGET == HWY_RVV
#define HWY_TARGET HWY_EMU128
#else
#define HWY_TARGET HWY_STATIC_TARGET
#endif
#include "highway_target.inl.hpp"
#define HONE_TIER_NS baseline
#define HONE_DOT 0
HWY_BEFORE_NAMESPACE();
#include "tier.inl.hpp"
HWY_AFTER_NAMESPACE();

#if HWY_ARCH_X86 && !defined(HONE_BASELINE_ONLY)

#undef HONE_HIGHWAY_NS
#define HONE_HIGHWAY_NS N_HONE_AVX2
#undef HWY_TARGET
#define HWY_TARGET HWY_AVX2
#include "highway_target.inl.hpp"
#define HONE_TIER_NS avx2
#define HONE_DOT 0
HWY_BEFORE_NAMESPACE();
#include "tier.inl.hpp"
HWY_AFTER_NAMESPACE();

#define HONE_TIER_NS avx2_vnni
#define HONE_TIER_LIKE avx2
#define HONE_DOT 2
HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avxvnni")
#include "tier.inl.hpp"
HWY_POP_ATTRIBUTES

#undef HONE_HIGHWAY_NS
#define HONE_HIGHWAY_NS N_HONE_AVX512
#undef HWY_TARGET
#define HWY_TARGET HWY_AVX3_DL
#include "highway_target.inl.hpp"
#define HONE_TIER_NS avx512_vnni
#define HONE_DOT 1
HWY_BEFORE_NAMESPACE();
#include "tier.inl.hpp"
HWY_AFTER_NAMESPACE();

#elif HWY_ARCH_ARM_A64 && !defined(HONE_BASELINE_ONLY)

#undef HONE_HIGHWAY_NS
#define HONE_HIGHWAY_NS N_HONE_NEON
#undef HWY_TARGET
#define HWY_TARGET HWY_NEON_WITHOUT_AES  // Cortex-A53 and A72 of the Raspberry Pi 3 and 4 have no AES
#include "highway_target.inl.hpp"
#define HONE_TIER_NS neon
#define HONE_DOT 0
HWY_BEFORE_NAMESPACE();
#include "tier.inl.hpp"
HWY_AFTER_NAMESPACE();

#if HWY_COMPILER_CLANG && HWY_COMPILER_CLANG < 1600  // which name features alone
#define HONE_TARGET_DOT "dotprod,fullfp16"
#define HONE_TARGET_I8MM "dotprod,fullfp16,i8mm,bf16"
#else
#define HONE_TARGET_DOT "arch=armv8.2-a+dotprod+fp16"
#define HONE_TARGET_I8MM "arch=armv8.2-a+dotprod+fp16+i8mm+bf16"
#endif

#define HONE_TIER_NS neon_dot
#define HONE_TIER_LIKE neon
#define HONE_DOT 3
HWY_PUSH_ATTRIBUTES(HONE_TARGET_DOT)
#include "tier.inl.hpp"
HWY_POP_ATTRIBUTES

#define HONE_TIER_NS neon_i8mm
#define HONE_DOT 4
HWY_PUSH_ATTRIBUTES(HONE_TARGET_I8MM)
#include "tier.inl.hpp"
HWY_POP_ATTRIBUTES
#undef HONE_TARGET_DOT
#undef HONE_TARGET_I8MM
#endif

// Each inclusion for a target flips Highway's dozens of guards, so an odd number of them takes one more, of the smallest
// target, to leave all as it was found.
#ifdef HONE_HIGHWAY_ODD
#undef HONE_HIGHWAY_NS
#define HONE_HIGHWAY_NS N_HONE_SCALAR
#undef HWY_TARGET
#define HWY_TARGET HWY_SCALAR
#include "highway_target.inl.hpp"
#endif

#include "highway_rename.inl.hpp"
#pragma pop_macro("HWY_TARGET")
#ifdef HONE_UNIT_LACKS_HIGHWAY
#undef HONE_UNIT_LACKS_HIGHWAY
#undef HWY_HIGHWAY_INCLUDED
#endif
#ifdef HONE_UNIT_HAS_HIGHWAY
#undef HONE_UNIT_HAS_HIGHWAY
#include <hwy/ops/set_macros-inl.h>  // the macros of the unit's own target again
#else
// As if highway.h had not been seen yet: its next inclusion is for the unit's own target.
#ifdef HWY_TARGET_TOGGLE
#undef HWY_TARGET_TOGGLE
#else
#define HWY_TARGET_TOGGLE
#endif
#endif

#endif  // vocabulary
