// FULLY_CONNECTED: y[m,n] = sum_k x[m,k] * w[n,k] + bias[n].
#pragma once
#include "product.hpp"
#include "sparse_product.hpp"

namespace hone::graph::ops {

template <class Step>
Prepared finish_fully_connected(const PrepareContext& context, const Node& node, const std::string& family,
                                std::ptrdiff_t m, std::unique_ptr<Step> step) {
  auto& gemm = step->gemm;
  gemm.m = m;
  gemm.lda = gemm.k;
  gemm.ldc = gemm.n;
  if constexpr (std::is_same_v<Step, ProductF32Step>) {
    gemm.a = context.in<float>(node, 0);
    gemm.c = context.out<float>(node);
  } else {
    gemm.a = context.in(node, 0);
    gemm.c = context.out(node);
  }
  describe(*step, context, node, family + " " + step->tile(), 2 * gemm.m * gemm.n * gemm.k);
  return step;
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const FullyConnected& layer) {
  const Tensor &x = *context.input(node, 0), &w = *context.input(node, 1), &y = context.output(node);
  const std::int64_t n = w.shape[0], k = w.shape[1], m = k == 0 ? 0 : x.elements() / k;
  if (x.type == DType::f32 && w.type == DType::f32 && y.type == DType::f32) {
    const SparseChoice choice = choose_sparse(context, node, m, n, k);
    if (choice.sparse) return make_sparse_product(context, node, choice, layer.activation);
    auto step = make_product_f32(context, node, n, k, layer.activation);
    if (!step) return tl::unexpected<Error>(step.error());
    (*step)->info.why = choice.why;
    return finish_fully_connected(context, node, "gemm_f32", m, std::move(*step));
  }
  if (is_8_bit(x) && is_8_bit(w) && is_8_bit(y)) {
    auto spec = requantize_spec(context, node, layer.activation);
    if (!spec) return tl::unexpected<Error>(spec.error());
    // TensorFlow Lite rounds twice in convolutions but once here (its reference kernels in 2.21; measured on 20 million
    // outputs of either type, with one scale and with one a channel).
    if (spec->rounding == Rounding::tflite) spec->rounding = Rounding::single;
    auto step = make_product_i8(context, node, n, k, *spec);
    if (!step) return tl::unexpected<Error>(step.error());
    return finish_fully_connected(context, node, "gemm_i8", m, std::move(*step));
  }
  return unsupported_types(context, node);
}

}  // namespace hone::graph::ops
