// Definitions of gemm_dynamic.hpp (see api.hpp).
#pragma once
#include "gemm_dynamic.hpp"

namespace hone::detail {

HONE_API DynamicLayout dynamic_layout(const PackedMatrix<std::int8_t>& w, std::ptrdiff_t m, std::size_t threads) {
  const auto rows = static_cast<std::size_t>(m), n = static_cast<std::size_t>(w.cols()),
             k = static_cast<std::size_t>(w.rows());
  constexpr std::size_t padding = 64;  // readable entries past the last column: whole vectors on every tier
  const auto* table = cpu::kernels<kernels::GemmI8Kernels>(w.tier());
  DynamicLayout layout;
  layout.columns = round_up_64(rows * sizeof(float));
  layout.bias = layout.columns + round_up_64(n * sizeof(float));
  layout.x = layout.bias + round_up_64((n + padding) * sizeof(std::int32_t));
  layout.gemm = layout.x + round_up_64(rows * k);
  layout.total = layout.gemm + gemm_scratch_bytes(*table, w.rows(), false, threads);
  return layout;
}

inline Expected<void> check_weight_scales(const PackedMatrix<std::int8_t>& w, const WeightScales& scales) {
  const std::size_t count = scales.values.size();
  if (count != 1 && count != static_cast<std::size_t>(w.cols())) {
    return invalid("gemm: " + std::to_string(count) + " weight scales for " + std::to_string(w.cols()) +
                   " columns; expected one, or one each");
  }
  for (const float scale : scales.values) {
    if (!(scale > 0) || !std::isfinite(scale))
      return invalid("gemm: weight scale " + std::to_string(scale) + "; expected a positive number");
  }
  for (std::size_t c = 0; c < w.sums().size(); ++c) {  // |q(x) - zx| <= 255
    if (w.sums()[c].magnitude > std::numeric_limits<std::int32_t>::max() / 255) {
      return invalid("gemm: the sum of column " + std::to_string(c) +
                     " could overflow 32 bits: its weights add up to " + std::to_string(w.sums()[c].magnitude) +
                     " in magnitude");
    }
  }
  return {};
}

HONE_API Expected<void> gemm_dynamic(MatrixView<const float> x, const PackedMatrix<std::int8_t>& w, MatrixView<float> y,
                                     const WeightScales& scales, const Options& options) {
  if (auto ok = check_product(x, w, y); !ok) return ok;
  if (auto ok = check_bias(options.bias, w.cols()); !ok) return ok;
  if (auto ok = check_weight_scales(w, scales); !ok) return ok;
  if (x.rows > 0 && x.cols > std::numeric_limits<std::ptrdiff_t>::max() / 64 / x.rows)
    return invalid("gemm: x is too large");
  const std::size_t threads = options.parallel.threads();
  const DynamicLayout layout = dynamic_layout(w, x.rows, threads);
  auto scratch = ScratchHolder::make(options.scratch, layout.total);
  if (!scratch) return tl::unexpected<Error>(scratch.error());
  std::byte* memory = scratch->data();
  auto* row_scales = reinterpret_cast<float*>(memory + layout.scales);
  auto* column_scales = reinterpret_cast<float*>(memory + layout.columns);
  auto* bias = reinterpret_cast<std::int32_t*>(memory + layout.bias);

  const auto* quantize_kernels = cpu::kernels<kernels::QuantizeKernels>(w.tier());
  const auto* table = cpu::kernels<kernels::GemmI8Kernels>(w.tier());
  kernels::GemmI8 g;
  if (scales.range == DynamicRange::rows) {
    const kernels::QuantizeRows rows{x.cols, x.data,    x.stride, reinterpret_cast<std::int8_t*>(memory + layout.x),
                                     x.cols, row_scales};
    split(x.rows, 1, 0, options.parallel,
          [&](kernels::Range some, kernels::Range, std::size_t) { quantize_kernels->rows(rows, some); });
  } else {
    if (x.stride != x.cols)
      return invalid("gemm: x has gaps between its rows; expected none with DynamicRange::tensor");
    const auto count = static_cast<std::size_t>(x.rows * x.cols);
    const auto q =
        dynamic_quantize(std::span(x.data, count), std::span(reinterpret_cast<std::uint8_t*>(memory + layout.x), count),
                         options.parallel);
    if (!q) return tl::unexpected<Error>(q.error());
    for (std::ptrdiff_t r = 0; r < x.rows; ++r) row_scales[r] = q->scale;
    g.a_unsigned = true;
    g.a_zero = q->zero_point;
  }
  const std::int32_t offset = g.a_unsigned ? table->offset_unsigned : table->offset_signed;
  for (std::ptrdiff_t c = 0; c < w.cols(); ++c) {
    const auto i = static_cast<std::size_t>(c);
    column_scales[c] = scales.values[scales.values.size() == 1 ? 0 : i];
    // Modulo 2^32: only the whole sum must fit, and does.
    bias[c] = static_cast<std::int32_t>(-static_cast<std::uint32_t>(g.a_zero + offset) *
                                        static_cast<std::uint32_t>(w.sums()[i].sum));
  }
  g.m = x.rows;
  g.n = w.cols();
  g.k = w.rows();
  g.a = memory + layout.x;
  g.lda = x.cols;
  g.b = w.data();
  g.b_zero = w.zero_point();
  g.bias = bias;
  g.output = kernels::Output::f32;
  g.c = y.data;
  g.ldc = y.stride;
  g.rescaled = {row_scales, column_scales, options.bias.values.empty() ? nullptr : options.bias.values.data(),
                options.clamp.lo, options.clamp.hi};
  run_gemm(*table, g, options.parallel, memory + layout.gemm);
  return {};
}

}  // namespace hone::detail
