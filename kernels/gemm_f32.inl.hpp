// gemm_f32: C[m,n] = clamp(sum_k A[m,k] * B[k,n] + bias[n], lo, hi), float32; included once per tier.
// A as it lies (row stride lda), or gathered from an image a block of rows at a time; B in panels (gemm.inl.hpp).
// Any m, n, k >= 0. Reads nothing past A, writes nothing past C.
// Equals ref::gemm within 2 * k * eps * sum_k |A| |B|.
// Limit: 2 multiply-adds of one vector a cycle; 2 * m * n * k / (4 * lanes) cycles.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "gemm.inl.hpp"
#include "window.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

struct DotF32 {
  static constexpr int group = 1;
  using Element = float;
  using Packed = float;
  using Acc = F32;
  using A = F32;
  using B = F32;
  static HONE_INLINE A splat(const float* p) { return F32::splat(*p); }
  static HONE_INLINE B load(const float* p) { return F32::load(p); }
  static HONE_INLINE F32 dot(A a, B b, F32 acc) { return fma(a, b, acc); }
};

struct ProductF32 {
  using Dot = DotF32;
  struct Rows {
    const float* first;  // row `begin`
    kernels::Index begin, stride;
    HONE_INLINE const float* at(kernels::Index row) const { return first + (row - begin) * stride; }
  };
  const kernels::GemmF32& g;

  HONE_INLINE kernels::Index groups() const { return g.k; }
  HONE_INLINE kernels::Index columns() const { return g.n; }
  HONE_INLINE const float* packed() const { return g.b; }
  HONE_INLINE F32 start(kernels::Index) const { return F32::zero(); }

  /// Gathered rows are kept to what fits half of a 32 kB L1; rows as they lie need no blocking.
  static constexpr kernels::Index block_rows(kernels::Index k) {
    const kernels::Index fit = k > 0 ? 4096 / k : 4096;
    return fit < Tile::mr ? Tile::mr : fit / Tile::mr * Tile::mr;
  }
  kernels::Index block_end(kernels::Index begin, kernels::Index end) const {
    if (g.window == nullptr) return end;
    const kernels::Index block = begin + block_rows(g.k);
    return block < end ? block : end;
  }

  struct CopyRun {
    static constexpr kernels::Index reach = 16;
    float* to;
    HONE_INLINE void loose(const float* from, kernels::Index count) {
      HONE_UNROLL for (int i = 0; i < reach; i += F32::lanes) F32::load(from + i).store(to + i);
      to += count;
    }
    HONE_INLINE void operator()(const float* from, kernels::Index count) {
      kernels::Index i = 0;
      if (from == nullptr) {
        for (; i + F32::lanes <= count; i += F32::lanes) F32::zero().store(to + i);
        F32::zero().store_n(to + i, static_cast<std::size_t>(count - i));
      } else {
        for (; i + F32::lanes <= count; i += F32::lanes) F32::load(from + i).store(to + i);
        const auto rest = static_cast<std::size_t>(count - i);
        F32::load_n(from + i, rest).store_n(to + i, rest);
      }
      to += count;
    }
  };

  Rows prepare(kernels::Range rows, void* scratch) const {
    if (g.window == nullptr) return {g.a + rows.begin * g.lda, rows.begin, g.lda};
    CopyRun copy{static_cast<float*>(scratch)};
    WindowCursor pixel(*g.window, rows.begin);
    for (kernels::Index p = rows.begin; p < rows.end; ++p, pixel.next()) for_each_run(pixel, g.a, copy);
    return {static_cast<const float*>(scratch), rows.begin, g.k};
  }

  template <int mr, int nv>
  HONE_INLINE void finish(F32 (&acc)[mr][nv], const Rows&, kernels::Index row, kernels::Index column) const {
    const F32 lo = F32::splat(g.lo), hi = F32::splat(g.hi);
    float* c = g.c + row * g.ldc + column;
    HONE_UNROLL for (int j = 0; j < nv; ++j) {
      const kernels::Index left = g.n - column - j * F32::lanes;
      if (left >= F32::lanes) {
        const F32 bias = g.bias != nullptr ? F32::load(g.bias + column + j * F32::lanes) : F32::zero();
        HONE_UNROLL for (int i = 0; i < mr; ++i) {
          min(hi, max(lo, acc[i][j] + bias)).store(c + i * g.ldc + j * F32::lanes);
        }
      } else if (left > 0) {
        const auto count = static_cast<std::size_t>(left);
        const F32 bias = g.bias != nullptr ? F32::load_n(g.bias + column + j * F32::lanes, count) : F32::zero();
        HONE_UNROLL for (int i = 0; i < mr; ++i) {
          min(hi, max(lo, acc[i][j] + bias)).store_n(c + i * g.ldc + j * F32::lanes, count);
        }
      }
    }
  }
};

inline void run_gemm_f32(const kernels::GemmF32& g, kernels::Range rows, kernels::Range panels, void* scratch) {
  compute(ProductF32{g}, rows, panels, scratch);
}
/// Bytes of scratch for each thread: the gathered rows and what a loose copy writes beyond; 0 when A is used as it lies.
inline std::size_t gemm_f32_scratch_bytes(kernels::Index k, bool window) {
  if (!window) return 0;
  return static_cast<std::size_t>(ProductF32::block_rows(k) * k + ProductF32::CopyRun::reach) * sizeof(float);
}

HONE_TABLE kernels::GemmF32Kernels gemm_f32_kernels = {Tile::mr,
                                                       static_cast<int>(panel_columns<DotF32>()),
                                                       &packed_elements<DotF32>,
                                                       &pack<DotF32>,
                                                       &gemm_f32_scratch_bytes,
                                                       &run_gemm_f32};

}  // namespace
}  // namespace hone::HONE_TIER_NS
