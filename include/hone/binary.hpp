// Functions of two tensors, element by element, in float32, with broadcasting along rows and columns.
//
//   hone::binary(hone::Binary::mul, {a, rows, n}, {scale, rows, 1}, {y, rows, n});   // one scale for each row
#pragma once
#include <string>

#include "elementwise.hpp"

namespace hone {

/// Which function: add, sub, mul, div, min, max (NaN where either is), squared_difference (a - b)^2, prelu (a where a >= 0,
/// else a * b).
using kernels::Binary;

namespace detail {
inline Expected<kernels::Operand> broadcast(MatrixView<const float> v, const MatrixView<float>& y, const char* what) {
  if (auto ok = check_matrix(v, what); !ok) return tl::unexpected<Error>(ok.error());
  if ((v.rows != y.rows && v.rows != 1) || (v.cols != y.cols && v.cols != 1)) {
    return invalid(std::string("binary: ") + what + " is " + std::to_string(v.rows) + " x " + std::to_string(v.cols) +
                   ", y " + std::to_string(y.rows) + " x " + std::to_string(y.cols) +
                   "; expected the same, or 1 where it is repeated");
  }
  return kernels::Operand{v.data, v.rows == 1 ? 0 : v.stride, v.cols == 1 ? 0 : 1};
}
}  // namespace detail

/// y[r,c] = clamp(f(a[r,c], b[r,c])), float32. a and b have y's shape, or 1 in place of its rows, its columns or both, and are
/// then repeated. y may be a or b itself where that is not repeated, or overlap neither. Tensors of more axes are such
/// matrices, one after the other. Options in any order: Clamp, Parallel. Exact: each operation is rounded once.
/// Errors: invalid_argument when shapes disagree, a view is bad or f is none.
template <class... Option>
Expected<void> binary(Binary f, MatrixView<const float> a, MatrixView<const float> b, MatrixView<float> y,
                      const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_matrix(y, "y"); !ok) return ok;
  const auto x0 = detail::broadcast(a, y, "a"), x1 = detail::broadcast(b, y, "b");
  if (!x0) return tl::unexpected<Error>(x0.error());
  if (!x1) return tl::unexpected<Error>(x1.error());
  const auto index = static_cast<std::size_t>(f);
  if (index >= kernels::binary_count) return detail::invalid("binary: function " + std::to_string(index));
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  if (y.rows == 0 || y.cols == 0) return {};
  const kernels::BinaryF32 args{*x0, *x1, y.data, y.stride, options.clamp.lo, options.clamp.hi};
  const auto run = cpu::kernels<kernels::BinaryKernels>(*tier)->f32[index];
  if (y.rows == 1)
    detail::split_elements(y.cols, options.parallel, [&](kernels::Range columns) { run(args, {0, 1}, columns); });
  else
    detail::split(y.rows, 1, 0, options.parallel, [&](kernels::Range rows, kernels::Range, std::size_t) {
      run(args, rows, {0, y.cols});
    });
  return {};
}

}  // namespace hone
