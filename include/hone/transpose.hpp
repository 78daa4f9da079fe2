// Axes in another order: transposes and permutations of elements of 1, 2, 4 and 8 bytes, at the speed of a copy.
//
//   hone::permute(nchw, {n, c, h, w}, {0, 2, 3, 1}, nhwc);
#pragma once
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>

#include "gemm.hpp"

namespace hone {

namespace detail {
inline constexpr std::size_t most_axes = 8;

/// A permutation as a loop over copies of runs, or over transposes of matrices: whatever lies beside each other is one axis.
struct Permutation {
  struct Axis {
    kernels::Index size, in, out;  // strides in elements
  };
  Axis axes[most_axes + 1];  // the outer loops
  int outer = 0;
  kernels::Index count = 1;  // of them together
  // What is done each time: `rows` runs along the output's last axis, of `cols` elements along the input's last axis.
  Axis rows{1, 0, 1}, cols{1, 1, 0};
  bool is_copy = true;  // the last axis stays the last: runs of `cols` elements are copied
};

HONE_API Expected<Permutation> plan_permutation(std::span<const std::ptrdiff_t> shape, std::span<const int> order,
                                                std::size_t elements, bool pairs);
HONE_API Expected<void> permute(const Permutation& p, std::size_t element, const std::byte* x, std::byte* y,
                                const Parallel& parallel);
}  // namespace detail

/// y = x with its axes in another order: axis i of y is axis order[i] of x. x is a dense tensor of `shape`, of at most 8 axes.
/// T: any type of 1, 2, 4 or 8 bytes that may be copied as bytes. y must not overlap x. Options: Parallel.
/// Errors: invalid_argument when order is no permutation, sizes disagree with shape, or there are too many axes.
template <class T, class... Option>
Expected<void> permute(std::span<const T> x, std::span<const std::ptrdiff_t> shape, std::span<const int> order,
                       std::span<T> y, const Option&... option) {
  static_assert(std::is_trivially_copyable_v<T> &&
                (sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8));
  detail::Options options;
  (options.set(option), ...);
  if (x.size() != y.size()) {
    return detail::invalid("permute: x has " + std::to_string(x.size()) + " elements, y " + std::to_string(y.size()));
  }
  constexpr bool pairs = sizeof(T) == 8;  // of 4 bytes: one axis more
  const auto plan = detail::plan_permutation(shape, order, x.size(), pairs);
  if (!plan) return tl::unexpected<Error>(plan.error());
  if (x.empty()) return {};
  return detail::permute(*plan, pairs ? 4 : sizeof(T), reinterpret_cast<const std::byte*>(x.data()),
                         reinterpret_cast<std::byte*>(y.data()), options.parallel);
}
/// The same with lists: permute<float>(x, {n, c, h, w}, {0, 2, 3, 1}, y).
template <class T, class... Option>
Expected<void> permute(std::span<const std::type_identity_t<T>> x, std::initializer_list<std::ptrdiff_t> shape,
                       std::initializer_list<int> order, std::span<T> y, const Option&... option) {
  return permute<T>(x, std::span(shape.begin(), shape.size()), std::span(order.begin(), order.size()), y, option...);
}

}  // namespace hone

#ifdef HONE_DEFINITIONS
#include "transpose.inl.hpp"
#endif
