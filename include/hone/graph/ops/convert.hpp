// QUANTIZE, DEQUANTIZE and activations on their own: each element by itself.
#pragma once
#include "../../elementwise.hpp"
#include "context.hpp"

namespace hone::graph::ops {

template <class Args> struct ElementsStep : Step {
  void (*kernel)(const Args&, kernels::Range) = nullptr;
  Args args;
  kernels::Index count = 0;

  void run(const RunContext& context) const override {
    hone::detail::split_elements(count, context.parallel, [&](kernels::Range range) { kernel(args, range); });
  }
};

template <class Args>
Prepared make_elements(const PrepareContext& context, const Node& node, const Args& args,
                       void (*kernel)(const Args&, kernels::Range), const char* name) {
  auto step = std::make_unique<ElementsStep<Args>>();
  step->kernel = kernel;
  step->args = args;
  step->count = context.output(node).elements();
  describe(*step, context, node, name, step->count);
  return step;
}

/// From one 8-bit quantisation to another; `factor` is what values of x are multiplied by.
inline Prepared make_rescale(const PrepareContext& context, const Node& node, const Quantization& x,
                             const Quantization& y, double factor, Activation activation) {
  auto args = hone::detail::rescale_args(x, y, factor, clamp_of(activation, y));
  if (!args) return tl::unexpected<Error>(args.error());
  args->in = context.in(node, 0);
  args->out = context.out(node);
  return make_elements(context, node, *args, cpu::kernels<kernels::QuantizeKernels>(context.tier)->rescale, "rescale");
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Quantize&) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  if (!is_8_bit(y)) return unsupported_types(context, node);
  const Expected<Quantization> to = quantization_of(y);
  if (!to) return tl::unexpected<Error>(to.error());
  if (is_8_bit(x)) {
    const Expected<Quantization> from = quantization_of(x);
    if (!from) return tl::unexpected<Error>(from.error());
    const double factor = static_cast<double>(from->scale) / static_cast<double>(to->scale);
    return make_rescale(context, node, *from, *to, factor, Activation::none);
  }
  if (x.type != DType::f32) return unsupported_types(context, node);
  if (auto ok = hone::detail::check_quantization(*to, y.type, "output"); !ok) return tl::unexpected<Error>(ok.error());
  kernels::Quantize args{context.in<float>(node, 0),
                         context.out(node),
                         y.type == DType::u8,
                         context.rounding,
                         to->scale,
                         to->zero_point,
                         0,
                         0};
  hone::detail::range_of(y.type, args.lo, args.hi);
  return make_elements(context, node, args, cpu::kernels<kernels::QuantizeKernels>(context.tier)->quantize, "quantize");
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Dequantize&) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  if (!is_8_bit(x) || y.type != DType::f32) return unsupported_types(context, node);
  const Expected<Quantization> from = quantization_of(x);
  if (!from) return tl::unexpected<Error>(from.error());
  if (auto ok = hone::detail::check_quantization(*from, x.type, "input"); !ok) return tl::unexpected<Error>(ok.error());
  const kernels::Dequantize args{context.in(node, 0), x.type == DType::u8, context.out<float>(node), from->scale,
                                 from->zero_point};
  return make_elements(context, node, args, cpu::kernels<kernels::QuantizeKernels>(context.tier)->dequantize,
                       "dequantize");
}

/// A float activation is a sum with 0 that is clamped, an 8-bit one a rescaling that is.
inline Prepared prepare(const PrepareContext& context, const Node& node, const Activate& activate) {
  static constexpr float zero = 0;
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  if (x.type == DType::f32 && y.type == DType::f32) {
    const Clamp clamp = clamp_of(activate.activation);
    const kernels::AddF32 args{context.in<float>(node, 0), &zero,    false,   true,
                               context.out<float>(node),   clamp.lo, clamp.hi};
    return make_elements(context, node, args, cpu::kernels<kernels::AddKernels>(context.tier)->f32, "clamp_f32");
  }
  if (!is_8_bit(x) || x.type != y.type) return unsupported_types(context, node);
  const Expected<Quantization> from = quantization_of(x);
  if (!from) return tl::unexpected<Error>(from.error());
  const Expected<Quantization> to = quantization_of(y);
  if (!to) return tl::unexpected<Error>(to.error());
  const auto factor = static_cast<double>(from->scale / to->scale);  // TensorFlow Lite divides these two as floats
  return make_rescale(context, node, *from, *to, factor, activate.activation);
}

}  // namespace hone::graph::ops
