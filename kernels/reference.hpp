// What every kernel must compute, in plain loops: the definition that tests compare with, not meant to be fast.
// gemm, gemm_i8 and requantize are in reference_gemm.hpp; a sparse product equals ref::gemm on the dense matrix.
// Images are NHWC through a Window, results dense: pixel p = (b * out_h + y) * out_w + x, then channels.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "args.hpp"
#include "fixed_point.hpp"
#include "reference_gemm.hpp"

namespace hone::ref {

using kernels::Index;
using kernels::Window;

/// The input pixel that tap (ky, kx) of output pixel p reads, or null where it lies in the padding.
template <class T> const T* tap(const Window& w, const T* in, Index p, Index ky, Index kx) {
  const Index y = p / w.out_w % w.out_h * w.step_y - w.pad_top + ky * w.dilation_y;
  const Index x = p % w.out_w * w.step_x - w.pad_left + kx * w.dilation_x;
  if (y < 0 || y >= w.in_h || x < 0 || x >= w.in_w) return nullptr;
  return in + p / (w.out_w * w.out_h) * w.stride_n + y * w.stride_y + x * w.stride_x;
}

/// out[p, o] = bias[o] + sum over taps and c of (in[tap, c] - zero) * w[o, ky, kx, c]; padding adds nothing.
template <class T, class W, class Acc>
void conv2d(const Window& w, Index batch, Index outputs, const T* in, Acc zero, const W* weights, const Acc* bias,
            Acc* out) {
  for (Index p = 0; p < batch * w.out_h * w.out_w; ++p) {
    for (Index o = 0; o < outputs; ++o) {
      Acc acc = bias != nullptr ? bias[o] : Acc{};
      for (Index t = 0; t < w.kernel_h * w.kernel_w; ++t) {
        const T* pixel = tap(w, in, p, t / w.kernel_w, t % w.kernel_w);
        for (Index c = 0; c < w.channels && pixel != nullptr; ++c) {
          acc += (Acc{pixel[c]} - zero) * Acc{weights[(o * w.kernel_h * w.kernel_w + t) * w.channels + c]};
        }
      }
      out[p * outputs + o] = acc;
    }
  }
}

/// out[p, c * m + j] = bias[c * m + j] + sum over taps of (in[tap, c] - zero) * w[ky, kx, c * m + j], m = multiplier.
template <class T, class W, class Acc>
void depthwise(const Window& w, Index batch, Index multiplier, const T* in, Acc zero, const W* weights, const Acc* bias,
               Acc* out) {
  const Index channels = w.channels * multiplier;
  for (Index p = 0; p < batch * w.out_h * w.out_w; ++p) {
    for (Index c = 0; c < channels; ++c) {
      Acc acc = bias != nullptr ? bias[c] : Acc{};
      for (Index t = 0; t < w.kernel_h * w.kernel_w; ++t) {
        const T* pixel = tap(w, in, p, t / w.kernel_w, t % w.kernel_w);
        if (pixel != nullptr) acc += (Acc{pixel[c / multiplier]} - zero) * Acc{weights[t * channels + c]};
      }
      out[p * channels + c] = acc;
    }
  }
}

/// a / n rounded half away from zero; n > 0.
inline std::int32_t divide(std::int32_t a, std::int32_t n) { return (a > 0 ? a + n / 2 : a - n / 2) / n; }
inline float divide(float a, std::int32_t n) { return a / static_cast<float>(n); }

/// out[p, c] = clamp(mean of the window's values inside the image); integers round half away from zero. Acc: float or int32.
template <class T, class Acc> void average_pool(const Window& w, Index batch, const T* in, Acc lo, Acc hi, T* out) {
  for (Index p = 0; p < batch * w.out_h * w.out_w; ++p) {
    for (Index c = 0; c < w.channels; ++c) {
      Acc sum = 0;
      std::int32_t count = 0;
      for (Index t = 0; t < w.kernel_h * w.kernel_w; ++t) {
        const T* pixel = tap(w, in, p, t / w.kernel_w, t % w.kernel_w);
        if (pixel == nullptr) continue;
        sum += pixel[c];
        ++count;
      }
      if (count == 0) continue;  // not a window: each has a position inside the image
      const Acc mean = divide(sum, count);
      out[p * w.channels + c] = static_cast<T>(mean < lo ? lo : mean > hi ? hi : mean);
    }
  }
}

template <class T> constexpr bool is_nan(T value) {
  if constexpr (std::is_floating_point_v<T>) return std::isnan(value);
  return false;
}

/// out[p, c] = clamp(maximum of the window's values inside the image); NaN if one of them is.
template <class T, class Acc> void max_pool(const Window& w, Index batch, const T* in, Acc lo, Acc hi, T* out) {
  for (Index p = 0; p < batch * w.out_h * w.out_w; ++p) {
    for (Index c = 0; c < w.channels; ++c) {
      T most =
          std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
      for (Index t = 0; t < w.kernel_h * w.kernel_w; ++t) {
        const T* pixel = tap(w, in, p, t / w.kernel_w, t % w.kernel_w);
        if (pixel != nullptr && (pixel[c] > most || is_nan(pixel[c]))) most = pixel[c];
        if (is_nan(most)) break;
      }
      out[p * w.channels + c] = static_cast<T>(Acc{most} < lo ? lo : Acc{most} > hi ? hi : Acc{most});
    }
  }
}

/// The quantised sum of AddI8, entry by entry.
inline std::int32_t add(const kernels::AddI8& g, std::int32_t a, std::int32_t b) {
  const auto scaled = [](std::int32_t x, const kernels::AddI8::Scale& s) {
    return kernels::rounding_divide(kernels::rounding_doubling_high_mul(x, s.multiplier), s.right);
  };
  const std::int32_t sum =
      scaled((a - g.a_scale.zero) << g.left_shift, g.a_scale) + scaled((b - g.b_scale.zero) << g.left_shift, g.b_scale);
  return std::clamp(scaled(sum, g.out_scale) + g.out_scale.zero, g.lo, g.hi);
}

/// clamp(round(x / scale) + zero): half away from zero, or nearest even with Rounding::ort.
inline std::int32_t quantize(const kernels::Quantize& g, float x) {
  const float q = x / g.scale;
  const float rounded = g.rounding == kernels::Rounding::ort ? std::nearbyint(q) : std::round(q);
  const float lo = static_cast<float>(g.lo - g.zero), hi = static_cast<float>(g.hi - g.zero);
  return static_cast<std::int32_t>(rounded < lo ? lo : rounded > hi ? hi : rounded) + g.zero;
}
/// (x - zero) * scale.
inline float dequantize(const kernels::Dequantize& g, std::int32_t x) {
  return static_cast<float>(x - g.zero) * g.scale;
}
/// clamp(round((x - in_zero) * 2^(left - 31) * multiplier / 2^right) + out_zero).
inline std::int32_t rescale(const kernels::Rescale& g, std::int32_t x) {
  const std::int32_t high = kernels::rounding_doubling_high_mul((x - g.in_zero) << g.left, g.multiplier);
  return std::clamp(kernels::rounding_divide(high, g.right) + g.out_zero, g.lo, g.hi);
}

/// out[i] = exp(beta * (in[i] - max)) / sum, in double. The 8-bit softmax is its own definition: softmax_i8.hpp.
inline void softmax(Index n, const float* in, float beta, float* out) {
  float most = in[0];
  for (Index i = 1; i < n; ++i) most = std::max(most, in[i]);
  double sum = 0;
  for (Index i = 0; i < n; ++i) sum += std::exp(double{beta} * (double{in[i]} - most));
  for (Index i = 0; i < n; ++i) out[i] = static_cast<float>(std::exp(double{beta} * (double{in[i]} - most)) / sum);
}

}  // namespace hone::ref
