// binary_f32: out[r, c] = clamp(f(a[r, c], b[r, c]), lo, hi), float32, for every f of HONE_BINARY_FUNCTIONS; included once per tier.
// Rows of any length; either operand may repeat one row, or one value along each row (Operand). Exact: the functions are
// rounded once, squared_difference twice. NaN stays NaN, in min and max too.
// Equals ref::binary bit for bit.
// Limit: 12 bytes an element from memory, or from L1 two loads and a store of a vector, 1 to 2 cycles.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "math.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

template <kernels::Binary f> HONE_INLINE F32 apply(F32 a, F32 b) {
  using B = kernels::Binary;
  if constexpr (f == B::add) return a + b;
  if constexpr (f == B::sub) return a - b;
  if constexpr (f == B::mul) return a * b;
  if constexpr (f == B::div) return a / b;
  if constexpr (f == B::min) return min_or_nan(a, b);
  if constexpr (f == B::max) return max_or_nan(a, b);
  if constexpr (f == B::squared_difference) return (a - b) * (a - b);
  if constexpr (f == B::prelu) return if_less(a, F32::zero(), a * b, a);
}

/// One row of an operand. One value for the whole row is read from a vector of copies, again and again: the loop is the same.
struct OperandRow {
  float copies[F32::lanes];
  const float* data;
  kernels::Index step;  // 1 or 0
  HONE_INLINE OperandRow(const kernels::Operand& o, kernels::Index r, kernels::Index begin) : step(o.column) {
    data = o.data + r * o.row + begin * o.column;
    if (step == 0) {
      F32::splat(*data).store(copies);
      data = copies;
    }
  }
};

template <kernels::Binary f>
void run_binary_f32(const kernels::BinaryF32& g, kernels::Range rows, kernels::Range columns) {
  constexpr int unrolled = 4;
  const kernels::Index n = columns.end - columns.begin;
  const F32 lo = F32::splat(g.lo), hi = F32::splat(g.hi);
  for (kernels::Index r = rows.begin; r < rows.end; ++r) {
    const OperandRow a(g.a, r, columns.begin), b(g.b, r, columns.begin);
    const float *pa = a.data, *pb = b.data;
    float* out = g.out + r * g.ldc + columns.begin;
    const kernels::Index step_a = a.step * F32::lanes, step_b = b.step * F32::lanes;
    kernels::Index left = n;
    for (; left >= unrolled * F32::lanes; left -= unrolled * F32::lanes, out += unrolled * F32::lanes) {
      HONE_UNROLL for (int i = 0; i < unrolled; ++i, pa += step_a, pb += step_b) {
        min(hi, max(lo, apply<f>(F32::load(pa), F32::load(pb)))).store(out + i * F32::lanes);
      }
    }
    for (; left > 0; left -= F32::lanes, out += F32::lanes, pa += step_a, pb += step_b) {
      const auto count = static_cast<std::size_t>(left < F32::lanes ? left : F32::lanes);
      min(hi, max(lo, apply<f>(F32::load_n(pa, count), F32::load_n(pb, count)))).store_n(out, count);
    }
  }
}

#define HONE_ROW(name) &run_binary_f32<kernels::Binary::name>,
HONE_TABLE kernels::BinaryKernels binary_kernels = {{HONE_BINARY_FUNCTIONS(HONE_ROW)}};
#undef HONE_ROW

}  // namespace
}  // namespace hone::HONE_TIER_NS
