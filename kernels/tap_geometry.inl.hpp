// tap_geometry: which taps of a window lie inside the image, for the kernels that go over windows without a padded copy;
// included once per tier.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

/// Taps [begin, end) of `taps` that lie inside [0, size) when tap t is at first + t * dilation.
HONE_INLINE kernels::Range taps_inside(kernels::Index first, kernels::Index dilation, kernels::Index taps,
                                       kernels::Index size) {
  const kernels::Index begin = first < 0 ? (-first + dilation - 1) / dilation : 0;
  const kernels::Index fit = size > first ? (size - first + dilation - 1) / dilation : 0;
  const kernels::Index end = fit < taps ? fit : taps;
  return {begin < end ? begin : end, end};
}

/// Output columns [begin, end) whose windows have all their columns inside the image.
HONE_INLINE kernels::Range columns_inside(const kernels::Window& w) {
  kernels::Index begin = (w.pad_left + w.step_x - 1) / w.step_x;
  const kernels::Index last = w.in_w - 1 - (w.kernel_w - 1) * w.dilation_x + w.pad_left;  // window's first column + pad
  kernels::Index end = last < 0 ? 0 : last / w.step_x + 1;
  if (end > w.out_w) end = w.out_w;
  if (begin > end) begin = end;
  return {begin, end};
}

/// Channels of a tap's row of packed weights.
inline kernels::Index depthwise_pitch(kernels::Index channels) {
  return (channels + F32::lanes - 1) / F32::lanes * F32::lanes;
}
}  // namespace
}  // namespace hone::HONE_TIER_NS
