// What the matrix products and the requantisation must compute, in plain loops: the definition that tests compare with,
// not meant to be fast. docs/numerics.md says where the three modes of requantisation come from.
#pragma once
#include <cmath>
#include <cstdint>

#include "args.hpp"

namespace hone::ref {

using kernels::Index;

/// C[m,n] = clamp(sum_k A[m,k] * B[k,n] + bias[n], lo, hi), summed in float32 in the order of k. A, B and C are
/// row-major with row strides lda, ldb, ldc in elements; bias holds n floats or is null. NaN stays NaN.
/// A kernel that sums in another order differs by at most 2 * (k + 1) * eps * (sum_k |A[m,k] * B[k,n]| + |bias[n]|),
/// eps = 2^-24, before the clamp: each of the two sums is within half of that of the exact one.
inline void gemm(Index m, Index n, Index k, const float* a, Index lda, const float* b, Index ldb, const float* bias,
                 float lo, float hi, float* c, Index ldc) {
  for (Index i = 0; i < m; ++i) {
    for (Index j = 0; j < n; ++j) {
      float sum = 0;
      for (Index kk = 0; kk < k; ++kk) sum += a[i * lda + kk] * b[kk * ldb + j];
      if (bias != nullptr) sum += bias[j];
      c[i * ldc + j] = sum < lo ? lo : sum > hi ? hi : sum;
    }
  }
}

/// acc[m,n] = sum_k (A[m,k] - a_zero) * (B[k,n] - b_zero) + bias[n], exact; every sum must fit int32. A: int8 or uint8.
/// Row-major with row strides lda, ldb, ldc in elements; bias holds n entries or is null.
template <class A>
void gemm_i8(Index m, Index n, Index k, const A* a, Index lda, std::int32_t a_zero, const std::int8_t* b, Index ldb,
             std::int32_t b_zero, const std::int32_t* bias, std::int32_t* acc, Index ldc) {
  for (Index i = 0; i < m; ++i) {
    for (Index j = 0; j < n; ++j) {
      std::int64_t sum = bias != nullptr ? bias[j] : 0;
      for (Index kk = 0; kk < k; ++kk) sum += std::int64_t{a[i * lda + kk] - a_zero} * (b[kk * ldb + j] - b_zero);
      acc[i * ldc + j] = static_cast<std::int32_t>(sum);
    }
  }
}

/// T2, TensorFlow Lite's reference kernels: h = floor(acc * 2^left * multiplier / 2^31 + 1/2), then h / 2^right rounded
/// to the nearest integer, half away from zero. left or right is 0; |acc| * 2^left < 2^31.
inline std::int64_t round_tflite(std::int32_t acc, std::int32_t multiplier, int left, int right) {
  const std::int64_t scaled = std::int64_t{acc} * (std::int64_t{1} << left);
  const std::int64_t h = (scaled * multiplier + (std::int64_t{1} << 30)) >> 31;
  const std::int64_t half = (std::int64_t{1} << right) / 2;
  return h < 0 ? -((-h + half) >> right) : (h + half) >> right;
}

/// T1, TFLITE_SINGLE_ROUNDING: floor(acc * multiplier * 2^(left - right) / 2^31 + 1/2).
inline std::int64_t round_single(std::int32_t acc, std::int32_t multiplier, int left, int right) {
  const int shift = 31 - left + right;
  return (std::int64_t{acc} * multiplier + (std::int64_t{1} << (shift - 1))) >> shift;
}

/// O, ONNX Runtime and XNNPACK: acc to float32 (nearest even), times scale (one rounding), clamped to [lo, hi], to the
/// nearest integer (ties to even). Under the default floating-point environment.
inline std::int64_t round_ort(std::int32_t acc, float scale, float lo, float hi) {
  const float product = static_cast<float>(acc) * scale;
  return static_cast<std::int64_t>(std::nearbyint(product < lo ? lo : product > hi ? hi : product));
}

/// clamp(round(acc * scale of the channel) + zero, lo, hi) as q.rounding says.
inline std::int32_t requantize(const kernels::Requantize& q, Index channel, std::int32_t acc) {
  std::int64_t y = 0;
  if (q.rounding == kernels::Rounding::ort) {
    y = round_ort(acc, q.scale[channel], static_cast<float>(q.lo - q.zero), static_cast<float>(q.hi - q.zero));
  } else {
    const auto round = q.rounding == kernels::Rounding::tflite ? &round_tflite : &round_single;
    y = round(acc, q.multiplier[channel], q.left[channel], q.right[channel]);
  }
  y += q.zero;
  return static_cast<std::int32_t>(y < q.lo ? q.lo : y > q.hi ? q.hi : y);
}

}  // namespace hone::ref
