// reduce: out[o, i] = sum, mean, max, min or sum of squares over kk of in[o, kk, i], float32; included once per tier.
// Over the last axis (inner = 1) four vectors of partial results at a time; over a middle axis four vectors of columns, row by row.
// Equals ref::reduce: max and min exactly, sums within k * eps * sum |x|. NaN in, NaN out.
// Limit: memory: 4 bytes an element read once; from L1 two vectors a cycle, which four chains of 4 cycles allow half of.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "math.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

template <kernels::Reduce f> HONE_INLINE F32 reduce_start() {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  return F32::splat(f == kernels::Reduce::max ? -infinity : f == kernels::Reduce::min ? infinity : 0.0F);
}
template <kernels::Reduce f> HONE_INLINE F32 reduce_step(F32 so_far, F32 x) {
  if constexpr (f == kernels::Reduce::max) return max_or_nan(so_far, x);
  if constexpr (f == kernels::Reduce::min) return min_or_nan(so_far, x);
  if constexpr (f == kernels::Reduce::sum_of_squares) return fma(x, x, so_far);
  return so_far + x;
}
/// Partial results put together.
template <kernels::Reduce f> HONE_INLINE F32 reduce_join(F32 a, F32 b) {
  constexpr bool squares = f == kernels::Reduce::sum_of_squares;
  return reduce_step < squares ? kernels::Reduce::sum : f > (a, b);
}

/// The lanes of a vector put together.
template <kernels::Reduce f> HONE_INLINE float reduce_lanes(F32 v) {
  if constexpr (f == kernels::Reduce::min) return -reduce_lanes<kernels::Reduce::max>(negate(v));
  if constexpr (f == kernels::Reduce::
                         max) {  // reduce_max may overlook NaN: those lanes are neither below infinity nor above 0
    const F32 infinity = F32::splat(std::numeric_limits<float>::infinity()), one = F32::splat(1);
    const F32 is_nan = if_less(v, infinity, F32::zero(), if_less(F32::zero(), v, F32::zero(), one));
    if (reduce_add(is_nan) > 0) return std::numeric_limits<float>::quiet_NaN();
    return reduce_max(v);
  }
  return reduce_add(v);
}

/// Over x[0] ... x[n - 1]; the mean's sum is not divided yet.
template <kernels::Reduce f> HONE_NOINLINE float reduce_row(const float* x, kernels::Index n) {
  constexpr int chains = 4;
  F32 part[chains];
  HONE_UNROLL for (int j = 0; j < chains; ++j) part[j] = reduce_start<f>();
  kernels::Index i = 0;
  for (; i + chains * F32::lanes <= n; i += chains * F32::lanes) {
    HONE_UNROLL for (int j = 0; j < chains; ++j) part[j] = reduce_step<f>(part[j], F32::load(x + i + j * F32::lanes));
  }
  for (; i + F32::lanes <= n; i += F32::lanes) part[0] = reduce_step<f>(part[0], F32::load(x + i));
  if (i < n) {  // the last values, in a vector that otherwise holds what changes nothing
    float rest[F32::lanes];
    reduce_start<f>().store(rest);
    for (kernels::Index j = 0; i + j < n; ++j) rest[j] = x[i + j];
    part[1] = reduce_step<f>(part[1], F32::load(rest));
  }
  return reduce_lanes<f>(reduce_join<f>(reduce_join<f>(part[0], part[1]), reduce_join<f>(part[2], part[3])));
}

/// `vectors` vectors of columns, the last one `count` wide.
template <kernels::Reduce f, int vectors>
HONE_INLINE void reduce_columns(const kernels::ReduceF32& g, const float* in, float* out, std::size_t count) {
  F32 part[vectors];
  HONE_UNROLL for (int j = 0; j < vectors; ++j) part[j] = reduce_start<f>();
  for (kernels::Index kk = 0; kk < g.k; ++kk, in += g.stride_k) {
    HONE_UNROLL for (int j = 0; j < vectors; ++j) {
      const float* x = in + j * F32::lanes;
      part[j] = reduce_step<f>(part[j], vectors > 1 ? F32::load(x) : F32::load_n(x, count));
    }
  }
  const F32 k = F32::splat(static_cast<float>(g.k));
  HONE_UNROLL for (int j = 0; j < vectors; ++j) {
    const F32 y = f == kernels::Reduce::mean ? part[j] / k : part[j];
    if (vectors > 1)
      y.store(out + j * F32::lanes);
    else
      y.store_n(out, count);
  }
}

template <kernels::Reduce f> void run_reduce(const kernels::ReduceF32& g, kernels::Range outer) {
  constexpr int wide = 4;
  for (kernels::Index o = outer.begin; o < outer.end; ++o) {
    const float* in = g.in + o * g.stride_outer;
    float* out = g.out + o * g.ldc;
    if (g.inner == 1 && g.stride_k == 1) {
      const float y = reduce_row<f>(in, g.k);
      *out = f == kernels::Reduce::mean ? y / static_cast<float>(g.k) : y;
      continue;
    }
    kernels::Index i = 0;
    for (; i + wide * F32::lanes <= g.inner; i += wide * F32::lanes) reduce_columns<f, wide>(g, in + i, out + i, 0);
    for (; i < g.inner; i += F32::lanes) {
      const kernels::Index left = g.inner - i < F32::lanes ? g.inner - i : F32::lanes;
      reduce_columns<f, 1>(g, in + i, out + i, static_cast<std::size_t>(left));
    }
  }
}

HONE_TABLE kernels::ReduceKernels reduce_kernels = {
    {&run_reduce<kernels::Reduce::sum>, &run_reduce<kernels::Reduce::mean>, &run_reduce<kernels::Reduce::max>,
     &run_reduce<kernels::Reduce::min>, &run_reduce<kernels::Reduce::sum_of_squares>}};

}  // namespace
}  // namespace hone::HONE_TIER_NS
