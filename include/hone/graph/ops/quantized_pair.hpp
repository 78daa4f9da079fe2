// Binary on 8-bit values with scales of their own, as TensorFlow Lite's reference kernels compute it, bit for bit.
// Source: tensorflow/lite/kernels/internal/reference (sub, mul, div, prelu, comparisons) and kernels/squared_difference.cc.
#pragma once
#include <cstdint>

#include "../../../../kernels/softmax_i8.hpp"
#include "../../quantize.hpp"
#include "../attributes.hpp"

namespace hone::graph::ops {

/// a and b are what is left of the 8-bit values after their zero points; the result is before the output's.
struct QuantizedPair {
  std::int32_t a_zero = 0, b_zero = 0, y_zero = 0, lo = 0, hi = 0;
  int left_shift = 0;  // of a and b before they are scaled
  kernels::FixedPoint a, b, y;
};

/// The factors of an operator. TensorFlow Lite takes products and quotients of scales in float32, where noted.
inline QuantizedPair quantized_pair(BinaryOp op, const Quantization& a, const Quantization& b, const Quantization& y,
                                    const IntegerClamp& clamp) {
  QuantizedPair q;
  q.a_zero = a.zero_point;
  q.b_zero = b.zero_point;
  q.y_zero = y.zero_point;
  q.lo = clamp.lo;
  q.hi = clamp.hi;
  const double twice_max = 2.0 * (a.scale > b.scale ? a.scale : b.scale);
  switch (op) {
    case BinaryOp::mul: q.y = kernels::to_fixed_point(double{a.scale * b.scale / y.scale}); break;
    case BinaryOp::div: q.y = kernels::to_fixed_point(double{a.scale / (b.scale * y.scale)}); break;
    case BinaryOp::prelu:
      q.a = kernels::to_fixed_point(double{a.scale / y.scale});
      q.y = kernels::to_fixed_point(double{a.scale * b.scale / y.scale});
      break;
    case BinaryOp::sub:
    case BinaryOp::squared_difference: {
      const bool square = op == BinaryOp::squared_difference;
      q.left_shift = square ? 7 : 20;
      q.a = kernels::to_fixed_point(a.scale / twice_max);
      q.b = kernels::to_fixed_point(b.scale / twice_max);
      const double unit = static_cast<double>(std::int64_t{1} << (square ? 14 : 20));
      q.y = kernels::to_fixed_point((square ? twice_max * twice_max : twice_max) / (unit * double{y.scale}));
      break;
    }
    default:  // comparisons
      q.left_shift = 8;
      q.a = kernels::to_fixed_point(double{a.scale});
      q.b = kernels::to_fixed_point(double{b.scale});
  }
  return q;
}

/// a / b of 8-bit integers, b not 0, in units of the output: by a reciprocal with 31 bits of fraction.
inline std::int32_t quantized_quotient(std::int32_t a, std::int32_t b, const kernels::FixedPoint& y) {
  if (b < 0) {
    a = -a;
    b = -b;
  }
  const int zeros = __builtin_clz(static_cast<std::uint32_t>(b));
  const std::uint32_t fraction = (static_cast<std::uint32_t>(b) << zeros) - (std::uint32_t{1} << 31);
  const std::int32_t inverse = kernels::fixed::reciprocal(static_cast<std::int32_t>(fraction));
  const int headroom = a == 0 ? 31 : __builtin_clz(static_cast<std::uint32_t>(a < 0 ? ~a : a)) - 1;  // sign bits
  const std::int32_t quotient =
      kernels::rounding_doubling_high_mul(kernels::saturating_shift_left(a, headroom), inverse);
  return kernels::multiply(quotient, {y.multiplier, y.shift - (31 - zeros) - headroom});
}

/// The result in units of the output.
template <BinaryOp op> std::int32_t quantized_of(const QuantizedPair& q, std::int32_t a, std::int32_t b) {
  if constexpr (op == BinaryOp::mul) return kernels::multiply(a * b, q.y);
  if constexpr (op == BinaryOp::div) return b == 0 ? 0 : quantized_quotient(a, b, q.y);
  if constexpr (op == BinaryOp::prelu) return a >= 0 ? kernels::multiply(a, q.a) : kernels::multiply(a * b, q.y);
  const std::int32_t unit = 1 << q.left_shift;
  const std::int32_t scaled_a = kernels::multiply(a * unit, q.a), scaled_b = kernels::multiply(b * unit, q.b);
  if constexpr (op == BinaryOp::sub) return kernels::multiply(scaled_a - scaled_b, q.y);
  if constexpr (op == BinaryOp::squared_difference) {
    return kernels::multiply((scaled_a - scaled_b) * (scaled_a - scaled_b), q.y);
  }
  return 0;
}
/// Both in the units that comparisons are made in.
inline std::int32_t comparable(std::int32_t value, const kernels::FixedPoint& factor, int left_shift) {
  return kernels::multiply(value * (1 << left_shift), factor);
}

}  // namespace hone::graph::ops
