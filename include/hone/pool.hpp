// Average and maximum over windows of an image.
//
//   hone::average_pool2d(x, y, 2, 2, {.stride_h = 2, .stride_w = 2});
#pragma once
#include "conv.hpp"

namespace hone {

namespace detail {
template <class T>
inline constexpr bool is_pool_type =
    std::is_same_v<T, float> || std::is_same_v<T, std::int8_t> || std::is_same_v<T, std::uint8_t>;

inline kernels::PoolF32 pool_args(const float* x, float* y, const EitherOptions& o) {
  kernels::PoolF32 pool;
  pool.in = x;
  pool.out = y;
  pool.lo = o.clamp.lo;
  pool.hi = o.clamp.hi;
  return pool;
}
template <class T> kernels::PoolI8 pool_args(const T* x, T* y, const EitherOptions& o) {
  kernels::PoolI8 pool;
  pool.is_unsigned = std::is_same_v<T, std::uint8_t>;
  pool.in = x;
  pool.out = y;
  cut_to_type(dtype_of<T>, o.integer_clamp, pool.lo, pool.hi);
  return pool;
}

/// Runs a filled-in pooling over all output rows of `batch` images.
inline void run_pool(const kernels::PoolKernels& table, const kernels::PoolF32& pool, bool average,
                     const Parallel& parallel, kernels::Index batch) {
  split(batch * pool.window.out_h, 1, 0, parallel, [&](kernels::Range rows, kernels::Range, std::size_t) {
    (average ? table.average_f32 : table.max_f32)(pool, rows);
  });
}
inline void run_pool(const kernels::PoolKernels& table, const kernels::PoolI8& pool, bool average,
                     const Parallel& parallel, kernels::Index batch) {
  split(batch * pool.window.out_h, 1, 0, parallel, [&](kernels::Range rows, kernels::Range, std::size_t) {
    (average ? table.average_i8 : table.max_i8)(pool, rows);
  });
}

/// Every window must hold a position of the image: the mean and the maximum of none are not defined.
inline Expected<void> check_pool_windows(const kernels::Window& w) {
  const auto outside = [](kernels::Index pad, kernels::Index kernel, kernels::Index step, kernels::Index out,
                          kernels::Index in) { return out > 0 && (pad >= kernel || (out - 1) * step - pad >= in); };
  if (outside(w.pad_top, w.kernel_h, w.step_y, w.out_h, w.in_h) ||
      outside(w.pad_left, w.kernel_w, w.step_x, w.out_w, w.in_w)) {
    return invalid("pooling: a window of " + std::to_string(w.kernel_h) + " x " + std::to_string(w.kernel_w) +
                   " lies outside the image of " + std::to_string(w.in_h) + " x " + std::to_string(w.in_w));
  }
  if (w.kernel_h * w.kernel_w > 65536) {
    return invalid("pooling: a window of " + std::to_string(w.kernel_h) + " x " + std::to_string(w.kernel_w) +
                   "; expected at most 65,536 positions");
  }
  return {};
}

template <class T, class... Option>
Expected<void> pool2d(bool average, ImageView<const T> x, ImageView<T> y, std::ptrdiff_t kernel_h,
                      std::ptrdiff_t kernel_w, const Conv2dParams& params, const Option&... option) {
  EitherOptions options;
  (options.set(option), ...);
  if (auto ok = check_image(x, "x"); !ok) return ok;
  if (auto ok = check_image(y, "y"); !ok) return ok;
  if (auto ok = check_window(params, kernel_h, kernel_w); !ok) return ok;
  if (x.n != y.n || x.c != y.c || params.dilation_h != 1 || params.dilation_w != 1) {
    return invalid("pooling: x has " + std::to_string(x.n) + " images of " + std::to_string(x.c) + " channels, y " +
                   std::to_string(y.n) + " of " + std::to_string(y.c) + "; expected the same, and no dilation");
  }
  if (auto ok = check_pixels_follow(y, "pooling: y"); !ok) return ok;
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  auto args = pool_args(x.data, y.data, options);
  args.window = make_window(x, y, kernel_h, kernel_w, params);
  args.ldc = y.stride_w;
  if (auto ok = check_pool_windows(args.window); !ok) return ok;
  run_pool(*cpu::kernels<kernels::PoolKernels>(*tier), args, average, options.parallel, y.n);
  return {};
}
}  // namespace detail

/// y[n,i,j,c] = clamp(mean of x[n, i*sh + u - top, j*sw + v - left, c] over the u < kernel_h, v < kernel_w that lie
/// inside the image): padding counts in neither the sum nor the number. T: float, std::int8_t or std::uint8_t; the mean
/// of 8-bit values is rounded half away from zero, as TensorFlow Lite rounds it, and x and y share their scale and zero
/// point. x: N x H x W x C, any strides; y: N x OH x OW x C, pixels may be strided. Every window must reach into the
/// image; windows of 8-bit values hold at most 65,536 positions. Options in any order: Clamp (float), IntegerClamp
/// (8-bit), Parallel. Reads y.n * y.h * y.w * kernel_h * kernel_w * c elements. Errors: invalid_argument when shapes
/// disagree.
template <class T, class... Option, class = std::enable_if_t<detail::is_pool_type<std::remove_const_t<T>>>>
Expected<void> average_pool2d(ImageView<T> x, ImageView<std::remove_const_t<T>> y, std::ptrdiff_t kernel_h,
                              std::ptrdiff_t kernel_w, const Conv2dParams& params, const Option&... option) {
  return detail::pool2d<std::remove_const_t<T>>(true, x, y, kernel_h, kernel_w, params, option...);
}

/// y[n,i,j,c] = clamp(max of x over the same windows). The rest as average_pool2d.
template <class T, class... Option, class = std::enable_if_t<detail::is_pool_type<std::remove_const_t<T>>>>
Expected<void> max_pool2d(ImageView<T> x, ImageView<std::remove_const_t<T>> y, std::ptrdiff_t kernel_h,
                          std::ptrdiff_t kernel_w, const Conv2dParams& params, const Option&... option) {
  return detail::pool2d<std::remove_const_t<T>>(false, x, y, kernel_h, kernel_w, params, option...);
}

}  // namespace hone
