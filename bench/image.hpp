// Layers over images, for the groups that slide a window: square kernels, half of them padding on each side.
#pragma once
#include <string>

#include "../include/hone/conv.hpp"
#include "bench.hpp"

namespace hone::bench {

struct Layer {
  std::ptrdiff_t size, channels, kernel, stride, out_channels;
  std::ptrdiff_t out_size() const { return (size + stride - 1) / stride; }
  std::ptrdiff_t in_elements() const { return size * size * channels; }
  std::ptrdiff_t out_elements() const { return out_size() * out_size() * out_channels; }
  std::ptrdiff_t taps() const { return kernel * kernel; }
  Conv2dParams params() const {
    // TensorFlow's SAME padding: what the windows need beyond the image, the smaller half before it.
    const std::ptrdiff_t needed = (out_size() - 1) * stride + kernel - size, before = needed > 0 ? needed / 2 : 0;
    return {stride, stride, 1, 1, before, before};
  }
  std::string text() const {
    const std::string side = std::to_string(size);
    return "1x" + side + "x" + side + "x" + std::to_string(channels) + " k" + std::to_string(kernel) + " s" +
           std::to_string(stride) + " -> " + std::to_string(out_channels);
  }
  template <class T> ImageView<const T> in(const T* data) const { return {data, 1, size, size, channels}; }
  template <class T> ImageView<T> out(T* data) const { return {data, 1, out_size(), out_size(), out_channels}; }
};

/// Scales such as a network has; every output is rounded, none is trivially clamped.
struct Scales {
  std::vector<float> weights;
  RequantizeSpec spec;
  explicit Scales(std::ptrdiff_t channels) : weights(static_cast<std::size_t>(channels), 0.003F) {
    spec.input = {0.02F, 3, DType::i8};
    spec.output = {0.5F, -5, DType::i8};
    spec.weight_scales = weights;
  }
};

}  // namespace hone::bench
