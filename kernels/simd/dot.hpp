// The int8 dot product of each tier, in one shape: acc[j] += sum over `group` of a[g] * b[j][g], exact in int32.
// `Element` is how A is stored once prepared, `offset` what preparing adds to every value of A (the caller takes
// offset * sum(b) back through the bias), so that one packing and one epilogue serve all of them.
// Included once per tier after the vocabulary; HONE_DOT says which instructions the tier has.
#ifndef HONE_TIER_NS
#include "alone.hpp"
#endif

#define HONE_DOT_MADD 0         // pairs of int16: pmaddwd; pairs of int8 on NEON: smull, sadalp; any CPU
#define HONE_DOT_AVX512_VNNI 1  // vpdpbusd zmm, u8 * s8
#define HONE_DOT_AVX_VNNI 2     // vpdpbusd ymm, VEX encoded
#define HONE_DOT_NEON_SDOT 3    // sdot, s8 * s8
#define HONE_DOT_NEON_I8MM 4    // the same, and pairs of bfloat16: bfdot

namespace hone::HONE_TIER_NS {
namespace {

struct IntegerDot {
#if HONE_DOT == HONE_DOT_AVX512_VNNI || HONE_DOT == HONE_DOT_AVX_VNNI
  static constexpr int group = 4;
  using Element = std::uint8_t;
  static constexpr std::int32_t offset_signed = 128, offset_unsigned = 0;
  using D = hn::Repartition<std::uint8_t, I32::D>;
  struct A {
    hn::Vec<D> v;
  };
  struct B {
    hn::Vec<hn::Repartition<std::int8_t, I32::D>> v;
  };
  static HONE_INLINE A splat(const Element* p) {
    std::int32_t four;
    __builtin_memcpy(&four, p, 4);
    return {hn::BitCast(D(), hn::Set(I32::D(), four))};
  }
  static HONE_INLINE B load(const std::int8_t* p) { return {hn::LoadU(hn::Repartition<std::int8_t, I32::D>(), p)}; }
  static HONE_INLINE I32 dot(A a, B b, I32 acc) {
#if HONE_DOT == HONE_DOT_AVX_VNNI
    return {hn::Vec<I32::D>{_mm256_dpbusd_avx_epi32(in_register(acc).v.raw, a.v.raw, b.v.raw)}};
#else
    return {hn::SumOfMulQuadAccumulate(I32::D(), a.v, b.v, in_register(acc).v)};
#endif
  }
#elif HONE_DOT == HONE_DOT_NEON_SDOT || HONE_DOT == HONE_DOT_NEON_I8MM
  static constexpr int group = 4;
  using Element = std::int8_t;
  static constexpr std::int32_t offset_signed = 0, offset_unsigned = -128;
  struct A {
    int8x16_t v;
  };
  struct B {
    int8x16_t v;
  };
  static HONE_INLINE A splat(const Element* p) {
    std::int32_t four;
    __builtin_memcpy(&four, p, 4);
    return {vreinterpretq_s8_s32(vdupq_n_s32(four))};
  }
  static HONE_INLINE B load(const std::int8_t* p) { return {vld1q_s8(p)}; }
  static HONE_INLINE I32 dot(A a, B b, I32 acc) {
#if HWY_COMPILER_CLANG && HWY_COMPILER_CLANG < 1600  // declares vdotq_s32 only where all of the unit may use it
    __asm__("sdot %0.4s, %1.16b, %2.16b" : "+w"(acc.v.raw) : "w"(a.v), "w"(b.v));
    return acc;
#else
    return {hn::Vec<I32::D>(vdotq_s32(acc.v.raw, a.v, b.v))};
#endif
  }
#elif HWY_TARGET_IS_NEON && !defined(HONE_SIMD_SCALAR) && !defined(HONE_STATIC_ARCH)
  // Eight products in int16, then pairs of them added to four sums: 2 instructions for 8 products, none to widen B.
  // A second smlal before the sadalp would save a quarter, but (-128)^2 + (-128)^2 does not fit int16.
  static constexpr int group = 2;
  using Element = std::int8_t;
  static constexpr std::int32_t offset_signed = 0, offset_unsigned = -128;
  struct A {
    int8x8_t v;
  };
  struct B {
    int8x8_t v;
  };
  static HONE_INLINE A splat(const Element* p) {
    return {
        vreinterpret_s8_s16(vld1_dup_s16(reinterpret_cast<const std::int16_t*>(p)))};  // ld1r, not through a register
  }
  static HONE_INLINE B load(const std::int8_t* p) { return {vld1_s8(p)}; }
  static HONE_INLINE I32 dot(A a, B b, I32 acc) {
    return {hn::Vec<I32::D>(vpadalq_s16(acc.v.raw, vmull_s8(a.v, b.v)))};
  }
#else
  static constexpr int group = 2;
  using Element = std::int16_t;
  static constexpr std::int32_t offset_signed = 0, offset_unsigned = 0;
  using A = I16;
  using B = I16;
  static HONE_INLINE A splat(const Element* p) { return I16::splat_pair(p); }
  static HONE_INLINE B load(const std::int8_t* p) { return I16::load(p); }
  static HONE_INLINE I32 dot(A a, B b, I32 acc) { return madd(a, b, acc); }
#endif
};

}  // namespace
}  // namespace hone::HONE_TIER_NS
