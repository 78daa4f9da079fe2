// exp, tanh, sigmoid, erf, softmax and layer normalisation in f32 with the bits of ONNX Runtime on x86-64 with AVX-512:
// its polynomials, with fused multiply-adds, and its order of additions. A quantised network with float layers between
// (activations quantised at run time) amplifies the last bit of a softmax to whole steps a few layers on, so the right
// answer to the last bit is part of mode `ort` (docs/numerics.md). The same bits on every CPU.
//
// Accuracy: exp 1 ULP, erf and tanh 2 ULP, sigmoid 3 ULP.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>

namespace hone::graph::onnx {

/// a * b + c with one rounding. Through double where the CPU the build is for has no such instruction: the product is
/// exact there, and the sum differs from the fused one in less than one case in 10^8.
inline float fused(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  return static_cast<float>(static_cast<double>(a) * static_cast<double>(b) + static_cast<double>(c));
#endif
}
/// ((c0 * x + c1) * x + c2) ...
template <class... C> float polynomial(float x, float c0, C... rest) {
  ((c0 = fused(c0, x, rest)), ...);
  return c0;
}
inline float between(float x, float lo, float hi) { return x < lo ? lo : x > hi ? hi : x; }

/// exp(x) = 2^m * exp(x - m * ln 2); `poly` is exp on [-ln 2 / 2, ln 2 / 2].
template <class Polynomial> float exp_by_halves(float x, Polynomial poly) {
  constexpr float bias = 12582912;  // 1.5 * 2^23: adding it rounds to an integer
  const float m = fused(x, 1.44269504088896341F, bias) - bias;
  const float r = fused(m, -1.42860677e-6F, fused(m, -6.93145752e-1F, x));
  // 2^m in two factors: m may be one beyond the exponents of normal numbers.
  const auto whole = static_cast<std::int32_t>(m), half = whole / 2;
  const auto power = [](std::int32_t e) { return std::bit_cast<float>(static_cast<std::uint32_t>(e + 127) << 23); };
  return poly(r) * power(half) * power(whole - half);
}
inline float exp_f32(float x) {
  if (std::isnan(x)) return x;
  if (x > 88.7762626647950F) return INFINITY;
  return exp_by_halves(x < -103.9720840454F ? -103.9720840454F : x, [](float r) {
    return polynomial(r, 0x1.694000p-10F, 0x1.125edcp-7F, 0x1.555b5ap-5F, 0x1.555450p-3F, 0x1.fffff6p-2F, 1.0F, 1.0F);
  });
}
inline float tanh_f32(float x) {
  const float v = between(x, -9, 9), s = v * v;
  const float p =
      polynomial(s, -2.76076847742355e-16F, 2.00018790482477e-13F, -8.60467152213735e-11F, 5.12229709037114e-08F,
                 1.48572235717979e-05F, 6.37261928875436e-04F, 4.89352455891786e-03F);
  const float q =
      polynomial(s, 1.19825839466702e-06F, 1.18534705686654e-04F, 2.26843463243900e-03F, 4.89352518554385e-03F);
  return p * v / q;
}
inline float sigmoid_f32(float x) {
  const float v = between(x, -18, 18), s = v * v;
  const float p = polynomial(s, 4.37031012579801e-11F, 1.15627324459942e-07F, 6.08574864600143e-05F,
                             8.51377133304701e-03F, 2.48287947061529e-01F);
  const float q = polynomial(s, 6.10247389755681e-13F, 5.76102136993427e-09F, 6.29106785017040e-06F,
                             1.70198817374094e-03F, 1.16817656904453e-01F, 9.93151921023180e-01F);
  return between(p * v / q + 0.5F, 0, 1);
}
inline float erf_f32(float x) {
  if (std::isnan(x)) return x;
  const float a = std::fabs(x) < 3.925F ? std::fabs(x) : 3.925F;
  if (a <= 0.921875F) {
    const float r = polynomial(a * a, -5.99104969e-4F, 4.99339588e-3F, -2.67667342e-2F, 1.12818025e-1F, -3.76124859e-1F,
                               1.28379151e-1F);
    return std::copysign(fused(r, a, a), x);
  }
  const float r = polynomial(a, 1.72948930e-5F, -3.83208680e-4F, 3.88393435e-3F, -2.42545605e-2F, 1.06777847e-1F,
                             6.34846687e-1F, 1.28717512e-1F);
  const float rest = exp_by_halves(-fused(r, a, a), [](float e) {
    return polynomial(e, 1.38319808e-3F, 8.37550033e-3F, 4.16689515e-2F, 1.66664466e-1F, 4.99999851e-1F, 1.0F, 1.0F);
  });
  return std::copysign(1 - rest, x);
}

/// The sum of `lanes` partial sums, the upper half added to the lower first, then neighbours.
template <int lanes> float sum_of_lanes(float (&sums)[lanes]) {
  int count = lanes;
  if constexpr (lanes > 8) {
    for (int i = 0; i < 8; ++i) sums[i] += sums[i + 8];
    count = 8;
    for (; count > 1; count /= 2) {
      for (int i = 0; i < count / 2; ++i) sums[i] = sums[2 * i] + sums[2 * i + 1];
    }
  } else {
    for (; count > 1; count /= 2) {
      for (int i = 0; i < count / 2; ++i) sums[i] += sums[i + count / 2];
    }
  }
  return sums[0];
}
/// row[i] = exp(row[i] - max) / sum. NaN goes through.
inline void softmax_f32(float* row, std::int64_t count) {
  float top = row[0];
  for (std::int64_t i = 1; i < count; ++i) top = row[i] > top ? row[i] : top;
  float sums[16] = {};
  for (std::int64_t i = 0; i < count; ++i) {
    const float x = row[i] - top;
    sums[i % 16] += row[i] = exp_f32(x < -88.3762626647949F ? -88.3762626647949F : x);
  }
  const float scale = 1 / sum_of_lanes(sums);
  for (std::int64_t i = 0; i < count; ++i) row[i] *= scale;
}
/// row[i] = (row[i] - mean) / sqrt(variance + epsilon) * scale[i] + bias[i]; returns mean and the inverse deviation.
/// bias may be null.
inline std::pair<float, float> layer_norm_f32(float* row, std::int64_t count, const float* scale, const float* bias,
                                              float epsilon) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(row[i]);
  const auto n = static_cast<float>(count);
  const auto mean = static_cast<float>(sum / static_cast<double>(count));
  float squares[8] = {};
  for (std::int64_t i = 0; i < count; ++i) {
    row[i] -= mean;
    squares[i % 8] = fused(row[i], row[i], squares[i % 8]);
  }
  const float inverse = 1 / std::sqrt(sum_of_lanes(squares) / n + epsilon);
  for (std::int64_t i = 0; i < count; ++i) {
    const float v = row[i] * inverse;
    row[i] = bias != nullptr ? fused(v, scale[i], bias[i]) : v * scale[i];
  }
  return {mean, inverse};
}

}  // namespace hone::graph::onnx
