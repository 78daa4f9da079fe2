// The rules of each operator: arity, ranks, shapes, types and quantisation. See validate.hpp.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "../error.hpp"
#include "model.hpp"
#include "validate_state.hpp"

namespace hone::graph::detail {

/// One node against its operator's rules: those of windows and conversions are here, the others in the base classes.
class NodeRules : public StateRules {
 public:
  using StateRules::StateRules;
  bool check() {
    return std::visit([this](const auto& attributes) { return rules(attributes); }, node_.attributes);
  }

 private:
  using StateRules::rules;

  // Larger windows, strides and dilations occur in no network, and their products stay below 2^31.
  static constexpr std::int64_t largest_step = 32767;

  bool step(const char* what, std::int64_t value) {
    return (value >= 1 && value <= largest_step) ||
           wrong(std::string(what) + " " + std::to_string(value) + ", expected 1 to " + std::to_string(largest_step));
  }
  /// The output of a window that slides over x, `channels` of them.
  bool slides(std::int64_t kernel_h, std::int64_t kernel_w, std::int64_t stride_h, std::int64_t stride_w,
              std::int64_t dilation_h, std::int64_t dilation_w, const Padding& pad, std::int64_t channels) {
    if (!step("kernel height", kernel_h) || !step("kernel width", kernel_w) || !step("stride_h", stride_h) ||
        !step("stride_w", stride_w) || !step("dilation_h", dilation_h) || !step("dilation_w", dilation_w)) {
      return false;
    }
    const std::int64_t reach_h = (kernel_h - 1) * dilation_h + 1, reach_w = (kernel_w - 1) * dilation_w + 1;
    // A window that lies in the padding alone would have nothing to average.
    const auto sane = [](std::int64_t before, std::int64_t after, std::int64_t reach) {
      return before >= 0 && after >= 0 && before < reach && after < reach;
    };
    if (!sane(pad.top, pad.bottom, reach_h) || !sane(pad.left, pad.right, reach_w)) {
      return wrong("padding " + std::to_string(pad.top) + ", " + std::to_string(pad.bottom) + " rows, " +
                   std::to_string(pad.left) + ", " + std::to_string(pad.right) +
                   " columns; expected less than the window, " + std::to_string(reach_h) + " x " +
                   std::to_string(reach_w));
    }
    const Shape& x = in(0).shape;
    const std::int64_t h = x[1] + pad.top + pad.bottom - reach_h, w = x[2] + pad.left + pad.right - reach_w;
    if (h < 0 || w < 0) {
      return wrong(name_in(0) + ": smaller than the window, " + std::to_string(reach_h) + " x " +
                   std::to_string(reach_w));
    }
    return output_is({x[0], h / stride_h + 1, w / stride_w + 1, channels});
  }

  bool rules(const Conv2d& a) {
    if (!arity(2, 3) || !rank(0, 4, "NHWC") || !rank(1, 4, "OHWI") || !product(0)) return false;
    const Shape& w = in(1).shape;
    if (w[3] != in(0).shape[3]) {
      const std::string what = name_in(1) + ": expected " + std::to_string(in(0).shape[3]) + " input channels";
      return in(0).shape[3] % w[3] == 0 ? unsupported(what + "; groups are not supported") : wrong(what);
    }
    return slides(w[1], w[2], a.stride_h, a.stride_w, a.dilation_h, a.dilation_w, a.padding, w[0]);
  }
  bool rules(const DepthwiseConv2d& a) {
    if (!arity(2, 3) || !rank(0, 4, "NHWC") || !rank(1, 4, "1HWC") || !product(3)) return false;
    const Shape &x = in(0).shape, &w = in(1).shape;
    if (w[0] != 1 || a.multiplier < 1 || x[3] * a.multiplier != w[3]) {
      return wrong(name_in(1) + ": expected 1 x height x width x " + std::to_string(x[3]) +
                   " channels times multiplier " + std::to_string(a.multiplier));
    }
    return slides(w[1], w[2], a.stride_h, a.stride_w, a.dilation_h, a.dilation_w, a.padding, w[3]);
  }
  bool rules(const FullyConnected& a) {
    if (!arity(2, 3) || !rank(1, 2, "outputs x inputs") || !product(0)) return false;
    const Shape &x = in(0).shape, &w = in(1).shape;
    if (in(0).elements() % w[1] != 0 || (a.keep_dims && (x.empty() || x.back() != w[1]))) {
      return wrong(name_in(0) + ": expected rows of " + std::to_string(w[1]) + " elements, as the weights have");
    }
    if (a.keep_dims) {
      Shape y = x;
      y.back() = w[0];
      return output_is(y);
    }
    return (!out().shape.empty() && out().shape.back() == w[0] && out().elements() == in(0).elements() / w[1] * w[0]) ||
           wrong(name_out() + ": expected " + to_string(Shape{in(0).elements() / w[1], w[0]}));
  }
  bool rules(const Pool2d& a) {
    if (!arity(1, 1) || !rank(0, 4, "NHWC") || !type_among(0, {DType::f32, DType::i8, DType::u8}) || !same_type() ||
        !same_quantization() ||
        !slides(a.kernel_h, a.kernel_w, a.stride_h, a.stride_w, 1, 1, a.padding, in(0).shape[3])) {
      return false;
    }
    const std::int64_t most =
        std::min<std::int64_t>(a.kernel_h, in(0).shape[1]) * std::min<std::int64_t>(a.kernel_w, in(0).shape[2]);
    return most <= 65536 || unsupported("window of " + std::to_string(most) + " pixels, at most 65536 are supported");
  }
  bool rules(const TransposeConv& a) {
    if (!arity(2, 3) || !rank(0, 4, "NHWC") || !rank(1, 4, "OHWI") || !product(0)) return false;
    const Shape &x = in(0).shape, &w = in(1).shape;
    if (w[3] != x[3]) return wrong(name_in(1) + ": expected " + std::to_string(x[3]) + " input channels");
    if (!step("kernel height", w[1]) || !step("kernel width", w[2]) || !step("stride_h", a.stride_h) ||
        !step("stride_w", a.stride_w)) {
      return false;
    }
    const Padding& p = a.padding;
    if (p.top < 0 || p.left < 0 || p.bottom < 0 || p.right < 0) return wrong("negative padding");
    // What the windows reach, less the padding; a larger output has rows and columns that no window reaches.
    const Shape& y = out().shape;
    if (y.size() != 4) return wrong(name_out() + ": expected 4 dimensions, NHWC");
    const std::int64_t h = (x[1] - 1) * a.stride_h + w[1] - p.top - p.bottom;
    const std::int64_t wide = (x[2] - 1) * a.stride_w + w[2] - p.left - p.right;
    if (y[1] < h || y[2] < wide || y[1] >= h + a.stride_h + w[1] || y[2] >= wide + a.stride_w + w[2]) {
      return wrong(name_out() + ": expected " + std::to_string(h) + " x " + std::to_string(wide) + " pixels");
    }
    return output_is({x[0], y[1], y[2], w[0]});
  }
  bool rules(const Resize& a) {
    if (!arity(1, 1) || !rank(0, 4, "NHWC") || !same_type() || !same_quantization()) return false;
    if (a.bilinear && !type_among(0, {DType::f32, DType::i8, DType::u8})) return false;
    if (a.align_corners && a.half_pixel_centers) return wrong("both align_corners and half_pixel_centers");
    const Shape &x = in(0).shape, &y = out().shape;
    // Places are counted in 1,024ths of a pixel, and in float32.
    if (x[1] > 65536 || x[2] > 65536) return unsupported(name_in(0) + ": more than 65,536 rows or columns");
    if (y.size() != 4 || y[0] != x[0] || y[3] != x[3]) {
      return wrong(name_out() + ": expected the batch and channels of " + name_in(0));
    }
    return (y[1] <= 65536 && y[2] <= 65536) || unsupported(name_out() + ": more than 65,536 rows or columns");
  }
  bool rules(const Activate&) {
    return arity(1, 1) && type_among(0, {DType::f32, DType::i8, DType::u8}) && same_type() && output_is(in(0).shape) &&
           quantized_if_8_bit(node_.inputs[0]) && quantized_if_8_bit(node_.outputs[0]);
  }
  bool rules(const Quantize&) {
    return arity(1, 1) && type_among(0, {DType::f32, DType::i8, DType::u8}) && output_is(in(0).shape) &&
           (is_8_bit(out().type) || unsupported(name_out() + ": i8 and u8 are supported")) &&
           quantized_if_8_bit(node_.inputs[0]) && quantized(node_.outputs[0]);
  }
  bool rules(const Dequantize&) {
    return arity(1, 1) && type_among(0, {DType::f16, DType::i8, DType::u8}) && output_is(in(0).shape) &&
           (out().type == DType::f32 || unsupported(name_out() + ": f32 is supported")) &&
           quantized_if_8_bit(node_.inputs[0]);
  }
};

}  // namespace hone::graph::detail
