// Quantisation parameters: how 8-bit values stand for real ones, and how int32 sums become 8-bit results.
//
// A quantised value q stands for the real number scale * (q - zero_point). docs/numerics.md says which bits are promised.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "../../kernels/args.hpp"
#include "api.hpp"
#include "buffer.hpp"
#include "tensor.hpp"

namespace hone {

using kernels::Rounding;

/// real = scale * (q - zero_point), q of type `type`.
struct Quantization {
  float scale = 1;
  std::int32_t zero_point = 0;
  DType type = DType::i8;
};

/// Bounds of an 8-bit result in its own units; cut to the range of its type.
struct IntegerClamp {
  std::int32_t lo = -128, hi = 255;
};

/// How the int32 sums of each output channel become 8-bit values:
/// y[c] = clamp(round(acc[c] * input.scale * weight_scales[c] / output.scale) + output.zero_point, lo, hi).
struct RequantizeSpec {
  Quantization input, output;
  std::span<const float> weight_scales;  ///< one for all channels, or one each
  std::span<const std::int32_t> bias;    ///< in units of input.scale * weight_scales[c]; none, or one a channel
  Rounding rounding = Rounding::tflite;
  std::int32_t lo = -128, hi = 255;  ///< bounds in the output's own units; cut to the range of its type
  /// Round input.scale * weight_scale to float32 before dividing: TensorFlow Lite does in its u8 convolutions.
  bool float_product = false;
};

/// Sums over the weights of one channel, which folding zero points and proving bounds need.
struct ChannelSums {
  std::int64_t sum = 0;        ///< of w - weight_zero
  std::int64_t magnitude = 0;  ///< of |w - weight_zero|
};

namespace detail {
inline void range_of(DType type, std::int32_t& lo, std::int32_t& hi) {
  lo = type == DType::u8 ? 0 : -128;
  hi = type == DType::u8 ? 255 : 127;
}
inline void cut_to_type(DType type, const IntegerClamp& clamp, std::int32_t& lo, std::int32_t& hi) {
  range_of(type, lo, hi);
  if (clamp.lo > lo) lo = clamp.lo;
  if (clamp.hi < hi) hi = clamp.hi;
}
inline tl::unexpected<Error> invalid(const std::string& message) { return fail(ErrorCode::invalid_argument, message); }
}  // namespace detail

/// RequantizeSpec in the form kernels take: arrays padded to whole vectors, bias with the zero points folded in.
class Requantizer {
 public:
  /// `bias_offset` is what multiplies a channel's sum in the folded bias, bias[c] - bias_offset * sum[c]: the input's
  /// zero point, plus what the tier adds to activations.
  /// Errors: invalid_argument when sizes disagree, a scale is not positive and finite, a zero point lies outside its
  /// type, or an int32 sum could overflow (docs/numerics.md gives the bound).
  static Expected<Requantizer> make(const RequantizeSpec& spec, std::span<const ChannelSums> channels,
                                    std::int32_t bias_offset);

  const std::int32_t* bias() const { return bias_.data(); }
  std::size_t channels() const { return channels_; }
  kernels::Requantize args() const {
    kernels::Requantize q = args_;
    q.multiplier = multiplier_.data();
    q.left = left_.data();
    q.right = right_.data();
    q.scale = scale_.data();
    return q;
  }
  const Quantization& input() const { return input_; }
  const Quantization& output() const { return output_; }
  std::size_t bytes() const { return bias_.size() * (5 * sizeof(std::int32_t)); }

 private:
  static constexpr std::size_t padding = 64;  // readable entries past the last channel: whole vectors on every tier
  std::size_t channels_ = 0;
  Quantization input_, output_;
  kernels::Requantize args_;
  Buffer<std::int32_t> bias_, multiplier_, left_, right_;
  Buffer<float> scale_;
};

}  // namespace hone

#ifdef HONE_DEFINITIONS
#include "quantize.inl.hpp"
#endif
