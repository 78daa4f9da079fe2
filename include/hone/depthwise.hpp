// Depthwise 2-D convolution: every channel is filtered on its own.
//
//   const auto filter = hone::pack_depthwise(3, 3, {weights, 9, channels});
//   hone::depthwise_conv2d(x, *filter, y, {.pad_top = 1, .pad_left = 1}, hone::Bias{b}, hone::Clamp{0, 6});
#pragma once
#include "conv.hpp"

namespace hone {

/// Filters of `channels` output channels, h * w taps each, packed for a tier. T: float or std::int8_t (the latter for
/// 8-bit weights of either sign; they are kept as 16-bit differences from their zero point).
template <class T> class PackedDepthwise {
 public:
  using Packed = std::conditional_t<std::is_same_v<T, float>, float, std::int16_t>;
  std::ptrdiff_t h = 0, w = 0, channels = 0;  ///< channels of the output

  Tier tier() const { return tier_; }
  const Packed* data() const { return packed_.data(); }
  std::size_t bytes() const { return packed_.size() * sizeof(Packed); }
  /// int8 weights: sums over each channel.
  std::span<const ChannelSums> sums() const { return sums_; }

  /// Tap (ky, kx) of channel c at weights[(ky * w + kx) * channels + c].
  template <class Weight>
  static Expected<PackedDepthwise> make(Tier tier, std::ptrdiff_t h, std::ptrdiff_t w, std::ptrdiff_t channels,
                                        const Weight* weights, std::int32_t zero_point = 0);

 private:
  Tier tier_ = Tier::baseline;
  Buffer<Packed> packed_;
  std::vector<ChannelSums> sums_;
};

namespace detail {
template <class T> struct DepthwiseFamily;
template <> struct DepthwiseFamily<float> { using Kernels = kernels::DepthwiseF32Kernels; };
template <> struct DepthwiseFamily<std::int8_t> { using Kernels = kernels::DepthwiseI8Kernels; };

inline Expected<void> check_depthwise_weights(std::ptrdiff_t h, std::ptrdiff_t w, std::ptrdiff_t taps) {
  if (auto ok = check_window({}, h, w); !ok) return ok;
  if (taps == h * w) return {};
  return invalid("weights: " + std::to_string(taps) + " rows for a window of " + std::to_string(h) + " x " +
                 std::to_string(w) + ", expected one for each tap");
}
}  // namespace detail

template <class T>
template <class Weight>
Expected<PackedDepthwise<T>> PackedDepthwise<T>::make(Tier tier, std::ptrdiff_t h, std::ptrdiff_t w,
                                                      std::ptrdiff_t channels, const Weight* weights,
                                                      std::int32_t zero_point) {
  const auto* table = cpu::kernels<typename detail::DepthwiseFamily<T>::Kernels>(tier);
  PackedDepthwise p;
  p.h = h;
  p.w = w;
  p.channels = channels;
  p.tier_ = tier;
  if constexpr (std::is_same_v<T, float>) {
    auto packed = Buffer<float>::make(static_cast<std::size_t>(table->packed_elements(h * w, channels)));
    if (!packed) return tl::unexpected<Error>(packed.error());
    p.packed_ = std::move(*packed);
    table->pack(h * w, channels, weights, p.packed_.data());
  } else {
    auto differences = Buffer<std::int16_t>::make(static_cast<std::size_t>(h * w * channels));
    if (!differences) return tl::unexpected<Error>(differences.error());
    p.sums_.resize(static_cast<std::size_t>(channels));
    for (std::size_t i = 0; i < differences->size(); ++i) {
      const std::int32_t difference = weights[i] - zero_point;
      (*differences)[i] = static_cast<std::int16_t>(difference);
      ChannelSums& sums = p.sums_[i % static_cast<std::size_t>(channels)];
      sums.sum += difference;
      sums.magnitude += difference < 0 ? -difference : difference;
    }
    auto packed = Buffer<std::int16_t>::make(static_cast<std::size_t>(table->packed_elements(h, w, channels)));
    if (!packed) return tl::unexpected<Error>(packed.error());
    p.packed_ = std::move(*packed);
    table->pack(h, w, channels, differences->data(), p.packed_.data());
  }
  return p;
}

/// Packs depthwise weights for the chosen tier: `weights` has a row of output channels for each of the h * w taps, as
/// TensorFlow Lite's [1, h, w, channels] has. 8-bit ones may be int8_t or uint8_t and stand for w - zero_point.
/// Errors: invalid_argument for sizes that disagree or a zero point outside the type; out_of_memory.
inline Expected<PackedDepthwise<float>> pack_depthwise(std::ptrdiff_t h, std::ptrdiff_t w,
                                                       MatrixView<const float> weights) {
  if (auto ok = detail::check_matrix(weights, "weights"); !ok) return tl::unexpected<Error>(ok.error());
  if (auto ok = detail::check_depthwise_weights(h, w, weights.rows); !ok) return tl::unexpected<Error>(ok.error());
  if (weights.stride != weights.cols) return detail::invalid("weights: rows must follow each other without gaps");
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  return PackedDepthwise<float>::make(*tier, h, w, weights.cols, weights.data);
}
template <class Weight, class = std::enable_if_t<sizeof(Weight) == 1>>
Expected<PackedDepthwise<std::int8_t>> pack_depthwise(std::ptrdiff_t h, std::ptrdiff_t w, MatrixView<Weight> weights,
                                                      std::int32_t zero_point = 0) {
  using Value = std::remove_const_t<Weight>;
  if (auto ok = detail::check_matrix(weights, "weights"); !ok) return tl::unexpected<Error>(ok.error());
  if (auto ok = detail::check_depthwise_weights(h, w, weights.rows); !ok) return tl::unexpected<Error>(ok.error());
  if (weights.stride != weights.cols) return detail::invalid("weights: rows must follow each other without gaps");
  if (zero_point < std::numeric_limits<Value>::min() || zero_point > std::numeric_limits<Value>::max()) {
    return detail::invalid("weights: zero point " + std::to_string(zero_point) + " outside their type");
  }
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  return PackedDepthwise<std::int8_t>::make(*tier, h, w, weights.cols, weights.data, zero_point);
}

/// The requantisation of a depthwise convolution with these weights: one scale, or one for each output channel.
/// Errors: as Requantizer::make.
inline Expected<Requantizer> make_requantizer(const PackedDepthwise<std::int8_t>& filter, const RequantizeSpec& spec) {
  return Requantizer::make(spec, filter.sums(), spec.input.zero_point);
}

namespace detail {
inline kernels::DepthwiseF32 depthwise_args(const PackedDepthwise<float>& f, const Options& o) {
  kernels::DepthwiseF32 d;
  d.w = f.data();
  d.bias = o.bias.values.empty() ? nullptr : o.bias.values.data();
  d.lo = o.clamp.lo;
  d.hi = o.clamp.hi;
  return d;
}
inline kernels::DepthwiseI8 depthwise_args(const PackedDepthwise<std::int8_t>& f, const Requantizer& q) {
  kernels::DepthwiseI8 d;
  d.w = f.data();
  d.a_unsigned = q.input().type == DType::u8;
  d.out_unsigned = q.output().type == DType::u8;
  d.a_zero = q.input().zero_point;
  d.bias = q.bias();
  d.requantize = q.args();
  return d;
}
/// Fills in where the input and the output lie.
template <class Args, class X, class W, class Y>
void place_depthwise(Args& args, const ImageView<X>& x, const PackedDepthwise<W>& f, const ImageView<Y>& y,
                     const Conv2dParams& params) {
  args.window = make_window(x, y, f.h, f.w, params);
  args.multiplier = x.c == 0 ? 1 : f.channels / x.c;
  args.in = x.data;
  args.out = y.data;
  args.ldc = y.stride_w;
}
/// Runs a filled-in depthwise convolution over all output rows.
template <class Kernels, class Args>
void run_depthwise(const Kernels& table, const Args& args, const Parallel& parallel, kernels::Index batch) {
  split(batch * args.window.out_h, 1, 0, parallel,
        [&](kernels::Range rows, kernels::Range, std::size_t) { table.run(args, rows); });
}

template <class X, class W, class Y>
Expected<void> check_depthwise(const ImageView<X>& x, const PackedDepthwise<W>& f, const ImageView<Y>& y,
                               const Conv2dParams& p) {
  if (auto ok = check_image(x, "x"); !ok) return ok;
  if (auto ok = check_image(y, "y"); !ok) return ok;
  if (auto ok = check_window(p, f.h, f.w); !ok) return ok;
  if (x.n != y.n || y.c != f.channels || x.c < 1 || y.c % x.c != 0) {
    return invalid("depthwise_conv2d: x has " + std::to_string(x.n) + " images of " + std::to_string(x.c) +
                   " channels, y " + std::to_string(y.n) + " of " + std::to_string(y.c) + ", the filter makes " +
                   std::to_string(f.channels) + "; expected as many images and a multiple of the channels");
  }
  return check_pixels_follow(y, "depthwise_conv2d: y");
}
}  // namespace detail

/// y[n,i,j,c * m + q] = clamp(sum over (u, v) of x[n, i*sh + u*dh - top, j*sw + v*dw - left, c] * f[u,v,c * m + q] +
/// bias[c * m + q]), where m = y.c / x.c; x reads 0 outside the image. y.h and y.w may be any size: windows past the
/// end see padding. Options in any order: Bias, Clamp, Parallel. 2 * y.n * y.h * y.w * y.c * h * w operations. y
/// overlaps neither x nor the filter. Accuracy: |error| <= 2 h w eps sum |x| |f|. Errors: invalid_argument when shapes
/// disagree.
template <class... Option>
Expected<void> depthwise_conv2d(ImageView<const float> x, const PackedDepthwise<float>& filter, ImageView<float> y,
                                const Conv2dParams& params, const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_depthwise(x, filter, y, params); !ok) return ok;
  if (auto ok = detail::check_bias(options.bias, filter.channels); !ok) return ok;
  kernels::DepthwiseF32 d = detail::depthwise_args(filter, options);
  detail::place_depthwise(d, x, filter, y, params);
  detail::run_depthwise(*cpu::kernels<kernels::DepthwiseF32Kernels>(filter.tier()), d, options.parallel, y.n);
  return {};
}

/// The same on 8-bit values, exact: x reads its zero point outside the image; y is requantised (make_requantizer with
/// the same filter). x and y: int8_t or uint8_t as the Requantizer says. Options: Parallel.
template <class X, class Y, class... Option>
Expected<void> depthwise_conv2d(ImageView<X> x, const PackedDepthwise<std::int8_t>& filter, ImageView<Y> y,
                                const Conv2dParams& params, const Requantizer& q, const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_depthwise(x, filter, y, params); !ok) return ok;
  if (auto ok = detail::check_requantizer<X, Y>(q, y.c, "depthwise_conv2d"); !ok) return ok;
  kernels::DepthwiseI8 d = detail::depthwise_args(filter, q);
  detail::place_depthwise(d, x, filter, y, params);
  detail::run_depthwise(*cpu::kernels<kernels::DepthwiseI8Kernels>(filter.tier()), d, options.parallel, y.n);
  return {};
}

}  // namespace hone
