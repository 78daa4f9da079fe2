// normalize: out[r, i] = (in[r, i] - shift) * scale * gamma[i] + beta[i] along rows of n, float32; included once per tier.
//   layer  shift = mean, scale = 1 / sqrt(mean of (x - shift)^2 + epsilon): two passes, since x^2 - mean^2 would cancel
//   rms    shift = 0,    scale = 1 / sqrt(mean of x^2 + epsilon)
//   l2     shift = 0,    scale = 1 / max(sqrt(sum of x^2), epsilon), as TensorFlow Lite's L2_NORMALIZATION
// Any n >= 1; gamma and beta may be null; out may be in. A NaN makes its row NaN.
// Equals ref::normalize within (n + 8) * eps * (|y| + |shift * scale * gamma|).
// Limit: memory: a row is read three times (layer) or twice, from L1 after the first; 12 or 8 bytes an element beyond that.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "math.inl.hpp"
#include "reduce.inl.hpp"
#include "quantize.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

/// The sum of (x - shift)^2.
HONE_NOINLINE inline float squared_deviations(const float* x, kernels::Index n, float shift) {
  constexpr int chains = 4;
  const F32 s = F32::splat(shift);
  F32 part[chains];
  HONE_UNROLL for (int j = 0; j < chains; ++j) part[j] = F32::zero();
  kernels::Index i = 0;
  for (; i + chains * F32::lanes <= n; i += chains * F32::lanes) {
    HONE_UNROLL for (int j = 0; j < chains; ++j) {
      const F32 d = F32::load(x + i + j * F32::lanes) - s;
      part[j] = fma(d, d, part[j]);
    }
  }
  for (; i + F32::lanes <= n; i += F32::lanes) {
    const F32 d = F32::load(x + i) - s;
    part[0] = fma(d, d, part[0]);
  }
  float sum = reduce_add((part[0] + part[1]) + (part[2] + part[3]));
  for (; i < n; ++i) sum += (x[i] - shift) * (x[i] - shift);
  return sum;
}

struct NormalizeVector {
  const float *in, *gamma, *beta;
  F32 shift, scale;
  HONE_INLINE F32 make(kernels::Index i, std::size_t n) const {
    F32 y = (load_some<F32>(in + i, n) - shift) * scale;
    if (gamma != nullptr) y = y * load_some<F32>(gamma + i, n);
    if (beta != nullptr) y = y + load_some<F32>(beta + i, n);
    return y;
  }
};

HONE_INLINE float square_root(float x) {
  float y = 0;
  sqrt(F32::splat(x)).store_n(&y, 1);
  return y;
}

template <kernels::Normalize f> void run_normalize(const kernels::NormalizeF32& g, kernels::Range rows) {
  const auto n = static_cast<float>(g.n);
  for (kernels::Index r = rows.begin; r < rows.end; ++r) {
    const float* in = g.in + r * g.lda;
    float shift = 0, by = 0;
    if constexpr (f == kernels::Normalize::layer) {
      shift = reduce_row<kernels::Reduce::sum>(in, g.n) / n;
      by = square_root(squared_deviations(in, g.n, shift) / n + g.epsilon);
    } else {
      const float squares = reduce_row<kernels::Reduce::sum_of_squares>(in, g.n);
      by = square_root(f == kernels::Normalize::rms ? squares / n + g.epsilon : squares);
      if (f == kernels::Normalize::l2 && by < g.epsilon) by = g.epsilon;
    }
    for_each_vector(NormalizeVector{in, g.gamma, g.beta, F32::splat(shift), F32::splat(1 / by)}, g.out + r * g.ldc,
                    {0, g.n});
  }
}

HONE_TABLE kernels::NormalizeKernels normalize_kernels = {{&run_normalize<kernels::Normalize::layer>,
                                                           &run_normalize<kernels::Normalize::rms>,
                                                           &run_normalize<kernels::Normalize::l2>}};

}  // namespace
}  // namespace hone::HONE_TIER_NS
