// elementwise: sums of two tensors of one shape, or of a tensor and a scalar; included once per tier.
//   add_f32  out[i] = clamp(a[i] + b[i], lo, hi): binary_f32's add on one row
//   add_i8   TensorFlow Lite's quantised ADD: both inputs shifted left by left_shift and scaled to twice the larger of their
//            scales, added, scaled to the output's (args.hpp gives the formula, fixed_point.hpp the numbers)
// Equals ref::add bit for bit while |x - zero| * 2^left_shift < 2^29, so that neither sum nor rounding overflows.
// Limit: add_f32 memory; add_i8 the three scalings: about 40 instructions a vector of 32-bit lanes.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "math.inl.hpp"
#include "reduce.inl.hpp"
#include "quantize.inl.hpp"
#include "binary_f32.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

/// n values of an operand from element i, or its one value in every lane.
template <class V, class T> HONE_INLINE V operand(const T* p, bool scalar, kernels::Index i, std::size_t n) {
  return scalar ? V::splat(*p) : load_some<V>(p + i, n);
}

template <class T> struct AddVectorI8 {
  const kernels::AddI8& g;
  Factor a, b, out;
  HONE_INLINE explicit AddVectorI8(const kernels::AddI8& add)
      : g(add),
        a(add.a_scale.multiplier, add.a_scale.right),
        b(add.b_scale.multiplier, add.b_scale.right),
        out(add.out_scale.multiplier, add.out_scale.right) {}
  HONE_INLINE I32 make(kernels::Index i, std::size_t n) const {
    const I32 shift = I32::splat(g.left_shift);
    const I32 x = operand<I32>(static_cast<const T*>(g.a), g.a_scalar, i, n) - I32::splat(g.a_scale.zero);
    const I32 y = operand<I32>(static_cast<const T*>(g.b), g.b_scalar, i, n) - I32::splat(g.b_scale.zero);
    const I32 sum = out(a(shift_left(x, shift)) + b(shift_left(y, shift))) + I32::splat(g.out_scale.zero);
    return min(max(sum, I32::splat(g.lo)), I32::splat(g.hi));
  }
};

HONE_WHEN_USED void run_add_f32(const kernels::AddF32& g, kernels::Range elements) {
  const kernels::Operand a{g.a, 0, g.a_scalar ? 0 : 1}, b{g.b, 0, g.b_scalar ? 0 : 1};
  run_binary_f32<kernels::Binary::add>({a, b, g.out, 0, g.lo, g.hi}, {0, 1}, elements);
}
HONE_WHEN_USED void run_add_i8(const kernels::AddI8& g, kernels::Range elements) {
  if (g.is_unsigned)
    for_each_vector(AddVectorI8<std::uint8_t>{g}, static_cast<std::uint8_t*>(g.out), elements);
  else
    for_each_vector(AddVectorI8<std::int8_t>{g}, static_cast<std::int8_t*>(g.out), elements);
}

HONE_TABLE kernels::AddKernels add_kernels = {&run_add_f32<when_used>, &run_add_i8<when_used>};

}  // namespace
}  // namespace hone::HONE_TIER_NS
