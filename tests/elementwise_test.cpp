// Sums against plain float addition and ref::add, on every tier.
#include <catch2/catch_test_macros.hpp>
#include <algorithm>
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

template <class T>
void check_i8(double a_scale, std::int32_t a_zero, double b_scale, std::int32_t b_zero, double out_scale,
              std::int32_t out_zero, bool a_scalar, bool b_scalar) {
  kernels::AddI8 g;
  g.is_unsigned = std::is_unsigned_v<T>;
  g.a_scalar = a_scalar;
  g.b_scalar = b_scalar;
  g.lo = g.is_unsigned ? 3 : -125;
  g.hi = g.is_unsigned ? 250 : 120;
  REQUIRE(kernels::prepare_add(g, a_scale, a_zero, b_scale, b_zero, out_scale, out_zero));
  test::Random random(5);
  for (const Index n : test::awkward_sizes) {
    Guarded<T> a(a_scalar ? 1 : n * n), b(b_scalar ? 1 : n * n);
    a.fill([&] { return test::any_value<T>(random); });
    b.fill([&] { return test::any_value<T>(random); });
    test::for_each_tier<kernels::AddKernels>([&](const kernels::AddKernels& tier) {
      Guarded<T> out(n * n);
      g.a = a.data();
      g.b = b.data();
      g.out = out.data();
      tier.i8(g, {0, n});
      tier.i8(g, {n, n * n});
      Index wrong = 0;
      for (Index i = 0; i < n * n; ++i) {
        if (out[i] != ref::add(g, a[a_scalar ? 0 : i], b[b_scalar ? 0 : i])) ++wrong;
      }
      INFO("n " << n * n << ", scales " << a_scale << " " << b_scale << " " << out_scale);
      REQUIRE(wrong == 0);
      REQUIRE(out.damage() == "");
    });
  }
}

}  // namespace

TEST_CASE("add_f32 is exact, with scalars and clamp; NaN stays NaN", "[elementwise]") {
  test::Random random(6);
  for (const Index n : test::awkward_sizes) {
    for (const bool scalar : {false, true}) {
      Guarded<float> a(n), b(scalar ? 1 : n);
      a.fill([&] { return random.one_in(9) ? std::nanf("") : random.real(); });
      b.fill([&] { return random.real(); });
      test::for_each_tier<kernels::AddKernels>([&](const kernels::AddKernels& tier) {
        for (const bool swapped : {false, true}) {
          Guarded<float> out(n);
          kernels::AddF32 g;
          g.a = swapped ? b.data() : a.data();
          g.b = swapped ? a.data() : b.data();
          g.a_scalar = swapped && scalar;
          g.b_scalar = !swapped && scalar;
          g.out = out.data();
          g.lo = -0.75F;
          g.hi = 1.0F;
          tier.f32(g, {0, n / 2});
          tier.f32(g, {n / 2, n});
          for (Index i = 0; i < n; ++i) {
            const float sum = a[i] + b[scalar ? 0 : i];
            if (std::isnan(sum))
              REQUIRE(std::isnan(out[i]));
            else
              REQUIRE(out[i] == std::min(1.0F, std::max(-0.75F, sum)));
          }
          REQUIRE(out.damage() == "");
        }
      });
    }
  }
}

TEST_CASE("add_f32 may write over an input", "[elementwise]") {
  test::for_each_tier<kernels::AddKernels>([](const kernels::AddKernels& tier) {
    std::vector<float> a(33, 1.5F);
    kernels::AddF32 g;
    g.a = g.b = a.data();
    g.out = a.data();
    g.hi = 100;
    tier.f32(g, {0, 33});
    REQUIRE(std::all_of(a.begin(), a.end(), [](float v) { return v == 3.0F; }));
  });
}

TEST_CASE("add_i8 equals the reference", "[elementwise]") {
  check_i8<std::int8_t>(0.05, 3, 0.02, -7, 0.06, -10, false, false);
  check_i8<std::int8_t>(0.013, -128, 0.013, 127, 0.026, 0, false, false);
  check_i8<std::int8_t>(0.5, 0, 0.001, 0, 0.9, 5, true, false);
  check_i8<std::uint8_t>(0.05, 120, 0.07, 0, 0.03, 128, false, false);
  check_i8<std::uint8_t>(1.0, 255, 0.3, 12, 1.1, 9, false, true);
}

TEST_CASE("prepare_add gives TensorFlow Lite's numbers and refuses what it refuses", "[elementwise]") {
  kernels::AddI8 g;
  REQUIRE(kernels::prepare_add(g, 0.5, 1, 0.25, 2, 1.0, 3));
  // a: 0.5 / (2 * 0.5) = 1/2; b: 0.25 / 1 = 1/4; the sum: 1 / (2^20 * 1).
  REQUIRE((g.a_scale.multiplier == 1 << 30 && g.a_scale.right == 0 && g.a_scale.zero == 1));
  REQUIRE((g.b_scale.multiplier == 1 << 30 && g.b_scale.right == 1 && g.b_scale.zero == 2));
  REQUIRE((g.out_scale.multiplier == 1 << 30 && g.out_scale.right == 19 && g.out_scale.zero == 3));
  REQUIRE_FALSE(kernels::prepare_add(g, 0, 0, 1, 0, 1, 0));
  REQUIRE_FALSE(kernels::prepare_add(g, 1, 0, 1, 0, 1e-7, 0));
}
