// Convolution geometries worth testing.
#pragma once
#include <cstddef>
#include <string>

#include "../../kernels/args.hpp"

namespace hone::test {

/// A window over a (batch, in_h, in_w, channels) image whose pixels lie `stride_x` >= channels elements apart; the
/// output's size is what fits with `pad` values of padding on every side.
inline kernels::Window make_window(std::ptrdiff_t in_h, std::ptrdiff_t in_w, std::ptrdiff_t channels,
                                   std::ptrdiff_t stride_x, std::ptrdiff_t kernel, std::ptrdiff_t step,
                                   std::ptrdiff_t dilation, std::ptrdiff_t pad) {
  kernels::Window w;
  w.in_h = in_h, w.in_w = in_w, w.channels = channels;
  w.stride_x = stride_x, w.stride_y = in_w * stride_x, w.stride_n = in_h * w.stride_y;
  w.kernel_h = w.kernel_w = kernel;
  w.step_y = w.step_x = step;
  w.dilation_y = w.dilation_x = dilation;
  w.pad_top = w.pad_left = pad;
  w.out_h = (in_h + 2 * pad - (kernel - 1) * dilation - 1) / step + 1;
  w.out_w = (in_w + 2 * pad - (kernel - 1) * dilation - 1) / step + 1;
  return w;
}

inline std::string describe(const kernels::Window& w) {
  return std::to_string(w.in_h) + "x" + std::to_string(w.in_w) + "x" + std::to_string(w.channels) + " kernel " +
         std::to_string(w.kernel_h) + " step " + std::to_string(w.step_y) + " dilation " +
         std::to_string(w.dilation_y) + " padding " + std::to_string(w.pad_top) + " pixel stride " +
         std::to_string(w.stride_x);
}

}  // namespace hone::test
