// TRANSPOSE_CONV: each output pixel gathers the input pixels whose windows reach it, so rows can be shared out.
#pragma once
#include <cstdint>
#include <type_traits>

#include "product.hpp"

namespace hone::graph::ops {

/// y[oy,ox,o] = sum of x[iy,ix,c] * w[ky,kx,c,o], iy * stride_h + ky - top = oy; ix alike. T is f32, s8 or u8; weights are
/// laid out anew with the output channels last, so that one input element meets a row of them.
template <class T> struct TransposeConvStep : Step {
  using Acc = std::conditional_t<std::is_same_v<T, float>, float, std::int32_t>;
  using Weight = std::conditional_t<std::is_same_v<T, float>, float, std::int16_t>;  // 8 bits without the zero point
  const T* x = nullptr;
  T* y = nullptr;
  const Acc* bias = nullptr;
  Buffer<Weight> weights;
  Buffer<kernels::FixedPoint> factors;  // 8-bit: one an output channel
  std::int64_t batch = 0, x_h = 0, x_w = 0, x_c = 0, y_h = 0, y_w = 0, y_c = 0, k_h = 0, k_w = 0;
  TransposeConv conv;
  Clamp clamp;
  std::int32_t x_zero = 0, y_zero = 0, lo = 0, hi = 0;

  void run(const RunContext& context) const override {
    const std::size_t share = scratch_bytes(1);
    hone::detail::split(batch * y_h, 1, 0, context.parallel,
                        [&](kernels::Range range, kernels::Range, std::size_t slot) {
                          auto* const acc = reinterpret_cast<Acc*>(context.scratch + slot * share);
                          for (kernels::Index i = range.begin; i < range.end; ++i) row(i / y_h, i % y_h, acc);
                        });
  }
  std::size_t scratch_bytes(std::size_t threads) const override {
    return hone::detail::round_up_64(static_cast<std::size_t>(y_c) * sizeof(Acc)) * threads;
  }

 private:
  void row(std::int64_t image, std::int64_t oy, Acc* acc) const {
    T* out = y + (image * y_h + oy) * y_w * y_c;
    for (std::int64_t ox = 0; ox < y_w; ++ox, out += y_c) {
      for (std::int64_t o = 0; o < y_c; ++o) acc[o] = bias == nullptr ? Acc{0} : bias[o];
      for (std::int64_t ky = 0; ky < k_h; ++ky) {
        const std::int64_t up = oy + conv.padding.top - ky, iy = up / conv.stride_h;
        if (up < 0 || up % conv.stride_h != 0 || iy >= x_h) continue;
        for (std::int64_t kx = 0; kx < k_w; ++kx) {
          const std::int64_t left = ox + conv.padding.left - kx, ix = left / conv.stride_w;
          if (left < 0 || left % conv.stride_w != 0 || ix >= x_w) continue;
          add_pixel(x + ((image * x_h + iy) * x_w + ix) * x_c, weights.data() + (ky * k_w + kx) * x_c * y_c, acc);
        }
      }
      for (std::int64_t o = 0; o < y_c; ++o) out[o] = finish(acc[o], o);
    }
  }
  void add_pixel(const T* in, const Weight* w, Acc* acc) const {
    for (std::int64_t c = 0; c < x_c; ++c, w += y_c) {
      Acc value = in[c];
      if constexpr (!std::is_same_v<T, float>) value -= x_zero;
      for (std::int64_t o = 0; o < y_c; ++o) acc[o] += value * w[o];
    }
  }
  T finish(Acc sum, std::int64_t o) const {
    if constexpr (std::is_same_v<T, float>) {
      return sum < clamp.lo ? clamp.lo : sum > clamp.hi ? clamp.hi : sum;
    } else {
      const std::int64_t value = std::int64_t{kernels::multiply(sum, factors[static_cast<std::size_t>(o)])} + y_zero;
      return static_cast<T>(value < lo ? lo : value > hi ? hi : value);
    }
  }
};

/// Factors and zero points, and the proof that no sum leaves 32 bits.
template <class T>
Expected<void> quantize_transpose_conv(const PrepareContext& context, const Node& node, TransposeConvStep<T>& step) {
  auto spec = requantize_spec(context, node, step.conv.activation);
  if (!spec) return tl::unexpected<Error>(spec.error());
  step.x_zero = spec->input.zero_point;
  step.y_zero = spec->output.zero_point;
  step.lo = spec->lo;
  step.hi = spec->hi;
  auto factors = Buffer<kernels::FixedPoint>::make(static_cast<std::size_t>(step.y_c));
  if (!factors) return tl::unexpected<Error>(factors.error());
  for (std::size_t o = 0; o < factors->size(); ++o) {
    const float w = spec->weight_scales[spec->weight_scales.size() == 1 ? 0 : o];
    const float product = spec->input.scale * w;  // TensorFlow Lite rounds it for u8
    const double exact = double{spec->input.scale} * double{w};
    (*factors)[o] =
        kernels::to_fixed_point((std::is_unsigned_v<T> ? double{product} : exact) / double{spec->output.scale});
    std::int64_t most = spec->bias.empty() ? 0 : std::abs(std::int64_t{spec->bias[o]});
    for (std::size_t i = o; i < step.weights.size(); i += factors->size()) {
      most += 255 * std::abs(std::int64_t{step.weights[i]});
    }
    if (most > INT32_MAX) {
      return fail(ErrorCode::unsupported, "the sums of channel " + std::to_string(o) + " could leave 32 bits");
    }
  }
  step.factors = std::move(*factors);
  return {};
}

template <class T>
Prepared make_transpose_conv(const PrepareContext& context, const Node& node, const TransposeConv& conv) {
  const Tensor &x = *context.input(node, 0), &w = *context.input(node, 1), &y = context.output(node);
  auto step = std::make_unique<TransposeConvStep<T>>();
  step->conv = conv;
  step->x = context.in<T>(node, 0);
  step->y = context.out<T>(node);
  if (context.input(node, 2) != nullptr) step->bias = context.in<typename TransposeConvStep<T>::Acc>(node, 2);
  step->batch = x.shape[0];
  step->x_h = x.shape[1];
  step->x_w = x.shape[2];
  step->x_c = x.shape[3];
  step->y_h = y.shape[1];
  step->y_w = y.shape[2];
  step->y_c = y.shape[3];
  step->k_h = w.shape[1];
  step->k_w = w.shape[2];
  step->clamp = clamp_of(conv.activation);
  auto weights = Buffer<typename TransposeConvStep<T>::Weight>::make(static_cast<std::size_t>(w.elements()));
  if (!weights) return tl::unexpected<Error>(weights.error());
  const Expected<std::int32_t> zero = weights_zero_point(w);
  if (!zero) return tl::unexpected<Error>(zero.error());
  const T* const from = context.in<T>(node, 1);
  const auto outputs = static_cast<std::size_t>(step->y_c), rest = weights->size() / outputs;
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = 0; i < rest; ++i) {
      auto value = static_cast<typename TransposeConvStep<T>::Acc>(from[o * rest + i]);
      if constexpr (!std::is_same_v<T, float>) value -= *zero;
      (*weights)[i * outputs + o] = static_cast<typename TransposeConvStep<T>::Weight>(value);
    }
  }
  step->weights = std::move(*weights);
  step->info.weights_bytes = step->weights.size() * sizeof(step->weights[0]);
  if constexpr (!std::is_same_v<T, float>) {
    if (auto ok = quantize_transpose_conv(context, node, *step); !ok) return tl::unexpected<Error>(ok.error());
  }
  step->operations_per_nanosecond = 4;
  describe(*step, context, node, std::string("transpose_conv_") + name_of(x.type),
           2 * x.elements() * static_cast<std::int64_t>(rest / static_cast<std::size_t>(step->x_c)) * step->y_c);
  return step;
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const TransposeConv& conv) {
  const DType x = context.input(node, 0)->type;
  if (x != context.input(node, 1)->type || x != context.output(node).type) return unsupported_types(context, node);
  if (x == DType::f32) return make_transpose_conv<float>(context, node, conv);
  if (x == DType::i8) return make_transpose_conv<std::int8_t>(context, node, conv);
  if (x == DType::u8) return make_transpose_conv<std::uint8_t>(context, node, conv);
  return unsupported_types(context, node);
}

}  // namespace hone::graph::ops
