// transpose: out[c, r] = in[r, c] for elements of 1, 2 and 4 bytes; included once per tier. NCHW to NHWC and back is this, for each
// image; a general permutation is a loop over it (include/hone/transpose.hpp).
// Any rows and cols, any strides; tiles at the edges overlap the ones before them, matrices smaller than a tile go element by element.
// Equals its formula exactly: no element is computed with.
//   4 bytes  tiles of (lanes, 4): four loads of blocks from `lanes` rows, a 4x4 transpose in each block, four whole rows out
//   1, 2     tiles of 16 x 16 and 8 x 8: log2 rounds of interleaving row i with row i + half, in vectors of 16 bytes
// Rows are taken 64 bytes of an output row at a time, so that every line of the output is written once.
// Limit: reading and writing memory once; in L1 the shuffles: 4 bytes 2 * lanes instructions for 4 * lanes elements, 1 byte 64
// interleaves, 16 loads and 16 stores for 256.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

using Block = std::uint8_t __attribute__((vector_size(16)));

/// The elements of one half of a and b, in turn. On x86 by name, because g++ takes vpermt2w where AVX-512 allows it.
template <int bytes, bool high> HONE_INLINE Block zip(Block a, Block b) {
#if defined(_EMMINTRIN_H_INCLUDED) || defined(__EMMINTRIN_H)  // g++'s and clang's <emmintrin.h>
  const auto x = reinterpret_cast<__m128i>(a), y = reinterpret_cast<__m128i>(b);
  if constexpr (bytes == 1) return reinterpret_cast<Block>(high ? _mm_unpackhi_epi8(x, y) : _mm_unpacklo_epi8(x, y));
  return reinterpret_cast<Block>(high ? _mm_unpackhi_epi16(x, y) : _mm_unpacklo_epi16(x, y));
#else
#define HONE_FROM(i) ((i) / bytes % 2 * 16 + (i) / (2 * bytes) * bytes + (i) % bytes + (high ? 8 : 0))
  return __builtin_shufflevector(a, b, HONE_FROM(0), HONE_FROM(1), HONE_FROM(2), HONE_FROM(3), HONE_FROM(4),
                                 HONE_FROM(5), HONE_FROM(6), HONE_FROM(7), HONE_FROM(8), HONE_FROM(9), HONE_FROM(10),
                                 HONE_FROM(11), HONE_FROM(12), HONE_FROM(13), HONE_FROM(14), HONE_FROM(15));
#undef HONE_FROM
#endif
}

template <class T> struct BlockTile {
  static constexpr int rows = 16 / sizeof(T), cols = rows;
  static HONE_INLINE void run(const T* in, kernels::Index stride_in, T* out, kernels::Index stride_out) {
    Block a[rows], b[rows];
    HONE_UNROLL for (int i = 0; i < rows; ++i) __builtin_memcpy(&a[i], in + i * stride_in, 16);
    HONE_UNROLL for (int round = 1; round < rows; round *= 2) {
      HONE_UNROLL for (int i = 0; i < rows / 2; ++i) {
        b[2 * i] = zip<sizeof(T), false>(a[i], a[i + rows / 2]);
        b[2 * i + 1] = zip<sizeof(T), true>(a[i], a[i + rows / 2]);
      }
      HONE_UNROLL for (int i = 0; i < rows; ++i) a[i] = b[i];
    }
    HONE_UNROLL for (int i = 0; i < rows; ++i) __builtin_memcpy(out + i * stride_out, &a[i], 16);
  }
};

struct VectorTile {
  static constexpr int rows = F32::lanes, cols = 4;
  static HONE_INLINE void run(const float* in, kernels::Index stride_in, float* out, kernels::Index stride_out) {
    F32 a = F32::load_blocks(in, 4 * stride_in), b = F32::load_blocks(in + stride_in, 4 * stride_in);
    F32 c = F32::load_blocks(in + 2 * stride_in, 4 * stride_in),
        d = F32::load_blocks(in + 3 * stride_in, 4 * stride_in);
    transpose4(a, b, c, d);
    a.store(out);
    b.store(out + stride_out);
    c.store(out + 2 * stride_out);
    d.store(out + 3 * stride_out);
  }
};

template <class Tile, class T> void run_transpose(const kernels::Transpose& t, kernels::Range rows) {
  using kernels::Index;
  constexpr Index block = 64 / sizeof(T) > Tile::rows ? 64 / sizeof(T) : Tile::rows;
  const T* in = static_cast<const T*>(t.in);
  T* out = static_cast<T*>(t.out);
  if (rows.end - rows.begin < Tile::rows || t.cols < Tile::cols) {
    for (Index r = rows.begin; r < rows.end; ++r) {
      for (Index c = 0; c < t.cols; ++c) out[c * t.stride_out + r] = in[r * t.stride_in + c];
    }
    return;
  }
  for (Index begin = rows.begin; begin < rows.end; begin += block) {
    const Index end = begin + block < rows.end ? begin + block : rows.end;
    for (Index next_c = 0; next_c < t.cols; next_c += Tile::cols) {
      const Index c = next_c + Tile::cols <= t.cols ? next_c : t.cols - Tile::cols;
      for (Index next_r = begin; next_r < end; next_r += Tile::rows) {
        const Index r = next_r + Tile::rows <= rows.end ? next_r : rows.end - Tile::rows;
        Tile::run(in + r * t.stride_in + c, t.stride_in, out + c * t.stride_out + r, t.stride_out);
      }
    }
  }
}

HONE_TABLE kernels::TransposeKernels transpose_kernels = {&run_transpose<BlockTile<std::uint8_t>, std::uint8_t>,
                                                          &run_transpose<BlockTile<std::uint16_t>, std::uint16_t>,
                                                          &run_transpose<VectorTile, float>};

}  // namespace
}  // namespace hone::HONE_TIER_NS
