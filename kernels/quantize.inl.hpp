// quantize: f32 to 8 bits, 8 bits to f32, and 8 bits to 8 bits of another scale, element by element; included once per tier.
//   quantize    out = clamp(round(in / scale) + zero, lo, hi), the quotient rounded half away from zero or nearest even
//   dequantize  out = (in - zero) * scale
//   rescale     out = clamp(round((in - in_zero) * 2^left * multiplier / 2^(31 + right)) + out_zero, lo, hi), rounded twice
//   rows        each row to s8 by its own range: QuantizeRows
// Equals ref::quantize (but for NaN, which gives some value in [lo, hi]), ref::dequantize and ref::rescale exactly.
// Limit: memory; quantize's division, one vector every 4 to 10 cycles, is close to it.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "math.inl.hpp"
#include "reduce.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

/// f.make(i) is one vector of results, of inputs [i, i + n); whole vectors read and written at once, the last one in part.
template <class F, class Out> void for_each_vector(const F& f, Out* out, kernels::Range elements) {
  constexpr auto lanes = static_cast<std::size_t>(F32::lanes);
  kernels::Index i = elements.begin;
  for (; i + F32::lanes <= elements.end; i += F32::lanes) f.make(i, lanes).store(out + i);
  if (i < elements.end) {
    const auto n = static_cast<std::size_t>(elements.end - i);
    f.make(i, n).store_n(out + i, n);
  }
}
template <class V, class T> HONE_INLINE V load_some(const T* p, std::size_t n) {
  return n == static_cast<std::size_t>(V::lanes) ? V::load(p) : V::load_n(p, n);
}

/// x * multiplier / 2^(31 + right), rounded to 2^31 with ties up, then half away from zero: TensorFlow Lite's
/// MultiplyByQuantizedMultiplier for factors below 1. |x| + 2^(right - 1) < 2^31.
struct Factor {
  I32 multiplier, right, half, negative;
  HONE_INLINE Factor(std::int32_t m, std::int32_t r)
      : multiplier(I32::splat(m)),
        right(I32::splat(r)),
        half(I32::splat(r > 0 ? std::int32_t{1} << (r - 1) : 0)),
        negative(I32::splat(r > 0 ? -1 : 0)) {}
  HONE_INLINE I32 operator()(I32 x) const {
    const I32 h = doubling_high_mul(x, multiplier);
    return shift_right(h + half + (sign_mask(h) & negative), right);
  }
};

/// The nearest integer, ties away from zero; |x| < 2^22.
HONE_INLINE I32 round_half_away(F32 x) {
  // |x| to nearest even, and one more where that was a tie that went down: 1/2 - (|x| - r), exact, is 0 there alone, and
  // elsewhere at least the 2^-25 between 1/2 and the float below it.
  const F32 a = max(x, F32::zero() - x);
  const I32 nearest = to_i32(a);
  const I32 missing = to_i32((F32::splat(0.5F) - (a - to_f32(nearest))) * F32::splat(67108864.0F));  // 2^26
  const I32 up = if_zero(missing, nearest + I32::splat(1), nearest);
  const I32 sign = sign_mask(to_i32(x + x));  // where |x| < 1/2 it is not needed
  return up + (sign + sign) * up;
}

template <bool nearest_even> struct QuantizeVector {
  const kernels::Quantize& q;
  HONE_INLINE I32 make(kernels::Index i, std::size_t n) const {
    const F32 lo = F32::splat(static_cast<float>(q.lo - q.zero)), hi = F32::splat(static_cast<float>(q.hi - q.zero));
    const F32 x = min(max(load_some<F32>(q.in + i, n) / F32::splat(q.scale), lo), hi);  // |x| <= 511: no overflow below
    I32 r;
    if constexpr (nearest_even)
      r = to_i32(x);
    else
      r = round_half_away(x);
    return min(max(r + I32::splat(q.zero), I32::splat(q.lo)), I32::splat(q.hi));
  }
};

struct QuantizeRowVector {
  const float* in;
  F32 by;
  HONE_INLINE I32 make(kernels::Index i, std::size_t n) const {
    const F32 most = F32::splat(127), x = min(max(load_some<F32>(in + i, n) * by, F32::zero() - most), most);
    return min(max(round_half_away(x), I32::splat(-127)), I32::splat(127));
  }
};

template <class T> struct DequantizeVector {
  const kernels::Dequantize& q;
  HONE_INLINE F32 make(kernels::Index i, std::size_t n) const {
    return to_f32(load_some<I32>(static_cast<const T*>(q.in) + i, n) - I32::splat(q.zero)) * F32::splat(q.scale);
  }
};

template <class T> struct RescaleVector {
  const kernels::Rescale& q;
  Factor factor;
  HONE_INLINE I32 make(kernels::Index i, std::size_t n) const {
    const I32 x = load_some<I32>(static_cast<const T*>(q.in) + i, n) - I32::splat(q.in_zero);
    const I32 y = factor(shift_left(x, I32::splat(q.left))) + I32::splat(q.out_zero);
    return min(max(y, I32::splat(q.lo)), I32::splat(q.hi));
  }
};

/// f's int32 results as the 8-bit type that `is_unsigned` says.
template <class F> void store_bytes(const F& f, bool is_unsigned, void* out, kernels::Range elements) {
  if (is_unsigned)
    for_each_vector(f, static_cast<std::uint8_t*>(out), elements);
  else
    for_each_vector(f, static_cast<std::int8_t*>(out), elements);
}

HONE_WHEN_USED void run_quantize(const kernels::Quantize& q, kernels::Range elements) {
  if (q.rounding == kernels::Rounding::ort)
    store_bytes(QuantizeVector<true>{q}, q.out_unsigned, q.out, elements);
  else
    store_bytes(QuantizeVector<false>{q}, q.out_unsigned, q.out, elements);
}
HONE_WHEN_USED void run_dequantize(const kernels::Dequantize& q, kernels::Range elements) {
  if (q.in_unsigned)
    for_each_vector(DequantizeVector<std::uint8_t>{q}, q.out, elements);
  else
    for_each_vector(DequantizeVector<std::int8_t>{q}, q.out, elements);
}
HONE_WHEN_USED void run_rescale(const kernels::Rescale& q, kernels::Range elements) {
  const Factor factor(q.multiplier, q.right);
  if (q.in_unsigned)
    store_bytes(RescaleVector<std::uint8_t>{q, factor}, q.out_unsigned, q.out, elements);
  else
    store_bytes(RescaleVector<std::int8_t>{q, factor}, q.out_unsigned, q.out, elements);
}

HONE_WHEN_USED void run_quantize_rows(const kernels::QuantizeRows& q, kernels::Range rows) {
  for (kernels::Index r = rows.begin; r < rows.end; ++r) {
    const float* in = q.in + r * q.lda;
    const float least = reduce_row<kernels::Reduce::min>(in, q.n), most = reduce_row<kernels::Reduce::max>(in, q.n);
    const float range = -least > most ? -least : most;
    const bool zeros = range == 0 || q.n == 0;
    q.scale[r] = zeros ? 1 : range / 127;
    for_each_vector(QuantizeRowVector{in, F32::splat(zeros ? 0 : 127 / range)}, q.out + r * q.ldc, {0, q.n});
  }
}

HONE_TABLE kernels::QuantizeKernels quantize_kernels = {&run_quantize<when_used>, &run_dequantize<when_used>,
                                                        &run_rescale<when_used>, &run_quantize_rows<when_used>};

}  // namespace
}  // namespace hone::HONE_TIER_NS
