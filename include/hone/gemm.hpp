// Matrix products: pack the weights once, multiply as often as you like.
//
//   const auto w = hone::pack(weights);                  // k x n, for the chosen tier
//   hone::gemm(x, *w, y, hone::Bias{b}, hone::Clamp{0, 6});
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "buffer.hpp"
#include "cpu.hpp"
#include "parallel.hpp"
#include "quantize.hpp"
#include "tensor.hpp"

namespace hone {

/// Added to every row of the result: one value a column.
struct Bias {
  std::span<const float> values;
};
/// Bounds of the result: y = min(max(y, lo), hi). ReLU is {0, infinity}, ReLU6 {0, 6}.
struct Clamp {
  float lo = -std::numeric_limits<float>::infinity();
  float hi = std::numeric_limits<float>::infinity();
};
/// Working memory of the caller's, 64-byte aligned. Where a call needs some (gemm_scratch_bytes) and is given none, it
/// allocates it for the length of the call.
struct Scratch {
  std::span<std::byte> bytes;
};

namespace detail {
struct Options {
  Bias bias;
  Clamp clamp;
  Parallel parallel;
  Scratch scratch;
  void set(const Bias& b) { bias = b; }
  void set(const Clamp& c) { clamp = c; }
  void set(const Parallel& p) { parallel = p; }
  void set(const Scratch& s) { scratch = s; }
};
/// Of operators whose results may be 8-bit without a Requantizer.
struct EitherOptions : Options {
  IntegerClamp integer_clamp;
  using Options::set;
  void set(const IntegerClamp& c) { integer_clamp = c; }
};

/// Calls run(rows, panels, slot) for pieces that cover (m, panels): rows in multiples of mr, or panels where rows are too
/// few to go round. `slot` < parallel.threads() numbers the piece, for its share of the scratch.
template <class Run>
void split(kernels::Index m, kernels::Index mr, kernels::Index panels, const Parallel& parallel, Run&& run) {
  const auto threads = static_cast<kernels::Index>(parallel.threads());
  const kernels::Index row_tiles = (m + mr - 1) / mr;
  const bool by_panel = row_tiles < threads && panels > row_tiles;
  const kernels::Index units = by_panel ? panels : row_tiles;
  const kernels::Index pieces = units < threads ? units : threads;
  auto piece = [&](std::size_t slot) {
    const auto i = static_cast<kernels::Index>(slot);
    const kernels::Index begin = units * i / pieces, end = units * (i + 1) / pieces;
    if (by_panel)
      run(kernels::Range{0, m}, kernels::Range{begin, end}, slot);
    else
      run(kernels::Range{begin * mr, end * mr < m ? end * mr : m}, kernels::Range{0, panels}, slot);
  };
  if (pieces > 0) parallel.run(static_cast<std::size_t>(pieces), Task(piece));
}

HONE_API Expected<void> check_shape(std::ptrdiff_t rows, std::ptrdiff_t cols, std::ptrdiff_t stride, bool null,
                                    const char* what);
template <class T> Expected<void> check_matrix(const MatrixView<T>& v, const char* what) {
  return check_shape(v.rows, v.cols, v.stride, v.data == nullptr, what);
}

/// The Scratch given, or memory of its own when that is none.
class ScratchHolder {
 public:
  static Expected<ScratchHolder> make(const Scratch& given, std::size_t bytes);
  std::byte* data() { return data_; }

 private:
  Buffer<std::byte> own_;
  std::byte* data_ = nullptr;
};

inline std::size_t round_up_64(std::size_t bytes) { return (bytes + 63) / 64 * 64; }
}  // namespace detail

/// Weights B (k x n) in the order a tier's kernels read them: made by `pack`, used by `gemm` and the convolutions.
template <class T> class PackedMatrix {
 public:
  std::ptrdiff_t rows() const { return k_; }  ///< k
  std::ptrdiff_t cols() const { return n_; }  ///< n
  Tier tier() const { return tier_; }         ///< the tier it was packed for; the product runs on it
  const T* data() const { return packed_.data(); }
  std::size_t bytes() const { return packed_.size() * sizeof(T); }
  /// int8 weights: sums over each column.
  std::span<const ChannelSums> sums() const { return sums_; }
  std::int32_t zero_point() const { return zero_point_; }

  /// B[kk][c] at data[kk * stride_k + c * stride_n], for the chosen tier.
  static Expected<PackedMatrix> make(std::ptrdiff_t k, std::ptrdiff_t n, const T* data, std::ptrdiff_t stride_k,
                                     std::ptrdiff_t stride_n, std::int32_t zero_point = 0);
  /// The same for a tier that is known to be usable.
  static Expected<PackedMatrix> make(Tier tier, std::ptrdiff_t k, std::ptrdiff_t n, const T* data,
                                     std::ptrdiff_t stride_k, std::ptrdiff_t stride_n, std::int32_t zero_point);

 private:
  std::ptrdiff_t k_ = 0, n_ = 0;
  Tier tier_ = Tier::baseline;
  Buffer<T> packed_;
  std::vector<ChannelSums> sums_;
  std::int32_t zero_point_ = 0;
};

namespace detail {
template <class T> struct GemmFamily;
template <> struct GemmFamily<float> { using Kernels = kernels::GemmF32Kernels; };
template <> struct GemmFamily<std::int8_t> { using Kernels = kernels::GemmI8Kernels; };
}  // namespace detail

/// Packs weights B, k x n. Time and memory: k * n elements, once.
/// Errors: invalid_argument for a bad view, out_of_memory, or what cpu::chosen reports.
HONE_API Expected<PackedMatrix<float>> pack(MatrixView<const float> b);
HONE_API Expected<PackedMatrix<std::int8_t>> pack(MatrixView<const std::int8_t> b, std::int32_t zero_point = 0);
/// Packs weights given as n x k, one output after the other, as fully connected layers and OHWI filters store them.
HONE_API Expected<PackedMatrix<float>> pack_transposed(MatrixView<const float> b);
HONE_API Expected<PackedMatrix<std::int8_t>> pack_transposed(MatrixView<const std::int8_t> b,
                                                             std::int32_t zero_point = 0);

namespace detail {
/// Bytes of scratch for a product on `threads` threads; `window` for a convolution that gathers its rows.
inline std::size_t gemm_scratch_bytes(const kernels::GemmF32Kernels& t, kernels::Index k, bool window,
                                      std::size_t threads) {
  return round_up_64(t.scratch_bytes(k, window)) * threads;
}
inline std::size_t gemm_scratch_bytes(const kernels::GemmI8Kernels& t, kernels::Index k, bool, std::size_t threads) {
  return round_up_64(t.scratch_bytes(k)) * threads;
}
template <class Half>
std::size_t gemm_scratch_bytes(const kernels::GemmHalfKernels<Half>& t, kernels::Index k, bool, std::size_t threads) {
  return round_up_64(t.scratch_bytes(k)) * threads;
}

/// Runs a filled-in product over all rows and panels.
template <class Kernels, class Gemm>
void run_gemm(const Kernels& table, const Gemm& gemm, const Parallel& parallel, std::byte* scratch) {
  const std::size_t share = gemm_scratch_bytes(table, gemm.k, gemm.window != nullptr, 1);
  split(gemm.m, table.mr, (gemm.n + table.nr - 1) / table.nr, parallel,
        [&](kernels::Range rows, kernels::Range panels, std::size_t slot) {
          table.run(gemm, rows, panels, scratch == nullptr ? nullptr : scratch + slot * share);
        });
}

/// x is x_rows x x_cols, and so on.
HONE_API Expected<void> check_product(std::ptrdiff_t x_rows, std::ptrdiff_t x_cols, std::ptrdiff_t w_rows,
                                      std::ptrdiff_t w_cols, std::ptrdiff_t y_rows, std::ptrdiff_t y_cols);
template <class X, class W, class Y>
Expected<void> check_product(const MatrixView<X>& x, const PackedMatrix<W>& w, const MatrixView<Y>& y) {
  if (auto ok = check_matrix(x, "x"); !ok) return ok;
  if (auto ok = check_matrix(y, "y"); !ok) return ok;
  return check_product(x.rows, x.cols, w.rows(), w.cols(), y.rows, y.cols);
}

HONE_API kernels::GemmF32 gemm_args(const PackedMatrix<float>& w, const Options& o);
HONE_API Expected<void> check_bias(const Bias& bias, std::ptrdiff_t n);
HONE_API Expected<void> gemm(MatrixView<const float> x, const PackedMatrix<float>& w, MatrixView<float> y,
                             const Options& options);
}  // namespace detail

/// Bytes of Scratch that gemm needs with these weights on `threads` threads.
template <class T> std::size_t gemm_scratch_bytes(const PackedMatrix<T>& w, std::size_t threads = 1) {
  const auto* table = cpu::kernels<typename detail::GemmFamily<T>::Kernels>(w.tier());
  return detail::gemm_scratch_bytes(*table, w.rows(), false, threads);
}

/// y[m,n] = clamp(sum_k x[m,k] * w[k,n] + bias[n]), float32; 2 m n k operations.
/// x: m x k, w: k x n packed, y: m x n, all with row strides; y overlaps neither x nor w.
/// Options in any order: Bias, Clamp, Parallel, Scratch.
/// Accuracy: |error| <= 2 k eps sum_k |x| |w|. Errors: invalid_argument when shapes disagree.
template <class... Option>
Expected<void> gemm(MatrixView<const float> x, const PackedMatrix<float>& w, MatrixView<float> y,
                    const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  return detail::gemm(x, w, y, options);
}

/// The requantisation of a product with these weights.
/// Errors: as Requantizer::make.
HONE_API Expected<Requantizer> make_requantizer(const PackedMatrix<std::int8_t>& w, const RequantizeSpec& spec);

namespace detail {
HONE_API Expected<void> check_requantizer(const Requantizer& q, std::ptrdiff_t channels, DType x, DType y,
                                          const char* what);
template <class X, class Y>
Expected<void> check_requantizer(const Requantizer& q, std::ptrdiff_t channels, const char* what) {
  return check_requantizer(q, channels, dtype_of<X>, dtype_of<Y>, what);
}
HONE_API kernels::GemmI8 gemm_args(const PackedMatrix<std::int8_t>& w, const Requantizer& q);
}  // namespace detail

/// y = requantise(sum_k (x[m,k] - zx) * (w[k,n] - zw) + bias[n]), exact: the same bits on every tier, with any threads.
/// x and y: int8_t or uint8_t as the Requantizer says (made with make_requantizer from the same weights).
/// Options: Parallel, Scratch. Errors: invalid_argument when shapes or types disagree; out_of_memory for scratch.
template <class X, class Y, class... Option>
Expected<void> gemm(MatrixView<X> x, const PackedMatrix<std::int8_t>& w, MatrixView<Y> y, const Requantizer& q,
                    const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_product(x, w, y); !ok) return ok;
  if (auto ok = detail::check_requantizer<X, Y>(q, w.cols(), "gemm"); !ok) return ok;
  const auto* table = cpu::kernels<kernels::GemmI8Kernels>(w.tier());
  kernels::GemmI8 g = detail::gemm_args(w, q);
  g.m = x.rows;
  g.a = x.data;
  g.lda = x.stride;
  g.c = y.data;
  g.ldc = y.stride;
  auto scratch = detail::ScratchHolder::make(
      options.scratch, detail::gemm_scratch_bytes(*table, g.k, false, options.parallel.threads()));
  if (!scratch) return tl::unexpected<Error>(scratch.error());
  detail::run_gemm(*table, g, options.parallel, scratch->data());
  return {};
}

}  // namespace hone

#ifdef HONE_DEFINITIONS
#include "gemm.inl.hpp"
#endif
