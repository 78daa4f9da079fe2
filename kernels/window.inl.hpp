// window: rows of A gathered from an NHWC image, for a convolution as a matrix product; included once per tier.
// Row p is the window of output pixel p: kernel_h runs of kernel_w * channels values, contiguous in the image when the
// horizontal dilation is 1 and the window lies inside it. A block of rows is gathered into scratch just before it is
// used, so the image is never copied as a whole: (rows, kernel_h * kernel_w * channels) stays in L1 or L2.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

/// Output pixels one after the other: dividing a pixel's number into its place costs more than a small window.
struct WindowCursor {
  const kernels::Window& w;
  kernels::Index x, y, batch;
  HONE_INLINE WindowCursor(const kernels::Window& window, kernels::Index p)
      : w(window), x(p % w.out_w), y(p / w.out_w % w.out_h), batch(p / (w.out_w * w.out_h)) {}
  HONE_INLINE void next() {
    if (++x < w.out_w) return;
    x = 0;
    if (++y < w.out_h) return;
    y = 0;
    ++batch;
  }
};

/// Calls copy(source or null, count) for each run of the pixel's row in order; null is `count` values of padding. Where a
/// window lies inside the image and its runs are short, calls copy.loose(source, count) instead, which may read and write
/// Copy::reach >= count values: what it writes too much, the next run or row replaces.
template <class T, class Copy> HONE_INLINE void for_each_run(const WindowCursor& pixel, const T* image, Copy& copy) {
  const kernels::Window& w = pixel.w;
  const kernels::Index x0 = pixel.x * w.step_x - w.pad_left, y0 = pixel.y * w.step_y - w.pad_top;
  const T* batch = image + pixel.batch * w.stride_n;
  const bool dense = w.dilation_x == 1 && w.stride_x == w.channels;
  const kernels::Index run = w.kernel_w * w.channels, last = y0 + (w.kernel_h - 1) * w.dilation_y;
  if (dense && run <= Copy::reach && x0 >= 0 && x0 + w.kernel_w <= w.in_w && y0 >= 0 && last < w.in_h &&
      // from the last run's start to the image's end
      (w.in_h - 1 - last) * w.stride_y + (w.in_w - x0) * w.channels >= Copy::reach) {
    const T* from = batch + y0 * w.stride_y + x0 * w.channels;
    for (kernels::Index ky = 0; ky < w.kernel_h; ++ky, from += w.dilation_y * w.stride_y) copy.loose(from, run);
    return;
  }
  for (kernels::Index ky = 0; ky < w.kernel_h; ++ky) {
    const kernels::Index y = y0 + ky * w.dilation_y;
    if (y < 0 || y >= w.in_h) {
      copy(static_cast<const T*>(nullptr), run);
    } else if (dense) {
      const kernels::Index left = x0 < 0 ? (-x0 < w.kernel_w ? -x0 : w.kernel_w) : 0;
      const kernels::Index beyond = x0 + w.kernel_w - w.in_w;
      const kernels::Index right = beyond > 0 ? (beyond < w.kernel_w - left ? beyond : w.kernel_w - left) : 0;
      const kernels::Index inside = w.kernel_w - left - right;
      if (left > 0) copy(static_cast<const T*>(nullptr), left * w.channels);
      if (inside > 0) copy(batch + y * w.stride_y + (x0 + left) * w.stride_x, inside * w.channels);
      if (right > 0) copy(static_cast<const T*>(nullptr), right * w.channels);
    } else {
      for (kernels::Index kx = 0; kx < w.kernel_w; ++kx) {
        const kernels::Index x = x0 + kx * w.dilation_x;
        const bool inside = x >= 0 && x < w.in_w;
        copy(inside ? batch + y * w.stride_y + x * w.stride_x : static_cast<const T*>(nullptr), w.channels);
      }
    }
  }
}

}  // namespace
}  // namespace hone::HONE_TIER_NS
