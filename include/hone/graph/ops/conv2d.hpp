// CONV_2D as a matrix product over the windows of the image.
#pragma once
#include "product.hpp"
#include "sparse_product.hpp"

namespace hone::graph::ops {

/// Strides, dilation and padding of the attributes of a convolution or pooling.
inline Conv2dParams window_params(const Conv2d& c) {
  return {c.stride_h, c.stride_w, c.dilation_h, c.dilation_w, c.padding.top, c.padding.left};
}
inline Conv2dParams window_params(const DepthwiseConv2d& c) {
  return {c.stride_h, c.stride_w, c.dilation_h, c.dilation_w, c.padding.top, c.padding.left};
}
inline Conv2dParams window_params(const Pool2d& p) {
  return {p.stride_h, p.stride_w, 1, 1, p.padding.top, p.padding.left};
}

template <class X, class Step>
Prepared finish_conv2d(const PrepareContext& context, const Node& node, const Conv2d& conv, const std::string& family,
                       std::unique_ptr<Step> step) {
  const Tensor& w = *context.input(node, 1);
  const auto x = PrepareContext::image(context.in<X>(node, 0), *context.input(node, 0));
  const auto y = PrepareContext::image(context.out<X>(node), context.output(node));
  step->window = hone::detail::make_window(x, y, w.shape[1], w.shape[2], window_params(conv));
  hone::detail::place_conv(step->gemm, x, y, step->window);
  describe(*step, context, node, family + " " + step->tile(), 2 * step->gemm.m * step->gemm.n * step->gemm.k);
  return step;
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Conv2d& conv) {
  const Tensor &x = *context.input(node, 0), &w = *context.input(node, 1), &y = context.output(node);
  const std::int64_t n = w.shape[0], k = w.shape[1] * w.shape[2] * w.shape[3];
  if (x.type == DType::f32 && w.type == DType::f32 && y.type == DType::f32) {
    const bool pointwise = w.shape[1] == 1 && w.shape[2] == 1 && conv.stride_h == 1 && conv.stride_w == 1 &&
                           conv.padding.top == 0 && conv.padding.left == 0 && y.shape[1] == x.shape[1] &&
                           y.shape[2] == x.shape[2];
    const std::int64_t pixels = x.shape[0] * x.shape[1] * x.shape[2];
    const SparseChoice choice = pointwise ? choose_sparse(context, node, pixels, n, k) : SparseChoice{};
    if (choice.sparse) return make_sparse_product(context, node, choice, conv.activation);
    auto step = make_product_f32(context, node, n, k, conv.activation);
    if (!step) return tl::unexpected<Error>(step.error());
    (*step)->info.why = choice.why;
    return finish_conv2d<float>(context, node, conv, "gemm_f32", std::move(*step));
  }
  if (is_8_bit(x) && is_8_bit(w) && is_8_bit(y)) {
    auto spec = requantize_spec(context, node, conv.activation);
    if (!spec) return tl::unexpected<Error>(spec.error());
    spec->float_product = x.type == DType::u8;
    auto step = make_product_i8(context, node, n, k, *spec);
    if (!step) return tl::unexpected<Error>(step.error());
    return finish_conv2d<std::int8_t>(context, node, conv, "gemm_i8", std::move(*step));  // or u8: the same places
  }
  return unsupported_types(context, node);
}

}  // namespace hone::graph::ops
