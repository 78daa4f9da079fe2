// Reductions and normalisations in float32. Softmax has a header of its own.
#pragma once
#include <cmath>
#include <span>
#include <string>

#include "softmax.hpp"

namespace hone {

/// sum, mean, max, min (NaN where one is), sum_of_squares.
using kernels::Reduce;
/// layer, rms, l2; kernels/rows.hpp gives the formulas.
using kernels::Normalize;

/// y[o,i] = reduce over k of x[o,k,i]: x is outer * k rows of `inner` columns, y is outer x inner. Over the last axis of a
/// matrix: k its columns, inner 1. Of k = 0 values: 0, NaN, -infinity, infinity, 0. Options: Parallel.
/// Accuracy: max and min are exact, sums within k eps sum |x|. Errors: invalid_argument when sizes disagree or are negative.
template <class... Option>
Expected<void> reduce(Reduce f, std::span<const float> x, std::ptrdiff_t outer, std::ptrdiff_t k, std::ptrdiff_t inner,
                      std::span<float> y, const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  // In double: exact below 2^53, and what is larger is more than a span can hold.
  const auto real = [](auto size) { return static_cast<double>(size); };
  const bool fits = outer >= 0 && k >= 0 && inner >= 0 && real(outer) * real(k) * real(inner) == real(x.size()) &&
                    real(outer) * real(inner) == real(y.size());
  if (!fits) {
    return detail::invalid("reduce: " + std::to_string(outer) + " x " + std::to_string(k) + " x " +
                           std::to_string(inner) + "; x has " + std::to_string(x.size()) + " elements, y " +
                           std::to_string(y.size()));
  }
  const auto index = static_cast<std::size_t>(f);
  if (index >= kernels::reduce_count) return detail::invalid("reduce: function " + std::to_string(index));
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  const kernels::ReduceF32 args{k, inner, x.data(), k * inner, inner, y.data(), inner};
  const auto run = cpu::kernels<kernels::ReduceKernels>(*tier)->f32[index];
  detail::split(inner == 0 ? 0 : outer, 1, 0, options.parallel,
                [&](kernels::Range rows, kernels::Range, std::size_t) { run(args, rows); });
  return {};
}

/// What a normalised value is multiplied by and what is added: one of each a column, or none.
struct Affine {
  std::span<const float> gamma, beta;
};
namespace detail {
struct NormalizeOptions : Options {
  Affine affine;
  using Options::set;
  void set(const Affine& a) { affine = a; }
};
}  // namespace detail

/// y[r,i] = normalised x[r,i] * gamma[i] + beta[i] along each row: layer (x - mean) / sqrt(variance + epsilon), rms
/// x / sqrt(mean of x^2 + epsilon), l2 x / max(sqrt(sum of x^2), epsilon). y may be x itself. Options: Affine, Parallel.
/// Accuracy: (n + 8) eps of the values that are subtracted. Errors: invalid_argument when shapes disagree or epsilon is negative.
template <class... Option>
Expected<void> normalize(Normalize f, MatrixView<const float> x, MatrixView<float> y, float epsilon,
                         const Option&... option) {
  detail::NormalizeOptions options;
  (options.set(option), ...);
  if (auto ok = detail::check_rows(x, y, "normalize"); !ok) return ok;
  const auto wrong = [&](std::span<const float> v) {
    return !v.empty() && v.size() != static_cast<std::size_t>(x.cols);
  };
  if (wrong(options.affine.gamma) || wrong(options.affine.beta)) {
    return detail::invalid("normalize: gamma has " + std::to_string(options.affine.gamma.size()) + " values, beta " +
                           std::to_string(options.affine.beta.size()) + "; expected none or " + std::to_string(x.cols));
  }
  if (!(epsilon >= 0) || !std::isfinite(epsilon)) {
    return detail::invalid("normalize: epsilon " + std::to_string(epsilon) +
                           "; expected a number that is not negative");
  }
  const auto index = static_cast<std::size_t>(f);
  if (index >= kernels::normalize_count) return detail::invalid("normalize: function " + std::to_string(index));
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  const auto values = [](std::span<const float> v) { return v.empty() ? nullptr : v.data(); };
  const kernels::NormalizeF32 args{
      x.cols, x.data, x.stride, y.data, y.stride, values(options.affine.gamma), values(options.affine.beta), epsilon};
  const auto run = cpu::kernels<kernels::NormalizeKernels>(*tier)->f32[index];
  detail::split(x.cols == 0 ? 0 : x.rows, 1, 0, options.parallel,
                [&](kernels::Range rows, kernels::Range, std::size_t) { run(args, rows); });
  return {};
}

}  // namespace hone
