// 2-D convolution as a matrix product: a 1 x 1 filter multiplies the image as it lies, a larger one gathers the windows of
// a few output pixels at a time, so no padded or unfolded copy of the image is made.
//
//   const auto filter = hone::pack_filter({weights, out_channels, 3, 3, in_channels});
//   hone::conv2d(x, *filter, y, {.stride_h = 2, .stride_w = 2, .pad_top = 1, .pad_left = 1}, hone::Bias{b});
#pragma once
#include "gemm.hpp"

namespace hone {

/// Strides, dilation and padding of a convolution or pooling window, in pixels. Only the padding before the image is
/// given: how far the window runs past its end follows from the output's size.
struct Conv2dParams {
  std::ptrdiff_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1, pad_top = 0, pad_left = 0;
};

/// A filter bank O x H x W x I, packed for a tier.
template <class T> struct PackedFilter {
  PackedMatrix<T> matrix;  ///< (h * w * i) x o
  std::ptrdiff_t h = 0, w = 0, channels = 0;
};

namespace detail {
template <class T> Expected<void> check_image(const ImageView<T>& v, const char* what) {
  constexpr std::ptrdiff_t most = std::numeric_limits<std::ptrdiff_t>::max() / 64;
  std::ptrdiff_t last = 0, part = 0;
  const bool sizes = v.n >= 0 && v.h >= 0 && v.w >= 0 && v.c >= 0;
  const bool strides = sizes && v.stride_w >= v.c && !__builtin_mul_overflow(v.w, v.stride_w, &last) &&
                       v.stride_h >= (v.h > 1 ? last : 0) && !__builtin_mul_overflow(v.h, v.stride_h, &part) &&
                       v.stride_n >= (v.n > 1 ? part : 0) && !__builtin_mul_overflow(v.n, v.stride_n, &last) &&
                       last < most && part < most;
  if (!strides) {
    return invalid(std::string(what) + ": " + std::to_string(v.n) + " x " + std::to_string(v.h) + " x " +
                   std::to_string(v.w) + " x " + std::to_string(v.c) + " with strides " + std::to_string(v.stride_n) +
                   ", " + std::to_string(v.stride_h) + ", " + std::to_string(v.stride_w) +
                   "; expected sizes >= 0 and strides that do not overlap");
  }
  if (v.data == nullptr && v.n > 0 && v.h > 0 && v.w > 0 && v.c > 0) return invalid(std::string(what) + ": null data");
  return {};
}

inline Expected<void> check_window(const Conv2dParams& p, std::ptrdiff_t kernel_h, std::ptrdiff_t kernel_w) {
  constexpr std::ptrdiff_t most = std::ptrdiff_t{1}
                                  << 24;  // keeps every position computed from these far from overflow
  const auto bad = [](std::ptrdiff_t value, std::ptrdiff_t least) { return value < least || value > most; };
  if (bad(p.stride_h, 1) || bad(p.stride_w, 1) || bad(p.dilation_h, 1) || bad(p.dilation_w, 1) || bad(p.pad_top, 0) ||
      bad(p.pad_left, 0) || bad(kernel_h, 1) || bad(kernel_w, 1)) {
    return invalid("window " + std::to_string(kernel_h) + " x " + std::to_string(kernel_w) + ", strides " +
                   std::to_string(p.stride_h) + ", " + std::to_string(p.stride_w) + ", dilations " +
                   std::to_string(p.dilation_h) + ", " + std::to_string(p.dilation_w) + ", padding " +
                   std::to_string(p.pad_top) + ", " + std::to_string(p.pad_left) +
                   "; expected sizes, strides and dilations of 1 to 2^24, padding of 0 to 2^24");
  }
  return {};
}

template <class X, class Y>
kernels::Window make_window(const ImageView<X>& x, const ImageView<Y>& y, std::ptrdiff_t kernel_h,
                            std::ptrdiff_t kernel_w, const Conv2dParams& p) {
  kernels::Window w;
  w.in_h = x.h;
  w.in_w = x.w;
  w.channels = x.c;
  w.stride_n = x.stride_n;
  w.stride_y = x.stride_h;
  w.stride_x = x.stride_w;
  w.out_h = y.h;
  w.out_w = y.w;
  w.kernel_h = kernel_h;
  w.kernel_w = kernel_w;
  w.step_y = p.stride_h;
  w.step_x = p.stride_w;
  w.dilation_y = p.dilation_h;
  w.dilation_x = p.dilation_w;
  w.pad_top = p.pad_top;
  w.pad_left = p.pad_left;
  return w;
}

/// Whether row p of A is simply pixel p of the image: a 1 x 1 filter over pixels that lie at one stride.
inline bool is_pointwise(const kernels::Window& w) {
  return w.kernel_h == 1 && w.kernel_w == 1 && w.step_y == 1 && w.step_x == 1 && w.pad_top == 0 && w.pad_left == 0 &&
         w.out_h == w.in_h && w.out_w == w.in_w && w.stride_y == w.in_w * w.stride_x &&
         w.stride_n == w.in_h * w.stride_y;
}

template <class Y> Expected<void> check_pixels_follow(const ImageView<Y>& y, const char* what) {
  if (y.stride_h == y.w * y.stride_w && y.stride_n == y.h * y.stride_h) return {};
  return invalid(std::string(what) + ": rows and images must follow each other without gaps (pixels may be strided)");
}

template <class X, class W, class Y>
Expected<void> check_conv(const ImageView<X>& x, const PackedFilter<W>& f, const ImageView<Y>& y,
                          const Conv2dParams& p) {
  if (auto ok = check_image(x, "x"); !ok) return ok;
  if (auto ok = check_image(y, "y"); !ok) return ok;
  if (auto ok = check_window(p, f.h, f.w); !ok) return ok;
  if (x.n != y.n || x.c != f.channels || y.c != f.matrix.cols()) {
    return invalid("conv2d: x has " + std::to_string(x.n) + " images of " + std::to_string(x.c) + " channels, y " +
                   std::to_string(y.n) + " of " + std::to_string(y.c) + ", the filter takes " +
                   std::to_string(f.channels) + " to " + std::to_string(f.matrix.cols()));
  }
  return check_pixels_follow(y, "conv2d: y");
}

/// Fills in where A and C lie.
template <class Gemm, class X, class Y>
void place_conv(Gemm& g, const ImageView<X>& x, const ImageView<Y>& y, const kernels::Window& window) {
  g.m = y.n * y.h * y.w;
  g.a = x.data;
  if (is_pointwise(window))
    g.lda = x.stride_w;
  else
    g.window = &window;
  g.c = y.data;
  g.ldc = y.stride_w;
}
}  // namespace detail

/// Packs a filter bank given as O x H x W x I (an ImageView whose n is the number of outputs; dense).
/// Errors: as pack.
inline Expected<PackedFilter<float>> pack_filter(ImageView<const float> f) {
  if (auto ok = detail::check_image(f, "filter"); !ok) return tl::unexpected<Error>(ok.error());
  auto packed = PackedMatrix<float>::make(f.h * f.w * f.c, f.n, f.data, 1, f.stride_n);
  if (!packed) return tl::unexpected<Error>(packed.error());
  return PackedFilter<float>{std::move(*packed), f.h, f.w, f.c};
}
inline Expected<PackedFilter<std::int8_t>> pack_filter(ImageView<const std::int8_t> f, std::int32_t zero_point = 0) {
  if (auto ok = detail::check_image(f, "filter"); !ok) return tl::unexpected<Error>(ok.error());
  auto packed = PackedMatrix<std::int8_t>::make(f.h * f.w * f.c, f.n, f.data, 1, f.stride_n, zero_point);
  if (!packed) return tl::unexpected<Error>(packed.error());
  return PackedFilter<std::int8_t>{std::move(*packed), f.h, f.w, f.c};
}

/// y[n,i,j,o] = clamp(sum over (u, v, c) of x[n, i*sh + u*dh - top, j*sw + v*dw - left, c] * f[o,u,v,c] + bias[o]),
/// float32; x reads 0 outside the image. x: N x H x W x I, any strides; y: N x OH x OW x O, pixels may be strided.
/// Options: Bias, Clamp, Parallel, Scratch. Errors: invalid_argument when shapes disagree; out_of_memory.
template <class... Option>
Expected<void> conv2d(ImageView<const float> x, const PackedFilter<float>& filter, ImageView<float> y,
                      const Conv2dParams& params, const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_conv(x, filter, y, params); !ok) return ok;
  if (auto ok = detail::check_bias(options.bias, y.c); !ok) return ok;
  const kernels::Window window = detail::make_window(x, y, filter.h, filter.w, params);
  kernels::GemmF32 g = detail::gemm_args(filter.matrix, options);
  detail::place_conv(g, x, y, window);
  const auto* table = cpu::kernels<kernels::GemmF32Kernels>(filter.matrix.tier());
  auto scratch = detail::ScratchHolder::make(
      options.scratch, detail::gemm_scratch_bytes(*table, g.k, g.window != nullptr, options.parallel.threads()));
  if (!scratch) return tl::unexpected<Error>(scratch.error());
  detail::run_gemm(*table, g, options.parallel, scratch->data());
  return {};
}

/// The same on 8-bit values, exact: x reads its zero point outside the image; y is requantised (make_requantizer with
/// filter.matrix). x and y: int8_t or uint8_t as the Requantizer says.
template <class X, class Y, class... Option>
Expected<void> conv2d(ImageView<X> x, const PackedFilter<std::int8_t>& filter, ImageView<Y> y,
                      const Conv2dParams& params, const Requantizer& q, const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_conv(x, filter, y, params); !ok) return ok;
  if (auto ok = detail::check_requantizer<X, Y>(q, y.c, "conv2d"); !ok) return ok;
  const kernels::Window window = detail::make_window(x, y, filter.h, filter.w, params);
  kernels::GemmI8 g = detail::gemm_args(filter.matrix, q);
  detail::place_conv(g, x, y, window);
  const auto* table = cpu::kernels<kernels::GemmI8Kernels>(filter.matrix.tier());
  auto scratch = detail::ScratchHolder::make(
      options.scratch, detail::gemm_scratch_bytes(*table, g.k, g.window != nullptr, options.parallel.threads()));
  if (!scratch) return tl::unexpected<Error>(scratch.error());
  detail::run_gemm(*table, g, options.parallel, scratch->data());
  return {};
}

}  // namespace hone
