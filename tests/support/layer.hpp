// Windows of any shape and guarded images for them: what the tests of depthwise convolution and pools share.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "guarded.hpp"
#include "random.hpp"
#include "../../kernels/args.hpp"

namespace hone::test {

struct Kernel {
  std::ptrdiff_t h, w, step, dilation;
  bool same;  // padded as TensorFlow's SAME; else not at all
};

/// A window over images of h x w pixels of `channels`, with `gap` unused elements after each pixel and each row.
inline kernels::Window make_window(std::ptrdiff_t h, std::ptrdiff_t w, std::ptrdiff_t channels, const Kernel& k,
                                   std::ptrdiff_t gap) {
  kernels::Window v;
  v.in_h = h, v.in_w = w, v.channels = channels;
  v.stride_x = channels + gap, v.stride_y = w * v.stride_x + gap, v.stride_n = h * v.stride_y;
  v.kernel_h = k.h, v.kernel_w = k.w;
  v.step_y = v.step_x = k.step;
  v.dilation_y = v.dilation_x = k.dilation;
  const auto outputs = [&](std::ptrdiff_t in, std::ptrdiff_t taps, std::ptrdiff_t& pad) {
    const std::ptrdiff_t reach = (taps - 1) * k.dilation + 1;
    if (!k.same) return in >= reach ? (in - reach) / k.step + 1 : std::ptrdiff_t{0};
    const std::ptrdiff_t n = (in + k.step - 1) / k.step, missing = (n - 1) * k.step + reach - in;
    pad = missing > 0 ? missing / 2 : 0;
    return n;
  };
  v.out_h = outputs(h, k.h, v.pad_top);
  v.out_w = outputs(w, k.w, v.pad_left);
  return v;
}

/// Elements of a batch of such images, the last one ending with its last channel.
inline std::ptrdiff_t image_elements(const kernels::Window& w, std::ptrdiff_t batch) {
  return (batch - 1) * w.stride_n + (w.in_h - 1) * w.stride_y + (w.in_w - 1) * w.stride_x + w.channels;
}

/// Any value of an 8-bit type, or a float in [-1, 1).
template <class T> T any_value(Random& random) {
  if constexpr (std::is_floating_point_v<T>)
    return random.real();
  else
    return static_cast<T>(random.integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

inline std::string describe_layer(const kernels::Window& w) {
  return std::to_string(w.in_h) + "x" + std::to_string(w.in_w) + "x" + std::to_string(w.channels) + ", kernel " +
         std::to_string(w.kernel_h) + "x" + std::to_string(w.kernel_w) + ", step " + std::to_string(w.step_y) +
         ", dilation " + std::to_string(w.dilation_y) + ", padding " + std::to_string(w.pad_top) + "," +
         std::to_string(w.pad_left);
}

}  // namespace hone::test
