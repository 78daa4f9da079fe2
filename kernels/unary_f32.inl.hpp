// unary_f32: out[i] = clamp(f(in[i]), lo, hi), float32, for every f of HONE_UNARY_FUNCTIONS; included once per tier.
// Flat arrays of any length; out may be in. elements.hpp gives the formulas and the error bounds; NaN stays NaN.
// Equals ref::unary within the bound of f.
// Limit: 8 bytes an element from memory or cache, two clamps, and f: 0 to 2 instructions a vector for the exact functions, about 16
// for exp, 20 for logistic and silu (one division, 4 to 10 cycles), 25 for log and tanh, 35 for erf and gelu.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "math.inl.hpp"
#include "reduce.inl.hpp"
#include "quantize.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

template <kernels::Unary f> HONE_INLINE F32 apply(F32 x, F32 alpha, F32 beta) {
  using U = kernels::Unary;
  const F32 one = F32::splat(1), half = F32::splat(0.5F);
  (void)alpha, (void)beta, (void)one, (void)half;
  if constexpr (f == U::identity) return x;
  if constexpr (f == U::abs) return abs(x);
  if constexpr (f == U::neg) return negate(x);
  if constexpr (f == U::square) return x * x;
  if constexpr (f == U::sqrt) return sqrt(x);
  if constexpr (f == U::rsqrt) return one / sqrt(x);
  if constexpr (f == U::reciprocal) return one / x;
  if constexpr (f == U::floor) return floor(x);
  if constexpr (f == U::ceil) return ceil(x);
  if constexpr (f == U::round_even) return round_even(x);
  if constexpr (f == U::exp) return exp(x);
  if constexpr (f == U::log) return log(x);
  if constexpr (f == U::logistic) return logistic(x);
  if constexpr (f == U::tanh) return tanh(x);
  if constexpr (f == U::erf) return erf(x);
  if constexpr (f == U::gelu) return half * x * (one + erf(x * F32::splat(0.707106781F)));
  if constexpr (f == U::gelu_tanh) {  // (1 + tanh(u)) / 2 is logistic(2 u): nothing cancels
    const F32 u = x * fma(x * x, F32::splat(0.0713548163F), F32::splat(1.59576912F));
    return x / (one + exp(negate(u)));
  }
  if constexpr (f == U::silu) return x / (one + exp(negate(x)));
  if constexpr (f == U::hard_swish) {
    return x * (min(F32::splat(6), max(F32::zero(), x + F32::splat(3))) * F32::splat(1.0F / 6));
  }
  if constexpr (f == U::hard_sigmoid) return min(one, max(F32::zero(), alpha * x + beta));
  if constexpr (f == U::elu) return if_less(x, F32::zero(), alpha * expm1_negative(min(F32::zero(), x)), x);
  if constexpr (f == U::softplus) return max(F32::zero(), x) + log1p_unit(exp_bounded(negate(abs(x))));
  if constexpr (f == U::leaky_relu) return if_less(x, F32::zero(), alpha * x, x);
}

template <kernels::Unary f> struct UnaryVector {
  const float* in;
  F32 alpha, beta, lo, hi;
  HONE_INLINE F32 make(kernels::Index i, std::size_t n) const {
    return min(hi, max(lo, apply<f>(load_some<F32>(in + i, n), alpha, beta)));
  }
};

template <kernels::Unary f> void run_unary_f32(const kernels::UnaryF32& g, kernels::Range elements) {
  for_each_vector(UnaryVector<f>{g.in, F32::splat(g.alpha), F32::splat(g.beta), F32::splat(g.lo), F32::splat(g.hi)},
                  g.out, elements);
}

#define HONE_ROW(name, ulp) &run_unary_f32<kernels::Unary::name>,
HONE_TABLE kernels::UnaryKernels unary_kernels = {{HONE_UNARY_FUNCTIONS(HONE_ROW)}};
#undef HONE_ROW

}  // namespace
}  // namespace hone::HONE_TIER_NS
