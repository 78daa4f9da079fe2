// gemm: the loops every dense matrix product shares, whatever its type; included once per tier.
//
// A data type is a `Dot` (how A and B are stored and multiplied, see dot.hpp) and a `Product` that prepares rows of A,
// says what the sums start from and finishes tiles of C; gemm_f32.inl.hpp and gemm_i8.inl.hpp are the two to copy from.
//
// Layouts, with kg = ceil(k / Dot::group) groups along k:
//   A  rows of kg * group elements, row-major (as it lies, or prepared a block at a time in scratch)
//   B  panels (n / nr, kg, nr, group), packed once; columns beyond n and elements beyond k are 0. A last panel with at
//      most one vector of columns left is (kg, lanes, group).
//   C  row-major, written a tile (mr, nr) at a time
// Loop order: a block of rows, then panels, then tiles, so that one panel (k * nr elements, 32 kB for f32 at k = 256)
// stays in L1 while the rows of A stream past it.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "transpose.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

// mr x nv vectors of accumulators, nv of B and one of A must fit the registers: 32 of AVX-512 and NEON, 16 below.
// mr * nv must cover 2 multiply-add ports * 4 cycles of latency = 8 chains.
struct Tile {
#if HONE_VECTOR_REGISTERS >= 32 && HONE_VECTOR_BYTES >= 64
  static constexpr int mr = 12, nv = 2;  // 24 + 2 + 1 = 27 of 32 registers; 14 loads for 24 multiply-adds
#elif HONE_VECTOR_REGISTERS >= 32
  // 16 + 4 + 4 = 24 of 32; 8 loads for 16. g++ loads all rows of A ahead: with 6 rows accumulators would spill.
  static constexpr int mr = 4, nv = 4;
#else
  static constexpr int mr = 6, nv = 2;  // 12 + 2 + 1 = 15 of 16; 8 loads for 12
#endif
  static constexpr int mr_middle = mr > 4 ? mr / 3 : 2;  // rows left over are done so many at a time, then singly
};

/// Columns of B in a full panel.
template <class Dot> constexpr kernels::Index panel_columns() { return Tile::nv * Dot::Acc::lanes; }

/// One vector of B, or the part of its groups that is multiplied first, second, ...
template <class Dot> HONE_INLINE typename Dot::B load_part(const typename Dot::Packed* p, [[maybe_unused]] int part) {
  if constexpr (Dot::parts == 1)
    return Dot::load(p);
  else
    return Dot::load(p, part);
}

/// acc[i][j] += sum over groups of a[i] . panel[., j]; a: row i at a + i * lda, panel: (groups, nv, lanes, group).
template <class Dot, int mr, int nv>
HONE_INLINE void multiply(kernels::Index groups, const typename Dot::Element* a, kernels::Index lda,
                          const typename Dot::Packed* panel, typename Dot::Acc (&acc)[mr][nv]) {
  constexpr int step = Dot::Acc::lanes * Dot::group;  // (lanes, group): one vector of B
  constexpr int half = mr > 8 ? mr / 2 : mr;  // 12 row offsets do not fit x86's general registers: two pointers into A
  const typename Dot::Element* lower = half < mr ? a + half * lda : a;
  for (kernels::Index g = 0; g < groups; ++g, a += Dot::group, lower += Dot::group, panel += nv * step) {
    HONE_UNROLL for (int part = 0; part < Dot::parts; ++part) {
      typename Dot::B b[nv];
      HONE_UNROLL for (int j = 0; j < nv; ++j) b[j] = load_part<Dot>(panel + j * step, part);
      HONE_UNROLL for (int i = 0; i < mr; ++i) {
        const typename Dot::A ai = Dot::splat((i < half ? a + i * lda : lower + (i - half) * lda) + part);
        HONE_UNROLL for (int j = 0; j < nv; ++j) acc[i][j] = Dot::dot(ai, b[j], acc[i][j]);
      }
    }
  }
}

/// sums[i][j] += one group of a[i] . panels[., j], for `panels` panels a panel_stride apart.
template <class Dot, int mr, int nv, int panels>
HONE_INLINE void multiply_group(const typename Dot::Element* a, kernels::Index lda, const typename Dot::Packed* panel,
                                kernels::Index panel_stride, typename Dot::Acc (&sums)[mr][nv * panels]) {
  constexpr int step = Dot::Acc::lanes * Dot::group;
  HONE_UNROLL for (int part = 0; part < Dot::parts; ++part) {
    typename Dot::A rows[mr];
    HONE_UNROLL for (int i = 0; i < mr; ++i) rows[i] = Dot::splat(a + i * lda + part);
    HONE_UNROLL for (int j = 0; j < nv * panels; ++j) {
      const typename Dot::B b = load_part<Dot>(panel + j / nv * panel_stride + j % nv * step, part);
      HONE_UNROLL for (int i = 0; i < mr; ++i) sums[i][j] = Dot::dot(rows[i], b, sums[i][j]);
    }
  }
}

/// The same as multiply for few rows, where each vector of B is used once or twice and must come as fast as memory gives it:
/// two panels at once, so that there are fewer loads of A beside those of B; and with `chains` sums for each output, which hide
/// the latency of the multiply-adds that a tile of many rows hides by its rows.
template <class Dot, int mr, int nv, int panels, int chains>
HONE_INLINE void multiply_thin(kernels::Index groups, const typename Dot::Element* a, kernels::Index lda,
                               const typename Dot::Packed* panel, typename Dot::Acc (&acc)[mr][nv * panels]) {
  constexpr int group = nv * Dot::Acc::lanes * Dot::group, width = nv * panels;
  const kernels::Index panel_stride = groups * group;
  typename Dot::Acc more[chains][mr][width];  // beside acc; the first is not used
  HONE_UNROLL for (int i = 0; i < chains * mr * width; ++i) {
    more[i / (mr * width)][i / width % mr][i % width] = Dot::Acc::zero();
  }
  for (; groups >= chains; groups -= chains, a += chains * Dot::group, panel += chains * group) {
    if constexpr (mr > 2) {  // multiply-adds enough to hide the asking: otherwise reading waits for them
      HONE_UNROLL for (std::size_t byte = 0; byte < chains * group * sizeof(typename Dot::Packed); byte += 64) {
        __builtin_prefetch(reinterpret_cast<const char*>(panel) + 4096 + byte);
      }
    }
    multiply_group<Dot, mr, nv, panels>(a, lda, panel, panel_stride, acc);
    HONE_UNROLL for (int u = 1; u < chains; ++u) {
      multiply_group<Dot, mr, nv, panels>(a + u * Dot::group, lda, panel + u * group, panel_stride, more[u]);
    }
  }
  for (; groups > 0; --groups, a += Dot::group, panel += group) {
    multiply_group<Dot, mr, nv, panels>(a, lda, panel, panel_stride, acc);
  }
  HONE_UNROLL for (int i = mr * width; i < chains * mr * width; ++i) {
    acc[i / width % mr][i % width] = acc[i / width % mr][i % width] + more[i / (mr * width)][i / width % mr][i % width];
  }
}

/// One tile of C: mr rows from `row`, nv vectors of columns from `column`.
template <class Product, int mr, int nv>
HONE_NOINLINE void compute_tile(const Product& product, const typename Product::Rows& rows, kernels::Index row,
                                kernels::Index column, const typename Product::Dot::Packed* panel) {
  using Dot = typename Product::Dot;
  typename Dot::Acc acc[mr][nv];
  HONE_UNROLL for (int i = 0; i < mr; ++i) {
    HONE_UNROLL for (int j = 0; j < nv; ++j) acc[i][j] = product.start(column + j * Dot::Acc::lanes);
  }
  multiply<Dot, mr, nv>(product.groups(), rows.at(row), rows.stride, panel, acc);
  product.template finish<mr, nv>(acc, rows, row, column);
}

template <class Product, int nv>
HONE_INLINE void compute_column(const Product& product, const typename Product::Rows& rows, kernels::Range range,
                                kernels::Index column, const typename Product::Dot::Packed* panel) {
  kernels::Index row = range.begin;
  for (; row + Tile::mr <= range.end; row += Tile::mr) {
    compute_tile<Product, Tile::mr, nv>(product, rows, row, column, panel);
  }
  for (; row + Tile::mr_middle <= range.end; row += Tile::mr_middle) {
    compute_tile<Product, Tile::mr_middle, nv>(product, rows, row, column, panel);
  }
  for (; row < range.end; ++row) compute_tile<Product, 1, nv>(product, rows, row, column, panel);
}

/// A product of so many rows is computed by thin tiles, of all its rows. Not with SSE2 alone, which no CPU of the last ten years
/// is left with: each unit that includes the headers would compile six more functions for it.
#if HONE_VECTOR_BYTES == 16 && HONE_VECTOR_REGISTERS < 32
constexpr int thin_rows = 0;
#else
constexpr int thin_rows = 4;
#endif

/// All mr rows of C, `panels` panels of nv vectors of columns from `column`. `streams` panels at once are usual: with them there
/// are 8 sums at least, 2 ports * 4 cycles. One panel alone has as many to an output, so that the order of additions does not
/// depend on where threads divide the panels.
template <class Product, int mr, int nv, int streams, int panels>
HONE_NOINLINE void compute_thin_tile(const Product& product, const typename Product::Rows& rows, kernels::Index row,
                                     kernels::Index column, const typename Product::Dot::Packed* panel) {
  using Dot = typename Product::Dot;
  constexpr int width = nv * panels, usual = mr * Tile::nv * streams, chains = usual < 8 ? 8 / usual : 1;
  typename Dot::Acc acc[mr][width];
  HONE_UNROLL for (int i = 0; i < mr; ++i) {
    HONE_UNROLL for (int j = 0; j < width; ++j) acc[i][j] = product.start(column + j * Dot::Acc::lanes);
  }
  multiply_thin<Dot, mr, nv, panels, chains>(product.groups(), rows.at(row), rows.stride, panel, acc);
  product.template finish<mr, width>(acc, rows, row, column);
}

/// The thin tile of as many rows as the range has, 3 or 4 of them panel by panel: they use the registers up.
template <class Product, int nv, int streams, int panels>
HONE_INLINE void compute_thin(const Product& product, const typename Product::Rows& rows, kernels::Range range,
                              kernels::Index column, const typename Product::Dot::Packed* panel) {
  const kernels::Index count = range.end - range.begin, row = range.begin;
  if (count == 1) return compute_thin_tile<Product, 1, nv, streams, panels>(product, rows, row, column, panel);
  if (count < 4) compute_thin_tile<Product, 2, nv, 2, panels>(product, rows, row, column, panel);
  if (count == 3) compute_thin_tile<Product, 1, nv, streams, panels>(product, rows, row + 2, column, panel);
  if (count < 4) return;
  for (int p = 0; p < panels; ++p, column += nv * Product::Dot::Acc::lanes) {
    compute_thin_tile<Product, 4, nv, 1, 1>(product, rows, row, column, panel);
    panel += product.groups() * nv * Product::Dot::Acc::lanes * Product::Dot::group;
  }
}

/// All rows of C and panels [panels.begin, panels.end), thin. From memory, two panels at once keep twice as many lines on their way:
/// 51 GB/s where one gives 23 (AVX2, Zen 5); from the caches one is faster, 166 GB/s to 127.
template <class Product>
HONE_INLINE void compute_thin_panels(const Product& product, const typename Product::Rows& rows, kernels::Range range,
                                     kernels::Range panels) {
  using Dot = typename Product::Dot;
  constexpr kernels::Index nr = panel_columns<Dot>(), cached_bytes = 1 << 20;
  const kernels::Index panel_elements = nr * product.groups() * Dot::group, whole = product.columns() / nr;
  const kernels::Index bytes = whole * panel_elements * static_cast<kernels::Index>(sizeof(typename Dot::Packed));
  const bool stream =
      bytes > cached_bytes || product.rows() == 2;  // two rows are faster so from the caches too: 98 to 84
  for (kernels::Index p = panels.begin; p < panels.end; ++p) {
    const typename Dot::Packed* panel = product.packed() + p * panel_elements;
    if (product.columns() - p * nr <= Dot::Acc::lanes) {
      compute_column<Product, 1>(product, rows, range, p * nr, panel);
    } else if (!stream) {
      compute_thin<Product, Tile::nv, 1, 1>(product, rows, range, p * nr, panel);
    } else if (p % 2 == 0 && p + 1 < panels.end && p + 1 < whole) {
      compute_thin<Product, Tile::nv, 2, 2>(product, rows, range, p * nr, panel);
      ++p;
    } else {
      compute_thin<Product, Tile::nv, 2, 1>(product, rows, range, p * nr, panel);
    }
  }
}

/// Rows [rows.begin, rows.end) x panels [panels.begin, panels.end) of C.
template <class Product>
void compute(const Product& product, kernels::Range rows, kernels::Range panels, void* scratch) {
  using Dot = typename Product::Dot;
  constexpr kernels::Index nr = panel_columns<Dot>();
  for (kernels::Index begin = rows.begin; begin < rows.end;) {
    const kernels::Index end = product.block_end(begin, rows.end);
    const typename Product::Rows block = product.prepare({begin, end}, scratch);
    if constexpr (thin_rows > 0) {
      if (product.rows() <= thin_rows) {
        compute_thin_panels(product, block, {begin, end}, panels);
        return;  // a block holds as many rows
      }
    }
    for (kernels::Index p = panels.begin; p < panels.end; ++p) {
      const kernels::Index column = p * nr;
      const typename Dot::Packed* panel = product.packed() + column * product.groups() * Dot::group;
      if (product.columns() - column <= Dot::Acc::lanes) {
        compute_column<Product, 1>(product, block, {begin, end}, column, panel);
      } else {
        compute_column<Product, Tile::nv>(product, block, {begin, end}, column, panel);
      }
    }
    begin = end;
  }
}

/// Packed elements of an (k, n) B.
template <class Dot> kernels::Index packed_elements(kernels::Index k, kernels::Index n) {
  constexpr kernels::Index nr = panel_columns<Dot>(), lanes = Dot::Acc::lanes;
  const kernels::Index groups = (k + Dot::group - 1) / Dot::group;
  const kernels::Index tail = n % nr == 0 ? 0 : n % nr <= lanes ? lanes : nr;
  return (n / nr * nr + tail) * groups * Dot::group;
}

/// B element (kk, c) lies at b[kk * stride_k + c * stride_n]; either orientation is packed the same.
template <class Dot>
void pack(kernels::Index k, kernels::Index n, const typename Dot::Packed* b, kernels::Index stride_k,
          kernels::Index stride_n, typename Dot::Packed* packed) {
  constexpr kernels::Index nr = panel_columns<Dot>(), lanes = Dot::Acc::lanes;
  const kernels::Index groups = (k + Dot::group - 1) / Dot::group;
  for (kernels::Index column = 0; column < n; column += nr) {
    const kernels::Index width = n - column <= lanes ? lanes : nr;
    if constexpr (std::is_same_v<typename Dot::Packed, float>) {  // matrices that are packed for one product alone
      if (stride_n == 1 && column + width <= n) {
        for (kernels::Index g = 0; g < groups; ++g, packed += width) {
          for (kernels::Index j = 0; j < width; j += lanes) F32::load(b + g * stride_k + column + j).store(packed + j);
        }
        continue;
      }
      if (stride_k == 1 && column + width <= n) {  // (width, k) to (k, width)
        run_transpose<VectorTile, float>({k, b + column * stride_n, stride_n, packed, width}, {0, width});
        packed += k * width;
        continue;
      }
    }
    for (kernels::Index g = 0; g < groups; ++g) {
      for (kernels::Index j = 0; j < width; ++j) {
        for (kernels::Index e = 0; e < Dot::group; ++e) {
          const kernels::Index kk = g * Dot::group + e, c = column + j;
          *packed++ = kk < k && c < n ? b[kk * stride_k + c * stride_n] : typename Dot::Packed{};
        }
      }
    }
  }
}

}  // namespace
}  // namespace hone::HONE_TIER_NS
