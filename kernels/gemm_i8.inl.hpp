// gemm_i8: acc[m,n] = sum_k (A[m,k] - a_zero) * (B[k,n] - b_zero) + bias[n] in int32, then requantised to s8 or u8,
// rescaled to float32, or stored as it is; included once per tier. A s8 or u8, B s8. Exact: the same bits on every tier.
//
// Rows of A are prepared a block at a time into scratch as Dot::Element, x + offset each (dot.hpp says which offset a
// tier needs), padded with 0 to whole groups. So, with s = x + offset,
//   acc = sum_k s * w  -  b_zero * sum_k s  +  folded[n],
//   folded[n] = bias[n] - (a_zero + offset) * sum_k (w[k,n] - b_zero)
// where `folded` is what GemmI8::bias holds. The sum over s is taken while preparing, only when b_zero is not 0.
// Equals ref::gemm_i8 exactly while |acc| < 2^31, which the operators prove.
// Limit: two dot products of one vector a cycle: 2 * m * n * k / (2 * lanes * group * 2) cycles.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "simd/dot.hpp"
#include "transpose.inl.hpp"
#include "gemm.inl.hpp"
#include "window.inl.hpp"
#include "requantize.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

struct DotI8 : IntegerDot {
  static constexpr int parts = 1;
  using Packed = std::int8_t;
  using Acc = I32;
};

/// to[i] = from[i] ^ flip. Runs are short in a convolution, so what is left of a vector goes by words, and the last vector
/// or word overlaps the one before it.
HONE_INLINE void copy_flipped(const std::uint8_t* from, std::uint8_t* to, kernels::Index count, std::uint8_t flip) {
  if (count >= U8::lanes) {
    const U8 flips = U8::splat(flip);
    for (kernels::Index i = 0; i < count - U8::lanes; i += U8::lanes) (U8::load(from + i) ^ flips).store(to + i);
    (U8::load(from + count - U8::lanes) ^ flips).store(to + count - U8::lanes);
  } else if (count >= 8) {
    const std::uint64_t flips = flip * 0x0101010101010101u;
    for (kernels::Index i = 0; i < count; i += 8) {
      const kernels::Index at = i + 8 <= count ? i : count - 8;
      std::uint64_t word;
      __builtin_memcpy(&word, from + at, 8);
      word ^= flips;
      __builtin_memcpy(to + at, &word, 8);
    }
  } else {
    for (kernels::Index i = 0; i < count; ++i) to[i] = from[i] ^ flip;
  }
}
/// The same widened to int16; nothing is added to values there.
template <class T> HONE_INLINE void copy_widened(const T* from, std::int16_t* to, kernels::Index count) {
  kernels::Index i = 0;
  for (; i + I16::lanes <= count; i += I16::lanes) I16::load(from + i).store(to + i);
  if (i < count && count >= I16::lanes) {
    I16::load(from + count - I16::lanes).store(to + count - I16::lanes);
  } else {
    for (; i < count; ++i) to[i] = from[i];
  }
}

/// Sum of the elements of a prepared row, whose padding is 0.
template <class Element> HONE_INLINE std::int32_t sum_of(const Element* row, kernels::Index count) {
  kernels::Index i = 0;
  I32 sums = I32::zero();
  if constexpr (sizeof(Element) == 2) {
    const std::int16_t ones[2] = {1, 1};
    for (; i + I16::lanes <= count; i += I16::lanes) sums = madd(I16::load(row + i), I16::splat_pair(ones), sums);
  } else {
    for (; i + I32::lanes <= count; i += I32::lanes) sums = sums + I32::load(row + i);
  }
  std::int32_t parts[I32::lanes];
  sums.store(parts);
  std::int32_t sum = 0;
  for (const std::int32_t part : parts) sum += part;
  for (; i < count; ++i) sum += row[i];
  return sum;
}

/// Appends values of A to a row of scratch, as elements.
template <class T> struct PrepareRun {
  using Element = DotI8::Element;
  Element* to;
  T padding;  // the zero point

  static constexpr std::int32_t offset = std::is_signed_v<T> ? DotI8::offset_signed : DotI8::offset_unsigned;
  static constexpr kernels::Index reach = 16;

  HONE_INLINE void loose(const T* from, kernels::Index count) {
    if constexpr (sizeof(Element) == 2) {
      if (I16::lanes == reach && count > 4) {
        I16::load(from).store(to);
      } else {  // a store of 32 bytes for a few costs more than it saves: half of them cross a line of the cache
        for (kernels::Index i = 0; i < count; ++i) to[i] = from[i];
      }
    } else {
      copy_flipped(reinterpret_cast<const std::uint8_t*>(from), reinterpret_cast<std::uint8_t*>(to), reach,
                   offset == 0 ? 0 : 0x80);
    }
    to += count;
  }
  HONE_INLINE void operator()(const T* from, kernels::Index count) {
    if (from == nullptr) {
      for (kernels::Index i = 0; i < count; ++i) to[i] = static_cast<Element>(padding + offset);
    } else if constexpr (sizeof(Element) == 2) {
      copy_widened(from, to, count);
    } else {  // adding 128 modulo 256 is flipping the top bit
      copy_flipped(reinterpret_cast<const std::uint8_t*>(from), reinterpret_cast<std::uint8_t*>(to), count,
                   offset == 0 ? 0 : 0x80);
    }
    to += count;
  }
};

struct ProductI8 {
  using Dot = DotI8;
  using Element = DotI8::Element;
  struct Rows {
    const Element* first;
    const std::int32_t* terms;  // -b_zero * sum of the row's elements, or null
    kernels::Index begin, stride;
    HONE_INLINE const Element* at(kernels::Index row) const { return first + (row - begin) * stride; }
  };
  const kernels::GemmI8& g;

  static constexpr kernels::Index groups_of(kernels::Index k) { return (k + Dot::group - 1) / Dot::group; }
  HONE_INLINE kernels::Index groups() const { return groups_of(g.k); }
  HONE_INLINE kernels::Index rows() const { return g.m; }
  HONE_INLINE kernels::Index columns() const { return g.n; }
  HONE_INLINE const std::int8_t* packed() const { return g.b; }
  HONE_INLINE I32 start(kernels::Index column) const { return I32::load(g.bias + column); }

  /// Rows whose elements fill 64 kB: in L2, and enough of them that a panel of B is read from L1 many times.
  static constexpr kernels::Index block_rows(kernels::Index k) {
    const kernels::Index bytes = groups_of(k) * Dot::group * static_cast<kernels::Index>(sizeof(Element));
    const kernels::Index fit = bytes > 0 ? 65536 / bytes : 1024;
    const kernels::Index rows = fit < Tile::mr ? Tile::mr : fit / Tile::mr * Tile::mr;
    return rows < 1024 ? rows : 1024 / Tile::mr * Tile::mr;
  }
  /// Bytes of the row terms, which lie before the prepared rows in scratch.
  static constexpr kernels::Index terms_bytes(kernels::Index k) { return (block_rows(k) * 4 + 63) / 64 * 64; }

  /// Whether rows are what Dot multiplies already: no copy, and so no block of rows, is needed.
  HONE_INLINE bool as_it_lies() const {
    const std::int32_t offset = g.a_unsigned ? Dot::offset_unsigned : Dot::offset_signed;
    return sizeof(Element) == 1 && offset == 0 && g.k % Dot::group == 0 && g.window == nullptr && g.b_zero == 0;
  }
  kernels::Index block_end(kernels::Index begin, kernels::Index end) const {
    if (as_it_lies()) return end;
    const kernels::Index block = begin + block_rows(g.k);
    return block < end ? block : end;
  }

  Rows prepare(kernels::Range rows, void* scratch) const {
    if (as_it_lies()) return {static_cast<const Element*>(g.a) + rows.begin * g.lda, nullptr, rows.begin, g.lda};
    return g.a_unsigned ? prepare_as<std::uint8_t>(rows, scratch) : prepare_as<std::int8_t>(rows, scratch);
  }
  template <class T> Rows prepare_as(kernels::Range rows, void* scratch) const {
    auto* terms = static_cast<std::int32_t*>(scratch);
    auto* to = reinterpret_cast<Element*>(static_cast<char*>(scratch) + terms_bytes(g.k));
    const kernels::Index stride = groups() * Dot::group;
    const Rows prepared{to, g.b_zero != 0 ? terms : nullptr, rows.begin, stride};
    if (g.window == nullptr && g.lda == stride && g.k == stride && g.b_zero == 0) {  // one run: short rows cost less
      PrepareRun<T> run{to, T{}};
      run(static_cast<const T*>(g.a) + rows.begin * stride, (rows.end - rows.begin) * stride);
      return prepared;
    }
    const auto padding = static_cast<T>(g.a_zero);
    const T* a = static_cast<const T*>(g.a);
    if (g.window != nullptr) {
      WindowCursor pixel(*g.window, rows.begin);
      for (kernels::Index r = rows.begin; r < rows.end; ++r, to += stride, pixel.next()) {
        PrepareRun<T> run{to, padding};
        for_each_run(pixel, a, run);
        finish_row(to, stride, terms + (r - rows.begin));
      }
    } else {
      for (kernels::Index r = rows.begin; r < rows.end; ++r, to += stride) {
        PrepareRun<T> run{to, padding};
        run(a + r * g.lda, g.k);
        finish_row(to, stride, terms + (r - rows.begin));
      }
    }
    return prepared;
  }

  HONE_INLINE void finish_row(Element* row, kernels::Index stride, std::int32_t* term) const {
    // Fewer than a group; as a plain loop it would become a call of memset.
    HONE_UNROLL for (int i = 1; i < Dot::group; ++i) {
      if (g.k <= stride - i) row[stride - i] = 0;
    }
    if (g.b_zero != 0) *term = -g.b_zero * sum_of(row, stride);
  }

  template <int mr, int nv>
  HONE_INLINE void finish(I32 (&acc)[mr][nv], const Rows& rows, kernels::Index row, kernels::Index column) const {
    alignas(64) std::int32_t sums[mr * nv * I32::lanes];  // (mr, nv * lanes)
    HONE_UNROLL for (int i = 0; i < mr * nv; ++i) acc[i / nv][i % nv].store(sums + i * I32::lanes);
    finish_sums(sums, nv * I32::lanes, mr, rows, row, column);
  }

  /// Compiled once for tiles of every size: it reads the sums back from L1, which costs little beside rounding them.
  HONE_NOINLINE void finish_sums(std::int32_t* sums, kernels::Index width, kernels::Index count, const Rows& rows,
                                 kernels::Index row, kernels::Index column) const {
    if (rows.terms != nullptr) {
      for (kernels::Index i = 0; i < count; ++i) {
        const I32 term = I32::splat(rows.terms[row - rows.begin + i]);
        for (kernels::Index j = i * width; j < (i + 1) * width; j += I32::lanes)
          (I32::load(sums + j) + term).store(sums + j);
      }
    }
    const kernels::Index n = g.n - column < width ? g.n - column : width;
    const kernels::Index at = row * g.ldc + column;
    switch (g.output) {
      case kernels::Output::s8:
        return requantize(g.requantize, sums, width, count, column, n, static_cast<std::int8_t*>(g.c) + at, g.ldc);
      case kernels::Output::u8:
        return requantize(g.requantize, sums, width, count, column, n, static_cast<std::uint8_t*>(g.c) + at, g.ldc);
      case kernels::Output::f32: return store_rescaled(sums, width, count, row, column, n);
      case kernels::Output::s32: break;
    }
    auto* c = static_cast<std::int32_t*>(g.c) + at;
    for (kernels::Index i = 0; i < count; ++i, c += g.ldc, sums += width) {
      kernels::Index j = 0;
      for (; j + I32::lanes <= n; j += I32::lanes) I32::load(sums + j).store(c + j);
      for (; j < n; ++j) c[j] = sums[j];
    }
  }

  /// Rows of `width` sums, the first n of them wanted: acc * (row * column) + bias.
  HONE_INLINE void store_rescaled(const std::int32_t* sums, kernels::Index width, kernels::Index count,
                                  kernels::Index row, kernels::Index column, kernels::Index n) const {
    const kernels::Rescaled& r = g.rescaled;
    const F32 lo = F32::splat(r.lo), hi = F32::splat(r.hi);
    for (kernels::Index i = 0; i < count; ++i, sums += width) {
      const F32 scale = F32::splat(r.row[row + i]);
      float* c = static_cast<float*>(g.c) + (row + i) * g.ldc + column;
      for (kernels::Index j = 0; j < n; j += I32::lanes) {
        const auto some = static_cast<std::size_t>(n - j < I32::lanes ? n - j : I32::lanes);
        const F32 by = scale * F32::load_n(r.column + column + j, some);
        const F32 bias = r.bias != nullptr ? F32::load_n(r.bias + column + j, some) : F32::zero();
        min(hi, max(lo, to_f32(I32::load(sums + j)) * by + bias)).store_n(c + j, some);
      }
    }
  }
};

HONE_WHEN_USED void run_gemm_i8(const kernels::GemmI8& g, kernels::Range rows, kernels::Range panels, void* scratch) {
  compute(ProductI8{g}, rows, panels, scratch);
}
/// Bytes of scratch for each thread: a block of prepared rows, what a loose copy writes beyond, and their terms.
inline std::size_t gemm_i8_scratch_bytes(kernels::Index k) {
  const kernels::Index stride =
      ProductI8::groups_of(k) * DotI8::group * static_cast<kernels::Index>(sizeof(DotI8::Element));
  constexpr kernels::Index beyond = PrepareRun<std::int8_t>::reach * sizeof(DotI8::Element);
  return static_cast<std::size_t>(ProductI8::terms_bytes(k) + ProductI8::block_rows(k) * stride + beyond);
}

HONE_TABLE kernels::GemmI8Kernels gemm_i8_kernels = {Tile::mr,
                                                     static_cast<int>(panel_columns<DotI8>()),
                                                     DotI8::offset_signed,
                                                     DotI8::offset_unsigned,
                                                     &packed_elements<DotI8>,
                                                     &pack<DotI8>,
                                                     &gemm_i8_scratch_bytes,
                                                     &run_gemm_i8<when_used>};

}  // namespace
}  // namespace hone::HONE_TIER_NS
