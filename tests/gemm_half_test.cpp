// Floats of 16 bits: every value converted, and products with weights of them, on every tier.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "kernels/reference.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"
#include "support/tiers.hpp"

using namespace hone;
using kernels::BF16;
using kernels::F16;
using kernels::Index;
using test::Guarded;

namespace {

template <class T> T narrow(float x) {
  if constexpr (std::is_same_v<T, float>) return x;
  if constexpr (std::is_same_v<T, F16>) return kernels::to_f16(x);
  if constexpr (std::is_same_v<T, BF16>) return kernels::to_bf16(x);
}
inline float wide(float x) { return x; }
template <class T> float wide(T x) { return kernels::to_float(x); }

/// A product of types A, Half -> C against ref::gemm on the same values widened.
template <class A, class Half, class C>
void check(const kernels::GemmHalfKernels<Half>& tier, Index m, Index n, Index k, bool pairs, test::Random& random) {
  Guarded<A> a(m, k, k + random.integer(0, 3));
  Guarded<Half> b(k, n, n);
  Guarded<C> c(m, n, n + random.integer(0, 3));
  Guarded<float> a_wide(m, k, k), b_wide(k, n, n), expected(m, n, n), bias(n);
  bias.fill([&] { return random.real(); });
  for (Index i = 0; i < m * k; ++i) {
    a(i / k, i % k) = narrow<A>(random.real());
    a_wide(i / k, i % k) = wide(a(i / k, i % k));
  }
  for (Index i = 0; i < k * n; ++i) {
    b(i / n, i % n) = narrow<Half>(random.real());
    b_wide(i / n, i % n) = wide(b(i / n, i % n));
  }
  std::vector<Half> panels(static_cast<std::size_t>(tier.packed_elements(k, n)));
  tier.pack(k, n, b.data(), n, 1, panels.data());
  kernels::GemmHalf<Half> g;
  g.m = m, g.n = n, g.k = k;
  g.a = a.data(), g.a_half = !std::is_same_v<A, float>, g.lda = a.stride();
  g.b = panels.data(), g.bias = bias.data();
  g.c = c.data(), g.c_half = !std::is_same_v<C, float>, g.ldc = c.stride();
  g.lo = -2, g.hi = 3;
  g.dot_pairs = pairs;
  std::vector<test::CacheLine> scratch(tier.scratch_bytes(k) / 64 + 1);
  tier.run(g, {0, m}, {0, (n + tier.nr - 1) / tier.nr}, scratch.data());

  ref::gemm(m, n, k, a_wide.data(), k, b_wide.data(), n, bias.data(), g.lo, g.hi, expected.data(), n);
  const double result_eps = std::is_same_v<C, float> ? 0 : std::is_same_v<C, F16> ? 0x1p-11 : 0x1p-8;
  int wrong = 0;
  for (Index i = 0; i < m * n; ++i) {
    double magnitude = std::fabs(bias[i % n]);
    for (Index kk = 0; kk < k; ++kk) magnitude += std::fabs(double{a_wide(i / n, kk)} * b_wide(kk, i % n));
    const double exact = expected(i / n, i % n);
    const double allowed =
        2.0 * static_cast<double>(k + 1) * 0x1p-24 * magnitude + result_eps * std::fabs(exact) + 0x1p-25;
    wrong += !(std::fabs(wide(c(i / n, i % n)) - exact) <= allowed);
  }
  INFO(m << "x" << n << "x" << k << ", sizes " << sizeof(A) << " " << sizeof(C) << ", pairs " << pairs);
  CHECK(wrong == 0);
  CHECK(c.damage() == "");
}

template <class Half> void check_all() {
  using Kernels = kernels::GemmHalfKernels<Half>;
  for (const cpu::TierInfo& info : cpu::tiers()) {
    if (!info.usable()) continue;
    INFO("tier " << info.name);
    const Kernels& tier = *cpu::kernels<Kernels>(info.tier);
    test::Random random(31);
    for (const Index m : {1, 2, 3, 4, 5, 13}) {
      for (const Index n : {1, 7, 16, 33, 65}) {
        for (const Index k : {1, 2, 9, 32, 65}) {
          check<float, Half, float>(tier, m, n, k, false, random);
          check<Half, Half, Half>(tier, m, n, k, false, random);
          if (tier.dot_pairs && cpu::has_bf16_dot(info.tier)) check<Half, Half, float>(tier, m, n, k, true, random);
        }
      }
    }
    check<Half, Half, float>(tier, 3, 40, 0, false, random);
    check<float, Half, Half>(tier, 70, 33, 300, false, random);  // more than one block of widened rows
  }
}

}  // namespace

TEST_CASE("half: every f16 and bf16 widens and comes back", "[half]") {
  test::for_each_tier<kernels::HalfKernels>([](const kernels::HalfKernels& tier) {
    std::vector<F16> f(65536), f_back(65536);
    std::vector<BF16> b(65536), b_back(65536);
    std::vector<float> f_wide(65536), b_wide(65536);
    for (std::size_t i = 0; i < 65536; ++i) f[i].bits = b[i].bits = static_cast<std::uint16_t>(i);
    tier.from_f16(f.data(), f_wide.data(), {0, 65536});
    tier.from_bf16(b.data(), b_wide.data(), {0, 65536});
    tier.to_f16(f_wide.data(), f_back.data(), {0, 65536});
    tier.to_bf16(b_wide.data(), b_back.data(), {0, 65536});
    int wrong = 0;
    for (std::size_t i = 0; i < 65536; ++i) {
      const bool f_nan = (i & 0x7FFFu) > 0x7C00u, b_nan = (i & 0x7FFFu) > 0x7F80u;
      const double sign = (i & 0x8000u) != 0 ? -1 : 1, fraction = static_cast<double>(i & 0x3FFu);
      const int exponent = static_cast<int>(i >> 10 & 31u);
      const double value = exponent == 31  ? std::numeric_limits<double>::infinity()
                           : exponent == 0 ? std::ldexp(fraction, -24)
                                           : std::ldexp(1024 + fraction, exponent - 25);
      wrong += f_nan ? !std::isnan(f_wide[i]) : f_wide[i] != sign * value;
      wrong += f_nan ? !std::isnan(kernels::to_float(f_back[i])) : f_back[i].bits != i;
      wrong += b_nan ? !std::isnan(b_wide[i]) : b_wide[i] != kernels::to_float(b[i]);
      wrong += b_nan ? !std::isnan(kernels::to_float(b_back[i])) : b_back[i].bits != i;
    }
    CHECK(wrong == 0);
  });
}

TEST_CASE("half: rounding to nearest even, overflow and underflow", "[half]") {
  CHECK(kernels::to_f16(65519.0F).bits == 0x7BFF);
  CHECK(kernels::to_f16(65520.0F).bits == 0x7C00);
  CHECK(kernels::to_f16(2049.0F).bits == 0x6800);  // between 2048 and 2050: the even one
  CHECK(kernels::to_f16(2051.0F).bits == 0x6802);  // between 2050 and 2052
  CHECK(kernels::to_f16(0x1p-25F).bits == 0);      // a tie with 0
  CHECK(kernels::to_f16(0x1.8p-25F).bits == 1);
  CHECK(kernels::to_f16(-0x1.ff8p-15F).bits == 0x83FF);  // the largest subnormal number
  CHECK(kernels::to_bf16(257.0F).bits == 0x4380);
  CHECK(kernels::to_bf16(3.4e38F).bits == 0x7F80);
  test::Random random(33);
  for (const Index n : test::awkward_sizes) {
    Guarded<float> x(n);
    x.fill([&] { return std::ldexp(random.real(), static_cast<int>(random.integer(-30, 20))); });
    test::for_each_tier<kernels::HalfKernels>([&](const kernels::HalfKernels& tier) {
      Guarded<F16> f(n);
      Guarded<BF16> b(n);
      tier.to_f16(x.data(), f.data(), {0, n / 2});
      tier.to_f16(x.data(), f.data(), {n / 2, n});
      tier.to_bf16(x.data(), b.data(), {0, n});
      int wrong = 0;
      for (Index i = 0; i < n; ++i) {
        wrong += f[i].bits != kernels::to_f16(x[i]).bits || b[i].bits != kernels::to_bf16(x[i]).bits;
      }
      CHECK(wrong == 0);
      CHECK(f.damage() + b.damage() == "");
    });
  }
}

TEST_CASE("gemm_f16: floats and halves in, floats and halves out", "[half]") { check_all<F16>(); }
TEST_CASE("gemm_bf16: floats and halves in, floats and halves out, pairs", "[half]") { check_all<BF16>(); }
