// The tables a tier fills: one structure of constants and function pointers for each family of kernels.
// HONE_KERNEL_FAMILIES is the one list of them; `hone::avx2::gemm_f32_kernels` is the AVX2 tier's entry of the first.
#pragma once
#include "args.hpp"
#include "elements.hpp"
#include "rows.hpp"
#include "softmax_i8.hpp"

namespace hone::kernels {

struct GemmF32Kernels {
  int mr, nr;  // rows and columns of a tile; a panel of packed B holds nr columns
  Index (*packed_elements)(Index k, Index n);
  void (*pack)(Index k, Index n, const float* b, Index stride_k, Index stride_n, float* packed);
  std::size_t (*scratch_bytes)(Index k, bool window);
  /// Rows `rows` x panels `panels` (of ceil(n / nr)) of C. Here and below, a product of at most 4 rows is computed in another
  /// order than a larger one, and all its rows in one call.
  void (*run)(const GemmF32& gemm, Range rows, Range panels, void* scratch);
};

/// Weights in 16 bits, Half F16 or BF16.
template <class Half> struct GemmHalfKernels {
  int mr, nr;
  bool dot_pairs;  // the tier has a dot product of pairs (GemmHalf::dot_pairs)
  Index (*packed_elements)(Index k, Index n);
  void (*pack)(Index k, Index n, const Half* b, Index stride_k, Index stride_n, Half* packed);
  std::size_t (*scratch_bytes)(Index k);
  void (*run)(const GemmHalf<Half>& gemm, Range rows, Range panels, void* scratch);
};
using GemmF16Kernels = GemmHalfKernels<F16>;
using GemmBF16Kernels = GemmHalfKernels<BF16>;

struct GemmI8Kernels {
  int mr, nr;
  std::int32_t offset_signed, offset_unsigned;  // what preparing adds to s8 and u8 activations
  Index (*packed_elements)(Index k, Index n);
  void (*pack)(Index k, Index n, const std::int8_t* b, Index stride_k, Index stride_n, std::int8_t* packed);
  std::size_t (*scratch_bytes)(Index k);
  void (*run)(const GemmI8& gemm, Range rows, Range panels, void* scratch);
};

struct DepthwiseF32Kernels {
  Index (*packed_elements)(Index taps, Index channels);  // channels of the output, here and below
  /// w: (taps, channels), as TensorFlow Lite stores them.
  void (*pack)(Index taps, Index channels, const float* w, float* packed);
  /// Output rows `rows`, of batch * out_h.
  void (*run)(const DepthwiseF32& depthwise, Range rows);
};

struct DepthwiseI8Kernels {
  Index (*packed_elements)(Index kernel_h, Index kernel_w, Index channels);
  /// w: (kernel_h, kernel_w, channels), zero points subtracted.
  void (*pack)(Index kernel_h, Index kernel_w, Index channels, const std::int16_t* w, std::int16_t* packed);
  /// sums[c] = sum of the channel's weights; the bias holds -a_zero times it.
  void (*sums)(Index taps, Index channels, const std::int16_t* w, std::int32_t* sums);
  void (*run)(const DepthwiseI8& depthwise, Range rows);
};

struct PoolKernels {
  void (*average_f32)(const PoolF32& pool, Range rows);
  void (*max_f32)(const PoolF32& pool, Range rows);
  void (*average_i8)(const PoolI8& pool, Range rows);
  void (*max_i8)(const PoolI8& pool, Range rows);
};

struct AddKernels {
  void (*f32)(const AddF32& add, Range elements);
  void (*i8)(const AddI8& add, Range elements);
};

struct UnaryKernels {
  void (*f32[unary_count])(const UnaryF32& unary, Range elements);  // by Unary
};

struct BinaryKernels {
  void (*f32[binary_count])(const BinaryF32& binary, Range rows, Range columns);  // by Binary
};

struct LookupKernels {
  void (*run)(const Lookup8& lookup, Range elements);
};

struct ReduceKernels {
  void (*f32[reduce_count])(const ReduceF32& reduce, Range outer);  // by Reduce
};

struct NormalizeKernels {
  void (*f32[normalize_count])(const NormalizeF32& normalize, Range rows);  // by Normalize
};

struct TransposeKernels {
  void (*bytes1)(const Transpose& transpose, Range rows);  // elements of 1, 2 and 4 bytes
  void (*bytes2)(const Transpose& transpose, Range rows);
  void (*bytes4)(const Transpose& transpose, Range rows);
};

/// Between float32 and floats of 16 bits: widened exactly, rounded to nearest even.
struct HalfKernels {
  void (*from_f16)(const F16* in, float* out, Range elements);
  void (*from_bf16)(const BF16* in, float* out, Range elements);
  void (*to_f16)(const float* in, F16* out, Range elements);
  void (*to_bf16)(const float* in, BF16* out, Range elements);
};

struct QuantizeKernels {
  void (*quantize)(const Quantize& quantize, Range elements);
  void (*dequantize)(const Dequantize& dequantize, Range elements);
  void (*rescale)(const Rescale& rescale, Range elements);
  void (*rows)(const QuantizeRows& quantize, Range rows);
};

struct SoftmaxKernels {
  void (*f32)(const SoftmaxF32& softmax, Range rows);
  void (*i8)(const SoftmaxI8& softmax, Range rows);  // the same plain code on every tier
};

struct SparseF32Kernels {
  int tile;  // rows of a tile: share rows out in multiples of it
  // height: outputs of a block, 1, 2 or 4; where n is not a multiple the last block is filled up with zeros.
  Index (*starts)(int height, Index n, Index k);                             // entries of `starts`
  Index (*blocks)(int height, Index n, Index k, const float* w, Index ldw);  // blocks in which some weight is not 0
  /// w[n,k] at w + n * ldw + k; as many starts and offsets as the two above say, and `height` values for each offset.
  void (*pack)(int height, Index n, Index k, const float* w, Index ldw, std::int32_t* starts, std::int32_t* offsets,
               float* values);
  std::size_t (*scratch_bytes)(Index n, Index k);  // for each thread, 64-byte aligned
  void (*run)(const SparseF32& sparse, Range rows, void* scratch);
};

}  // namespace hone::kernels

/// X(type, name)
/// Compiled in every tier: what multiplies with the tier's own dot products, and what those build on.
#define HONE_TIER_FAMILIES(X)         \
  X(GemmI8Kernels, gemm_i8)           \
  X(DepthwiseI8Kernels, depthwise_i8) \
  X(TransposeKernels, transpose)
/// The same code in all tiers of one Highway target: a tier that adds only dot products of bytes takes the tables of the tier
/// it extends (HONE_TIER_LIKE).
#define HONE_TARGET_FAMILIES(X)         \
  X(GemmF32Kernels, gemm_f32)           \
  X(GemmF16Kernels, gemm_f16)           \
  X(GemmBF16Kernels, gemm_bf16)         \
  X(DepthwiseF32Kernels, depthwise_f32) \
  X(PoolKernels, pool)                  \
  X(HalfKernels, half)                  \
  X(QuantizeKernels, quantize)          \
  X(AddKernels, add)                    \
  X(UnaryKernels, unary)                \
  X(BinaryKernels, binary)              \
  X(LookupKernels, lookup)              \
  X(ReduceKernels, reduce)              \
  X(NormalizeKernels, normalize)        \
  X(SoftmaxKernels, softmax)            \
  X(SparseF32Kernels, sparse_f32)
#define HONE_KERNEL_FAMILIES(X) HONE_TIER_FAMILIES(X) HONE_TARGET_FAMILIES(X)
