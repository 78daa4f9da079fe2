// depthwise_f32 and depthwise_i8 against ref::depthwise, on every tier.
#include <catch2/catch_test_macros.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/reference.hpp"
#include "support/guarded.hpp"
#include "support/layer.hpp"
#include "support/random.hpp"
#include "support/tiers.hpp"

using namespace hone;
using kernels::Index;
using kernels::Window;
using test::Guarded;

namespace {

const test::Kernel shapes[] = {{3, 3, 1, 1, true}, {3, 3, 1, 1, false}, {3, 3, 2, 1, true},  {3, 3, 2, 1, false},
                               {3, 3, 1, 2, true}, {5, 5, 1, 1, true},  {5, 5, 2, 1, true},  {1, 1, 1, 1, true},
                               {2, 3, 1, 1, true}, {3, 3, 3, 1, true},  {10, 8, 2, 1, true}, {1, 7, 1, 1, false}};

/// f(window, multiplier) for every shape and number of channels worth trying.
template <class F> void for_each_layer(F f) {
  for (const test::Kernel& k : shapes) {
    for (const Index channels : test::awkward_sizes) {
      for (const Index m : {1, 2, 8}) {
        if (m > 1 && channels > 17) continue;
        const Window w = test::make_window(9, 13, channels, k, channels % 2 == 0 ? 0 : 3);
        if (w.out_h > 0 && w.out_w > 0) f(w, m);
      }
    }
  }
}

std::size_t size(Index n) { return static_cast<std::size_t>(n); }

template <class In, class Out> void check_i8(const Window& w, Index multiplier, Index batch) {
  test::Random random(static_cast<std::uint64_t>(w.channels * 8 + multiplier));
  const Index channels = w.channels * multiplier, taps = w.kernel_h * w.kernel_w, pixels = batch * w.out_h * w.out_w;
  Guarded<In> in(test::image_elements(w, batch));
  in.fill([&] { return test::any_value<In>(random); });
  std::vector<std::int16_t> weights(size(taps * channels));
  // What the packed forms tell apart: int8's range, what two int8 add up to, and 255, which they do not.
  const int most = std::is_signed_v<In> ? 127 : channels % 3 == 0 ? 255 : 254;
  const int least = std::is_signed_v<In> ? -128 : -255;
  for (std::int16_t& v : weights) v = static_cast<std::int16_t>(random.integer(least, most));
  weights[0] = static_cast<std::int16_t>(most);
  weights.back() = static_cast<std::int16_t>(least);
  const std::size_t padded = size(channels) + 64;
  std::vector<std::int32_t> bias(padded), folded(padded), sums(padded), multipliers(padded), left(padded),
      right(padded);
  std::vector<float> scale(padded);
  for (std::size_t c = 0; c < size(channels); ++c) {
    bias[c] = static_cast<std::int32_t>(random.integer(-1000, 1000));
    multipliers[c] = static_cast<std::int32_t>(random.integer(1 << 30, std::numeric_limits<std::int32_t>::max()));
    right[c] = static_cast<std::int32_t>(random.integer(5, 10));
    scale[c] = 0.005F + 0.004F * random.real();
  }
  const std::int32_t zero = test::any_value<In>(random);
  std::vector<std::int32_t> expected(size(pixels * channels));
  ref::depthwise(w, batch, multiplier, in.data(), zero, weights.data(), bias.data(), expected.data());
  test::for_each_tier<kernels::DepthwiseI8Kernels>([&](const kernels::DepthwiseI8Kernels& tier) {
    std::vector<std::int16_t> packed(size(tier.packed_elements(w.kernel_h, w.kernel_w, channels)));
    tier.pack(w.kernel_h, w.kernel_w, channels, weights.data(), packed.data());
    tier.sums(taps, channels, weights.data(), sums.data());
    for (std::size_t c = 0; c < size(channels); ++c) folded[c] = bias[c] - zero * sums[c];
    for (const kernels::Rounding rounding :
         {kernels::Rounding::tflite, kernels::Rounding::single, kernels::Rounding::ort}) {
      Guarded<Out> out(pixels, channels, channels + 2);
      kernels::DepthwiseI8 d;
      d.window = w;
      d.multiplier = multiplier;
      d.in = in.data();
      d.a_unsigned = std::is_unsigned_v<In>;
      d.out_unsigned = std::is_unsigned_v<Out>;
      d.a_zero = zero;
      d.w = packed.data();
      d.bias = folded.data();
      d.out = out.data();
      d.ldc = out.stride();
      d.requantize.rounding = rounding;
      d.requantize.multiplier = multipliers.data();
      d.requantize.left = left.data();
      d.requantize.right = right.data();
      d.requantize.scale = scale.data();
      d.requantize.zero = d.out_unsigned ? 120 : 3;
      d.requantize.lo = d.out_unsigned ? 10 : -120;
      d.requantize.hi = d.out_unsigned ? 240 : 119;
      tier.run(d, {0, 1});
      tier.run(d, {1, batch * w.out_h});
      Index wrong = 0;
      for (Index i = 0; i < pixels * channels; ++i) {
        const Index c = i % channels;
        if (out(i / channels, c) != ref::requantize(d.requantize, c, expected[size(i)])) ++wrong;
      }
      INFO(test::describe_layer(w) << ", multiplier " << multiplier << ", rounding " << static_cast<int>(rounding));
      REQUIRE(wrong == 0);
      REQUIRE(out.damage() == "");
    }
  });
}

}  // namespace

TEST_CASE("depthwise_f32 is within its bound of the reference", "[depthwise]") {
  constexpr Index batch = 2;
  constexpr float lo = -1.5F, hi = 1.25F;
  test::Random random(1);
  for_each_layer([&](const Window& w, Index multiplier) {
    const Index channels = w.channels * multiplier, taps = w.kernel_h * w.kernel_w, pixels = batch * w.out_h * w.out_w;
    Guarded<float> in(test::image_elements(w, batch)), weights(taps * channels), bias(channels);
    Guarded<float> in_size(in.cols()), weights_size(weights.cols()), bias_size(channels);
    for (auto [values, magnitudes] : {std::pair{&in, &in_size}, {&weights, &weights_size}, {&bias, &bias_size}}) {
      values->fill([&] { return random.real(); });
      for (Index i = 0; i < values->cols(); ++i) (*magnitudes)[i] = std::fabs((*values)[i]);
    }
    std::vector<float> expected(size(pixels * channels)), magnitude(expected.size());
    ref::depthwise(w, batch, multiplier, in.data(), 0.0F, weights.data(), bias.data(), expected.data());
    ref::depthwise(w, batch, multiplier, in_size.data(), 0.0F, weights_size.data(), bias_size.data(), magnitude.data());
    test::for_each_tier<kernels::DepthwiseF32Kernels>([&](const kernels::DepthwiseF32Kernels& tier) {
      std::vector<float> packed(size(tier.packed_elements(taps, channels)));
      tier.pack(taps, channels, weights.data(), packed.data());
      Guarded<float> out(pixels, channels, channels + 2);
      kernels::DepthwiseF32 d;
      d.window = w;
      d.multiplier = multiplier;
      d.in = in.data();
      d.w = packed.data();
      d.bias = bias.data();
      d.out = out.data();
      d.ldc = out.stride();
      d.lo = lo;
      d.hi = hi;
      tier.run(d, {0, 1});
      tier.run(d, {1, batch * w.out_h});
      Index wrong = 0;
      for (Index i = 0; i < pixels * channels; ++i) {
        const float clamped = std::min(hi, std::max(lo, expected[size(i)]));
        // Each of the two sums of taps + 1 terms is within (taps + 1) * 2^-24 * sum of magnitudes of the exact one.
        const float bound = 2 * static_cast<float>(taps + 1) * 0x1p-24F * magnitude[size(i)];
        if (!(std::fabs(out(i / channels, i % channels) - clamped) <= bound)) ++wrong;
      }
      INFO(test::describe_layer(w) << ", multiplier " << multiplier);
      REQUIRE(wrong == 0);
      REQUIRE(out.damage() == "");
    });
  });
}

TEST_CASE("depthwise_f32 passes NaN on through the clamp", "[depthwise]") {
  for (const Index channels : test::awkward_sizes) {
    const Window w = test::make_window(5, 9, channels, {3, 3, 1, 1, true}, 0);
    std::vector<float> in(size(test::image_elements(w, 1)), 1.0F), weights(size(9 * channels), 1.0F);
    in[size(2 * w.stride_y + 4 * w.stride_x + channels - 1)] = std::numeric_limits<float>::quiet_NaN();
    test::for_each_tier<kernels::DepthwiseF32Kernels>([&](const kernels::DepthwiseF32Kernels& tier) {
      std::vector<float> packed(size(tier.packed_elements(9, channels))), out(in.size());
      tier.pack(9, channels, weights.data(), packed.data());
      kernels::DepthwiseF32 d;
      d.window = w;
      d.in = in.data();
      d.w = packed.data();
      d.out = out.data();
      d.ldc = channels;
      d.lo = 0;
      d.hi = 6;
      tier.run(d, {0, w.out_h});
      Index wrong = 0;
      for (Index i = 0; i < 45 * channels; ++i) {
        const Index y = i / channels / 9, x = i / channels % 9;
        const bool reached = y >= 1 && y <= 3 && x >= 3 && x <= 5 && i % channels == channels - 1;
        if (std::isnan(out[size(i)]) != reached) ++wrong;
      }
      INFO(test::describe_layer(w));
      REQUIRE(wrong == 0);
    });
  }
}

TEST_CASE("depthwise_i8 equals the reference in all roundings", "[depthwise]") {
  for_each_layer([](const Window& w, Index multiplier) {
    check_i8<std::int8_t, std::int8_t>(w, multiplier, 2);
    if (multiplier == 1) check_i8<std::uint8_t, std::uint8_t>(w, multiplier, 1);
  });
  check_i8<std::uint8_t, std::int8_t>(test::make_window(5, 6, 16, {3, 3, 1, 1, true}, 0), 1, 1);
}

TEST_CASE("depthwise_i8 takes more channels than wait together", "[depthwise]") {
  for (const Index channels : {256, 257, 260, 300, 515}) {
    for (const test::Kernel& k : {test::Kernel{3, 3, 1, 1, true}, {3, 3, 2, 1, true}, {5, 3, 1, 1, true}}) {
      check_i8<std::int8_t, std::int8_t>(test::make_window(4, 7, channels, k, 0), 1, 1);
    }
  }
  check_i8<std::uint8_t, std::uint8_t>(test::make_window(4, 7, 257, {3, 3, 1, 1, true}, 0), 1, 1);
}

TEST_CASE("depthwise_i8 takes rows longer than wait together", "[depthwise]") {
  for (const Index channels : {16, 33, 80}) {
    check_i8<std::int8_t, std::int8_t>(test::make_window(4, 71, channels, {3, 3, 1, 1, true}, 0), 1, 1);
    check_i8<std::uint8_t, std::uint8_t>(test::make_window(5, 131, channels, {3, 3, 2, 1, true}, 0), 1, 2);
  }
}
