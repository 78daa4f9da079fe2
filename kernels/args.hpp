// What the kernels take: plain pointers, sizes and strides, the same for every tier. The kernels allocate nothing, lock
// nothing and report no errors: whoever fills these structures (the operators under include/hone) has checked them.
// Strides and offsets are in elements, sizes that end in _bytes in bytes.
#pragma once
#include <cstddef>
#include <cstdint>

#include "half.hpp"

namespace hone::kernels {

using Index = std::ptrdiff_t;

/// Half-open range [begin, end) of rows, pixels or elements: the part of the result that one call computes.
struct Range {
  Index begin = 0, end = 0;
};

/// How the rows of A lie in an NHWC image when a matrix product computes a convolution: row p of A is the kernel_h *
/// kernel_w * channels window of output pixel p = (b * out_h + y) * out_w + x. Positions outside the image read as
/// the padding value (0 for floats, the zero point for integers); no padded copy exists.
struct Window {
  Index in_h = 0, in_w = 0, channels = 0;
  Index stride_n = 0, stride_y = 0, stride_x = 0;  // of the input image: batch, row, pixel; elements
  Index out_h = 0, out_w = 0;
  Index kernel_h = 1, kernel_w = 1;
  Index step_y = 1, step_x = 1;  // the convolution's stride
  Index dilation_y = 1, dilation_x = 1;
  Index pad_top = 0, pad_left = 0;
};

/// C[m,n] = clamp(sum_k A[m,k] * B[k,n] + bias[n], lo, hi), float32.
/// A: row r at a + r * lda; with `window` set, gathered from the image at `a` instead (lda is not used).
/// B: packed by the same tier's pack (see gemm_f32.inl.hpp). bias: n floats or null. C: row r at c + r * ldc.
struct GemmF32 {
  Index m = 0, n = 0, k = 0;
  const float* a = nullptr;
  Index lda = 0;
  const Window* window = nullptr;
  const float* b = nullptr;
  const float* bias = nullptr;
  float* c = nullptr;
  Index ldc = 0;
  float lo = 0, hi = 0;
};

/// The same with weights in 16 bits, Half F16 or BF16, and products and sums in float32. A and C are floats, or Half where
/// a_half and c_half say so.
/// dot_pairs: multiply pairs of bfloat16 as they are (vdpbf16ps, bfdot), where a_half and the tier can: the sums are rounded
/// otherwise than by widening, numbers below 2^-126 count as 0. The CPU must have it (cpu::has_bf16_dot).
template <class Half> struct GemmHalf {
  Index m = 0, n = 0, k = 0;
  const void* a = nullptr;
  bool a_half = false;
  Index lda = 0;
  const Window* window = nullptr;
  const Half* b = nullptr;
  const float* bias = nullptr;
  void* c = nullptr;
  bool c_half = false;
  Index ldc = 0;
  float lo = 0, hi = 0;
  bool dot_pairs = false;
};
using GemmF16 = GemmHalf<F16>;
using GemmBF16 = GemmHalf<BF16>;

/// How an int32 sum becomes an 8-bit output; numerics.md gives the formulas.
enum class Rounding : std::uint8_t {
  tflite,  ///< T2: two roundings, TensorFlow Lite's reference kernels bit for bit
  single,  ///< T1: one rounding, ties up (TFLITE_SINGLE_ROUNDING)
  ort,     ///< O: scaled in float32, nearest even, as ONNX Runtime and XNNPACK
};

/// Per-channel requantisation of int32 sums: out = clamp(round(acc * scale[c]) + zero, lo, hi).
/// Every array holds n entries followed by at least 64 more readable ones, so that whole vectors can be loaded.
struct Requantize {
  Rounding rounding = Rounding::tflite;
  const std::int32_t* multiplier = nullptr;  // q31, in [2^30, 2^31), or 0
  const std::int32_t* left = nullptr;        // left shifts, >= 0
  const std::int32_t* right = nullptr;       // right shifts, >= 0; left and right are never both positive
  const float* scale = nullptr;              // Rounding::ort alone
  bool any_left = false;                     // some left shift is not 0
  std::int32_t zero = 0, lo = 0, hi = 0;     // of the output, in its own range
};

/// What an integer matrix product writes.
enum class Output : std::uint8_t { s8, u8, s32, f32 };

/// Output::f32: C[m,n] = clamp(acc[m,n] * (row[m] * column[n]) + bias[n], lo, hi). row: m floats; column: n; bias: n or null.
struct Rescaled {
  const float *row = nullptr, *column = nullptr, *bias = nullptr;
  float lo = 0, hi = 0;
};

/// acc[m,n] = sum_k (A[m,k] - a_zero) * (B[k,n] - b_zero) + bias[n] in int32, exact; C = requantised acc, or acc.
/// A is u8 when `a_unsigned`, else s8; row r at a + r * lda, or gathered through `window` (padding reads a_zero).
/// B: s8, packed by the same tier's pack. `bias` already holds the zero points' share (see gemm_i8.inl.hpp) and n entries
/// followed by at least 64 readable ones. `b_zero` is relative to the packed s8 values.
/// `scratch`: gemm_i8_scratch_bytes(k) bytes for each thread, 64-byte aligned.
struct GemmI8 {
  Index m = 0, n = 0, k = 0;
  const void* a = nullptr;
  Index lda = 0;
  const Window* window = nullptr;
  bool a_unsigned = false;
  std::int32_t a_zero = 0, b_zero = 0;
  const std::int8_t* b = nullptr;
  const std::int32_t* bias = nullptr;
  Output output = Output::s32;
  void* c = nullptr;
  Index ldc = 0;
  Requantize requantize;  // Output::s8 and u8
  Rescaled rescaled;      // Output::f32
};

// The kernels below read a Window for its geometry: `channels` are those of the input, the input pixel (b, y, x) is at
// in + b * stride_n + y * stride_y + x * stride_x. The output pixel p = (b * out_h + y) * out_w + x is at out + p * ldc.
// They take a Range of output rows r = b * out_h + y. The output must not overlap the input.

/// out[p, c * multiplier + j] = clamp(bias[c * multiplier + j] + sum over taps of in[tap, c] * w[tap, c * multiplier + j]).
/// w: packed by the same tier's pack from (kernel_h * kernel_w, channels * multiplier). Padding counts as 0.
/// bias: channels * multiplier floats or null.
struct DepthwiseF32 {
  Window window;
  Index multiplier = 1;
  const float* in = nullptr;
  const float* w = nullptr;
  const float* bias = nullptr;
  float* out = nullptr;
  Index ldc = 0;
  float lo = 0, hi = 0;
};

/// acc = sum over taps of (in[tap, c] - a_zero) * w[tap, c * multiplier + j] + bias, exact in int32; out = requantised acc.
/// in and out are u8 where `a_unsigned` and `out_unsigned` say so, else s8. w: packed by the same tier's pack from int16
/// values w - w_zero in [-255, 255]. `bias` already holds -a_zero * sum of the channel's weights (DepthwiseI8Kernels::sums)
/// and has channels * multiplier entries followed by at least 64 readable ones. Padding reads a_zero.
struct DepthwiseI8 {
  Window window;
  Index multiplier = 1;
  const void* in = nullptr;
  bool a_unsigned = false, out_unsigned = false;
  std::int32_t a_zero = 0;
  const std::int16_t* w = nullptr;
  const std::int32_t* bias = nullptr;
  void* out = nullptr;
  Index ldc = 0;
  Requantize requantize;
};

/// out = clamp(mean or maximum over the window's positions inside the image).
struct PoolF32 {
  Window window;
  const float* in = nullptr;
  float* out = nullptr;
  Index ldc = 0;
  float lo = 0, hi = 0;
};

/// The same on s8, or u8 where `is_unsigned`; the mean is rounded half away from zero. Windows of at most 65,536 positions.
struct PoolI8 {
  Window window;
  bool is_unsigned = false;
  const void* in = nullptr;
  void* out = nullptr;
  Index ldc = 0;
  std::int32_t lo = 0, hi = 0;
};

// The kernels below work on elements [begin, end) of flat arrays; out may be the same array as an input.

/// out[i] = clamp(a[i] + b[i]); a_scalar: a[0] stands for every a[i], and so for b.
struct AddF32 {
  const float *a = nullptr, *b = nullptr;
  bool a_scalar = false, b_scalar = false;
  float* out = nullptr;
  float lo = 0, hi = 0;
};

/// The sum of two 8-bit tensors with scales of their own, TensorFlow Lite's ADD bit for bit: with
/// scaled(x, s) = round(((x - s.zero) << left_shift) * s.multiplier / 2^31) / 2^s.right, rounded half away from zero,
/// out = clamp(scaled'(scaled(a, .) + scaled(b, .), .) + out_zero). prepare_add (fixed_point.hpp) fills the numbers in.
struct AddI8 {
  struct Scale {
    std::int32_t zero = 0, multiplier = 0, right = 0;
  };
  const void *a = nullptr, *b = nullptr;
  bool a_scalar = false, b_scalar = false;
  bool is_unsigned = false;  // of a, b and out: u8, else s8
  void* out = nullptr;
  Scale a_scale, b_scale, out_scale;
  std::int32_t left_shift = 20;
  std::int32_t lo = 0, hi = 0;
};

/// out = clamp(round(in / scale) + zero, lo, hi); half away from zero (Rounding::tflite, single) or nearest even (ort).
/// NaN becomes some value in [lo, hi].
struct Quantize {
  const float* in = nullptr;
  void* out = nullptr;
  bool out_unsigned = false;
  Rounding rounding = Rounding::tflite;
  float scale = 1;
  std::int32_t zero = 0, lo = 0, hi = 0;
};

/// Rows of floats to s8, each by its own range, as TensorFlow Lite quantises the activations of dynamic-range models:
/// scale[r] = max |in[r,.]| / 127, out[r,i] = clamp(round(in[r,i] * (127 / max |in[r,.]|)), -127, 127), half away from zero; a
/// row of zeros gives zeros and scale 1. Row r at in + r * lda and out + r * ldc; scale: one float a row. NaN becomes any value.
struct QuantizeRows {
  Index n = 0;
  const float* in = nullptr;
  Index lda = 0;
  std::int8_t* out = nullptr;
  Index ldc = 0;
  float* scale = nullptr;
};

/// out = (in - zero) * scale.
struct Dequantize {
  const void* in = nullptr;
  bool in_unsigned = false;
  float* out = nullptr;
  float scale = 1;
  std::int32_t zero = 0;
};

/// out = clamp(round((in - in_zero) * scale) + out_zero, lo, hi) between 8-bit types, where scale = multiplier * 2^(left -
/// right - 31), rounded as Rounding::tflite says. |in - in_zero| * 2^left < 2^31.
struct Rescale {
  const void* in = nullptr;
  void* out = nullptr;
  bool in_unsigned = false, out_unsigned = false;
  std::int32_t in_zero = 0, out_zero = 0;
  std::int32_t multiplier = 0, left = 0, right = 0;
  std::int32_t lo = 0, hi = 0;
};

/// out[r, i] = exp(beta * (in[r, i] - max)) / sum over the row; row r at in + r * lda and out + r * ldc, n entries each.
struct SoftmaxF32 {
  Index n = 0;
  const float* in = nullptr;
  Index lda = 0;
  float* out = nullptr;
  Index ldc = 0;
  float beta = 1;
};

/// The same on 8-bit rows, fixed-point throughout (softmax_i8.hpp); prepare_softmax fills the numbers in.
struct SoftmaxI8 {
  Index n = 0;
  bool is_unsigned = false;  // of in and out: u8, else s8
  const void* in = nullptr;
  Index lda = 0;
  void* out = nullptr;
  Index ldc = 0;
  std::int32_t multiplier = 0, left = 0;  // of beta * scale of the input
  std::int32_t diff_min = 0;              // entries further below the maximum become 0
};

/// C[m,n] = clamp(sum over stored weights of A[m,k] * w[n,k] + bias[n], lo, hi), float32.
/// Weights are stored in blocks of `height` (1, 2 or 4) outputs that share one k; starts, offsets and values: packed by the
/// same tier's pack for that height. A: row r at a + r * lda. C: row r at c + r * ldc. Null or n biases.
struct SparseF32 {
  int height = 1;
  Index n = 0, k = 0;
  const float* a = nullptr;
  Index lda = 0;
  const std::int32_t* starts = nullptr;
  const std::int32_t* offsets = nullptr;
  const float* values = nullptr;
  const float* bias = nullptr;
  float* c = nullptr;
  Index ldc = 0;
  float lo = 0, hi = 0;
};

}  // namespace hone::kernels
