// Softmax along rows.
#pragma once
#include <cmath>
#include <cstdint>
#include <string>

#include "../../kernels/fixed_point.hpp"
#include "gemm.hpp"

namespace hone {

namespace detail {
template <class X, class Y>
Expected<void> check_rows(const MatrixView<X>& x, const MatrixView<Y>& y, const char* what) {
  if (auto ok = check_matrix(x, "x"); !ok) return ok;
  if (auto ok = check_matrix(y, "y"); !ok) return ok;
  if (x.rows == y.rows && x.cols == y.cols) return {};
  return invalid(std::string(what) + ": x is " + std::to_string(x.rows) + " x " + std::to_string(x.cols) + ", y " +
                 std::to_string(y.rows) + " x " + std::to_string(y.cols) + "; expected the same");
}
inline Expected<void> check_beta(float beta) {
  if (beta > 0 && std::isfinite(beta)) return {};
  return invalid("softmax: beta " + std::to_string(beta) + ", expected a positive number");
}

/// What the 8-bit kernel needs to know of the scales. Its output has the one scale TensorFlow Lite allows: 1/256 with
/// its smallest value as the zero point.
inline Expected<kernels::SoftmaxI8> softmax_args(const Quantization& x, const Quantization& y, float beta) {
  if (auto ok = check_beta(beta); !ok) return tl::unexpected<Error>(ok.error());
  if (x.type != y.type || (x.type != DType::i8 && x.type != DType::u8)) {
    return invalid(std::string("softmax: ") + name_of(x.type) + " to " + name_of(y.type) +
                   "; expected i8 to i8 or u8 to u8");
  }
  if (y.scale != 1.0F / 256 || y.zero_point != (y.type == DType::u8 ? 0 : -128)) {
    return invalid("softmax: output scale " + std::to_string(y.scale) + ", zero point " + std::to_string(y.zero_point) +
                   "; expected 1/256 and the smallest value of the type");
  }
  kernels::SoftmaxI8 softmax;
  softmax.is_unsigned = x.type == DType::u8;
  if (!kernels::prepare_softmax(softmax, beta, x.scale)) {
    return invalid("softmax: input scale " + std::to_string(x.scale) +
                   " is not a positive number the fixed-point "
                   "exponential can take");
  }
  return softmax;
}

inline void run_softmax(const kernels::SoftmaxKernels& table, const kernels::SoftmaxF32& softmax, kernels::Index rows,
                        const Parallel& parallel) {
  split(rows, 1, 0, parallel, [&](kernels::Range some, kernels::Range, std::size_t) { table.f32(softmax, some); });
}
inline void run_softmax(const kernels::SoftmaxKernels& table, const kernels::SoftmaxI8& softmax, kernels::Index rows,
                        const Parallel& parallel) {
  split(rows, 1, 0, parallel, [&](kernels::Range some, kernels::Range, std::size_t) { table.i8(softmax, some); });
}
}  // namespace detail

/// y[r,i] = exp(beta * (x[r,i] - max_i x[r,i])) / sum over i of the same, float32; each row sums to 1.
/// x and y: the same shape, rows may be strided. Options: Parallel.
/// Accuracy: relative error below 1e-5 where exp does not underflow. Errors: invalid_argument when shapes disagree or
/// beta is not positive.
template <class... Option>
Expected<void> softmax(MatrixView<const float> x, MatrixView<float> y, float beta = 1, const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_rows(x, y, "softmax"); !ok) return ok;
  if (auto ok = detail::check_beta(beta); !ok) return ok;
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  const kernels::SoftmaxF32 args{x.cols, x.data, x.stride, y.data, y.stride, beta};
  detail::run_softmax(*cpu::kernels<kernels::SoftmaxKernels>(*tier), args, x.cols == 0 ? 0 : x.rows, options.parallel);
  return {};
}

/// The same on 8-bit values in fixed-point arithmetic: TensorFlow Lite's reference kernel bit for bit, on every tier.
/// `in` and `out` say what x and y stand for; `out` must have scale 1/256 and the smallest value of its type as zero
/// point, so that y covers [0, 1). T: std::int8_t or std::uint8_t, as in.type and out.type. Options: Parallel.
/// Errors: invalid_argument when shapes, types or scales disagree.
template <class T, class... Option, class = std::enable_if_t<sizeof(T) == 1>>
Expected<void> softmax(MatrixView<T> x, const Quantization& in, MatrixView<std::remove_const_t<T>> y,
                       const Quantization& out, float beta = 1, const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_rows(x, y, "softmax"); !ok) return ok;
  if (dtype_of<T> != in.type) {
    return detail::invalid(std::string("softmax: x holds ") + name_of(dtype_of<T>) + ", its quantisation is for " +
                           name_of(in.type));
  }
  Expected<kernels::SoftmaxI8> args = detail::softmax_args(in, out, beta);
  if (!args) return tl::unexpected<Error>(args.error());
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  args->n = x.cols;
  args->in = x.data;
  args->lda = x.stride;
  args->out = y.data;
  args->ldc = y.stride;
  detail::run_softmax(*cpu::kernels<kernels::SoftmaxKernels>(*tier), *args, x.cols == 0 ? 0 : x.rows, options.parallel);
  return {};
}

}  // namespace hone
