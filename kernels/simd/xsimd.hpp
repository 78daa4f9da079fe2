// The SIMD vocabulary over xsimd, for builds fixed to one architecture (HONE_STATIC_ARCH): the one the compiler's flags
// name. highway.hpp says what each operation is; the integers are the same bit for bit. Included once, in place of
// highway.hpp (backends/cpu/tiers.hpp).
// xsimd has no conversions between widths, saturation or pairwise products; those are the compiler's own vector
// conversions, or loops over lanes, with intrinsics where a kernel's inner loop stands on them.
#include <xsimd/xsimd.hpp>

#if defined(__ARM_FEATURE_SVE_BITS) && __ARM_FEATURE_SVE_BITS
#define HONE_VECTOR_BYTES (__ARM_FEATURE_SVE_BITS / 8)
#elif defined(__AVX512F__)
#define HONE_VECTOR_BYTES 64
#elif defined(__AVX__)
#define HONE_VECTOR_BYTES 32
#else
#define HONE_VECTOR_BYTES 16
#endif
#if defined(__aarch64__) || defined(__AVX512F__)
#define HONE_VECTOR_REGISTERS 32
#else
#define HONE_VECTOR_REGISTERS 16
#endif

namespace hone::HONE_TIER_NS {
namespace {

static_assert(xsimd::batch<float>::size * 4 == HONE_VECTOR_BYTES &&
                  xsimd::batch<std::int16_t>::size * 2 == HONE_VECTOR_BYTES,
              "xsimd has no vectors for these compiler flags: define HONE_SIMD_SCALAR in place of HONE_STATIC_ARCH");

/// `count` lanes of T as the compiler's own vector, which it can convert lane by lane.
template <class T, int count> struct Lanes { typedef T Type __attribute__((vector_size(count * sizeof(T)))); };

template <class To, class From> HONE_INLINE To copy_bits(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  __builtin_memcpy(&to, &from, sizeof to);
  return to;
}

/// xsimd's vector of T from as many values of U at p.
template <class T, class U> HONE_INLINE xsimd::batch<T> load_converted(const U* p) {
  if constexpr (std::is_same_v<T, U>) {
    return xsimd::batch<T>::load_unaligned(p);
  } else {
    constexpr int count = HONE_VECTOR_BYTES / sizeof(T);
    typename Lanes<U, count>::Type narrow;
    __builtin_memcpy(&narrow, p, sizeof narrow);
    const auto wide = __builtin_convertvector(narrow, typename Lanes<T, count>::Type);
    return xsimd::batch<T>(copy_bits<typename xsimd::batch<T>::register_type>(wide));
  }
}
template <class T, class U> HONE_INLINE xsimd::batch<T> load_converted_n(const U* p, std::size_t n) {
  U lanes[HONE_VECTOR_BYTES / sizeof(T)] = {};
  for (std::size_t i = 0; i < n && i < HONE_VECTOR_BYTES / sizeof(T); ++i) lanes[i] = p[i];
  return load_converted<T>(lanes);
}
/// Lanes that fit U, or their low bits.
template <class T, class U> HONE_INLINE void store_converted(xsimd::batch<T> v, U* p) {
  constexpr int count = HONE_VECTOR_BYTES / sizeof(T);
  const auto narrow =
      __builtin_convertvector(copy_bits<typename Lanes<T, count>::Type>(v.data), typename Lanes<U, count>::Type);
  __builtin_memcpy(p, &narrow, sizeof narrow);
}
template <class T> HONE_INLINE void store_first(xsimd::batch<T> v, T* p, std::size_t n) {
  T lanes[HONE_VECTOR_BYTES / sizeof(T)];
  v.store_unaligned(lanes);
  for (std::size_t i = 0; i < n && i < HONE_VECTOR_BYTES / sizeof(T); ++i) p[i] = lanes[i];
}

/// float32 lanes.
struct F32 {
  using V = xsimd::batch<float>;
  static constexpr int lanes = V::size;
  V v;

  static HONE_INLINE F32 zero() { return splat(0); }
  static HONE_INLINE F32 splat(float x) { return {V(x)}; }
  static HONE_INLINE F32 load(const float* p) { return {V::load_unaligned(p)}; }
  static HONE_INLINE F32 load_n(const float* p, std::size_t n) { return {load_converted_n<float>(p, n)}; }
  HONE_INLINE void store(float* p) const { v.store_unaligned(p); }
  HONE_INLINE void store_n(float* p, std::size_t n) const { store_first(v, p, n); }
  template <class Half> static HONE_INLINE F32 load(const Half* p) {  // F16 or BF16
#if defined(__F16C__) && HONE_VECTOR_BYTES == 32
    if constexpr (std::is_same_v<Half, kernels::F16>) {
      return {V(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))))};
    }
#elif defined(__AVX512F__) && HONE_VECTOR_BYTES == 64
    if constexpr (std::is_same_v<Half, kernels::F16>) {
      return {V(_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))))};
    }
#endif
    float x[lanes];
    for (int i = 0; i < lanes; ++i) x[i] = kernels::to_float(p[i]);
    return load(x);
  }
  HONE_INLINE void store(kernels::F16* p) const { store_n(p, lanes); }
  HONE_INLINE void store(kernels::BF16* p) const { store_n(p, lanes); }
  template <class Half> static HONE_INLINE F32 load_n(const Half* p, std::size_t n) {
    Half whole[lanes] = {};
    for (std::size_t i = 0; i < n && i < lanes; ++i) whole[i] = p[i];
    return load(whole);
  }
  template <class Half> HONE_INLINE void store_n(Half* p, std::size_t n) const {
    float x[lanes];
    store(x);
    for (std::size_t i = 0; i < n && i < lanes; ++i) {
      if constexpr (std::is_same_v<Half, kernels::F16>)
        p[i] = kernels::to_f16(x[i]);
      else
        p[i] = kernels::to_bf16(x[i]);
    }
  }
  static HONE_INLINE F32 load_blocks(const float* p, std::ptrdiff_t stride) {
    float x[lanes];
    HONE_UNROLL for (int j = 0; j < lanes / 4; ++j) __builtin_memcpy(x + 4 * j, p + j * stride, 16);
    return load(x);
  }
  HONE_INLINE void store_blocks(float* p, std::ptrdiff_t stride) const {
    float x[lanes];
    store(x);
    HONE_UNROLL for (int j = 0; j < lanes / 4; ++j) __builtin_memcpy(p + j * stride, x + 4 * j, 16);
  }
};
HONE_INLINE void transpose4(F32& a, F32& b, F32& c, F32& d) {
  if constexpr (F32::lanes == 4) {
    const F32::V ac_low = xsimd::zip_lo(a.v, c.v), ac_high = xsimd::zip_hi(a.v, c.v);
    const F32::V bd_low = xsimd::zip_lo(b.v, d.v), bd_high = xsimd::zip_hi(b.v, d.v);
    a.v = xsimd::zip_lo(ac_low, bd_low);
    b.v = xsimd::zip_hi(ac_low, bd_low);
    c.v = xsimd::zip_lo(ac_high, bd_high);
    d.v = xsimd::zip_hi(ac_high, bd_high);
  } else {
    float x[4][F32::lanes], y[4][F32::lanes];
    a.store(x[0]), b.store(x[1]), c.store(x[2]), d.store(x[3]);
    for (int lane = 0; lane < F32::lanes; ++lane) {
      for (int i = 0; i < 4; ++i) y[i][lane] = x[lane % 4][lane / 4 * 4 + i];
    }
    a = F32::load(y[0]), b = F32::load(y[1]), c = F32::load(y[2]), d = F32::load(y[3]);
  }
}
HONE_INLINE F32 operator+(F32 a, F32 b) { return {a.v + b.v}; }
HONE_INLINE F32 operator-(F32 a, F32 b) { return {a.v - b.v}; }
HONE_INLINE F32 operator*(F32 a, F32 b) { return {a.v * b.v}; }
HONE_INLINE F32 operator/(F32 a, F32 b) {
#if defined(__ARM_NEON) && HONE_VECTOR_BYTES == 16  // there xsimd multiplies by a reciprocal, which is not exact
  const auto quotients =
      copy_bits<Lanes<float, F32::lanes>::Type>(a.v.data) / copy_bits<Lanes<float, F32::lanes>::Type>(b.v.data);
  return {F32::V(copy_bits<F32::V::register_type>(quotients))};
#else
  return {a.v / b.v};
#endif
}
HONE_INLINE F32 min(F32 a, F32 b) { return {xsimd::min(a.v, b.v)}; }
HONE_INLINE F32 max(F32 a, F32 b) { return {xsimd::max(a.v, b.v)}; }
HONE_INLINE F32 max_or_nan(F32 a, F32 b) {
  return {xsimd::select(xsimd::isnan(a.v), a.v, xsimd::select(a.v > b.v, a.v, b.v))};
}
HONE_INLINE F32 fma(F32 a, F32 b, F32 c) { return {xsimd::fma(a.v, b.v, c.v)}; }
HONE_INLINE F32 sqrt(F32 a) {
#if defined(__aarch64__) && HONE_VECTOR_BYTES == 16  // there xsimd's is an approximation, not rounded correctly
  return {F32::V(vsqrtq_f32(a.v.data))};
#elif defined(__ARM_NEON) && !defined(__aarch64__)
  float x[F32::lanes];
  a.store(x);
  for (float& value : x) value = __builtin_sqrtf(value);
  return F32::load(x);
#else
  return {xsimd::sqrt(a.v)};
#endif
}
HONE_INLINE F32 if_less(F32 a, F32 b, F32 x, F32 y) { return {xsimd::select(a.v < b.v, x.v, y.v)}; }
HONE_INLINE float reduce_add(F32 a) {
  float x[F32::lanes];
  a.store(x);
  for (int half = F32::lanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) x[i] += x[i + half];
  }
  return x[0];
}
HONE_INLINE float reduce_max(F32 a) {
  float x[F32::lanes];
  a.store(x);
  for (int i = 1; i < F32::lanes; ++i) x[0] = x[i] > x[0] ? x[i] : x[0];
  return x[0];
}

/// int32 lanes.
struct I32 {
  using V = xsimd::batch<std::int32_t>;
  static constexpr int lanes = V::size;
  V v;

  static HONE_INLINE I32 zero() { return splat(0); }
  static HONE_INLINE I32 splat(std::int32_t x) { return {V(x)}; }
  template <class T>  // int32, int8 or uint8
  static HONE_INLINE I32 load(const T* p) {
    return {load_converted<std::int32_t>(p)};
  }
  template <class T> static HONE_INLINE I32 load_n(const T* p, std::size_t n) {
    return {load_converted_n<std::int32_t>(p, n)};
  }
  HONE_INLINE void store(std::int32_t* p) const { v.store_unaligned(p); }
  HONE_INLINE void store_n(std::int32_t* p, std::size_t n) const { store_first(v, p, n); }
  /// Narrowed with saturation.
  template <class T> HONE_INLINE void store(T* p) const {
    const V lo(std::numeric_limits<T>::min()), hi(std::numeric_limits<T>::max());
    store_converted(xsimd::min(xsimd::max(v, lo), hi), p);
  }
  template <class T> HONE_INLINE void store_n(T* p, std::size_t n) const {
    T narrow[lanes];
    store(narrow);
    for (std::size_t i = 0; i < n && i < lanes; ++i) p[i] = narrow[i];
  }
};
HONE_INLINE I32 in_register(I32 a) {
#if defined(__GNUC__) && !defined(__clang__) && defined(__AVX512F__)
  __asm__("" : "+v"(a.v.data));
#elif defined(__GNUC__) && !defined(__clang__) && defined(__SSE2__)
  __asm__("" : "+x"(a.v.data));
#endif
  return a;
}
HONE_INLINE I32 operator+(I32 a, I32 b) { return {a.v + b.v}; }
HONE_INLINE I32 operator-(I32 a, I32 b) { return {a.v - b.v}; }
HONE_INLINE I32 operator*(I32 a, I32 b) {  // modulo 2^32: where SSE2 has no product, xsimd multiplies int by int
  return {xsimd::bitwise_cast<std::int32_t>(xsimd::bitwise_cast<std::uint32_t>(a.v) *
                                            xsimd::bitwise_cast<std::uint32_t>(b.v))};
}
HONE_INLINE I32 operator&(I32 a, I32 b) { return {a.v & b.v}; }
HONE_INLINE I32 operator|(I32 a, I32 b) { return {a.v | b.v}; }
HONE_INLINE I32 operator^(I32 a, I32 b) { return {a.v ^ b.v}; }
HONE_INLINE I32 min(I32 a, I32 b) { return {xsimd::min(a.v, b.v)}; }
HONE_INLINE I32 max(I32 a, I32 b) { return {xsimd::max(a.v, b.v)}; }
HONE_INLINE I32 shift_left(I32 a, I32 by) { return {a.v << by.v}; }
HONE_INLINE I32 shift_right(I32 a, I32 by) { return {a.v >> by.v}; }
HONE_INLINE I32 sign_mask(I32 a) { return {a.v >> 31}; }
HONE_INLINE I32 if_zero(I32 mask, I32 a, I32 b) { return {xsimd::select(mask.v == I32::V(0), a.v, b.v)}; }
HONE_INLINE I32 if_negative(I32 mask, I32 a, I32 b) { return {xsimd::select(mask.v < I32::V(0), a.v, b.v)}; }
HONE_INLINE I32 bits_of(F32 a) { return {xsimd::bitwise_cast<std::int32_t>(a.v)}; }
HONE_INLINE F32 from_bits(I32 a) { return {xsimd::bitwise_cast<float>(a.v)}; }
HONE_INLINE F32 to_f32(I32 a) { return {xsimd::to_float(a.v)}; }
HONE_INLINE I32 to_i32(F32 a) {
#if defined(__ARM_NEON) && !defined(__aarch64__)          // there xsimd rounds ties away from zero
  const F32::V most(8388608.0F), size = xsimd::abs(a.v);  // 2^23: from there on every float is an integer
  const F32::V rounded = xsimd::select(size < most, (size + most) - most, size);
  return {xsimd::to_int(xsimd::select(a.v < F32::V(0.0F), -rounded, rounded))};
#else
  return {xsimd::nearbyint_as_int(a.v)};
#endif
}
HONE_INLINE F32 exp2_int(I32 e) { return {F32::V(copy_bits<F32::V::register_type>(((e.v + I32::V(127)) << 23).data))}; }

/// (a * b + half) >> 31, lane by lane.
HONE_INLINE I32 high_mul(I32 a, I32 b, std::int64_t half) {
  std::int32_t x[I32::lanes], y[I32::lanes];
  a.store(x);
  b.store(y);
  for (int i = 0; i < I32::lanes; ++i) x[i] = static_cast<std::int32_t>((std::int64_t{x[i]} * y[i] + half) >> 31);
  return I32::load(x);
}
HONE_INLINE I32 doubling_high_mul(I32 a, I32 b) {
#if defined(__ARM_NEON) && HONE_VECTOR_BYTES == 16
  return {I32::V(vqrdmulhq_s32(a.v.data, b.v.data))};
#else
  return high_mul(a, b, std::int64_t{1} << 30);
#endif
}
HONE_INLINE I32 floor_high_mul(I32 a, I32 b) { return high_mul(a, b, 0); }

/// Bytes: as many as the vector is wide.
struct U8 {
  using V = xsimd::batch<std::uint8_t>;
  static constexpr int lanes = V::size;
  V v;

  static HONE_INLINE U8 splat(std::uint8_t x) { return {V(x)}; }
  static HONE_INLINE U8 load(const std::uint8_t* p) { return {V::load_unaligned(p)}; }
  HONE_INLINE void store(std::uint8_t* p) const { v.store_unaligned(p); }
};
HONE_INLINE U8 operator^(U8 a, U8 b) { return {a.v ^ b.v}; }

class NarrowRows {
 public:
  HONE_INLINE NarrowRows(bool, std::int32_t zero, std::int32_t lo, std::int32_t hi)
      : zero_(I32::splat(zero)), lo_(I32::splat(lo - zero)), hi_(I32::splat(hi - zero)) {}
  HONE_INLINE void store(I32 a0, I32 a1, I32 b0, I32 b1, std::uint8_t* a, std::uint8_t* b) const {
    store(a0, a);
    store(a1, a + I32::lanes);
    store(b0, b);
    store(b1, b + I32::lanes);
  }

 private:
  HONE_INLINE void store(I32 v, std::uint8_t* p) const {  // int8 modulo 256
    store_converted((min(max(v, lo_), hi_) + zero_).v, p);
  }
  I32 zero_, lo_, hi_;
};

/// int16 lanes, twice as many as I32 has: pairs feed madd.
struct I16 {
  using V = xsimd::batch<std::int16_t>;
  static constexpr int lanes = V::size;
  V v;

  template <class T>  // int16, int8 or uint8
  static HONE_INLINE I16 load(const T* p) {
    return {load_converted<std::int16_t>(p)};
  }
  HONE_INLINE void store(std::int16_t* p) const { v.store_unaligned(p); }
  static HONE_INLINE I16 splat_pair(const std::int16_t* p) {
    std::int32_t pair;
    __builtin_memcpy(&pair, p, 4);
    return {of_pairs(I32::V(pair))};
  }
  template <class T>  // int8 or uint8
  static HONE_INLINE I16 load_pairs(const T* a, const T* b) {
    return {of_pairs((I32::load(b).v << 16) | (I32::load(a).v & I32::V(0xFFFF)))};
  }
  template <class T> static HONE_INLINE I16 load_pairs(const T* a) { return {of_pairs(I32::load(a).v)}; }

 private:
  static HONE_INLINE V of_pairs(I32::V pairs) { return V(copy_bits<V::register_type>(pairs.data)); }
};
HONE_INLINE I16 operator-(I16 a, I16 b) { return {a.v - b.v}; }
HONE_INLINE I32 madd(I16 a, I16 b, I32 acc) {
#if defined(__AVX512BW__)
  return {in_register(acc).v + I32::V(_mm512_madd_epi16(a.v.data, b.v.data))};
#elif defined(__AVX2__) && HONE_VECTOR_BYTES == 32
  return {in_register(acc).v + I32::V(_mm256_madd_epi16(a.v.data, b.v.data))};
#elif defined(__SSE2__) && HONE_VECTOR_BYTES == 16
  return {in_register(acc).v + I32::V(_mm_madd_epi16(a.v.data, b.v.data))};
#elif defined(__aarch64__) && HONE_VECTOR_BYTES == 16
  const int32x4_t low = vmull_s16(vget_low_s16(a.v.data), vget_low_s16(b.v.data));
  return {I32::V(vaddq_s32(acc.v.data, vpaddq_s32(low, vmull_high_s16(a.v.data, b.v.data))))};
#elif defined(__ARM_NEON) && HONE_VECTOR_BYTES == 16
  const int32x4_t low = vmull_s16(vget_low_s16(a.v.data), vget_low_s16(b.v.data));
  const int32x4_t high = vmull_s16(vget_high_s16(a.v.data), vget_high_s16(b.v.data));
  return {I32::V(vaddq_s32(acc.v.data, vcombine_s32(vpadd_s32(vget_low_s32(low), vget_high_s32(low)),
                                                    vpadd_s32(vget_low_s32(high), vget_high_s32(high)))))};
#else
  std::int16_t x[I16::lanes], y[I16::lanes];
  std::int32_t sums[I32::lanes];
  a.store(x);
  b.store(y);
  for (int i = 0; i < I32::lanes; ++i) {  // added as uint32: both pairs at -2^15 wrap, as pmaddwd does
    sums[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(x[2 * i] * y[2 * i]) +
                                        static_cast<std::uint32_t>(x[2 * i + 1] * y[2 * i + 1]));
  }
  return acc + I32::load(sums);
#endif
}

}  // namespace
}  // namespace hone::HONE_TIER_NS
