// sparse_f32: C[m,n] = clamp(sum over stored weights of A[m,k] * w[n,k] + bias[n], lo, hi), float32, for weights most of
// which are 0; included once per tier.
//
//   A        rows (pixels) of k values, row r at a + r * lda
//   starts   (ceil(k / depth), n) + 1: entries of output o in block b of k are [starts[b * n + o], starts[b * n + o + 1])
//   entries  (offset, value): value multiplies row offset / tile of the transposed block
//   C        row r at c + r * ldc
// A tile of rows and a block of `depth` values of k are transposed into scratch, (depth, tile), so that a weight takes part
// by one broadcast and whole vectors of pixels; the tile of outputs, (n, tile), is transposed back. Weights that are 0 are
// not stored and cost nothing. Any m, n, k. Reads nothing past A, writes nothing past C. Equals ref::gemm within
// 2 * (k + 1) * eps * (sum |A| |w| + |bias|).
//
// Limit: each weight loads nv vectors, its value and its offset for nv multiply-adds: nv + 2 loads at 2 a cycle, so nv of
// nv + 2 multiply-adds' peak, 67 % with 4 vectors. Two sets of accumulators cover the latency of 4 cycles. The transposes
// take about m * (k + n) / lanes * 2 instructions; they decide where few weights are left. See sparse_choice.hpp.
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

/// y (n, tile) (+)= the entries of one block of k times x (depth, tile); bias before the first block, clamped after the last.
template <int nv>
HONE_NOINLINE void sparse_block(const kernels::SparseF32& s, const std::int32_t* starts, const float* x, float* y,
                                bool first, bool last) {
  const F32 lo = F32::splat(s.lo), hi = F32::splat(s.hi);
  for (kernels::Index o = 0; o < s.n; ++o, y += SparseTile::rows) {
    F32 even[nv], odd[nv];
    HONE_UNROLL for (int v = 0; v < nv; ++v) {
      even[v] = !first ? F32::load(y + v * F32::lanes) : F32::splat(s.bias != nullptr ? s.bias[o] : 0.0F);
      odd[v] = F32::zero();
    }
    const kernels::SparseEntry *e = s.entries + starts[o], *end = s.entries + starts[o + 1];
    for (; e + 2 <= end; e += 2) {
      const float *x0 = x + e[0].offset, *x1 = x + e[1].offset;
      const F32 w0 = F32::splat(e[0].value), w1 = F32::splat(e[1].value);
      HONE_UNROLL for (int v = 0; v < nv; ++v) {
        even[v] = fma(F32::load(x0 + v * F32::lanes), w0, even[v]);
        odd[v] = fma(F32::load(x1 + v * F32::lanes), w1, odd[v]);
      }
    }
    if (e < end) {
      const F32 w0 = F32::splat(e->value);
      HONE_UNROLL for (int v = 0; v < nv; ++v) even[v] = fma(F32::load(x + e->offset + v * F32::lanes), w0, even[v]);
    }
    HONE_UNROLL for (int v = 0; v < nv; ++v) {
      F32 sum = even[v] + odd[v];
      if (last) sum = min(hi, max(lo, sum));
      sum.store(y + v * F32::lanes);
    }
  }
}

inline kernels::Index sparse_blocks(kernels::Index k) {
  return k > 0 ? (k + SparseTile::depth - 1) / SparseTile::depth : 1;
}

inline void run_sparse_f32(const kernels::SparseF32& s, kernels::Range rows, void* scratch) {
  constexpr kernels::Index lanes = F32::lanes;
  auto* x = static_cast<float*>(scratch);
  float* y = x + SparseTile::depth * SparseTile::rows;
  const kernels::Index blocks = sparse_blocks(s.k);
  for (kernels::Index row = rows.begin; row < rows.end; row += SparseTile::rows) {
    const kernels::Index count = rows.end - row < SparseTile::rows ? rows.end - row : SparseTile::rows;
    for (kernels::Index b = 0; b < blocks; ++b) {
      const kernels::Index k = b * SparseTile::depth;
      const kernels::Index depth = s.k - k < SparseTile::depth ? s.k - k : SparseTile::depth;
      transpose_in(s.a + row * s.lda + k, s.lda, count, depth, x);
      const std::int32_t* starts = s.starts + b * s.n;
      if (count > 2 * lanes)
        sparse_block<SparseTile::nv>(s, starts, x, y, b == 0, b + 1 == blocks);
      else if (count > lanes)
        sparse_block<2>(s, starts, x, y, b == 0, b + 1 == blocks);
      else
        sparse_block<1>(s, starts, x, y, b == 0, b + 1 == blocks);
    }
    transpose_out(y, count, s.n, s.c + row * s.ldc, s.ldc);
  }
}

inline std::size_t sparse_f32_scratch_bytes(kernels::Index n, kernels::Index) {
  return static_cast<std::size_t>((SparseTile::depth + n) * SparseTile::rows) * sizeof(float);
}
inline kernels::Index sparse_f32_starts(kernels::Index n, kernels::Index k) { return sparse_blocks(k) * n + 1; }
inline kernels::Index sparse_f32_entries(kernels::Index n, kernels::Index k, const float* w, kernels::Index ldw) {
  kernels::Index count = 0;
  for (kernels::Index o = 0; o < n; ++o) {
    for (kernels::Index i = 0; i < k; ++i) count += w[o * ldw + i] != 0 ? 1 : 0;
  }
  return count;
}
inline void pack_sparse_f32(kernels::Index n, kernels::Index k, const float* w, kernels::Index ldw,
                            std::int32_t* starts, kernels::SparseEntry* entries) {
  std::int32_t count = 0;
  for (kernels::Index first = 0, b = 0; b < sparse_blocks(k); ++b, first += SparseTile::depth) {
    for (kernels::Index o = 0; o < n; ++o) {
      *starts++ = count;
      for (kernels::Index i = first; i < k && i < first + SparseTile::depth; ++i) {
        if (w[o * ldw + i] == 0) continue;
        entries[count++] = {static_cast<std::int32_t>((i - first) * SparseTile::rows), w[o * ldw + i]};
      }
    }
  }
  *starts = count;
}

HONE_TABLE kernels::SparseF32Kernels sparse_f32_kernels = {
    static_cast<int>(SparseTile::rows), &sparse_f32_starts, &sparse_f32_entries, &pack_sparse_f32,
    &sparse_f32_scratch_bytes,          &run_sparse_f32};

}  // namespace
}  // namespace hone::HONE_TIER_NS
