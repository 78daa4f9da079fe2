// softmax: out[r, i] = exp(beta * (in[r, i] - max)) / sum of the row's exponentials, float32; included once per tier.
// in: row r at in + r * lda; out: row r at out + r * ldc; n >= 1 entries each. out may be in. A NaN makes its row NaN.
// Three passes over a row: the maximum; the exponentials and their sum; the division.
// Equals ref::softmax within (n / 4 + |beta * (in - max)| + 4) * eps of each value, or 2^-126 where values are that small.
// The 8-bit softmax is plain fixed-point code, the same on every tier: softmax_i8.hpp.
// Limit: about 16 instructions of exponential for each vector.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "math.inl.hpp"
#include "reduce.inl.hpp"
#include "quantize.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

struct ExpVector {
  const float* in;
  F32 most, beta;
  HONE_INLINE F32 make(kernels::Index i, std::size_t n) const {
    return exp_bounded((load_some<F32>(in + i, n) - most) * beta);
  }
};
struct DivideVector {
  const float* in;
  F32 by;
  HONE_INLINE F32 make(kernels::Index i, std::size_t n) const { return load_some<F32>(in + i, n) / by; }
};

inline float row_max(const float* x, kernels::Index n) {
  float most = x[0];
  kernels::Index i = 0;
  if (n >= F32::lanes) {
    F32 lanes = F32::load(x);
    for (i = F32::lanes; i + F32::lanes <= n; i += F32::lanes) lanes = max(lanes, F32::load(x + i));
    most = reduce_max(lanes);
  }
  for (; i < n; ++i) most = x[i] > most ? x[i] : most;
  return most;
}
inline float row_sum(const float* x, kernels::Index n) {
  F32 lanes = F32::zero();
  kernels::Index i = 0;
  for (; i + F32::lanes <= n; i += F32::lanes) lanes = lanes + F32::load(x + i);
  float sum = reduce_add(lanes);
  for (; i < n; ++i) sum += x[i];
  return sum;
}

HONE_WHEN_USED void run_softmax_f32(const kernels::SoftmaxF32& s, kernels::Range rows) {
  for (kernels::Index r = rows.begin; r < rows.end; ++r) {
    const float* in = s.in + r * s.lda;
    float* out = s.out + r * s.ldc;
    for_each_vector(ExpVector{in, F32::splat(row_max(in, s.n)), F32::splat(s.beta)}, out, {0, s.n});
    for_each_vector(DivideVector{out, F32::splat(row_sum(out, s.n))}, out, {0, s.n});
  }
}

HONE_TABLE kernels::SoftmaxKernels softmax_kernels = {&run_softmax_f32<when_used>, &kernels::softmax_i8};

}  // namespace
}  // namespace hone::HONE_TIER_NS
