// math: the functions that elementwise operators and softmax are made of, one vector at a time, float32; included once per
// tier. Each states its error in units of the last place (ULP) of an exact result, or relative to what it says; tests/unary_test.cpp
// checks that densely on every tier, with and without fused multiply-adds. NaN in, NaN out.
//
// All polynomials are minimax fits of this project's own: Lawson's iteration on Chebyshev nodes in double, weighted for the
// relative error of the function; the error of the fit is beside each.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

/// c[0] + c[1] x + ... + c[n - 1] x^(n - 1), by Horner's rule.
template <int n> HONE_INLINE F32 polynomial(F32 x, const float (&c)[n]) {
  F32 sum = F32::splat(c[n - 1]);
  HONE_UNROLL for (int i = n - 2; i >= 0; --i) sum = fma(sum, x, F32::splat(c[i]));
  return sum;
}

constexpr std::int32_t sign_bit = std::numeric_limits<std::int32_t>::min();
HONE_INLINE F32 negate(F32 x) { return from_bits(bits_of(x) ^ I32::splat(sign_bit)); }
HONE_INLINE F32 abs(F32 x) { return from_bits(bits_of(x) & I32::splat(0x7FFFFFFF)); }
/// |x| with the sign of `sign`.
HONE_INLINE F32 copy_sign(F32 x, F32 sign) {
  return from_bits(bits_of(abs(x)) | (bits_of(sign) & I32::splat(sign_bit)));
}
HONE_INLINE F32 min_or_nan(F32 a, F32 b) { return negate(max_or_nan(negate(a), negate(b))); }

/// The nearest integer, ties to even; exact, -0 stays. From 2^23 on every float is an integer.
HONE_INLINE F32 round_even(F32 x) {
  const F32 size = abs(x);
  return if_less(size, F32::splat(8388608.0F), copy_sign(to_f32(to_i32(x)), x), x);
}
HONE_INLINE F32 floor(F32 x) {
  const F32 r = round_even(x);
  return copy_sign(if_less(x, r, r - F32::splat(1), r), x);
}
HONE_INLINE F32 ceil(F32 x) { return negate(floor(negate(x))); }

/// exp(x) for x <= 89 within 2 ULP where the result is normal, 0 below -170.
/// x = e ln 2 + r with |r| <= ln 2 / 2 (ln 2 in two parts, so that r keeps its bits); exp(r) by a polynomial of degree 6, its
/// coefficients a minimax fit of relative error 2^-28; 2^e in two halves, because results down to 2^-149 are represented.
HONE_INLINE F32 exp_bounded(F32 x) {
  x = max(F32::splat(-170.0F), x);
  const I32 e = to_i32(x * F32::splat(1.44269504F));
  const F32 n = to_f32(e);
  const F32 r = fma(n, F32::splat(2.12194440e-4F), fma(n, F32::splat(-0.693359375F), x));
  const F32 p = polynomial(r, {1.0F, 1.0F, 0.49999993F, 0.16666521F, 4.166839e-2F, 8.36872e-3F, 1.38146e-3F});
  const I32 half = shift_right(e, I32::splat(1));
  return p * exp2_int(half) * exp2_int(e - half);
}
/// exp(x) within 2 ULP where the result is normal; infinity above 88.73.
HONE_INLINE F32 exp(F32 x) { return exp_bounded(min(F32::splat(89.0F), x)); }

/// exp(x) - 1 for x <= 0, within 4 ULP. Below -1/2 as it says; above, x + x^2 P(x) with a fit of relative error 2^-28.
HONE_INLINE F32 expm1_negative(F32 x) {
  const F32 p =
      polynomial(x, {0.50000006F, 0.166666642F, 0.0416653603F, 0.00833357871F, 0.00139961764F, 1.98498092e-4F});
  return if_less(x, F32::splat(-0.5F), exp_bounded(x) - F32::splat(1), fma(x * x, p, x));
}

/// log(x) within 2 ULP; -infinity for 0, NaN below. x = 2^e m with m in [sqrt(1/2), sqrt(2)), f = m - 1;
/// log(1 + f) = f - f^2 / 2 + f^3 P(f), the fit's relative error 2^-30; e ln 2 added in two parts, the small one first.
HONE_INLINE F32 log(F32 x) {
  const F32 least = F32::splat(1.17549435e-38F);  // the smallest normal number: below, x is scaled by 2^23 first
  const F32 scaled = if_less(x, least, x * F32::splat(8388608.0F), x);
  const F32 e_scale = if_less(x, least, F32::splat(-23.0F), F32::zero());
  const I32 root_half = I32::splat(0x3F3504F3);  // the bits of sqrt(1/2)
  const I32 e = shift_right(bits_of(scaled) - root_half, I32::splat(23));
  const F32 f = from_bits(bits_of(scaled) - shift_left(e, I32::splat(23))) - F32::splat(1);
  const F32 p = polynomial(f, {0.333333135F, -0.250000089F, 0.200021192F, -0.166679963F, 0.142195523F, -0.124055892F,
                               0.118881628F, -0.116756514F, 0.0674663857F});
  const F32 n = to_f32(e) + e_scale, square = f * f;
  const F32 tail = fma(square * f, p, fma(n, F32::splat(-2.12194440e-4F), F32::splat(-0.5F) * square));
  F32 y = fma(n, F32::splat(0.693359375F), f + tail);
  const F32 infinity = F32::splat(std::numeric_limits<float>::infinity());
  y = if_less(x, infinity, y, x);  // also NaN
  y = if_less(F32::zero(), x, y, F32::splat(std::numeric_limits<float>::quiet_NaN()));
  return if_less(abs(x), F32::splat(1e-45F), negate(infinity), y);
}

/// log(1 + y) for y in [0, 1], within 4 ULP: the rounding error of 1 + y is given back to first order.
HONE_INLINE F32 log1p_unit(F32 y) {
  const F32 sum = y + F32::splat(1);
  return log(sum) + (y - (sum - F32::splat(1))) / sum;
}

/// 1 / (1 + exp(-x)) within 4 ULP, or 2^-126.
HONE_INLINE F32 logistic(F32 x) { return F32::splat(1) / (exp(negate(x)) + F32::splat(1)); }

/// tanh(x) within 4 ULP: x + x^3 P(x^2) below 5/8 (relative error 2^-27.8), else 1 - 2 / (exp(2 x) + 1).
HONE_INLINE F32 tanh(F32 x) {
  const F32 size = abs(x), square = x * x;
  const F32 p = polynomial(square, {-0.333332807F, 0.133314416F, -0.0537397154F, 0.0206390899F, -0.00570498919F});
  const F32 far = F32::splat(1) - F32::splat(2) / (exp(size + size) + F32::splat(1));
  return if_less(size, F32::splat(0.625F), fma(x * square, p, x), copy_sign(far, x));
}

/// erf(x) within 4 ULP: x + x P(x^2) below 1 (relative error 2^-29.6), else 1 - exp(-|x| (1 + Q(|x|))) up to 4, where it is 1
/// (2^-30).
HONE_INLINE F32 erf(F32 x) {
  const F32 size = abs(x), t = min(F32::splat(4.0F), size);
  const F32 p = polynomial(x * x, {0.128379166F, -0.37612626F, 0.112835854F, -0.0268538129F, 0.00518832961F,
                                   -8.01020826e-4F, 7.85390657e-5F});
  const F32 q = polynomial(
      t, {0.128637075F, 0.635198057F, 0.106159031F, -0.0236945525F, 0.00361033529F, -3.14856385e-4F, 1.04329338e-5F});
  const F32 far = F32::splat(1) - exp_bounded(negate(fma(t, q, t)));
  return if_less(size, F32::splat(1.0F), fma(x, p, x), copy_sign(far, x));
}

}  // namespace
}  // namespace hone::HONE_TIER_NS
