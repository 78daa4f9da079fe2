// Products of two matrices as they come: neither packed before, either one transposed, many at once.
//
//   hone::matmul({q, heads, t, d}, {k, heads, t, d}, {scores, heads, t, t}, hone::Transposed{.w = true});
#pragma once
#include "gemm.hpp"

namespace hone {

/// `batch` matrices in row-major order: element (b, r, c) is data[b * batch_stride + r * stride + c]. Strides are in elements;
/// a batch_stride of 0 repeats one matrix.
template <class T> struct BatchView {
  T* data = nullptr;
  std::ptrdiff_t batch = 0, rows = 0, cols = 0, stride = 0, batch_stride = 0;

  constexpr BatchView() = default;
  /// Dense matrices, one after the other.
  constexpr BatchView(T* elements, std::ptrdiff_t matrices, std::ptrdiff_t row_count, std::ptrdiff_t column_count)
      : BatchView(elements, matrices, row_count, column_count, column_count, row_count * column_count) {}
  constexpr BatchView(T* elements, std::ptrdiff_t matrices, std::ptrdiff_t row_count, std::ptrdiff_t column_count,
                      std::ptrdiff_t row_stride, std::ptrdiff_t matrix_stride)
      : data(elements),
        batch(matrices),
        rows(row_count),
        cols(column_count),
        stride(row_stride),
        batch_stride(matrix_stride) {}
  template <class U, class = std::enable_if_t<std::is_same_v<const U, T>>>
  constexpr BatchView(const BatchView<U>& other)
      : BatchView(other.data, other.batch, other.rows, other.cols, other.stride, other.batch_stride) {}
};

/// Which operands are given transposed: x as k x m, w as n x k.
struct Transposed {
  bool x = false, w = false;
};

namespace detail {
struct MatmulOptions : Options {
  Transposed transposed;
  using Options::set;
  void set(const Transposed& t) { transposed = t; }
};
HONE_API Expected<void> matmul(const BatchView<const float>& x, const BatchView<const float>& w,
                               const BatchView<float>& y, const MatmulOptions& options);
}  // namespace detail

/// Bytes of Scratch that matmul needs: for each thread one packed w and, where x is transposed, one x.
/// Errors: what cpu::chosen reports, or invalid_argument for negative sizes.
HONE_API Expected<std::size_t> matmul_scratch_bytes(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k,
                                                    const Transposed& transposed, std::size_t threads = 1);

/// y[b,m,n] = clamp(sum_k x[b,m,k] * w[b,k,n] + bias[n]), float32, for b < y.batch; 2 m n k operations each, and packing w, k n
/// elements, once for each b (once in all where w.batch_stride is 0 and there is one thread). x and w: y's batch, or 1.
/// y overlaps neither x nor w. Where w stays the same from call to call, `pack` and `gemm` save the packing.
/// Options in any order: Transposed, Bias, Clamp, Parallel (over the batch, or the rows of a single product), Scratch.
/// Accuracy: |error| <= 2 k eps sum_k |x| |w|. Errors: invalid_argument when shapes disagree, out_of_memory for scratch.
template <class... Option>
Expected<void> matmul(const BatchView<const float>& x, const BatchView<const float>& w, const BatchView<float>& y,
                      const Option&... option) {
  detail::MatmulOptions options;
  (options.set(option), ...);
  return detail::matmul(x, w, y, options);
}

}  // namespace hone

#ifdef HONE_DEFINITIONS
#include "matmul.inl.hpp"
#endif
