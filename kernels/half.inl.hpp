// half: f16 and bf16 to float32 and back, element by element; included once per tier. Flat arrays of any length.
// Equals to_float, to_f16 and to_bf16 of half.hpp bit for bit, but for the bits of NaN.
// Limit: memory: 6 bytes an element.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

template <class From, class To> void run_convert(const From* in, To* out, kernels::Range elements) {
  kernels::Index i = elements.begin;
  for (; i + F32::lanes <= elements.end; i += F32::lanes) F32::load(in + i).store(out + i);
  const auto left = static_cast<std::size_t>(elements.end - i);
  if (left > 0) F32::load_n(in + i, left).store_n(out + i, left);
}

HONE_TABLE kernels::HalfKernels half_kernels = {&run_convert<kernels::F16, float>, &run_convert<kernels::BF16, float>,
                                                &run_convert<float, kernels::F16>, &run_convert<float, kernels::BF16>};

}  // namespace
}  // namespace hone::HONE_TIER_NS
