// gemm_f32: C[m,n] = clamp(sum_k A[m,k] * B[k,n] + bias[n], lo, hi), float32; included once per tier.
// A as it lies (row stride lda), or gathered from an image a block of rows at a time; B in panels (gemm.inl.hpp).
// Any m, n, k >= 0. Reads nothing past A, writes nothing past C.
// Equals ref::gemm within 2 * k * eps * sum_k |A| |B|.
// Limit: 2 multiply-adds of one vector a cycle; 2 * m * n * k / (4 * lanes) cycles.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "transpose.inl.hpp"
#include "gemm.inl.hpp"
#include "window.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

struct DotF32 {
  static constexpr int group = 1, parts = 1;
  using Element = float;
  using Packed = float;
  using Acc = F32;
  using A = F32;
  using B = F32;
  static HONE_INLINE A splat(const float* p) { return F32::splat(*p); }
  static HONE_INLINE B load(const float* p) { return F32::load(p); }
  static HONE_INLINE F32 dot(A a, B b, F32 acc) { return fma(a, b, acc); }
};

/// The 16-bit type that A and C of some arguments may have, or float.
template <class Gemm> struct NarrowType { using Type = float; };
template <class Half> struct NarrowType<kernels::GemmHalf<Half>> { using Type = Half; };

/// Appends values of A to a row of scratch.
template <class From, class To> struct CopyRun {
  static constexpr kernels::Index reach = 16;
  To* to;
  HONE_INLINE void loose(const From* from, kernels::Index count) {
    HONE_UNROLL for (int i = 0; i < reach; i += F32::lanes) F32::load(from + i).store(to + i);
    to += count;
  }
  HONE_INLINE void operator()(const From* from, kernels::Index count) {
    for (kernels::Index i = 0; i < count; i += F32::lanes) {
      const kernels::Index left = count - i;
      const auto n = static_cast<std::size_t>(left < F32::lanes ? left : F32::lanes);
      const F32 v = from == nullptr ? F32::zero() : left < F32::lanes ? F32::load_n(from + i, n) : F32::load(from + i);
      if (left < F32::lanes)
        v.store_n(to + i, n);
      else
        v.store(to + i);
    }
    to += count;
  }
};

/// A product in float32; Gemm is kernels::GemmF32 or a GemmHalf.
template <class DotType, class Gemm> struct ProductFloat {
  using Dot = DotType;
  using Element = typename Dot::Element;
  using Narrow = typename NarrowType<Gemm>::Type;
  static constexpr bool has_narrow = !std::is_same_v<Narrow, float>;
  struct Rows {
    const Element* first;  // row `begin`
    kernels::Index begin, stride;
    HONE_INLINE const Element* at(kernels::Index row) const { return first + (row - begin) * stride; }
  };
  const Gemm& g;

  static constexpr kernels::Index groups_of(kernels::Index k) { return (k + Dot::group - 1) / Dot::group; }
  HONE_INLINE kernels::Index groups() const { return groups_of(g.k); }
  HONE_INLINE kernels::Index rows() const { return g.m; }
  HONE_INLINE kernels::Index columns() const { return g.n; }
  HONE_INLINE const typename Dot::Packed* packed() const { return g.b; }
  HONE_INLINE F32 start(kernels::Index) const { return F32::zero(); }

  /// Rows gathered from an image are kept to what fits half of a 32 kB L1, rows that are widened to 64 kB of L2, so that B is
  /// read less often; rows as they lie need no blocking.
  static constexpr kernels::Index block_rows(kernels::Index k) {
    constexpr kernels::Index most = has_narrow ? 16384 : 4096;
    const kernels::Index fit = k > 0 ? most / k : most;
    return fit < Tile::mr ? Tile::mr : fit / Tile::mr * Tile::mr;
  }
  HONE_INLINE bool as_it_lies() const {
    bool same_type = true;
    if constexpr (has_narrow) same_type = g.a_half == std::is_same_v<Element, Narrow>;
    return g.window == nullptr && same_type && g.k % Dot::group == 0;
  }
  kernels::Index block_end(kernels::Index begin, kernels::Index end) const {
    if (as_it_lies()) return end;
    const kernels::Index block = begin + block_rows(g.k);
    return block < end ? block : end;
  }

  Rows prepare(kernels::Range rows, void* scratch) const {
    if (as_it_lies()) return {static_cast<const Element*>(g.a) + rows.begin * g.lda, rows.begin, g.lda};
    if constexpr (has_narrow) {
      if (g.a_half) return prepare_from<Narrow>(rows, scratch);
    }
    return prepare_from<float>(rows, scratch);
  }
  template <class From> Rows prepare_from(kernels::Range rows, void* scratch) const {
    CopyRun<From, Element> copy{static_cast<Element*>(scratch)};
    const kernels::Index stride = groups() * Dot::group;
    const auto* a = static_cast<const From*>(g.a);
    if (g.window != nullptr) {
      WindowCursor pixel(*g.window, rows.begin);
      for (kernels::Index p = rows.begin; p < rows.end; ++p, pixel.next()) {
        for_each_run(pixel, a, copy);
        if (g.k < stride) copy(nullptr, stride - g.k);
      }
    } else {
      for (kernels::Index p = rows.begin; p < rows.end; ++p) {
        copy(a + p * g.lda, g.k);
        if (g.k < stride) copy(nullptr, stride - g.k);
      }
    }
    return {static_cast<const Element*>(scratch), rows.begin, stride};
  }

  template <int mr, int nv>
  HONE_INLINE void finish(F32 (&acc)[mr][nv], const Rows&, kernels::Index row, kernels::Index column) const {
    if constexpr (has_narrow) {
      if (g.c_half) return store_tile(acc, static_cast<Narrow*>(g.c) + row * g.ldc + column, column);
    }
    store_tile(acc, static_cast<float*>(g.c) + row * g.ldc + column, column);
  }
  template <int mr, int nv, class To>
  HONE_INLINE void store_tile(F32 (&acc)[mr][nv], To* c, kernels::Index column) const {
    const kernels::Index left = g.n - column;
    if (left < nv * F32::lanes) {
      float tile[mr * nv * F32::lanes];
      HONE_UNROLL for (int i = 0; i < mr; ++i) {
        HONE_UNROLL for (int j = 0; j < nv; ++j) acc[i][j].store(tile + (i * nv + j) * F32::lanes);
      }
      return store_part<nv * F32::lanes>(tile, mr, c, column, left);
    }
    const F32 lo = F32::splat(g.lo), hi = F32::splat(g.hi);
    HONE_UNROLL for (int j = 0; j < nv; ++j) {
      const F32 bias = g.bias != nullptr ? F32::load(g.bias + column + j * F32::lanes) : F32::zero();
      HONE_UNROLL for (int i = 0; i < mr; ++i) {
        min(hi, max(lo, acc[i][j] + bias)).store(c + i * g.ldc + j * F32::lanes);
      }
    }
  }
  /// The `left` < width columns that C has of a tile (rows, width). A function of its own: inlined, its partial loads and
  /// stores are most of what a tile's function takes to compile.
  template <int width, class To>
  HONE_NOINLINE void store_part(const float* tile, int rows, To* c, kernels::Index column, kernels::Index left) const {
    const F32 lo = F32::splat(g.lo), hi = F32::splat(g.hi);
    for (kernels::Index j = 0; j < left; j += F32::lanes) {
      const auto count = static_cast<std::size_t>(left - j < F32::lanes ? left - j : F32::lanes);
      const F32 bias = g.bias != nullptr ? F32::load_n(g.bias + column + j, count) : F32::zero();
      for (int i = 0; i < rows; ++i) {
        min(hi, max(lo, F32::load(tile + i * width + j) + bias)).store_n(c + i * g.ldc + j, count);
      }
    }
  }
};
using ProductF32 = ProductFloat<DotF32, kernels::GemmF32>;

HONE_WHEN_USED void run_gemm_f32(const kernels::GemmF32& g, kernels::Range rows, kernels::Range panels, void* scratch) {
  compute(ProductF32{g}, rows, panels, scratch);
}
/// Bytes of scratch for each thread: the gathered rows and what a loose copy writes beyond; 0 when A is used as it lies.
inline std::size_t gemm_f32_scratch_bytes(kernels::Index k, bool window) {
  if (!window) return 0;
  return static_cast<std::size_t>(ProductF32::block_rows(k) * k + CopyRun<float, float>::reach) * sizeof(float);
}

HONE_TABLE kernels::GemmF32Kernels gemm_f32_kernels = {Tile::mr,
                                                       static_cast<int>(panel_columns<DotF32>()),
                                                       &packed_elements<DotF32>,
                                                       &pack<DotF32>,
                                                       &gemm_f32_scratch_bytes,
                                                       &run_gemm_f32<when_used>};

}  // namespace
}  // namespace hone::HONE_TIER_NS
