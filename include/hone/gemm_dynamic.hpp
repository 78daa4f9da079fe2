// Products of float activations with int8 weights: the activations are quantised as they come, by the range they happen to have
// (dynamic-range models).
//
//   const auto w = hone::pack_transposed(weights);                            // int8, n x k
//   hone::gemm(x, *w, y, hone::WeightScales{scales}, hone::Bias{b});          // x and y are floats
#pragma once
#include <cmath>

#include "elementwise.hpp"
#include "gemm.hpp"
#include "rows.hpp"

namespace hone {

/// How activations are quantised: `rows` each row to s8 by its largest magnitude, as TensorFlow Lite's dynamic-range
/// operators; `tensor` all of them to u8 by their smallest and largest, with a zero point, as ONNX's DynamicQuantizeLinear.
enum class DynamicRange : std::uint8_t { rows, tensor };
/// Scales of int8 weights, one for all columns or one each; and how the activations are quantised.
struct WeightScales {
  std::span<const float> values;
  DynamicRange range = DynamicRange::rows;
};

/// y[i] = x[i] quantised to u8 by the range of x, [min(x, 0), max(x, 0)]: scale (max - min) / 255 (1 where that is 0), zero
/// point round(-min / scale), both rounded as ONNX's DynamicQuantizeLinear. Options: Parallel.
/// Errors: invalid_argument when sizes disagree or x holds infinity or NaN.
template <class... Option>
Expected<Quantization> dynamic_quantize(std::span<const float> x, std::span<std::uint8_t> y, const Option&... option) {
  if (auto ok = detail::check_sizes(x.size(), y.size(), "dynamic_quantize"); !ok)
    return tl::unexpected<Error>(ok.error());
  float least = 0, most = 0;
  const auto count = static_cast<std::ptrdiff_t>(x.size());
  if (auto ok = reduce(Reduce::min, x, 1, count, 1, std::span<float>(&least, 1)); !ok)
    return tl::unexpected<Error>(ok.error());
  if (auto ok = reduce(Reduce::max, x, 1, count, 1, std::span<float>(&most, 1)); !ok)
    return tl::unexpected<Error>(ok.error());
  if (x.empty()) least = most = 0;
  if (!std::isfinite(least) || !std::isfinite(most) || !std::isfinite(most - least)) {
    return detail::invalid("dynamic_quantize: x reaches from " + std::to_string(least) + " to " + std::to_string(most) +
                           "; expected a finite range");
  }
  least = least < 0 ? least : 0;
  most = most > 0 ? most : 0;
  Quantization q{(most - least) / 255, 0, DType::u8};
  if (!(q.scale > 0)) q.scale = 1;
  const float zero = std::nearbyint(-least / q.scale);
  q.zero_point = static_cast<std::int32_t>(zero < 0 ? 0.0F : zero > 255 ? 255.0F : zero);
  if (auto ok = quantize(x, y, q, Rounding::ort, option...); !ok) return tl::unexpected<Error>(ok.error());
  return q;
}

namespace detail {
/// Where the parts of the scratch of a dynamic product lie, in bytes.
struct DynamicLayout {
  std::size_t scales = 0, columns = 0, bias = 0, x = 0, gemm = 0, total = 0;
};
HONE_API DynamicLayout dynamic_layout(const PackedMatrix<std::int8_t>& w, std::ptrdiff_t m, std::size_t threads);
HONE_API Expected<void> gemm_dynamic(MatrixView<const float> x, const PackedMatrix<std::int8_t>& w, MatrixView<float> y,
                                     const WeightScales& scales, const Options& options);
}  // namespace detail

/// Bytes of Scratch that the product below needs for m rows: the quantised rows, m * k bytes, and some for each row and column.
inline std::size_t gemm_dynamic_scratch_bytes(const PackedMatrix<std::int8_t>& w, std::ptrdiff_t m,
                                              std::size_t threads = 1) {
  return detail::dynamic_layout(w, m, threads).total;
}

/// y[m,n] = clamp(sx * sw[n] * sum_k (q(x)[m,k] - zx) * (w[k,n] - zw) + bias[n]), with q(x), sx (of a row, or of all) and zx as
/// scales.range says. The sums are exact integers. x: m x k floats, w: k x n int8, y: m x n floats, which overlaps neither.
/// Options in any order: Bias, Clamp, Parallel, Scratch. Errors: invalid_argument when shapes or sizes disagree, a sum could
/// overflow, or (tensor) x holds infinity or NaN; out_of_memory for scratch.
template <class... Option>
Expected<void> gemm(MatrixView<const float> x, const PackedMatrix<std::int8_t>& w, MatrixView<float> y,
                    const WeightScales& scales, const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  return detail::gemm_dynamic(x, w, y, scales, options);
}

}  // namespace hone

#ifdef HONE_DEFINITIONS
#include "gemm_dynamic.inl.hpp"
#endif
