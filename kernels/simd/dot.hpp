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

#if HONE_DOT != HONE_DOT_MADD
/// `width` bytes, at most as many as the tier's vector has, whose fours are multiplied and added into width / 4 sums of int32:
/// IntegerDot on vectors of any size, for the kernels whose A changes from lane to lane.
template <int width> struct Quads {
  using D8 = hn::FixedTag<std::uint8_t, width>;
  using D16 = hn::FixedTag<std::uint16_t, width / 2>;
  using D32 = hn::FixedTag<std::int32_t, width / 4>;
  struct V {
    hn::Vec<D8> v;
  };
  struct W {
    hn::Vec<hn::FixedTag<std::int8_t, width>> v;
  };
  struct Acc {
    hn::Vec<D32> v;
  };
  static HONE_INLINE V load(const std::uint8_t* p) { return {hn::LoadU(D8(), p)}; }
  static HONE_INLINE V load(const std::uint8_t* p, std::uint8_t flip) {
    return {hn::Xor(hn::LoadU(D8(), p), hn::Set(D8(), flip))};
  }
  static HONE_INLINE void store(V a, std::uint8_t* p) { hn::StoreU(a.v, D8(), p); }
  static HONE_INLINE W weights(const std::int8_t* p) { return {hn::LoadU(hn::FixedTag<std::int8_t, width>(), p)}; }
  /// (0, w0, w1, w2) of the four (w0, w1, w2, w3).
  static HONE_INLINE W next_byte(W w) {
    return {hn::BitCast(hn::FixedTag<std::int8_t, width>(), hn::ShiftLeft<8>(hn::BitCast(D32(), w.v)))};
  }
  static HONE_INLINE Acc load(const std::int32_t* p) { return {hn::LoadU(D32(), p)}; }
  static HONE_INLINE void store(Acc a, std::int32_t* p) { hn::StoreU(a.v, D32(), p); }
  /// Byte c of the four vectors becomes a lane: of vector q, lane i comes from bytes 16 (i / 4) + 4 q + i % 4.
  static HONE_INLINE void interleave(V (&v)[4]) {
    const auto low01 = hn::BitCast(D16(), hn::InterleaveLower(D8(), v[0].v, v[1].v));
    const auto high01 = hn::BitCast(D16(), hn::InterleaveUpper(D8(), v[0].v, v[1].v));
    const auto low23 = hn::BitCast(D16(), hn::InterleaveLower(D8(), v[2].v, v[3].v));
    const auto high23 = hn::BitCast(D16(), hn::InterleaveUpper(D8(), v[2].v, v[3].v));
    v[0].v = hn::BitCast(D8(), hn::InterleaveLower(D16(), low01, low23));
    v[1].v = hn::BitCast(D8(), hn::InterleaveUpper(D16(), low01, low23));
    v[2].v = hn::BitCast(D8(), hn::InterleaveLower(D16(), high01, high23));
    v[3].v = hn::BitCast(D8(), hn::InterleaveUpper(D16(), high01, high23));
  }
  static HONE_INLINE Acc dot(V a, W b, Acc acc) {
#if HONE_DOT >= HONE_DOT_NEON_SDOT
    return {IntegerDot::dot({vreinterpretq_s8_u8(a.v.raw)}, {b.v.raw}, {acc.v}).v};
#else
#if HWY_COMPILER_GCC_ACTUAL  // as in_register: g++ would store the sums every time
    __asm__("" : "+" HWY_X86_GCC_INLINE_ASM_VEC_CONSTRAINT(acc.v.raw));
#endif
#if HONE_DOT == HONE_DOT_AVX512_VNNI
    return {hn::SumOfMulQuadAccumulate(D32(), a.v, b.v, acc.v)};
#else
    if constexpr (width == 32)
      return {hn::Vec<D32>{_mm256_dpbusd_avx_epi32(acc.v.raw, a.v.raw, b.v.raw)}};
    else
      return {hn::Vec<D32>{_mm_dpbusd_avx_epi32(acc.v.raw, a.v.raw, b.v.raw)}};
#endif
#endif
  }
};

/// Four vectors of int32 to one of bytes, clamp(v + zero, lo, hi), in the order of channels that Quads<width>::interleave took
/// apart: U8::lanes / width pixels, one after the other.
template <int width> class NarrowQuarters {
 public:
  HONE_INLINE NarrowQuarters(bool is_unsigned, std::int32_t zero, std::int32_t lo, std::int32_t hi)
      : bounds_(is_unsigned, zero, lo, hi) {
    constexpr int blocks = HWY_MAX_BYTES / 16, of_pixel = width / 4, own_blocks = width / 16;
    alignas(64) std::int32_t from[I32::lanes] = {};
    for (int i = 0; i < I32::lanes; ++i) {  // packing leaves fours of bytes: number i is four i % 4 * blocks + i / 4
      const int four = i % 4 * blocks + i / 4, pixel = four / of_pixel, rest = four % of_pixel;
      from[pixel * of_pixel + 4 * (rest % own_blocks) + rest / own_blocks] = i;
    }
    order_ = hn::SetTableIndices(I32::D(), from);
  }
  HONE_INLINE U8 operator()(I32 a, I32 b, I32 c, I32 d) const {
    const auto bytes = bounds_.narrow(a, b, c, d);
    if constexpr (width == HWY_MAX_BYTES) return {hn::BitCast(U8::D(), bytes)};
    return {hn::BitCast(U8::D(), hn::TableLookupLanes(hn::BitCast(I32::D(), bytes), order_))};
  }

 private:
  NarrowRows bounds_;
  decltype(hn::SetTableIndices(I32::D(), static_cast<const std::int32_t*>(nullptr))) order_;
};
#endif

/// Two products of bfloat16 to a sum, where the tier has the instruction. In assembly, because it is beyond what the tier's
/// functions are compiled for on x86 (not all CPUs of the tier have it), and older compilers declare it for whole units alone.
struct DotBF16Pairs {
#if !defined(HONE_SIMD_SCALAR) && !defined(HONE_STATIC_ARCH) && \
    (HONE_DOT == HONE_DOT_AVX512_VNNI || HONE_DOT == HONE_DOT_NEON_I8MM)
  static constexpr bool exists = true;
  static HONE_INLINE F32 dot(I32 a, I32 b, F32 acc) {
#if HONE_DOT == HONE_DOT_AVX512_VNNI
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(acc.v.raw) : "v"(a.v.raw), "v"(b.v.raw));
#else
    __asm__("bfdot %0.4s, %1.8h, %2.8h" : "+w"(acc.v.raw) : "w"(a.v.raw), "w"(b.v.raw));
#endif
    return acc;
  }
#else
  static constexpr bool exists = false;
  static HONE_INLINE F32 dot(I32, I32, F32 acc) { return acc; }
#endif
  static constexpr int group = 2, parts = 1;
  using Element = kernels::BF16;
  using Packed = kernels::BF16;
  using Acc = F32;
  using A = I32;
  using B = I32;
  static HONE_INLINE A splat(const Element* p) {
    std::int32_t pair;
    __builtin_memcpy(&pair, p, 4);
    return I32::splat(pair);
  }
  static HONE_INLINE B load(const Packed* p) { return I32::load(reinterpret_cast<const std::int32_t*>(p)); }
};

}  // namespace
}  // namespace hone::HONE_TIER_NS
