// Definitions of quantize.hpp (see api.hpp).
#pragma once
#include <cmath>

#include "../../kernels/fixed_point.hpp"
#include "quantize.hpp"

namespace hone {

HONE_API Expected<Requantizer> Requantizer::make(const RequantizeSpec& spec, std::span<const ChannelSums> channels,
                                                 std::int32_t bias_offset) {
  const auto check = [](const Quantization& q, const char* what) -> Expected<void> {
    std::int32_t lo = 0, hi = 0;
    detail::range_of(q.type, lo, hi);
    if (q.type != DType::i8 && q.type != DType::u8) {
      return detail::invalid(std::string(what) + ": type " + name_of(q.type) + ", expected i8 or u8");
    }
    if (!(q.scale > 0) || !std::isfinite(q.scale)) {
      return detail::invalid(std::string(what) + ": scale " + std::to_string(q.scale) + ", expected a positive number");
    }
    if (q.zero_point < lo || q.zero_point > hi) {
      return detail::invalid(std::string(what) + ": zero point " + std::to_string(q.zero_point) + " outside " +
                             name_of(q.type));
    }
    return {};
  };
  if (auto ok = check(spec.input, "input"); !ok) return tl::unexpected<Error>(ok.error());
  if (auto ok = check(spec.output, "output"); !ok) return tl::unexpected<Error>(ok.error());
  const std::size_t n = channels.size();
  if (spec.weight_scales.size() != 1 && spec.weight_scales.size() != n) {
    return detail::invalid("weight scales: " + std::to_string(spec.weight_scales.size()) + " given for " +
                           std::to_string(n) + " channels, expected 1 or one each");
  }
  if (!spec.bias.empty() && spec.bias.size() != n) {
    return detail::invalid("bias: " + std::to_string(spec.bias.size()) + " values given for " + std::to_string(n) +
                           " channels");
  }

  Requantizer r;
  r.channels_ = n;
  r.input_ = spec.input;
  r.output_ = spec.output;
  for (Buffer<std::int32_t>* buffer : {&r.bias_, &r.multiplier_, &r.left_, &r.right_}) {
    Expected<Buffer<std::int32_t>> made = Buffer<std::int32_t>::make(n + padding);
    if (!made) return tl::unexpected<Error>(made.error());
    *buffer = std::move(*made);
  }
  Expected<Buffer<float>> scales = Buffer<float>::make(n + padding);
  if (!scales) return tl::unexpected<Error>(scales.error());
  r.scale_ = std::move(*scales);

  std::int32_t in_lo = 0, in_hi = 0, out_lo = 0, out_hi = 0;
  detail::range_of(spec.input.type, in_lo, in_hi);
  detail::range_of(spec.output.type, out_lo, out_hi);
  r.args_.rounding = spec.rounding;
  r.args_.zero = spec.output.zero_point;
  r.args_.lo = spec.lo > out_lo ? spec.lo : out_lo;
  r.args_.hi = spec.hi < out_hi ? spec.hi : out_hi;
  const std::int64_t zx = spec.input.zero_point;
  const std::int64_t reach = zx - in_lo > in_hi - zx ? zx - in_lo : in_hi - zx;  // largest |x - zero point|

  for (std::size_t c = 0; c < n; ++c) {
    const float sw = spec.weight_scales[spec.weight_scales.size() == 1 ? 0 : c];
    const std::string channel = "channel " + std::to_string(c) + ": ";
    if (!(sw >= 0) || !std::isfinite(sw)) {
      return detail::invalid(channel + "weight scale " + std::to_string(sw) + ", expected a positive number");
    }
    const std::int64_t bias = spec.bias.empty() ? 0 : spec.bias[c];
    const double product = spec.float_product ? static_cast<double>(spec.input.scale * sw)
                                              : static_cast<double>(spec.input.scale) * static_cast<double>(sw);
    const double factor = product / static_cast<double>(spec.output.scale);
    const kernels::FixedPoint f = kernels::to_fixed_point(factor);
    const int left = f.shift > 0 ? f.shift : 0, right = f.shift < 0 ? -f.shift : 0;
    const std::int64_t largest = channels[c].magnitude * reach + (bias < 0 ? -bias : bias);
    constexpr std::int64_t limit = std::int64_t{1} << 31;
    if (left > 30 || largest >= (limit >> left) ||
        largest + (right > 0 ? std::int64_t{1} << (right - 1) : 0) >= limit) {
      return detail::invalid(channel + "its int32 sum can reach " + std::to_string(largest) + " * 2^" +
                             std::to_string(left) + ", which may overflow; expected a sum below 2^31");
    }
    r.multiplier_[c] = f.multiplier;
    r.left_[c] = left;
    r.right_[c] = right;
    r.scale_[c] = spec.input.scale * sw / spec.output.scale;  // numerics.md: (sx * sw) / sy, each step in float32
    r.args_.any_left = r.args_.any_left || left > 0;
    // The folded bias wraps modulo 2^32 like every partial sum; only the full sum is known to fit.
    const std::int64_t folded = bias - bias_offset * channels[c].sum;
    r.bias_[c] = static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::uint64_t>(folded)));
  }
  return r;
}

}  // namespace hone
