// Definitions of gemm.hpp (see api.hpp).
#pragma once
#include "gemm.hpp"

namespace hone {
namespace detail {

HONE_API Expected<void> check_shape(std::ptrdiff_t rows, std::ptrdiff_t cols, std::ptrdiff_t stride, bool null,
                                    const char* what) {
  if (rows < 0 || cols < 0 || stride < cols) {
    return invalid(std::string(what) + ": " + std::to_string(rows) + " x " + std::to_string(cols) + ", stride " +
                   std::to_string(stride) + "; expected sizes >= 0 and a stride >= the columns");
  }
  constexpr auto most = std::numeric_limits<std::ptrdiff_t>::max() / 64;
  if (rows > 0 && stride > most / rows) {
    return invalid(std::string(what) + ": " + std::to_string(rows) + " rows of stride " + std::to_string(stride) +
                   " are more than memory can hold");
  }
  if (null && rows > 0 && cols > 0) return invalid(std::string(what) + ": null data");
  return {};
}

HONE_API Expected<void> check_product(std::ptrdiff_t x_rows, std::ptrdiff_t x_cols, std::ptrdiff_t w_rows,
                                      std::ptrdiff_t w_cols, std::ptrdiff_t y_rows, std::ptrdiff_t y_cols) {
  if (x_cols == w_rows && y_rows == x_rows && y_cols == w_cols) return {};
  const auto by = [](std::ptrdiff_t rows, std::ptrdiff_t cols) {
    return std::to_string(rows) + " x " + std::to_string(cols);
  };
  return invalid("gemm: x is " + by(x_rows, x_cols) + ", weights " + by(w_rows, w_cols) + ", y " + by(y_rows, y_cols) +
                 "; expected m x k, k x n, m x n");
}

HONE_API Expected<void> check_bias(const Bias& bias, std::ptrdiff_t n) {
  if (bias.values.empty() || bias.values.size() == static_cast<std::size_t>(n)) return {};
  return invalid("bias: " + std::to_string(bias.values.size()) + " values for " + std::to_string(n) + " columns");
}

HONE_API Expected<void> check_requantizer(const Requantizer& q, std::ptrdiff_t channels, DType x, DType y,
                                          const char* what) {
  if (q.channels() == static_cast<std::size_t>(channels) && x == q.input().type && y == q.output().type) return {};
  const auto kind = [](std::size_t count, DType from, DType to) {
    return std::to_string(count) + " channels, " + name_of(from) + " to " + name_of(to);
  };
  return invalid(std::string(what) + ": the requantizer is for " + kind(q.channels(), q.input().type, q.output().type) +
                 "; given " + kind(static_cast<std::size_t>(channels), x, y));
}

HONE_API Expected<ScratchHolder> ScratchHolder::make(const Scratch& given, std::size_t bytes) {
  ScratchHolder holder;
  if (given.bytes.size() >= bytes && (bytes == 0 || reinterpret_cast<std::uintptr_t>(given.bytes.data()) % 64 == 0)) {
    holder.data_ = given.bytes.data();
    return holder;
  }
  if (!given.bytes.empty()) {
    return invalid("scratch: " + std::to_string(given.bytes.size()) + " bytes given, " + std::to_string(bytes) +
                   " needed, aligned to 64");
  }
  Expected<Buffer<std::byte>> own = Buffer<std::byte>::make(bytes);
  if (!own) return tl::unexpected<Error>(own.error());
  holder.own_ = std::move(*own);
  holder.data_ = holder.own_.data();
  return holder;
}

HONE_API kernels::GemmF32 gemm_args(const PackedMatrix<float>& w, const Options& o) {
  kernels::GemmF32 g;
  g.n = w.cols();
  g.k = w.rows();
  g.b = w.data();
  g.bias = o.bias.values.empty() ? nullptr : o.bias.values.data();
  g.lo = o.clamp.lo;
  g.hi = o.clamp.hi;
  return g;
}

HONE_API kernels::GemmI8 gemm_args(const PackedMatrix<std::int8_t>& w, const Requantizer& q) {
  kernels::GemmI8 g;
  g.n = w.cols();
  g.k = w.rows();
  g.b = w.data();
  g.b_zero = w.zero_point();
  g.a_unsigned = q.input().type == DType::u8;
  g.a_zero = q.input().zero_point;
  g.bias = q.bias();
  g.output = q.output().type == DType::u8 ? kernels::Output::u8 : kernels::Output::s8;
  g.requantize = q.args();
  return g;
}

HONE_API Expected<void> gemm(MatrixView<const float> x, const PackedMatrix<float>& w, MatrixView<float> y,
                             const Options& options) {
  if (auto ok = check_product(x, w, y); !ok) return ok;
  if (auto ok = check_bias(options.bias, w.cols()); !ok) return ok;
  kernels::GemmF32 g = gemm_args(w, options);
  g.m = x.rows;
  g.a = x.data;
  g.lda = x.stride;
  g.c = y.data;
  g.ldc = y.stride;
  run_gemm(*cpu::kernels<kernels::GemmF32Kernels>(w.tier()), g, options.parallel, nullptr);
  return {};
}

}  // namespace detail

template <class T>
Expected<PackedMatrix<T>> PackedMatrix<T>::make(std::ptrdiff_t k, std::ptrdiff_t n, const T* data,
                                                std::ptrdiff_t stride_k, std::ptrdiff_t stride_n,
                                                std::int32_t zero_point) {
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  return make(*tier, k, n, data, stride_k, stride_n, zero_point);
}

template <class T>
Expected<PackedMatrix<T>> PackedMatrix<T>::make(Tier tier, std::ptrdiff_t k, std::ptrdiff_t n, const T* data,
                                                std::ptrdiff_t stride_k, std::ptrdiff_t stride_n,
                                                std::int32_t zero_point) {
  constexpr std::ptrdiff_t most = std::numeric_limits<std::ptrdiff_t>::max() / 256;
  if (n > 0 && k > most / (n + 64)) {
    return fail(ErrorCode::out_of_memory,
                "weights: " + std::to_string(k) + " x " + std::to_string(n) + " are more than memory can hold");
  }
  const auto* table = cpu::kernels<typename detail::GemmFamily<T>::Kernels>(tier);
  PackedMatrix p;
  p.k_ = k;
  p.n_ = n;
  p.tier_ = tier;
  p.zero_point_ = zero_point;
  Expected<Buffer<T>> packed = Buffer<T>::make(static_cast<std::size_t>(table->packed_elements(k, n)));
  if (!packed) return tl::unexpected<Error>(packed.error());
  p.packed_ = std::move(*packed);
  table->pack(k, n, data, stride_k, stride_n, p.packed_.data());
  if constexpr (std::is_same_v<T, std::int8_t>) {
    p.sums_.resize(static_cast<std::size_t>(n));
    for (std::ptrdiff_t c = 0; c < n; ++c) {
      for (std::ptrdiff_t kk = 0; kk < k; ++kk) {
        const std::int32_t w = data[kk * stride_k + c * stride_n] - zero_point;
        p.sums_[static_cast<std::size_t>(c)].sum += w;
        p.sums_[static_cast<std::size_t>(c)].magnitude += w < 0 ? -w : w;
      }
    }
  }
  return p;
}
#ifdef HONE_COMPILED
template class PackedMatrix<float>;
template class PackedMatrix<std::int8_t>;
#endif

HONE_API Expected<PackedMatrix<float>> pack(MatrixView<const float> b) {
  if (auto ok = detail::check_matrix(b, "weights"); !ok) return tl::unexpected<Error>(ok.error());
  return PackedMatrix<float>::make(b.rows, b.cols, b.data, b.stride, 1);
}
HONE_API Expected<PackedMatrix<std::int8_t>> pack(MatrixView<const std::int8_t> b, std::int32_t zero_point) {
  if (auto ok = detail::check_matrix(b, "weights"); !ok) return tl::unexpected<Error>(ok.error());
  return PackedMatrix<std::int8_t>::make(b.rows, b.cols, b.data, b.stride, 1, zero_point);
}
HONE_API Expected<PackedMatrix<float>> pack_transposed(MatrixView<const float> b) {
  if (auto ok = detail::check_matrix(b, "weights"); !ok) return tl::unexpected<Error>(ok.error());
  return PackedMatrix<float>::make(b.cols, b.rows, b.data, 1, b.stride);
}
HONE_API Expected<PackedMatrix<std::int8_t>> pack_transposed(MatrixView<const std::int8_t> b, std::int32_t zero_point) {
  if (auto ok = detail::check_matrix(b, "weights"); !ok) return tl::unexpected<Error>(ok.error());
  return PackedMatrix<std::int8_t>::make(b.cols, b.rows, b.data, 1, b.stride, zero_point);
}

HONE_API Expected<Requantizer> make_requantizer(const PackedMatrix<std::int8_t>& w, const RequantizeSpec& spec) {
  const auto* table = cpu::kernels<kernels::GemmI8Kernels>(w.tier());
  const std::int32_t offset = spec.input.type == DType::u8 ? table->offset_unsigned : table->offset_signed;
  return Requantizer::make(spec, w.sums(), spec.input.zero_point + offset);
}

}  // namespace hone
