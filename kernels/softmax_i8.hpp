// softmax_i8: the softmax of 8-bit rows in fixed point, TensorFlow Lite's reference kernel bit for bit. One plain piece of
// code for every tier: rows are short, and each of the at most 256 exponentials of a call is computed once.
//
// Qi.f below is an int32 with i integer bits and f = 31 - i of fraction. With d = in[i] - max of the row:
//   e = exp(d * scale * beta)       Q0.31 from Q5.26; 0 where d < diff_min
//   sum = sum of e                  Q12.19, so rows may have up to 4,095 entries as large as the maximum
//   out = round(e / sum * 256)      by a Newton-Raphson reciprocal; the output's scale is 1/256, its zero the type's lowest
// Source: tensorflow/lite/kernels/internal/reference/softmax.h; gemmlowp fixedpoint/fixedpoint.h.
#pragma once
#include <cstdint>
#include <limits>

#include "fixed_point.hpp"

namespace hone::kernels {

namespace fixed {

constexpr std::int32_t one = std::numeric_limits<std::int32_t>::max();  // 1 in Q0.31, as near as it comes
inline std::int32_t mul(std::int32_t a, std::int32_t b) { return rounding_doubling_high_mul(a, b); }

/// exp(a) for a in [-1/4, 0), Q0.31: Taylor's series to the fourth power around -1/8.
inline std::int32_t exp_last_quarter(std::int32_t a) {
  constexpr std::int32_t exp_minus_eighth = 1895147668, third = 715827883;
  const std::int32_t x = a + (1 << 28);
  const std::int32_t x2 = mul(x, x), x3 = mul(x2, x), x4 = mul(x2, x2);
  const std::int32_t powers =
      rounding_divide(mul(rounding_divide(x4, 2) + x3, third) + x2, 1);  // x^2/2 + x^3/6 + x^4/24
  return exp_minus_eighth + mul(exp_minus_eighth, x + powers);
}

/// exp(a), a <= 0 in Q5.26, result Q0.31: the part below a quarter by the series, the rest a product of known powers.
inline std::int32_t exp_negative(std::int32_t a) {
  if (a == 0) return one;
  constexpr std::int32_t quarter = 1 << 24;
  // exp(-2^k) for k = -2 .. 4, Q0.31
  constexpr std::int32_t power[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  const std::int32_t last = (a & (quarter - 1)) - quarter;  // in [-1/4, 0)
  std::int32_t result = exp_last_quarter(saturating_shift_left(last, 5));
  const std::int32_t rest = last - a;
  for (int k = 0; k < 7; ++k) {
    if ((rest & (quarter << k)) != 0) result = mul(result, power[k]);
  }
  return result;
}

/// 1 / (1 + a) for a in [0, 1], Q0.31: three Newton-Raphson steps for 1 / d with d = (1 + a) / 2, in Q2.29.
inline std::int32_t reciprocal(std::int32_t a) {
  constexpr std::int32_t k48_17 = 1515870810, minus_32_17 = -1010580540;
  const auto half_denominator = static_cast<std::int32_t>((std::int64_t{a} + one + 1) / 2);
  std::int32_t x = k48_17 + mul(half_denominator, minus_32_17);
  for (int step = 0; step < 3; ++step) {
    const std::int32_t error = (1 << 29) - mul(half_denominator, x);
    x += saturating_shift_left(mul(x, error), 2);
  }
  return saturating_shift_left(x, 1);
}

}  // namespace fixed

template <class T> inline void softmax_i8_as(const SoftmaxI8& s, Range rows) {
  constexpr std::int32_t lowest = std::numeric_limits<T>::min(), highest = std::numeric_limits<T>::max();
  constexpr int integer_bits = 12;
  std::int32_t exps[256];  // of -d; -1 until needed
  for (std::int32_t& e : exps) e = -1;
  for (Index r = rows.begin; r < rows.end; ++r) {
    const T* in = static_cast<const T*>(s.in) + r * s.lda;
    T* out = static_cast<T*>(s.out) + r * s.ldc;
    T most = in[0];
    for (Index i = 1; i < s.n; ++i) most = in[i] > most ? in[i] : most;
    std::int32_t sum = 0;
    for (Index i = 0; i < s.n; ++i) {
      const std::int32_t d = in[i] - most;
      if (d < s.diff_min) continue;
      std::int32_t& e = exps[-d];
      if (e < 0) e = fixed::exp_negative(fixed::mul(d * (std::int32_t{1} << s.left), s.multiplier));
      sum += rounding_divide(e, integer_bits);
    }
    const int zeros = __builtin_clz(static_cast<std::uint32_t>(sum));  // sum >= 1 in Q12.19: the maximum's own share
    const std::uint32_t fraction = (static_cast<std::uint32_t>(sum) << zeros) - (std::uint32_t{1} << 31);
    const std::int32_t scale = fixed::reciprocal(static_cast<std::int32_t>(fraction));
    const int right = integer_bits - zeros + 31 - 8;
    for (Index i = 0; i < s.n; ++i) {
      const std::int32_t d = in[i] - most;
      std::int32_t q = lowest;
      if (d >= s.diff_min) q += rounding_divide(fixed::mul(scale, exps[-d]), right);
      out[i] = static_cast<T>(q > highest ? highest : q);
    }
  }
}
/// Rows `rows` of the softmax; out may be in.
inline void softmax_i8(const SoftmaxI8& s, Range rows) {
  if (s.is_unsigned)
    softmax_i8_as<std::uint8_t>(s, rows);
  else
    softmax_i8_as<std::int8_t>(s, rows);
}

}  // namespace hone::kernels
