// requantize: int32 sums to 8 bits, in the three modes of docs/numerics.md; included once per tier.
// Row r of `acc` (stride in elements) holds the sums of columns [column, column + n); out row r at out + r * ldc.
// Parameters are loaded once a vector of columns and serve all rows.
// Equals ref::requantize bit for bit, given what the operators prove before they call: |acc| * 2^left and
// |acc| + 2^(right - 1) are below 2^31.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

/// 2^(right - 1), or 0 where right is 0; right in [0, 31].
HONE_INLINE I32 half_of(I32 right) {
  return shift_left(I32::splat(1), max(right, I32::splat(1)) - I32::splat(1)) & sign_mask(I32::zero() - right);
}

/// T2: h = round(acc * 2^left * multiplier / 2^31), ties up; y = h / 2^right, ties away from zero: where h is negative,
/// 1 less is added before shifting. acc's sign serves as h's: where acc is negative and h is 0,
/// (2^(right - 1) - 1) >> right is 0 as well.
struct RoundTflite {
  I32 multiplier, left, right, half, half_negative;
  bool any_left;
  HONE_INLINE RoundTflite(const kernels::Requantize& q, kernels::Index c)
      : multiplier(I32::load(q.multiplier + c)),
        left(I32::load(q.left + c)),
        right(I32::load(q.right + c)),
        half(half_of(right)),
        half_negative(half + sign_mask(I32::zero() - right)),
        any_left(q.any_left) {}
  HONE_INLINE I32 operator()(I32 acc) const {
    if (any_left) acc = shift_left(acc, left);
    const I32 h = doubling_high_mul(acc, multiplier);
    return shift_right(h + if_negative(acc, half_negative, half), right);
  }
};

/// T1: y = (acc * multiplier + 2^(30 - shift)) >> (31 - shift), with shift = left - right; ties up.
struct RoundSingle {
  I32 multiplier, left, right, half;
  bool any_left;
  HONE_INLINE RoundSingle(const kernels::Requantize& q, kernels::Index c)
      : multiplier(I32::load(q.multiplier + c)),
        left(I32::load(q.left + c)),
        right(I32::load(q.right + c)),
        half(half_of(right)),
        any_left(q.any_left) {}
  HONE_INLINE I32 operator()(I32 acc) const {
    if (any_left) acc = shift_left(acc, left);
    // Where right > 0 the product is floored, then rounded once; where it is 0 the product itself is rounded.
    const I32 rounded = doubling_high_mul(acc, multiplier);
    const I32 floored = floor_high_mul(acc, multiplier);
    return if_zero(right, rounded, shift_right(floored + half, right));
  }
};

/// O: y = nearest-even(float(acc) * scale), clamped before it is converted.
struct RoundOrt {
  F32 scale, lo, hi;
  HONE_INLINE RoundOrt(const kernels::Requantize& q, kernels::Index c)
      : scale(F32::load(q.scale + c)),
        lo(F32::splat(static_cast<float>(q.lo - q.zero))),
        hi(F32::splat(static_cast<float>(q.hi - q.zero))) {}
  HONE_INLINE I32 operator()(I32 acc) const { return to_i32(min(max(to_f32(acc) * scale, lo), hi)); }
};

/// Two rows of two vectors of columns at a time; a row or a vector that has no partner is its own.
template <class Round>
void requantize_rows(const kernels::Requantize& q, bool is_unsigned, const std::int32_t* acc, kernels::Index stride,
                     kernels::Index rows, kernels::Index column, kernels::Index n, std::uint8_t* out,
                     kernels::Index ldc) {
  constexpr kernels::Index lanes = I32::lanes, pair = 2 * lanes;
  const NarrowRows narrow(is_unsigned, q.zero, q.lo, q.hi);
  for (kernels::Index j = 0; j < n; j += pair) {
    const kernels::Index j1 = j + lanes < n ? j + lanes : j;
    const Round round0(q, column + j), round1(q, column + j1);
    for (kernels::Index r = 0; r < rows; r += 2) {
      const kernels::Index r1 = r + 1 < rows ? r + 1 : r;
      const std::int32_t *a = acc + r * stride, *b = acc + r1 * stride;
      std::uint8_t *to_a = out + r * ldc + j, *to_b = out + r1 * ldc + j;
      const I32 a0 = round0(I32::load(a + j)), a1 = round1(I32::load(a + j1));
      const I32 b0 = round0(I32::load(b + j)), b1 = round1(I32::load(b + j1));
      if (n - j >= pair) {
        narrow.store(a0, a1, b0, b1, to_a, to_b);
      } else {
        std::uint8_t part[2][pair];
        narrow.store(a0, a1, b0, b1, part[0], part[1]);
        __builtin_memcpy(to_a, part[0], static_cast<std::size_t>(n - j));
        __builtin_memcpy(to_b, part[1], static_cast<std::size_t>(n - j));
      }
    }
  }
}

/// Out is int8 or uint8. acc must be readable up to a whole vector beyond n.
template <class Out>
inline void requantize(const kernels::Requantize& q, const std::int32_t* acc, kernels::Index stride,
                       kernels::Index rows, kernels::Index column, kernels::Index n, Out* out, kernels::Index ldc) {
  auto* bytes = reinterpret_cast<std::uint8_t*>(out);
  constexpr bool is_unsigned = std::is_unsigned_v<Out>;
  switch (q.rounding) {
    case kernels::Rounding::tflite:
      return requantize_rows<RoundTflite>(q, is_unsigned, acc, stride, rows, column, n, bytes, ldc);
    case kernels::Rounding::single:
      return requantize_rows<RoundSingle>(q, is_unsigned, acc, stride, rows, column, n, bytes, ldc);
    case kernels::Rounding::ort:
      return requantize_rows<RoundOrt>(q, is_unsigned, acc, stride, rows, column, n, bytes, ldc);
  }
}

}  // namespace
}  // namespace hone::HONE_TIER_NS
