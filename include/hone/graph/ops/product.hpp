// Matrix products, for the operators that are one: convolutions and fully connected layers.
#pragma once
#include <optional>

#include "context.hpp"

namespace hone::graph::ops {

/// Table and Gemm of one element type; the operator fills in where the rows of A and C lie.
template <class Table, class Gemm, class Element> struct ProductStep : Step {
  const Table* table = nullptr;
  Gemm gemm;
  kernels::Window window;  // gemm.window points here or nowhere
  PackedMatrix<Element> weights;
  std::optional<Requantizer> requantizer;  // 8-bit products alone

  void run(const RunContext& context) const override {
    hone::detail::run_gemm(*table, gemm, context.parallel, context.scratch);
  }
  std::size_t scratch_bytes(std::size_t threads) const override {
    return hone::detail::gemm_scratch_bytes(*table, gemm.k, gemm.window != nullptr, threads);
  }
  std::string tile() const { return std::to_string(table->mr) + "x" + std::to_string(table->nr); }
};
using ProductF32Step = ProductStep<kernels::GemmF32Kernels, kernels::GemmF32, float>;
using ProductI8Step = ProductStep<kernels::GemmI8Kernels, kernels::GemmI8, std::int8_t>;

/// y = clamp(x * w^T + bias), w: n x k, all but the places of A and C.
inline Expected<std::unique_ptr<ProductF32Step>> make_product_f32(const PrepareContext& context, const Node& node,
                                                                  std::ptrdiff_t n, std::ptrdiff_t k,
                                                                  Activation activation) {
  auto packed = PackedMatrix<float>::make(context.tier, k, n, context.in<float>(node, 1), 1, k, 0);
  if (!packed) return tl::unexpected<Error>(packed.error());
  auto step = std::make_unique<ProductF32Step>();
  step->weights = std::move(*packed);
  step->table = cpu::kernels<kernels::GemmF32Kernels>(context.tier);
  hone::detail::Options options;
  options.bias.values = constant_values<float>(context.input(node, 2));
  options.clamp = clamp_of(activation);
  step->gemm = hone::detail::gemm_args(step->weights, options);
  step->info.weights_bytes = step->weights.bytes();
  return step;
}

/// How the sums of an 8-bit layer are rounded. `weights` has one scale, or one for each output channel.
inline Expected<RequantizeSpec> requantize_spec(const PrepareContext& context, const Node& node,
                                                Activation activation) {
  const Expected<Quantization> x = quantization_of(*context.input(node, 0));
  if (!x) return tl::unexpected<Error>(x.error());
  const Expected<Quantization> y = quantization_of(context.output(node));
  if (!y) return tl::unexpected<Error>(y.error());
  const IntegerClamp range = clamp_of(activation, *y);
  RequantizeSpec spec;
  spec.input = *x;
  spec.output = *y;
  spec.weight_scales = context.input(node, 1)->quantization.scales;
  spec.bias = constant_values<std::int32_t>(context.input(node, 2));
  spec.rounding = context.rounding;
  spec.lo = range.lo;
  spec.hi = range.hi;
  return spec;
}

/// Weights as s8: u8 ones are shifted down by 128, and their zero point with them, which leaves w - zero as it was.
struct SignedWeights {
  Buffer<std::int8_t> shifted;  // empty where the weights are s8 already
  const std::int8_t* data = nullptr;
  std::int32_t zero_point = 0;

  static Expected<SignedWeights> make(const Tensor& weights) {
    const Expected<std::int32_t> zero = weights_zero_point(weights);
    if (!zero) return tl::unexpected<Error>(zero.error());
    SignedWeights result;
    result.zero_point = *zero;
    result.data = reinterpret_cast<const std::int8_t*>(weights.data.data());
    if (weights.type == DType::i8) return result;
    auto shifted = Buffer<std::int8_t>::make(weights.data.size());
    if (!shifted) return tl::unexpected<Error>(shifted.error());
    for (std::size_t i = 0; i < shifted->size(); ++i) {
      (*shifted)[i] = static_cast<std::int8_t>(static_cast<std::uint8_t>(weights.data[i]) ^ 0x80);
    }
    result.shifted = std::move(*shifted);
    result.data = result.shifted.data();
    result.zero_point -= 128;
    return result;
  }
};

inline Expected<std::unique_ptr<ProductI8Step>> make_product_i8(const PrepareContext& context, const Node& node,
                                                                std::ptrdiff_t n, std::ptrdiff_t k,
                                                                const RequantizeSpec& spec) {
  const Expected<SignedWeights> w = SignedWeights::make(*context.input(node, 1));
  if (!w) return tl::unexpected<Error>(w.error());
  auto packed = PackedMatrix<std::int8_t>::make(context.tier, k, n, w->data, 1, k, w->zero_point);
  if (!packed) return tl::unexpected<Error>(packed.error());
  Expected<Requantizer> requantizer = make_requantizer(*packed, spec);
  if (!requantizer) return tl::unexpected<Error>(requantizer.error());
  auto step = std::make_unique<ProductI8Step>();
  step->weights = std::move(*packed);
  step->table = cpu::kernels<kernels::GemmI8Kernels>(context.tier);
  step->gemm = hone::detail::gemm_args(step->weights, *requantizer);
  step->requantizer = std::move(*requantizer);
  step->info.weights_bytes = step->weights.bytes() + step->requantizer->bytes();
  step->operations_per_nanosecond = 128;
  return step;
}

}  // namespace hone::graph::ops
