// Requantisation against its definition, on every tier and in every mode, to the last bit. A product over k = 0 is its
// bias: so each column of one row carries a sum of its own through gemm_i8's requantisation.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "../kernels/reference.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"
#include "support/requantize.hpp"
#include "support/tiers.hpp"

namespace {

using hone::kernels::FixedPoint;
using hone::kernels::GemmI8;
using hone::kernels::GemmI8Kernels;
using hone::kernels::Index;
using hone::kernels::Output;
using hone::kernels::Rounding;
using hone::test::Random;
using hone::test::Scales;

/// How many of the requantised `sums` differ from the definition.
template <class Out>
Index mismatches(const GemmI8Kernels& kernels, const hone::kernels::Requantize& q,
                 const std::vector<std::int32_t>& sums) {
  GemmI8 g;
  g.m = 2, g.n = static_cast<Index>(sums.size()) - 64;  // 64 readable entries follow
  g.a = "", g.lda = 0;
  const std::int8_t none = 0;
  g.b = &none, g.bias = sums.data();
  std::vector<Out> c(static_cast<std::size_t>(2 * g.n));
  g.output = std::is_signed_v<Out> ? Output::s8 : Output::u8, g.c = c.data(), g.ldc = g.n;
  g.requantize = q;
  std::vector<hone::test::CacheLine> scratch(kernels.scratch_bytes(0) / 64 + 1);
  kernels.run(g, {0, 2}, {0, (g.n + kernels.nr - 1) / kernels.nr}, scratch.data());
  Index wrong = 0;
  for (Index j = 0; j < g.n; ++j) {
    const auto at = static_cast<std::size_t>(j);
    const std::int32_t expected = hone::ref::requantize(q, j, sums[at]);
    const bool right = c[at] == expected && c[at + static_cast<std::size_t>(g.n)] == expected;
    if (!right && ++wrong == 1) {
      UNSCOPED_INFO("acc " << sums[at] << " * " << q.multiplier[j] << " << " << q.left[j] << " >> " << q.right[j]
                           << ", scale " << q.scale[j] << ", zero " << q.zero << ": " << int{c[at]} << ", expected "
                           << expected);
    }
  }
  return wrong;
}

/// Scales that make ties likely: a few bits of mantissa; or any; at times 0, the largest and the smallest.
FixedPoint any_fixed_point(Random& random) {
  if (random.one_in(50)) return {0, 0};
  const int shift =
      random.one_in(4) ? static_cast<int>(random.integer(-31, 8)) : static_cast<int>(random.integer(-14, 1));
  if (random.one_in(3)) return {static_cast<std::int32_t>((128 + random.integer(0, 127)) << 23), shift};
  if (random.one_in(10)) return {random.one_in(2) ? 0x7fffffff : 0x40000000, shift};
  return {static_cast<std::int32_t>(random.integer(0x40000000, 0x7fffffff)), shift};
}

/// A sum whose result is near or at a tie within the output's range, or any sum that the operators let through.
std::int32_t any_sum(const Scales& scales, std::size_t c, Random& random) {
  const int left = scales.left(c), right = scales.right(c);
  const std::int64_t most = ((std::int64_t{1} << 31) - 1 - (right > 0 ? std::int64_t{1} << (right - 1) : 0)) >> left;
  std::int64_t sum = random.integer(-most, most);
  if (!random.one_in(8) && scales.multiplier(c) != 0) {
    const double factor = std::ldexp(scales.multiplier(c), left - right - 31);
    const double target = static_cast<double>(random.integer(-300, 300)) + (random.one_in(2) ? 0.5 : 0.0);
    sum = std::llround(std::clamp(target / factor, -4e9, 4e9)) + random.integer(-2, 2);
  }
  return static_cast<std::int32_t>(std::clamp(sum, -most, most));
}

}  // namespace

TEST_CASE("requantize: random sums and ties in every mode") {
  hone::test::for_each_tier<GemmI8Kernels>([](const GemmI8Kernels& kernels) {
    Random random(1);
    const std::size_t n = 4099;
    for (int round = 0; round < 300; ++round) {
      Scales scales(std::vector<double>(n, 0.0));
      std::vector<std::int32_t> sums(n + 64);
      for (std::size_t c = 0; c < n; ++c) {
        const FixedPoint f = any_fixed_point(random);
        scales.set(c, f, static_cast<float>(std::ldexp(f.multiplier, f.shift - 31)));
        sums[c] = any_sum(scales, c, random);
      }
      const Rounding rounding = hone::test::roundings[round % 3];
      if (round % 2 == 0) {
        const auto q = scales.args(rounding, static_cast<std::int32_t>(random.integer(-128, 127)), -128, 127);
        CHECK(mismatches<std::int8_t>(kernels, q, sums) == 0);
      } else {
        const auto q = scales.args(rounding, static_cast<std::int32_t>(random.integer(0, 255)),
                                   random.one_in(2) ? 0 : 3, random.one_in(2) ? 255 : 250);
        CHECK(mismatches<std::uint8_t>(kernels, q, sums) == 0);
      }
    }
  });
}

TEST_CASE("requantize: one kind of shift at a time") {
  hone::test::for_each_tier<GemmI8Kernels>([](const GemmI8Kernels& kernels) {
    Random random(2);
    const std::size_t n = 200;
    for (int shift = -31; shift <= 30; ++shift) {
      for (const Rounding rounding : hone::test::roundings) {
        Scales scales(std::vector<double>(n, 0.0));
        std::vector<std::int32_t> sums(n + 64);
        for (std::size_t c = 0; c < n; ++c) {
          const auto m = static_cast<std::int32_t>(c % 3 == 0 ? 0x40000000 : random.integer(0x40000000, 0x7fffffff));
          scales.set(c, {m, shift}, static_cast<float>(std::ldexp(m, shift - 31)));
          sums[c] = any_sum(scales, c, random);
        }
        INFO("shift " << shift << ", mode " << int(rounding));
        CHECK(mismatches<std::int8_t>(kernels, scales.args(rounding, 5, -128, 127), sums) == 0);
      }
    }
  });
}

TEST_CASE("requantize: the definition at known points") {
  // T2 rounds twice: a quarter of -3 is -0.75, by way of -1.5, which becomes -1, whose half becomes -1.
  CHECK(hone::ref::round_tflite(3, 1 << 30, 0, 1) == 1);
  CHECK(hone::ref::round_tflite(-3, 1 << 30, 0, 1) == -1);
  CHECK(hone::ref::round_tflite(1, 1 << 30, 0, 0) == 1);  // ties of the product go up,
  CHECK(hone::ref::round_tflite(-1, 1 << 30, 0, 0) == 0);
  CHECK(hone::ref::round_tflite(-6, 1 << 30, 0, 1) == -2);  // ties of the division away from zero
  CHECK(hone::ref::round_single(-6, 1 << 30, 0, 1) == -1);  // T1: every tie goes up
  CHECK(hone::ref::round_single(2, 1 << 30, 0, 1) == 1);
  CHECK(hone::ref::round_single(7, 1 << 30, 2, 0) == 14);
  CHECK(hone::ref::round_ort(5, 0.5f, -128, 127) == 2);  // O: ties to even
  CHECK(hone::ref::round_ort(7, 0.5f, -128, 127) == 4);
  CHECK(hone::ref::round_ort(2147483647, 1.0f, -128, 127) == 127);
}

TEST_CASE("requantize: factors in fixed point") {
  const auto equals = [](double factor, std::int32_t multiplier, int shift) {
    const FixedPoint f = hone::kernels::to_fixed_point(factor);
    return f.multiplier == multiplier && f.shift == shift;
  };
  CHECK(equals(0, 0, 0));
  CHECK(equals(0.5, 1 << 30, 0));
  CHECK(equals(1, 1 << 30, 1));
  CHECK(equals(0.75, 3 << 29, 0));
  CHECK(equals(0.1, 1717986918, -3));
  CHECK(equals(std::nextafter(1.0, 0.0), 1 << 30, 1));  // its fraction rounds up to 1
  CHECK(equals(0x1p-32, 1 << 30, -31));                 // the smallest that is not 0
  CHECK(equals(0x1p-33, 0, 0));
  CHECK(equals(std::nextafter(0x1p-32, 0.0), 1 << 30, -31));
  CHECK(equals(0x1p-31 * (0.5 + 0x1p-33), 1 << 30, -31));
}
