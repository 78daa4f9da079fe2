// DEPTHWISE_CONV_2D: each channel has filters of its own.
#pragma once
#include "../../depthwise.hpp"
#include "conv2d.hpp"

namespace hone::graph::ops {

template <class Table, class Args, class Element> struct DepthwiseStep : Step {
  const Table* table = nullptr;
  Args args;
  kernels::Index batch = 0;
  PackedDepthwise<Element> filter;
  std::optional<Requantizer> requantizer;  // 8-bit ones alone

  void run(const RunContext& context) const override {
    hone::detail::run_depthwise(*table, args, context.parallel, batch);
  }
};
using DepthwiseF32Step = DepthwiseStep<kernels::DepthwiseF32Kernels, kernels::DepthwiseF32, float>;
using DepthwiseI8Step = DepthwiseStep<kernels::DepthwiseI8Kernels, kernels::DepthwiseI8, std::int8_t>;

template <class X, class Step>
Prepared finish_depthwise(const PrepareContext& context, const Node& node, const DepthwiseConv2d& conv,
                          const char* kernel, std::unique_ptr<Step> step) {
  const auto x = PrepareContext::image(context.in<X>(node, 0), *context.input(node, 0));
  const auto y = PrepareContext::image(context.out<X>(node), context.output(node));
  step->batch = y.n;
  hone::detail::place_depthwise(step->args, x, step->filter, y, window_params(conv));
  describe(*step, context, node, kernel, 2 * context.output(node).elements() * step->filter.h * step->filter.w);
  return step;
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const DepthwiseConv2d& conv) {
  const Tensor &x = *context.input(node, 0), &w = *context.input(node, 1), &y = context.output(node);
  if (x.type == DType::f32 && w.type == DType::f32 && y.type == DType::f32) {
    auto filter =
        PackedDepthwise<float>::make(context.tier, w.shape[1], w.shape[2], w.shape[3], context.in<float>(node, 1));
    if (!filter) return tl::unexpected<Error>(filter.error());
    auto step = std::make_unique<DepthwiseF32Step>();
    step->table = cpu::kernels<kernels::DepthwiseF32Kernels>(context.tier);
    step->filter = std::move(*filter);
    step->info.weights_bytes = step->filter.bytes();
    hone::detail::Options options;
    options.bias.values = constant_values<float>(context.input(node, 2));
    options.clamp = clamp_of(conv.activation);
    step->args = hone::detail::depthwise_args(step->filter, options);
    return finish_depthwise<float>(context, node, conv, "depthwise_f32", std::move(step));
  }
  if (is_8_bit(x) && is_8_bit(w) && is_8_bit(y)) {
    auto spec = requantize_spec(context, node, conv.activation);
    if (!spec) return tl::unexpected<Error>(spec.error());
    spec->float_product = x.type == DType::u8;
    const Expected<std::int32_t> zero = weights_zero_point(w);
    if (!zero) return tl::unexpected<Error>(zero.error());
    auto filter = w.type == DType::u8
                      ? PackedDepthwise<std::int8_t>::make(context.tier, w.shape[1], w.shape[2], w.shape[3],
                                                           context.in<std::uint8_t>(node, 1), *zero)
                      : PackedDepthwise<std::int8_t>::make(context.tier, w.shape[1], w.shape[2], w.shape[3],
                                                           context.in<std::int8_t>(node, 1), *zero);
    if (!filter) return tl::unexpected<Error>(filter.error());
    auto requantizer = make_requantizer(*filter, *spec);
    if (!requantizer) return tl::unexpected<Error>(requantizer.error());
    auto step = std::make_unique<DepthwiseI8Step>();
    step->table = cpu::kernels<kernels::DepthwiseI8Kernels>(context.tier);
    step->filter = std::move(*filter);
    step->requantizer = std::move(*requantizer);
    step->info.weights_bytes = step->filter.bytes() + step->requantizer->bytes();
    step->args = hone::detail::depthwise_args(step->filter, *step->requantizer);
    return finish_depthwise<std::int8_t>(context, node, conv, "depthwise_i8", std::move(step));
  }
  return unsupported_types(context, node);
}

}  // namespace hone::graph::ops
