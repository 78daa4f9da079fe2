// Functions of one value on every tier: each held densely, over all of float32, to its stated bound; any length; in place.
#include <catch2/catch_test_macros.hpp>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels/reference_elements.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"
#include "support/tiers.hpp"

using namespace hone;
using kernels::Index;
using kernels::Unary;
using test::Guarded;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

struct Function {
  Unary f;
  const char* name;
  double ulp;
};
#define HONE_FUNCTION(name, ulp) {Unary::name, #name, ulp},
const Function functions[] = {HONE_UNARY_FUNCTIONS(HONE_FUNCTION)};
#undef HONE_FUNCTION

kernels::UnaryF32 unary_args(const float* in, float* out) { return {in, out, 0.3F, 0.45F, -infinity, infinity}; }

/// Every exponent and sign, with mantissas spread over each: `step` apart in the order of the bits; and what is special.
std::vector<float> dense_floats() {
  const std::uint64_t step = std::getenv("HONE_EMULATED") != nullptr ? 1048573 : 16381;
  std::vector<float> x = {0.0F, -0.0F, infinity, -infinity, 1.0F, -1.0F, 0.5F, -0.5F, 2.5F, -1.5F, 88.7228F, -103.9F};
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += step) {
    const auto word = static_cast<std::uint32_t>(bits);
    float value = 0;
    std::memcpy(&value, &word, sizeof value);
    if (!std::isnan(value)) x.push_back(value);
  }
  // Where functions do something: their bends, and where they saturate.
  for (int i = 0; i < 20000; ++i) x.push_back((static_cast<float>(i) - 10000.0F) / 512);
  return x;
}

/// How far `got` may be from `exact`.
double allowed(const Function& function, const kernels::UnaryF32& g, double x, double exact) {
  const double least = function.f == Unary::silu ? 0x1p-119 : 0x1p-126;  // below, results may be 0
  if (function.f == Unary::gelu || function.f == Unary::gelu_tanh) return function.ulp * 0x1p-24 * std::fabs(x) + least;
  if (function.f == Unary::hard_sigmoid) return function.ulp * 0x1p-24 * (std::fabs(g.alpha * x) + g.beta);
  const double size = std::fabs(exact);
  if (function.ulp == 0) {
    return size < least ? 0x1p-149 : 0x1p-24 * size;  // rounded once
  }
  return function.ulp * std::ldexp(1.0, std::ilogb(std::max(size, least)) - 23) + (size < least ? least : 0);
}

}  // namespace

TEST_CASE("unary_f32: every function within its bound", "[unary]") {
  const std::vector<float> x = dense_floats();
  std::vector<float> y(x.size());
  std::vector<double> exact(x.size());
  const kernels::UnaryF32 g = unary_args(x.data(), y.data());
  for (const Function& function : functions) {
    for (std::size_t i = 0; i < x.size(); ++i) exact[i] = ref::unary(function.f, x[i], g.alpha, g.beta);
    test::for_each_tier<kernels::UnaryKernels>([&](const kernels::UnaryKernels& tier) {
      tier.f32[static_cast<int>(function.f)](g, {0, static_cast<Index>(x.size())});
      int wrong = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto rounded = static_cast<float>(exact[i]);
        if (std::isnan(rounded) ? std::isnan(y[i]) : y[i] == rounded) continue;
        if (!std::isinf(rounded) && std::fabs(y[i] - exact[i]) <= allowed(function, g, x[i], exact[i])) continue;
        if (std::isinf(rounded) && std::fabs(y[i]) > 3.4028233e38F) continue;  // within the bound of overflowing
        if (std::isinf(x[i]) && std::isnan(y[i]) && function.f != Unary::exp)
          continue;  // infinity times or over itself
        INFO(function.name << "(" << x[i] << ") = " << y[i] << ", expected " << exact[i] << ": "
                           << std::fabs(y[i] - exact[i]) / allowed(function, g, x[i], exact[i])
                           << " of what is allowed");
        if (++wrong < 4) CHECK(false);
      }
      INFO(function.name << ": " << wrong << " of " << x.size());
      CHECK(wrong == 0);
    });
  }
}

TEST_CASE("unary_f32: any length and place, clamped, NaN stays NaN, in place", "[unary]") {
  test::Random random(3);
  for (const Index n : test::awkward_sizes) {
    Guarded<float> x(n);
    x.fill([&] { return random.one_in(9) ? std::nanf("") : 4 * random.real(); });
    test::for_each_tier<kernels::UnaryKernels>([&](const kernels::UnaryKernels& tier) {
      for (const Function& function : functions) {
        INFO(function.name << ", n " << n);
        Guarded<float> y(n), in_place(n);
        std::memcpy(in_place.data(), x.data(), static_cast<std::size_t>(n) * sizeof(float));
        kernels::UnaryF32 g = unary_args(x.data(), y.data());
        g.lo = -0.25F, g.hi = 1.5F;
        const auto run = tier.f32[static_cast<int>(function.f)];
        run(g, {0, n / 2});
        run(g, {n / 2, n});
        g.in = g.out = in_place.data();
        run(g, {0, n});
        int wrong = 0;
        for (Index i = 0; i < n; ++i) {
          const double exact = ref::unary(function.f, x[i], g.alpha, g.beta);
          const double clamped = exact < g.lo ? g.lo : exact > g.hi ? g.hi : exact;
          const bool right = std::isnan(exact) ? std::isnan(y[i])
                                               : std::fabs(y[i] - clamped) <= allowed(function, g, x[i], exact) + 1e-6;
          const bool same = std::isnan(exact) ? std::isnan(in_place[i]) : y[i] == in_place[i];  // NaN has many bits
          wrong += !right || !same;
        }
        CHECK(wrong == 0);
        CHECK(y.damage() + in_place.damage() == "");
      }
    });
  }
}
