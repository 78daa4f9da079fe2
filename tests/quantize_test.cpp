// quantize, dequantize and rescale against their definitions, on every tier.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <vector>

#include "kernels/reference.hpp"
#include "support/guarded.hpp"
#include "support/layer.hpp"
#include "support/random.hpp"
#include "support/tiers.hpp"

using namespace hone;
using kernels::Index;
using test::Guarded;

namespace {

template <class T> void check_quantize(kernels::Rounding rounding, float scale, std::int32_t zero, Guarded<float>& in) {
  const Index n = in.cols();
  kernels::Quantize q;
  q.in = in.data();
  q.out_unsigned = std::is_unsigned_v<T>;
  q.rounding = rounding;
  q.scale = scale;
  q.zero = zero;
  q.lo = std::numeric_limits<T>::min();
  q.hi = std::numeric_limits<T>::max();
  test::for_each_tier<kernels::QuantizeKernels>([&](const kernels::QuantizeKernels& tier) {
    Guarded<T> out(n);
    q.out = out.data();
    tier.quantize(q, {0, n / 3});
    tier.quantize(q, {n / 3, n});
    Index wrong = 0;
    for (Index i = 0; i < n; ++i) {
      if (out[i] != ref::quantize(q, in[i])) ++wrong;
    }
    INFO("n " << n << ", scale " << scale << ", rounding " << static_cast<int>(rounding));
    REQUIRE(wrong == 0);
    REQUIRE(out.damage() == "");
  });
}

template <class In, class Out> void check_rescale(double factor, std::int32_t in_zero, std::int32_t out_zero) {
  const kernels::FixedPoint f = kernels::to_fixed_point(factor);
  kernels::Rescale r;
  r.in_unsigned = std::is_unsigned_v<In>;
  r.out_unsigned = std::is_unsigned_v<Out>;
  r.in_zero = in_zero;
  r.out_zero = out_zero;
  r.multiplier = f.multiplier;
  r.left = f.shift > 0 ? f.shift : 0;
  r.right = f.shift < 0 ? -f.shift : 0;
  r.lo = std::numeric_limits<Out>::min();
  r.hi = std::numeric_limits<Out>::max();
  Guarded<In> in(256);
  for (Index i = 0; i < 256; ++i) in[i] = static_cast<In>(i);
  r.in = in.data();
  test::for_each_tier<kernels::QuantizeKernels>([&](const kernels::QuantizeKernels& tier) {
    for (const Index n : {1, 7, 33, 256}) {
      Guarded<Out> out(n);
      r.out = out.data();
      tier.rescale(r, {0, n});
      for (Index i = 0; i < n; ++i) REQUIRE(out[i] == ref::rescale(r, in[i]));
      REQUIRE(out.damage() == "");
    }
  });
}

}  // namespace

TEST_CASE("quantize equals the reference in both roundings", "[quantize]") {
  test::Random random(7);
  for (const kernels::Rounding rounding : {kernels::Rounding::tflite, kernels::Rounding::ort}) {
    for (const Index n : test::awkward_sizes) {
      Guarded<float> in(n);
      in.fill([&] { return 3 * random.real(); });
      check_quantize<std::int8_t>(rounding, 0.02F, -3, in);
      check_quantize<std::uint8_t>(rounding, 0.013F, 128, in);
    }
  }
}

TEST_CASE("quantize rounds ties and their neighbours, and saturates", "[quantize]") {
  std::vector<float> values;
  for (int half = -600; half <= 600; ++half) {
    const float v = 0.5F * static_cast<float>(half);
    for (const float x : {v, std::nextafter(v, 1e9F), std::nextafter(v, -1e9F)}) values.push_back(x);
  }
  for (const float x : {1e10F, -1e10F, INFINITY, -INFINITY, 1e-30F, -1e-30F, -0.0F}) values.push_back(x);
  Guarded<float> in(static_cast<Index>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) in[static_cast<Index>(i)] = values[i];
  for (const kernels::Rounding rounding :
       {kernels::Rounding::tflite, kernels::Rounding::single, kernels::Rounding::ort}) {
    check_quantize<std::int8_t>(rounding, 1, 0, in);
    check_quantize<std::int8_t>(rounding, 1, -128, in);
    check_quantize<std::uint8_t>(rounding, 1, 255, in);
    check_quantize<std::uint8_t>(rounding, 0.5F, 7, in);
  }
}

TEST_CASE("dequantize is exact for every byte", "[quantize]") {
  test::for_each_tier<kernels::QuantizeKernels>([](const kernels::QuantizeKernels& tier) {
    for (const bool is_unsigned : {false, true}) {
      std::vector<std::uint8_t> in(256);
      for (std::size_t i = 0; i < 256; ++i) in[i] = static_cast<std::uint8_t>(i);
      Guarded<float> out(256);
      kernels::Dequantize d;
      d.in = in.data();
      d.in_unsigned = is_unsigned;
      d.out = out.data();
      d.scale = 0.0173F;
      d.zero = 5;
      tier.dequantize(d, {0, 7});
      tier.dequantize(d, {7, 256});
      for (Index i = 0; i < 256; ++i) {
        const auto byte = in[static_cast<std::size_t>(i)];
        REQUIRE(out[i] == ref::dequantize(d, is_unsigned ? byte : static_cast<std::int8_t>(byte)));
      }
      REQUIRE(out.damage() == "");
    }
  });
}

TEST_CASE("rescale equals the reference between all types", "[quantize]") {
  for (const double factor : {1.0, 0.5, 0.7391, 0.0031, 1.9, 3.7, 200.0, 1e-12}) {
    check_rescale<std::int8_t, std::int8_t>(factor, -5, 17);
    check_rescale<std::int8_t, std::uint8_t>(factor, 0, 128);
    check_rescale<std::uint8_t, std::int8_t>(factor, 128, 0);
    check_rescale<std::uint8_t, std::uint8_t>(factor, 255, 3);
  }
}
