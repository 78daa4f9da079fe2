// What the kernels that work on rows and columns of float32, or move elements, take.
#pragma once
#include "args.hpp"

namespace hone::kernels {

/// What a reduction makes of k values: their sum, mean (the sum over k), largest or smallest (NaN where one is), or the sum of
/// their squares. Of none: 0, NaN, -infinity, infinity, 0.
enum class Reduce : std::uint8_t { sum, mean, max, min, sum_of_squares };
inline constexpr int reduce_count = 5;

/// out[o, i] = reduce over kk < k of in[o, kk, i], i < inner. The value lies at in + o * stride_outer + kk * stride_k + i, the
/// result at out + o * ldc + i. Over the last axis: inner = 1, stride_k = 1. The output must not overlap the input.
struct ReduceF32 {
  Index k = 0, inner = 1;
  const float* in = nullptr;
  Index stride_outer = 0, stride_k = 1;
  float* out = nullptr;
  Index ldc = 1;
};

/// layer: (x - mean) / sqrt(variance + epsilon); rms: x / sqrt(mean of x^2 + epsilon); l2: x / max(sqrt(sum of x^2), epsilon).
enum class Normalize : std::uint8_t { layer, rms, l2 };
inline constexpr int normalize_count = 3;

/// out[r, i] = normalised in[r, i] * gamma[i] + beta[i], over rows of n. gamma, beta: n floats, or null for 1 and 0.
/// Row r at in + r * lda and out + r * ldc; out may be in.
struct NormalizeF32 {
  Index n = 0;
  const float* in = nullptr;
  Index lda = 0;
  float* out = nullptr;
  Index ldc = 0;
  const float *gamma = nullptr, *beta = nullptr;
  float epsilon = 0;
};

/// out[c * stride_out + r] = in[r * stride_in + c] for r < rows, c < cols: strides in elements, of 1, 2 or 4 bytes as the
/// kernel says. The output must not overlap the input.
struct Transpose {
  Index cols = 0;
  const void* in = nullptr;
  Index stride_in = 0;
  void* out = nullptr;
  Index stride_out = 0;
};

}  // namespace hone::kernels
