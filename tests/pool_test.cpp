// Average and maximum pools in f32, s8 and u8 against ref::average_pool and ref::max_pool, on every tier.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstring>
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

template <class F> void for_each_window(F f) {
  const test::Kernel shapes[] = {{2, 2, 2, 1, false}, {3, 3, 2, 1, true}, {3, 3, 1, 1, true}, {7, 9, 1, 1, false},
                                 {1, 5, 1, 1, true},  {3, 2, 1, 2, true}, {1, 1, 2, 1, false}};
  for (const test::Kernel& k : shapes) {
    for (const Index channels : test::awkward_sizes) f(test::make_window(7, 9, channels, k, channels % 2 == 0 ? 0 : 3));
  }
}

template <class T> void check_i8(bool average) {
  constexpr Index batch = 2;
  const std::int32_t lo = std::is_signed_v<T> ? -100 : 20, hi = std::is_signed_v<T> ? 90 : 230;
  test::Random random(3);
  for_each_window([&](const Window& w) {
    Guarded<T> in(test::image_elements(w, batch));
    in.fill([&] { return test::any_value<T>(random); });
    const Index pixels = batch * w.out_h * w.out_w;
    std::vector<T> expected(static_cast<std::size_t>(pixels * w.channels));
    if (average)
      ref::average_pool(w, batch, in.data(), lo, hi, expected.data());
    else
      ref::max_pool(w, batch, in.data(), lo, hi, expected.data());
    test::for_each_tier<kernels::PoolKernels>([&](const kernels::PoolKernels& tier) {
      Guarded<T> out(pixels, w.channels, w.channels + 2);
      kernels::PoolI8 p;
      p.window = w;
      p.is_unsigned = std::is_unsigned_v<T>;
      p.in = in.data();
      p.out = out.data();
      p.ldc = out.stride();
      p.lo = lo;
      p.hi = hi;
      const auto run = average ? tier.average_i8 : tier.max_i8;
      run(p, {0, 1});
      run(p, {1, batch * w.out_h});
      Index wrong = 0;
      for (Index i = 0; i < pixels * w.channels; ++i) {
        if (out(i / w.channels, i % w.channels) != expected[static_cast<std::size_t>(i)]) ++wrong;
      }
      INFO(test::describe_layer(w) << (average ? ", average" : ", maximum"));
      REQUIRE(wrong == 0);
      REQUIRE(out.damage() == "");
    });
  });
}

void check_f32(bool average, bool with_nan) {
  constexpr Index batch = 2;
  constexpr float lo = -0.5F, hi = 0.75F;
  test::Random random(4);
  for_each_window([&](const Window& w) {
    Guarded<float> in(test::image_elements(w, batch));
    in.fill([&] { return with_nan && random.one_in(20) ? std::nanf("") : random.real(); });
    const Index pixels = batch * w.out_h * w.out_w;
    std::vector<float> expected(static_cast<std::size_t>(pixels * w.channels));
    if (average)
      ref::average_pool(w, batch, in.data(), lo, hi, expected.data());
    else
      ref::max_pool(w, batch, in.data(), lo, hi, expected.data());
    test::for_each_tier<kernels::PoolKernels>([&](const kernels::PoolKernels& tier) {
      Guarded<float> out(pixels, w.channels, w.channels + 2);
      kernels::PoolF32 p;
      p.window = w;
      p.in = in.data();
      p.out = out.data();
      p.ldc = out.stride();
      p.lo = lo;
      p.hi = hi;
      const auto run = average ? tier.average_f32 : tier.max_f32;
      run(p, {0, 1});
      run(p, {1, batch * w.out_h});
      // Two sums of `taps` values of at most 1, divided by their number.
      const float bound = average ? 2 * static_cast<float>(w.kernel_h * w.kernel_w) * 0x1p-24F : 0;
      Index wrong = 0;
      for (Index i = 0; i < pixels * w.channels; ++i) {
        const float got = out(i / w.channels, i % w.channels), want = expected[static_cast<std::size_t>(i)];
        if (std::isnan(want) ? !std::isnan(got) : !(std::fabs(got - want) <= bound)) ++wrong;
      }
      INFO(test::describe_layer(w) << (average ? ", average" : ", maximum"));
      REQUIRE(wrong == 0);
      REQUIRE(out.damage() == "");
    });
  });
}

}  // namespace

TEST_CASE("average pools of 8-bit values equal the reference", "[pool]") {
  check_i8<std::int8_t>(true);
  check_i8<std::uint8_t>(true);
}
TEST_CASE("maximum pools of 8-bit values equal the reference", "[pool]") {
  check_i8<std::int8_t>(false);
  check_i8<std::uint8_t>(false);
}
TEST_CASE("average pools of floats are within their bound; NaN stays NaN", "[pool]") {
  check_f32(true, false);
  check_f32(true, true);
}
TEST_CASE("maximum pools of floats equal the reference; NaN stays NaN", "[pool]") {
  check_f32(false, false);
  check_f32(false, true);
}

TEST_CASE("8-bit means are rounded half away from zero over whole images", "[pool]") {
  // A 256 x 256 image is the largest window: sums up to 2^24.
  for (const Index side : {2, 3, 100, 256}) {
    const Window w = test::make_window(side, side, 4, {side, side, 1, 1, false}, 0);
    std::vector<std::uint8_t> in(static_cast<std::size_t>(w.stride_n), 255);
    for (std::size_t i = 0; i < in.size(); i += 8) in[i] = 254;  // halves, nearly everywhere
    std::uint8_t expected[4];
    ref::average_pool(w, 1, in.data(), 0, 255, expected);
    test::for_each_tier<kernels::PoolKernels>([&](const kernels::PoolKernels& tier) {
      std::uint8_t out[4] = {};
      kernels::PoolI8 p;
      p.window = w;
      p.is_unsigned = true;
      p.in = in.data();
      p.out = out;
      p.ldc = 4;
      p.hi = 255;
      tier.average_i8(p, {0, 1});
      REQUIRE(std::memcmp(out, expected, 4) == 0);
    });
  }
}
