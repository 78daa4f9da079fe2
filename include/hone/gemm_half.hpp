// Matrix products with weights of 16 bits, f16 or bf16: half the bytes, sums in float32.
//
//   const auto w = hone::pack(hone::MatrixView<const hone::f16>(weights, k, n));
//   hone::gemm(x, *w, y, hone::Bias{b});                 // x and y: float, or f16
#pragma once
#include "elementwise.hpp"
#include "gemm.hpp"

namespace hone {

namespace detail {
template <> struct GemmFamily<f16> { using Kernels = kernels::GemmF16Kernels; };
template <> struct GemmFamily<bf16> { using Kernels = kernels::GemmBF16Kernels; };

template <class T> inline constexpr bool is_half = std::is_same_v<T, f16> || std::is_same_v<T, bf16>;

/// What does not depend on x and y.
template <class Half> kernels::GemmHalf<Half> gemm_args(const PackedMatrix<Half>& w, const Options& o) {
  kernels::GemmHalf<Half> g;
  g.n = w.cols();
  g.k = w.rows();
  g.b = w.data();
  g.bias = o.bias.values.empty() ? nullptr : o.bias.values.data();
  g.lo = o.clamp.lo;
  g.hi = o.clamp.hi;
  const auto* table = cpu::kernels<typename GemmFamily<Half>::Kernels>(w.tier());
  g.dot_pairs = table->dot_pairs && cpu::has_bf16_dot(w.tier());
  return g;
}
}  // namespace detail

/// Packs weights B, k x n, of 16 bits; pack_transposed: given as n x k. Errors: as pack of floats.
template <class Half, class = std::enable_if_t<detail::is_half<Half>>>
Expected<PackedMatrix<Half>> pack(MatrixView<const Half> b) {
  if (auto ok = detail::check_matrix(b, "weights"); !ok) return tl::unexpected<Error>(ok.error());
  return PackedMatrix<Half>::make(b.rows, b.cols, b.data, b.stride, 1);
}
template <class Half, class = std::enable_if_t<detail::is_half<Half>>>
Expected<PackedMatrix<Half>> pack_transposed(MatrixView<const Half> b) {
  if (auto ok = detail::check_matrix(b, "weights"); !ok) return tl::unexpected<Error>(ok.error());
  return PackedMatrix<Half>::make(b.cols, b.rows, b.data, 1, b.stride);
}

/// y[m,n] = clamp(sum_k x[m,k] * w[k,n] + bias[n]), products and sums in float32; 2 m n k operations, 2 k n bytes of weights.
/// x and y: float, or the type of w, each for itself; a y of 16 bits is rounded to nearest even. y overlaps neither x nor w.
/// Options in any order: Bias, Clamp, Parallel, Scratch (gemm_scratch_bytes).
/// Accuracy: |error| <= 2 k eps sum_k |x| |w| before y is rounded. Where x is bf16 and the CPU multiplies pairs of them, it does:
/// the same bound, but numbers below 2^-126 count as 0. Errors: invalid_argument when shapes disagree, out_of_memory for scratch.
template <class X, class Half, class Y, class... Option, class = std::enable_if_t<detail::is_half<Half>>>
Expected<void> gemm(MatrixView<X> x, const PackedMatrix<Half>& w, MatrixView<Y> y, const Option&... option) {
  using Input = std::remove_const_t<X>;
  static_assert(std::is_same_v<Input, float> || std::is_same_v<Input, Half>, "x is float, or of the weights' type");
  static_assert(std::is_same_v<Y, float> || std::is_same_v<Y, Half>, "y is float, or of the weights' type");
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_product(x, w, y); !ok) return ok;
  if (auto ok = detail::check_bias(options.bias, w.cols()); !ok) return ok;
  kernels::GemmHalf<Half> g = detail::gemm_args(w, options);
  g.m = x.rows;
  g.a = x.data;
  g.a_half = std::is_same_v<Input, Half>;
  g.lda = x.stride;
  g.c = y.data;
  g.c_half = std::is_same_v<Y, Half>;
  g.ldc = y.stride;
  const auto* table = cpu::kernels<typename detail::GemmFamily<Half>::Kernels>(w.tier());
  auto scratch = detail::ScratchHolder::make(
      options.scratch, detail::gemm_scratch_bytes(*table, g.k, false, options.parallel.threads()));
  if (!scratch) return tl::unexpected<Error>(scratch.error());
  detail::run_gemm(*table, g, options.parallel, scratch->data());
  return {};
}

/// y[i] = x[i] as another type of float: f16 or bf16 to float exactly, float to f16 or bf16 rounded to nearest even (beyond the
/// largest, infinity). Options: Parallel. Errors: invalid_argument when sizes disagree.
template <class From, class To, class... Option>
Expected<void> convert(std::span<const From> x, std::span<To> y, const Option&... option) {
  static_assert((detail::is_half<From> && std::is_same_v<To, float>) ||
                (detail::is_half<To> && std::is_same_v<From, float>));
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_sizes(x.size(), y.size(), "convert"); !ok) return ok;
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  const auto* table = cpu::kernels<kernels::HalfKernels>(*tier);
  detail::split_elements(static_cast<kernels::Index>(y.size()), options.parallel, [&](kernels::Range range) {
    if constexpr (std::is_same_v<From, f16>) table->from_f16(x.data(), y.data(), range);
    if constexpr (std::is_same_v<From, bf16>) table->from_bf16(x.data(), y.data(), range);
    if constexpr (std::is_same_v<To, f16>) table->to_f16(x.data(), y.data(), range);
    if constexpr (std::is_same_v<To, bf16>) table->to_bf16(x.data(), y.data(), range);
  });
  return {};
}

}  // namespace hone

#ifdef HONE_DEFINITIONS
#include "gemm_half.inl.hpp"
#endif
