// The public operator functions: that they compute what their formulas say through the public types (the kernels behind
// them have tests of their own), take options in any order, and refuse what does not fit together.
#include <catch2/catch_test_macros.hpp>
#include <hone/hone.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "kernels/reference.hpp"
#include "support/random.hpp"

using namespace hone;
using test::Random;

namespace {

template <class T> std::vector<T> random_values(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<T> values(count);
  for (T& v : values) {
    if constexpr (std::is_same_v<T, float>)
      v = random.real();
    else
      v = static_cast<T>(random.integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  }
  return values;
}

float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  float worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::fmax(worst, std::fabs(a[i] - b[i]));
  return worst;
}

/// Rounding::tflite, one value.
std::int32_t requantized(std::int32_t sum, double factor, std::int32_t zero, std::int32_t lo, std::int32_t hi) {
  const kernels::FixedPoint f = kernels::to_fixed_point(factor);
  const std::int32_t left = f.shift > 0 ? f.shift : 0, right = f.shift < 0 ? -f.shift : 0;
  const std::int32_t high = kernels::rounding_doubling_high_mul(sum * (1 << left), f.multiplier);
  return std::clamp(kernels::rounding_divide(high, right) + zero, lo, hi);
}

template <class T> bool refused(const Expected<T>& result, const std::string& part) {
  INFO(part);
  if (result) return false;
  INFO(result.error().message);
  CHECK(result.error().message.find(part) != std::string::npos);
  return result.error().code == ErrorCode::invalid_argument;
}

template <class Test> void on_every_tier(Test&& test) {
  for (const cpu::TierInfo& tier : cpu::tiers()) {
    if (!tier.usable()) continue;
    INFO(tier.name);
    REQUIRE(cpu::force(tier.tier));
    test();
  }
  cpu::unforce();
}

constexpr std::ptrdiff_t n = 2, h = 7, w = 6, c = 5, out_h = 4, out_w = 3;
constexpr Conv2dParams params{.stride_h = 2, .stride_w = 2, .pad_top = 1, .pad_left = 1};
constexpr std::size_t pixels = n * h * w, out_pixels = n * out_h * out_w;

/// The window of the images above with a 3 x 2 kernel.
kernels::Window window() {
  const ImageView<float> x(nullptr, n, h, w, c), y(nullptr, n, out_h, out_w, c);
  return detail::make_window(x, y, 3, 2, params);
}

}  // namespace

TEST_CASE("public gemm and conv2d") {
  ThreadPool pool(2);
  const auto x = random_values<float>(pixels * c, 1), f = random_values<float>(8 * 3 * 2 * c, 2);
  const auto bias = random_values<float>(8, 3);
  std::vector<float> expected(out_pixels * 8), y(out_pixels * 8);
  ref::conv2d(window(), n, 8, x.data(), 0.0F, f.data(), bias.data(), expected.data());
  for (float& v : expected) v = std::clamp(v, -0.5F, 0.5F);
  on_every_tier([&] {
    const auto filter = pack_filter({f.data(), 8, 3, 2, c});
    REQUIRE(filter);
    REQUIRE(conv2d({x.data(), n, h, w, c}, *filter, {y.data(), n, out_h, out_w, 8}, params, Clamp{-0.5F, 0.5F},
                   Parallel(pool, pool.threads()), Bias{bias}));
    CHECK(largest_difference(y, expected) < 1e-5F);

    const auto weights = pack_transposed({f.data(), 8, 6 * c});
    REQUIRE(weights);
    std::vector<float> product(7 * 8);  // 7 rows of 30 values, whatever they mean
    REQUIRE(gemm({x.data(), 7, 6 * c}, *weights, {product.data(), 7, 8}, Bias{bias}));
    double sum = bias[3];
    for (std::size_t k = 0; k < 6 * c; ++k) sum += double{x[2 * 6 * c + k]} * double{f[3 * 6 * c + k]};
    CHECK(std::fabs(static_cast<double>(product[2 * 8 + 3]) - sum) < 1e-5);
  });
}

TEST_CASE("public depthwise_conv2d, f32") {
  constexpr std::ptrdiff_t m = 2;
  const auto x = random_values<float>(pixels * c, 1), f = random_values<float>(3 * 2 * c * m, 2);
  const auto bias = random_values<float>(c * m, 3);
  std::vector<float> expected(out_pixels * c * m), y(out_pixels * c * m);
  ref::depthwise(window(), n, m, x.data(), 0.0F, f.data(), bias.data(), expected.data());
  for (float& v : expected) v = std::max(v, 0.0F);
  on_every_tier([&] {
    const auto filter = pack_depthwise(3, 2, {f.data(), 6, c * m});
    REQUIRE(filter);
    REQUIRE(depthwise_conv2d({x.data(), n, h, w, c}, *filter, {y.data(), n, out_h, out_w, c * m}, params, Bias{bias},
                             Clamp{0}));
    CHECK(largest_difference(y, expected) < 1e-5F);
  });
  const auto filter = pack_depthwise(3, 2, {f.data(), 6, c * m});
  REQUIRE(filter);
  const ImageView<const float> in(x.data(), n, h, w, c);
  CHECK(refused(depthwise_conv2d(in, *filter, {y.data(), n, out_h, out_w, c}, params), "the filter makes 10"));
  CHECK(refused(depthwise_conv2d(in, *filter, {y.data(), n, out_h, out_w, c * m}, params, Bias{{bias.data(), 3}}),
                "bias: 3 values"));
  CHECK(refused(pack_depthwise(3, 3, {f.data(), 6, c * m}), "6 rows for a window of 3 x 3"));
  CHECK(refused(pack_depthwise(0, 3, {f.data(), 0, c * m}), "window 0 x 3"));
}

TEST_CASE("public depthwise_conv2d, 8 bits") {
  const auto x = random_values<std::uint8_t>(pixels * c, 1), f = random_values<std::uint8_t>(3 * 2 * c, 2);
  const std::vector<std::int32_t> bias{-3000, 10, 20, 30, 4000};
  const Quantization in{0.05F, 120, DType::u8}, out{0.6F, 7, DType::i8};
  const std::vector<float> scales{0.02F};
  std::vector<std::int32_t> weights(f.size()), sums(out_pixels * c);
  for (std::size_t i = 0; i < f.size(); ++i) weights[i] = f[i] - 131;
  ref::depthwise(window(), n, 1, x.data(), 120, weights.data(), bias.data(), sums.data());
  on_every_tier([&] {
    const auto filter = pack_depthwise(3, 2, MatrixView<const std::uint8_t>(f.data(), 6, c), 131);
    REQUIRE(filter);
    const auto q =
        make_requantizer(*filter, {.input = in, .output = out, .weight_scales = scales, .bias = bias, .lo = -100});
    REQUIRE(q);
    std::vector<std::int8_t> y(out_pixels * c);
    const ImageView<const std::uint8_t> image(x.data(), n, h, w, c);
    REQUIRE(depthwise_conv2d(image, *filter, ImageView<std::int8_t>(y.data(), n, out_h, out_w, c), params, *q));
    const double factor = double{in.scale} * double{scales[0]} / double{out.scale};
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < y.size(); ++i) wrong += y[i] != requantized(sums[i], factor, 7, -100, 127) ? 1 : 0;
    CHECK(wrong == 0);
    std::vector<std::uint8_t> other(out_pixels * c);
    CHECK(
        refused(depthwise_conv2d(image, *filter, ImageView<std::uint8_t>(other.data(), n, out_h, out_w, c), params, *q),
                "u8 to i8; given 5"));
  });
  CHECK(refused(pack_depthwise(3, 2, MatrixView<const std::uint8_t>(f.data(), 6, c), -1), "zero point -1"));
}

TEST_CASE("public pooling") {
  const auto xf = random_values<float>(pixels * c, 1);
  const auto xi = random_values<std::int8_t>(pixels * c, 1);
  std::vector<float> yf(out_pixels * c), ef(out_pixels * c);
  std::vector<std::int8_t> yi(out_pixels * c), ei(out_pixels * c);
  on_every_tier([&] {
    for (const bool average : {true, false}) {
      const auto pool = [&](auto in, auto out, const auto&... options) {
        return average ? average_pool2d(in, out, 3, 2, params, options...)
                       : max_pool2d(in, out, 3, 2, params, options...);
      };
      REQUIRE(pool(ImageView<const float>(xf.data(), n, h, w, c), ImageView<float>(yf.data(), n, out_h, out_w, c),
                   Clamp{-0.25F, 0.5F}));
      REQUIRE(pool(ImageView<const std::int8_t>(xi.data(), n, h, w, c),
                   ImageView<std::int8_t>(yi.data(), n, out_h, out_w, c), IntegerClamp{-50, 1000}));
      const auto reference = [&](const auto* in, auto lo, auto hi, auto* out) {
        if (average)
          ref::average_pool(window(), n, in, lo, hi, out);
        else
          ref::max_pool(window(), n, in, lo, hi, out);
      };
      reference(xf.data(), -0.25F, 0.5F, ef.data());
      reference(xi.data(), -50, 127, ei.data());
      CHECK(largest_difference(yf, ef) < 1e-6F);
      CHECK(yi == ei);
    }
  });
  const ImageView<const float> x(xf.data(), n, h, w, c);
  const ImageView<float> y(yf.data(), n, out_h, out_w, c);
  CHECK(refused(average_pool2d(x, y, 3, 2, {.stride_h = 3, .stride_w = 2}), "a window of 3 x 2 lies outside"));
  CHECK(refused(max_pool2d(x, y, 1, 2, {.stride_h = 2, .stride_w = 2, .pad_top = 1}), "lies outside"));
  CHECK(refused(max_pool2d(x, {yf.data(), n, out_h, out_w, c - 1}, 3, 2, params), "5 channels, y 2 of 4"));
  CHECK(refused(max_pool2d(x, y, 3, 0, params), "window 3 x 0"));
}

TEST_CASE("public softmax") {
  const auto x = random_values<float>(40, 1);
  std::vector<float> y(40), expected(40);
  for (std::ptrdiff_t r = 0; r < 4; ++r) ref::softmax(10, x.data() + r * 10, 3, expected.data() + r * 10);
  const auto q = random_values<std::int8_t>(40, 2);
  std::vector<std::int8_t> p(40);
  const Quantization in{0.05F, 3, DType::i8}, out{1.0F / 256, -128, DType::i8};
  on_every_tier([&] {
    REQUIRE(softmax({x.data(), 4, 10}, {y.data(), 4, 10}, 3));
    CHECK(largest_difference(y, expected) < 1e-6F);
    REQUIRE(softmax(MatrixView<const std::int8_t>(q.data(), 4, 10), in, {p.data(), 4, 10}, out));
    for (std::size_t r = 0; r < 4; ++r) {
      double sum = 0;
      for (std::size_t i = 0; i < 10; ++i) sum += std::exp(0.05 * q[r * 10 + i]);
      for (std::size_t i = 0; i < 10; ++i) {
        CHECK(std::fabs(p[r * 10 + i] + 128 - 256 * std::exp(0.05 * q[r * 10 + i]) / sum) < 1.5);
      }
    }
  });
  CHECK(refused(softmax({x.data(), 4, 10}, {y.data(), 4, 9}), "x is 4 x 10, y 4 x 9"));
  CHECK(refused(softmax({x.data(), 4, 10}, {y.data(), 4, 10}, -1), "beta"));
  const MatrixView<const std::int8_t> xq(q.data(), 4, 10);
  CHECK(refused(softmax(xq, in, {p.data(), 4, 10}, {0.1F, -128, DType::i8}), "expected 1/256"));
  CHECK(refused(softmax(xq, {0.05F, 3, DType::u8}, {p.data(), 4, 10}, out), "its quantisation is for u8"));
}

TEST_CASE("public add, quantize, dequantize") {
  constexpr std::size_t count = 1000;
  const auto a = random_values<float>(count, 1), b = random_values<float>(count, 2);
  const auto qa = random_values<std::int8_t>(count, 3), qb = random_values<std::int8_t>(count, 4);
  const Quantization sa{0.02F, 5, DType::i8}, sb{0.03F, -7, DType::i8}, sy{0.04F, 1, DType::i8};
  ThreadPool pool(2);
  on_every_tier([&] {
    std::vector<float> y(count), expected(count);
    REQUIRE(add(std::span(a), std::span(b), std::span(y), Clamp{-1, 1}, Parallel(pool, pool.threads())));
    for (std::size_t i = 0; i < count; ++i) expected[i] = std::clamp(a[i] + b[i], -1.0F, 1.0F);
    CHECK(y == expected);
    REQUIRE(add(std::span<const float>(y), std::span(b).first(1), std::span(y)));  // in place, one for all
    for (float& v : expected) v += b[0];
    CHECK(y == expected);

    std::vector<std::int8_t> q(count), round(count);
    REQUIRE(add(std::span(qa), sa, std::span(qb), sb, std::span(q), sy, IntegerClamp{-90, 100}));
    std::size_t far = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double sum = (0.02 * (qa[i] - 5) + 0.03 * (qb[i] + 7)) / 0.04 + 1;
      far += std::fabs(std::clamp(sum, -90.0, 100.0) - q[i]) > 0.51 ? 1 : 0;
    }
    CHECK(far == 0);

    REQUIRE(dequantize(std::span(qa), sa, std::span(y)));
    CHECK(y[17] == 0.02F * static_cast<float>(qa[17] - 5));
    REQUIRE(quantize(std::span<const float>(y), std::span(round), sa));
    CHECK(round == qa);
  });
  std::vector<float> y(count);
  std::vector<std::int8_t> q(count);
  CHECK(refused(add(std::span(a), std::span(b).first(2), std::span(y)), "b 2, y 1000"));
  CHECK(refused(add(std::span(qa), sa, std::span(qb), sb, std::span(q), {1e-9F, 0, DType::i8}), "too small"));
  CHECK(refused(add(std::span(qa), {0.1F, 200, DType::i8}, std::span(qb), sb, std::span(q), sy), "zero point 200"));
  CHECK(refused(quantize(std::span(a).first(9), std::span(q), sa), "x has 9 elements"));
  CHECK(refused(quantize(std::span(a), std::span(q), {0.1F, 3, DType::u8}), "its quantisation is for u8"));
  CHECK(refused(dequantize(std::span(qa), {-1, 3, DType::i8}, std::span(y)), "expected a positive scale"));
}
