// Logistic and tanh on 16-bit fixed point, as gemmlowp defines them and TensorFlow Lite's integer LSTM uses them. Qi.f has i
// integer bits and f = 15 - i of fraction; every product is rounded to 16 bits. fixed_point.hpp has the 32-bit twin.
#pragma once
#include <cstdint>
#include <limits>

#include "../../../../kernels/fixed_point.hpp"

namespace hone::graph::ops::fixed16 {

using Q = std::int16_t;
inline constexpr Q one = std::numeric_limits<Q>::max();  // 1 in Q0.15, as near as it comes

inline Q saturate(std::int32_t x) { return static_cast<Q>(x > 32767 ? 32767 : x < -32768 ? -32768 : x); }
inline Q mul(Q a, Q b) {
  if (a == -32768 && b == -32768) return one;
  const std::int32_t product = std::int32_t{a} * b;
  return static_cast<Q>((product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));
}
inline Q divide(Q x, int by) { return static_cast<Q>(kernels::rounding_divide(x, by)); }
inline Q shift_left(Q x, int by) { return saturate(std::int32_t{x} * (1 << by)); }
/// A constant given in 32 bits.
constexpr Q constant(std::int32_t q31) { return static_cast<Q>((std::int64_t{q31} + (1 << 15)) >> 16); }

/// exp(a), a <= 0 with `bits` integer bits; Q0.15.
inline Q exp_negative(Q a, int bits) {
  if (a == 0) return one;
  const int fraction = 15 - bits;
  if (bits > 5 && a < -(1 << (fraction + 5))) return 0;
  const auto quarter = static_cast<Q>(1 << (fraction - 2));
  const auto last = static_cast<Q>((a & (quarter - 1)) - quarter);  // in [-1/4, 0)
  // The series around -1/8.
  const Q x = static_cast<Q>(shift_left(last, bits) + (1 << 12));
  const Q x2 = mul(x, x), x3 = mul(x2, x), x4 = mul(x2, x2);
  constexpr Q exp_minus_eighth = constant(1895147668), third = constant(715827883);
  const Q powers = divide(static_cast<Q>(mul(static_cast<Q>(divide(x4, 2) + x3), third) + x2), 1);
  Q result = saturate(exp_minus_eighth + mul(exp_minus_eighth, static_cast<Q>(x + powers)));
  const std::int32_t rest = last - a;
  constexpr std::int32_t power[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};  // exp(-2^k)
  for (int k = -2; k <= 4 && k < bits; ++k) {
    if ((rest & (1 << (fraction + k))) != 0) result = mul(result, constant(power[k + 2]));
  }
  return result;
}

/// x of 1 / (1 + a) = x / 2 in Q2.13, a in [0, 1] in Q0.15: three Newton-Raphson steps.
inline Q twice_reciprocal(Q a) {
  const auto half = static_cast<Q>((std::int32_t{a} + one + 1) / 2);
  auto x = static_cast<Q>(constant(1515870810) + mul(half, constant(-1010580540)));  // 48/17, -32/17
  for (int step = 0; step < 3; ++step) {
    const auto error = static_cast<Q>((1 << 13) - mul(half, x));
    x = static_cast<Q>(x + shift_left(mul(x, error), 2));
  }
  return x;
}
/// -a, where the lowest value saturates to what negating it wraps to: itself.
inline Q negate(Q a) { return static_cast<Q>(-std::int32_t{a}); }

inline Q logistic(Q a, int bits) {
  if (a == 0) return 1 << 14;
  const Q positive = shift_left(twice_reciprocal(exp_negative(a > 0 ? negate(a) : a, bits)), 1);
  return a > 0 ? positive : static_cast<Q>(one - positive);
}
inline Q tanh(Q a, int bits) {
  if (a == 0) return 0;
  // (1 - e) / (1 + e) with e = exp(-2|a|): the same bits read with one more before the point.
  const Q e = exp_negative(a > 0 ? negate(a) : a, bits + 1);
  const Q magnitude = shift_left(static_cast<Q>(twice_reciprocal(e) - (1 << 13)), 2);
  return a > 0 ? magnitude : negate(magnitude);
}

}  // namespace hone::graph::ops::fixed16
