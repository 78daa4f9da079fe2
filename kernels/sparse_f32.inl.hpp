// sparse_f32: C[m,n] = clamp(sum over stored weights of A[m,k] * w[n,k] + bias[n], lo, hi), float32, for weights most of
// which are 0; included once per tier.
//
//   A        rows (pixels) of k values, row r at a + r * lda
//   starts   (ceil(k / depth), groups) + 1, of ceil(n / height) groups of outputs: blocks of group g in block b of k are
//            [starts[b * groups + g], starts[b * groups + g + 1])
//   offsets  one for each block: it multiplies row offset / tile of the transposed block of k
//   values   (blocks, height): the block's weights; those of outputs past n are 0
//   C        row r at c + r * ldc
// A tile of rows and `depth` values of k are transposed into scratch, (depth, tile), so that a weight takes part by one
// broadcast and whole vectors of pixels; the tile of outputs, (n, tile), is transposed back. Blocks of zeros are not stored
// and cost nothing. Any m, n, k. Reads nothing past A, writes nothing past C. Equals ref::gemm within
// 2 * (k + 1) * eps * (sum |A| |w| + |bias|).
//
// Limit: a block of h weights loads nv vectors, h values and an offset for h * nv multiply-adds. With h = 1 the loads decide,
// nv + 2 at 2 a cycle: with 4 vectors 67 % of the multiply-adds' peak, with two sets of accumulators to cover the latency
// of 4 cycles. From h = 2 the multiply-adds do, and h * nv >= 8 accumulators cover it. The transposes take about
// m * (k + n) / lanes * 2 instructions; they decide where few weights are left. See sparse_choice.hpp.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

struct SparseTile {
  static constexpr int nv = 4;  // 8 accumulators, 2 values
  static constexpr kernels::Index rows = nv * F32::lanes;
  static constexpr kernels::Index depth =
      32768 / (4 * rows);  // a transposed block of 32 kB: 128 values of k on AVX-512
};

/// to[i * SparseTile::rows + r] = from[r * stride + i], for r < rows and i < count.
inline void transpose_in(const float* from, kernels::Index stride, kernels::Index rows, kernels::Index count,
                         float* to) {
  constexpr kernels::Index lanes = F32::lanes, pitch = SparseTile::rows;
  kernels::Index r = 0;
  for (; count >= 4 && r + lanes <= rows; r += lanes) {
    for (kernels::Index next = 0; next < count; next += 4) {
      const kernels::Index i = next + 4 <= count ? next : count - 4;  // the last four overlap those before
      const float* p = from + r * stride + i;
      F32 a = F32::load_blocks(p, 4 * stride), b = F32::load_blocks(p + stride, 4 * stride);
      F32 c = F32::load_blocks(p + 2 * stride, 4 * stride), d = F32::load_blocks(p + 3 * stride, 4 * stride);
      transpose4(a, b, c, d);
      a.store(to + i * pitch + r);
      b.store(to + (i + 1) * pitch + r);
      c.store(to + (i + 2) * pitch + r);
      d.store(to + (i + 3) * pitch + r);
    }
  }
  for (; r < rows; ++r) {
    for (kernels::Index i = 0; i < count; ++i) to[i * pitch + r] = from[r * stride + i];
  }
}

/// to[r * stride + i] = from[i * SparseTile::rows + r], for r < rows and i < count.
inline void transpose_out(const float* from, kernels::Index rows, kernels::Index count, float* to,
                          kernels::Index stride) {
  constexpr kernels::Index lanes = F32::lanes, pitch = SparseTile::rows;
  kernels::Index r = 0;
  for (; count >= 4 && r + lanes <= rows; r += lanes) {
    for (kernels::Index next = 0; next < count; next += 4) {
      const kernels::Index i = next + 4 <= count ? next : count - 4;
      F32 a = F32::load(from + i * pitch + r), b = F32::load(from + (i + 1) * pitch + r);
      F32 c = F32::load(from + (i + 2) * pitch + r), d = F32::load(from + (i + 3) * pitch + r);
      transpose4(a, b, c, d);
      float* p = to + r * stride + i;
      a.store_blocks(p, 4 * stride);
      b.store_blocks(p + stride, 4 * stride);
      c.store_blocks(p + 2 * stride, 4 * stride);
      d.store_blocks(p + 3 * stride, 4 * stride);
    }
  }
  for (; r < rows; ++r) {
    for (kernels::Index i = 0; i < count; ++i) to[r * stride + i] = from[i * pitch + r];
  }
}

/// y (n, tile) (+)= the blocks of one block of k times x (depth, tile), of nv vectors of rows; bias before the first block of
/// k, clamped after the last. y has whole groups of outputs.
template <int height, int nv>
HONE_NOINLINE void sparse_block(const kernels::SparseF32& s, const std::int32_t* starts, const float* x, float* y,
                                bool first, bool last) {
  constexpr int sets = height == 1 ? 2 : 1, pitch = SparseTile::rows;
  const F32 lo = F32::splat(s.lo), hi = F32::splat(s.hi);
  for (kernels::Index o = 0; o < s.n; o += height, y += height * pitch, ++starts) {
    F32 sums[height][nv], odd[nv];
    HONE_UNROLL for (int i = 0; i < height; ++i) {
      const F32 bias = F32::splat(s.bias != nullptr && o + i < s.n ? s.bias[o + i] : 0.0F);
      HONE_UNROLL for (int v = 0; v < nv; ++v) sums[i][v] = first ? bias : F32::load(y + i * pitch + v * F32::lanes);
    }
    const std::int32_t *offset = s.offsets + starts[0], *end = s.offsets + starts[1];
    const float* w = s.values + static_cast<kernels::Index>(starts[0]) * height;
    if constexpr (sets == 2) {
      HONE_UNROLL for (int v = 0; v < nv; ++v) odd[v] = F32::zero();
    }
    for (; offset + sets <= end; offset += sets, w += sets * height) {
      if constexpr (sets == 2) {
        const float *x0 = x + offset[0], *x1 = x + offset[1];
        const F32 w0 = F32::splat(w[0]), w1 = F32::splat(w[1]);
        HONE_UNROLL for (int v = 0; v < nv; ++v) {
          sums[0][v] = fma(F32::load(x0 + v * F32::lanes), w0, sums[0][v]);
          odd[v] = fma(F32::load(x1 + v * F32::lanes), w1, odd[v]);
        }
      } else {
        F32 in[nv];
        HONE_UNROLL for (int v = 0; v < nv; ++v) in[v] = F32::load(x + *offset + v * F32::lanes);
        HONE_UNROLL for (int i = 0; i < height; ++i) {
          const F32 wi = F32::splat(w[i]);
          HONE_UNROLL for (int v = 0; v < nv; ++v) sums[i][v] = fma(in[v], wi, sums[i][v]);
        }
      }
    }
    if constexpr (sets == 2) {
      if (offset < end) {
        const F32 w0 = F32::splat(*w);
        HONE_UNROLL for (int v = 0; v < nv; ++v) sums[0][v] =
            fma(F32::load(x + *offset + v * F32::lanes), w0, sums[0][v]);
      }
      HONE_UNROLL for (int v = 0; v < nv; ++v) sums[0][v] = sums[0][v] + odd[v];
    }
    HONE_UNROLL for (int i = 0; i < height; ++i) {
      HONE_UNROLL for (int v = 0; v < nv; ++v) {
        const F32 sum = last ? min(hi, max(lo, sums[i][v])) : sums[i][v];
        sum.store(y + i * pitch + v * F32::lanes);
      }
    }
  }
}

/// The same for the vectors that hold `count` rows.
template <int height>
inline void sparse_rows(const kernels::SparseF32& s, const std::int32_t* starts, const float* x, float* y, bool first,
                        bool last, kernels::Index count) {
  constexpr kernels::Index lanes = F32::lanes;
  constexpr int widest =
      height == 4 && HONE_VECTOR_REGISTERS < 32 ? 2 : SparseTile::nv;  // 16 + 4 + 1 registers, or 8 + 2 + 1
  if constexpr (widest == 2) {
    if (count > 2 * lanes) {
      sparse_block<height, 2>(s, starts, x, y, first, last);
      x += 2 * lanes;
      y += 2 * lanes;
      count -= 2 * lanes;
    }
  } else {
    if (count > 2 * lanes) return sparse_block<height, widest>(s, starts, x, y, first, last);
  }
  if (count > lanes)
    sparse_block<height, 2>(s, starts, x, y, first, last);
  else
    sparse_block<height, 1>(s, starts, x, y, first, last);
}

inline kernels::Index sparse_blocks(kernels::Index k) {
  return k > 0 ? (k + SparseTile::depth - 1) / SparseTile::depth : 1;
}

HONE_WHEN_USED void run_sparse_f32(const kernels::SparseF32& s, kernels::Range rows, void* scratch) {
  auto* x = static_cast<float*>(scratch);
  float* y = x + SparseTile::depth * SparseTile::rows;
  const kernels::Index blocks = sparse_blocks(s.k), groups = (s.n + s.height - 1) / s.height;
  for (kernels::Index row = rows.begin; row < rows.end; row += SparseTile::rows) {
    const kernels::Index count = rows.end - row < SparseTile::rows ? rows.end - row : SparseTile::rows;
    for (kernels::Index b = 0; b < blocks; ++b) {
      const kernels::Index k = b * SparseTile::depth;
      const kernels::Index depth = s.k - k < SparseTile::depth ? s.k - k : SparseTile::depth;
      transpose_in(s.a + row * s.lda + k, s.lda, count, depth, x);
      const std::int32_t* starts = s.starts + b * groups;
      const bool first = b == 0, last = b + 1 == blocks;
      if (s.height == 4)
        sparse_rows<4>(s, starts, x, y, first, last, count);
      else if (s.height == 2)
        sparse_rows<2>(s, starts, x, y, first, last, count);
      else
        sparse_rows<1>(s, starts, x, y, first, last, count);
    }
    transpose_out(y, count, s.n, s.c + row * s.ldc, s.ldc);
  }
}

HONE_WHEN_USED std::size_t sparse_f32_scratch_bytes(kernels::Index n, kernels::Index) {
  const kernels::Index whole = (n + 3) / 4 * 4;  // groups of any height
  return static_cast<std::size_t>((SparseTile::depth + whole) * SparseTile::rows) * sizeof(float);
}
inline kernels::Index sparse_f32_starts(int height, kernels::Index n, kernels::Index k) {
  return sparse_blocks(k) * ((n + height - 1) / height) + 1;
}
/// Whether w[o .. o + height, i] holds a weight that is not 0; NaN is not.
inline bool sparse_stores(int height, kernels::Index n, const float* w, kernels::Index ldw, kernels::Index o,
                          kernels::Index i) {
  bool stores = false;
  for (kernels::Index end = o + height < n ? o + height : n; o < end; ++o) stores = stores || w[o * ldw + i] != 0;
  return stores;
}
inline kernels::Index sparse_f32_blocks(int height, kernels::Index n, kernels::Index k, const float* w,
                                        kernels::Index ldw) {
  kernels::Index count = 0;
  for (kernels::Index o = 0; o < n; o += height) {
    for (kernels::Index i = 0; i < k; ++i) count += sparse_stores(height, n, w, ldw, o, i) ? 1 : 0;
  }
  return count;
}
HONE_WHEN_USED void pack_sparse_f32(int height, kernels::Index n, kernels::Index k, const float* w, kernels::Index ldw,
                                    std::int32_t* starts, std::int32_t* offsets, float* values) {
  std::int32_t count = 0;
  for (kernels::Index first = 0, b = 0; b < sparse_blocks(k); ++b, first += SparseTile::depth) {
    for (kernels::Index o = 0; o < n; o += height) {
      *starts++ = count;
      for (kernels::Index i = first; i < k && i < first + SparseTile::depth; ++i) {
        if (!sparse_stores(height, n, w, ldw, o, i)) continue;
        offsets[count++] = static_cast<std::int32_t>((i - first) * SparseTile::rows);
        for (kernels::Index j = o; j < o + height; ++j) *values++ = j < n ? w[j * ldw + i] : 0.0F;
      }
    }
  }
  *starts = count;
}

HONE_TABLE kernels::SparseF32Kernels sparse_f32_kernels = {
    static_cast<int>(SparseTile::rows),   &sparse_f32_starts,        &sparse_f32_blocks, &pack_sparse_f32<when_used>,
    &sparse_f32_scratch_bytes<when_used>, &run_sparse_f32<when_used>};

}  // namespace
}  // namespace hone::HONE_TIER_NS
