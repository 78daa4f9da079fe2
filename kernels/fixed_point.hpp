// Fixed-point arithmetic as TensorFlow Lite defines it, on single values, and the numbers that its quantised kernels are
// given once, when a model is loaded. The source is tensorflow/lite/kernels (internal/common, add, softmax) and gemmlowp.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

#include "args.hpp"

namespace hone::kernels {

/// A positive factor as multiplier * 2^(shift - 31), multiplier in [2^30, 2^31) or 0.
struct FixedPoint {
  std::int32_t multiplier = 0;
  int shift = 0;
};

/// frexp, the fraction rounded half away from zero to 31 bits; factors below 2^-32 become 0, those above 2^62 that.
/// `factor` must not be negative.
inline FixedPoint to_fixed_point(double factor) {
  if (!(factor > 0)) return {};
  if (factor > 0x1p62) factor = 0x1p62;
  int shift = 0;
  const double fraction = std::frexp(factor, &shift);
  auto q31 = static_cast<std::int64_t>(std::round(fraction * static_cast<double>(std::int64_t{1} << 31)));
  if (q31 == std::int64_t{1} << 31) {
    q31 /= 2;
    ++shift;
  }
  if (shift < -31) return {};
  return {static_cast<std::int32_t>(q31), shift};
}

/// (2 * a * b + 2^31) / 2^32, floored: ties up; -2^31 * -2^31 saturates.
inline std::int32_t rounding_doubling_high_mul(std::int32_t a, std::int32_t b) {
  constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
  if (a == lowest && b == lowest) return std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>((std::int64_t{a} * b + (std::int64_t{1} << 30)) >> 31);
}

/// x / 2^by rounded half away from zero; by in [0, 31].
inline std::int32_t rounding_divide(std::int32_t x, int by) {
  if (by == 0) return x;
  return static_cast<std::int32_t>((std::int64_t{x} + (std::int64_t{1} << (by - 1)) - (x < 0 ? 1 : 0)) >> by);
}

/// x * 2^by, saturated.
inline std::int32_t saturating_shift_left(std::int32_t x, int by) {
  const std::int64_t wide = std::int64_t{x} * (std::int64_t{1} << by);
  if (wide > std::numeric_limits<std::int32_t>::max()) return std::numeric_limits<std::int32_t>::max();
  if (wide < std::numeric_limits<std::int32_t>::min()) return std::numeric_limits<std::int32_t>::min();
  return static_cast<std::int32_t>(wide);
}

/// x * factor, rounded twice: TensorFlow Lite's MultiplyByQuantizedMultiplier.
inline std::int32_t multiply(std::int32_t x, FixedPoint factor) {
  constexpr int most = 31;  // any further and there is nothing but the bounds and 0
  if (factor.shift >= 0) {
    const int left = factor.shift < most ? factor.shift : most;
    return rounding_doubling_high_mul(saturating_shift_left(x, left), factor.multiplier);
  }
  // A shift below -31 leaves nothing of a product that is below 2^31.
  if (factor.shift < -most) return 0;
  return rounding_divide(rounding_doubling_high_mul(x, factor.multiplier), -factor.shift);
}

/// Fills in the scales and zero points of `add`. False where the kernel has no such numbers: a scale that is not positive,
/// or an output scale so small that the sum's factor reaches 1, which TensorFlow Lite refuses too.
inline bool prepare_add(AddI8& add, double a_scale, std::int32_t a_zero, double b_scale, std::int32_t b_zero,
                        double out_scale, std::int32_t out_zero) {
  if (!(a_scale > 0) || !(b_scale > 0) || !(out_scale > 0)) return false;
  add.left_shift = 20;
  const double twice_max = 2 * (a_scale > b_scale ? a_scale : b_scale);
  const double factors[3] = {a_scale / twice_max, b_scale / twice_max, twice_max / ((1 << add.left_shift) * out_scale)};
  const std::int32_t zeros[3] = {a_zero, b_zero, out_zero};
  AddI8::Scale* scales[3] = {&add.a_scale, &add.b_scale, &add.out_scale};
  for (int i = 0; i < 3; ++i) {
    const FixedPoint f = to_fixed_point(factors[i]);
    if (f.shift > 0) return false;
    *scales[i] = {zeros[i], f.multiplier, -f.shift};
  }
  return true;
}

/// Fills in the multiplier and the smallest difference of `softmax`; beta and the input's scale positive.
inline bool prepare_softmax(SoftmaxI8& softmax, double beta, double in_scale) {
  constexpr int integer_bits = 5;  // differences are scaled to [-32, 0) with 26 bits of fraction
  double factor = beta * in_scale * (1 << (31 - integer_bits));
  if (!(factor > 0)) return false;
  if (factor > 2147483647.0) factor = 2147483647.0;  // 2^31 - 1
  const FixedPoint f = to_fixed_point(factor);
  if (f.shift < 0) return false;
  softmax.multiplier = f.multiplier;
  softmax.left = f.shift;
  const double radius = ((1 << integer_bits) - 1) * static_cast<double>(std::int64_t{1} << (31 - integer_bits)) /
                        static_cast<double>(std::int64_t{1} << f.shift);
  softmax.diff_min = -static_cast<std::int32_t>(std::floor(radius));
  return true;
}

}  // namespace hone::kernels
