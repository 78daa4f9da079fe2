// 8-bit functions of one 8-bit value as tables of their 256 results, filled as TensorFlow Lite's reference kernels compute
// them: some in reals, some in fixed point.
// Source: tensorflow/lite/kernels/activations.cc, elementwise.cc and internal/reference (hard_swish, leaky_relu).
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "../../../../kernels/fixed_point.hpp"
#include "../../quantize.hpp"
#include "../attributes.hpp"
#include "uncontracted.hpp"

namespace hone::graph::ops {

inline float gelu(float x) { return 0.5F * x * (1 + std::erf(x * 0.70710678F)); }
HONE_UNCONTRACTED inline float gelu_tanh(float x) {
  HONE_UNCONTRACTED_BODY
  return 0.5F * x * (1 + std::tanh(0.79788456F * (x + 0.044715F * x * x * x)));  // sqrt(2 / pi)
}
inline float logistic(float x) { return 1 / (1 + std::exp(-x)); }

/// hard_swish in 16-bit fixed point: x * 128 on one side, (x + 3) / 6 in Q0.15 on the other.
class HardSwish8 {
 public:
  HardSwish8(const Quantization& x, const Quantization& y) : x_zero_(x.zero_point), y_zero_(y.zero_point) {
    const float fine = (1.0F / 128.0F) * x.scale;
    const kernels::FixedPoint out = kernels::to_fixed_point(double{fine / y.scale});
    const kernels::FixedPoint gate = kernels::to_fixed_point(double{fine / (3.0F / 32768.0F)});
    out_ = {to_16(out.multiplier), out.shift};
    gate_ = {to_16(gate.multiplier), gate.shift};
  }
  /// An output scale so small that the result would have to be shifted left is refused there too.
  bool usable() const { return out_.shift <= 0; }
  std::int32_t operator()(std::int32_t q) const {
    const auto x = static_cast<std::int16_t>((q - x_zero_) * 128);
    const std::int16_t value = rounding_high(x, out_.multiplier);
    std::int16_t gate = x;
    if (gate_.shift > 0) gate = saturate(std::int64_t{gate} << (gate_.shift - 1 < 31 ? gate_.shift - 1 : 31));
    gate = rounding_high(gate, gate_.multiplier);
    if (gate_.shift > 0) gate = saturate(std::int64_t{gate} * 2);
    if (gate_.shift < 0) gate = divide(gate, -gate_.shift);
    gate = static_cast<std::int16_t>((gate + (1 << 15)) >> 1);
    const auto product = static_cast<std::int16_t>(std::int32_t{gate} * value / (1 << 15));
    return divide(product, -out_.shift) + y_zero_;
  }

 private:
  struct Factor {
    std::int16_t multiplier;
    int shift;
  };
  static std::int16_t to_16(std::int32_t multiplier) {
    return multiplier >= std::numeric_limits<std::int32_t>::max() - (1 << 15)
               ? std::numeric_limits<std::int16_t>::max()
               : static_cast<std::int16_t>((multiplier + (1 << 15)) >> 16);
  }
  static std::int16_t saturate(std::int64_t x) {
    return static_cast<std::int16_t>(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
  }
  static std::int16_t rounding_high(std::int16_t a, std::int16_t b) {
    const std::int32_t product = std::int32_t{a} * b, nudge = product >= 0 ? 1 << 14 : 1 - (1 << 14);
    return saturate((product + nudge) / (1 << 15));
  }
  static std::int16_t divide(std::int16_t x, int by) {
    return by > 31 ? std::int16_t{0} : static_cast<std::int16_t>(kernels::rounding_divide(x, by));
  }
  std::int32_t x_zero_, y_zero_;
  Factor out_{}, gate_{};
};

/// 1 / sqrt(x) of an integer x >= 1, as a fixed-point factor: five Newton-Raphson steps in Q3.28 from 1.
inline kernels::FixedPoint inverse_square_root(std::int32_t x) {
  if (x <= 1) return {std::numeric_limits<std::int32_t>::max(), 0};
  const int pairs = (__builtin_clz(static_cast<std::uint32_t>(x)) - 1) / 2 - 1;
  const auto mul = [](std::int32_t a, std::int32_t b) { return kernels::rounding_doubling_high_mul(a, b); };
  const auto left = [](std::int32_t a, int by) { return kernels::saturating_shift_left(a, by); };
  const std::int32_t input = (x << (2 * pairs)) >> 1, half = kernels::rounding_divide(input, 1);
  constexpr std::int32_t one = 1 << 28, three_halves = (1 << 28) + (1 << 27), half_sqrt_2 = 1518500250;
  std::int32_t r = one;
  for (int step = 0; step < 5; ++step) {
    const std::int32_t cube = left(mul(mul(r, r), r), 6);  // Q9.22 to Q3.28
    r = left(mul(three_halves, r) - mul(half, cube), 3);   // Q6.25 to Q3.28
  }
  r = mul(r, half_sqrt_2);
  int shift = 11 - pairs;
  if (shift < 0) {
    r = left(r, -shift);
    shift = 0;
  }
  return {r, -shift};
}

using Table8 = std::array<std::uint8_t, 256>;  // indexed by the value's byte

/// table[q] = clamp(f(q)) for every q of the types of x and y.
template <class F> Table8 make_table(const Quantization& x, const Quantization& y, F&& f) {
  std::int32_t x_lo = 0, x_hi = 0, y_lo = 0, y_hi = 0;
  hone::detail::range_of(x.type, x_lo, x_hi);
  hone::detail::range_of(y.type, y_lo, y_hi);
  Table8 table{};
  for (std::int32_t q = x_lo; q <= x_hi; ++q) {
    const std::int64_t value = f(q);
    table[static_cast<std::uint8_t>(q)] = static_cast<std::uint8_t>(value < y_lo ? y_lo : value > y_hi ? y_hi : value);
  }
  return table;
}
/// Of a function of reals: dequantised, computed in float32, rounded half away from zero.
template <class F> Table8 make_real_table(const Quantization& x, const Quantization& y, F&& f) {
  const float inverse_scale = 1 / y.scale;
  return make_table(x, y, [&](std::int32_t q) -> std::int64_t {
    const float real = f(x.scale * static_cast<float>(q - x.zero_point));
    const float rounded = std::round(real * inverse_scale);
    return y.zero_point + static_cast<std::int64_t>(std::fmin(std::fmax(rounded, -65536.0F), 65536.0F));
  });
}

/// The table of a function, or nothing where TensorFlow Lite has no 8-bit form of it.
inline bool fill_table(Table8& table, const Unary& unary, const Quantization& x, const Quantization& y) {
  const auto real = [&](float (*f)(float)) {
    table = make_real_table(x, y, f);
    return true;
  };
  const auto integer = [&](auto&& f) {  // of the value without its zero point; the result without the output's
    table = make_table(x, y, [&](std::int32_t q) { return std::int64_t{f(q - x.zero_point)} + y.zero_point; });
    return true;
  };
  switch (unary.op) {
    case UnaryOp::logistic: return real(&logistic);
    case UnaryOp::tanh: return real([](float v) { return std::tanh(v); });
    case UnaryOp::exp: return real([](float v) { return std::exp(v); });
    case UnaryOp::elu: return real([](float v) { return v < 0 ? std::expm1(v) : v; });
    case UnaryOp::gelu: return real(&gelu);
    case UnaryOp::gelu_tanh: return real(&gelu_tanh);
    case UnaryOp::log: {
      const float least = static_cast<float>((y.type == DType::u8 ? 0 : -128) - y.zero_point) * y.scale;
      table = make_real_table(x, y, [least](float v) { return v <= 0 ? least : std::log(v); });
      return true;
    }
    case UnaryOp::sqrt:  // cut off, not rounded; of negative values 0
      return integer([&](std::int32_t v) {
        const float root = std::sqrt(x.scale * static_cast<float>(v < 0 ? 0 : v)) / y.scale;
        return static_cast<std::int32_t>(std::fmin(root, 65536.0F));
      });
    case UnaryOp::rsqrt: {
      const kernels::FixedPoint factor =
          kernels::to_fixed_point(1.0 / static_cast<double>(std::sqrt(x.scale) * y.scale));
      return integer([&](std::int32_t v) {
        if (v <= 0) return 65536;  // the largest output
        constexpr int fraction = 20;
        kernels::FixedPoint inverse = inverse_square_root(v);
        inverse.shift += fraction;
        return kernels::multiply(kernels::multiply(1, inverse), {factor.multiplier, factor.shift - fraction});
      });
    }
    case UnaryOp::abs: {
      const kernels::FixedPoint factor = kernels::to_fixed_point(double{x.scale / y.scale});
      const bool same = x.scale == y.scale;
      return integer([&](std::int32_t v) { return same ? std::abs(v) : kernels::multiply(std::abs(v), factor); });
    }
    case UnaryOp::leaky_relu: {
      // Both quotients in float32, as TensorFlow Lite takes them. A negative alpha has a factor of that sign.
      const auto factor = static_cast<double>(x.scale * unary.alpha / y.scale);
      const kernels::FixedPoint below = kernels::to_fixed_point(std::fabs(factor));
      const kernels::FixedPoint same = kernels::to_fixed_point(double{x.scale / y.scale});
      const std::int32_t sign = factor < 0 ? -1 : 1;
      return integer([&](std::int32_t v) {
        return v >= 0 ? kernels::multiply(v, same) : kernels::multiply(v, {sign * below.multiplier, below.shift});
      });
    }
    case UnaryOp::hard_swish: {
      const HardSwish8 f(x, y);
      table = make_table(x, y, [&](std::int32_t q) { return std::int64_t{f(q)}; });
      return f.usable();
    }
    default: return false;
  }
}

}  // namespace hone::graph::ops
