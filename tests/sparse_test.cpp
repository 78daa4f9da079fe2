// sparse_f32 against ref::gemm on the dense matrix, on every tier.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <vector>

#include "kernels/reference.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"
#include "support/tiers.hpp"

using namespace hone;
using kernels::Index;
using test::Guarded;

namespace {

std::size_t size(Index n) { return static_cast<std::size_t>(n); }

/// Weights are cut by blocks of `height` outputs, one in `one_in` of them kept.
void check(int height, Index m, Index n, Index k, int one_in, bool with_bias) {
  constexpr float lo = -1.75F, hi = 1.5F;
  test::Random random(static_cast<std::uint64_t>(m * 1000000 + n * 1000 + k));
  Guarded<float> a(m, k, k + 3), w(n, k, k + 1), bias(n);
  a.fill([&] { return random.real(); });
  w.fill([] { return 0.0F; });
  Index kept = 0;
  for (Index o = 0; o < n; o += height) {
    for (Index i = 0; i < k; ++i) {
      if (!random.one_in(one_in)) continue;
      for (Index j = o; j < o + height && j < n; ++j) w(j, i) = random.real() + 2;  // not 0
      ++kept;
    }
  }
  bias.fill([&] { return random.real(); });
  std::vector<float> b(size(k * n)), expected(size(m * n)), magnitude(size(m * n)), a_size(size(m * k)),
      b_size(b.size());
  std::vector<float> bias_size(size(n));
  for (Index o = 0; o < n; ++o) {
    bias_size[size(o)] = std::fabs(bias[o]);
    for (Index i = 0; i < k; ++i) {
      b[size(i * n + o)] = w(o, i);
      b_size[size(i * n + o)] = std::fabs(w(o, i));
    }
  }
  for (Index i = 0; i < m * k; ++i) a_size[size(i)] = std::fabs(a(i / k, i % k));
  ref::gemm(m, n, k, a.data(), a.stride(), b.data(), n, with_bias ? bias.data() : nullptr, lo, hi, expected.data(), n);
  ref::gemm(m, n, k, a_size.data(), k, b_size.data(), n, bias_size.data(), 0, INFINITY, magnitude.data(), n);
  test::for_each_tier<kernels::SparseF32Kernels>([&](const kernels::SparseF32Kernels& tier) {
    std::vector<std::int32_t> starts(size(tier.starts(height, n, k)));
    REQUIRE(tier.blocks(height, n, k, w.data(), w.stride()) == kept);
    std::vector<std::int32_t> offsets(size(kept));
    std::vector<float> values(size(kept * height));
    tier.pack(height, n, k, w.data(), w.stride(), starts.data(), offsets.data(), values.data());
    REQUIRE(starts.back() == kept);
    Guarded<float> c(m, n, n + 2);
    Guarded<char> scratch(static_cast<Index>((tier.scratch_bytes(n, k) + 63) / 64 * 64));
    kernels::SparseF32 s;
    s.height = height;
    s.n = n;
    s.k = k;
    s.a = a.data();
    s.lda = a.stride();
    s.starts = starts.data();
    s.offsets = offsets.data();
    s.values = values.data();
    s.bias = with_bias ? bias.data() : nullptr;
    s.c = c.data();
    s.ldc = c.stride();
    s.lo = lo;
    s.hi = hi;
    tier.run(s, {0, m / 3}, scratch.data());
    tier.run(s, {m / 3, m}, scratch.data());
    Index wrong = 0;
    for (Index i = 0; i < m * n; ++i) {
      const float bound = 2 * static_cast<float>(k + 1) * 0x1p-24F * magnitude[size(i)];
      if (!(std::fabs(c(i / n, i % n) - expected[size(i)]) <= bound)) ++wrong;
    }
    INFO("blocks of " << height << ", m " << m << ", n " << n << ", k " << k << ", one block in " << one_in << " kept");
    REQUIRE(wrong == 0);
    REQUIRE(c.damage() == "");
    REQUIRE(scratch.damage() == "");
  });
}

}  // namespace

TEST_CASE("sparse_f32 is within its bound of the dense reference", "[sparse]") {
  for (const Index m : test::awkward_sizes) {
    for (const Index n : test::awkward_sizes) {
      for (const Index k : {Index{1}, Index{3}, Index{4}, Index{17}, Index{65}}) check(1, m, n, k, 3, (m + n) % 2 == 0);
      for (const int height : {2, 4}) check(height, m, n, 17, 3, (m + n) % 2 == 0);
    }
  }
}

TEST_CASE("sparse_f32 goes over long rows in blocks", "[sparse]") {
  for (const Index k : {127, 128, 129, 255, 300, 600, 1025}) check(1, 70, 5, k, 5, true);
  for (const Index k : {255, 300, 1025}) {
    check(2, 70, 5, k, 5, true);
    check(4, 70, 5, k, 5, true);
  }
}

TEST_CASE("sparse_f32 takes outputs without weights and dense ones", "[sparse]") {
  for (const int height : {1, 2, 4}) {
    check(height, 49, 12, 40, 1000000, true);
    check(height, 49, 12, 40, 1000000, false);
    check(height, 49, 12, 40, 1, true);
  }
}

TEST_CASE("sparse_f32 passes NaN on through the clamp", "[sparse]") {
  test::for_each_tier<kernels::SparseF32Kernels>([&](const kernels::SparseF32Kernels& tier) {
    const float w[4] = {1, 0, 0, 2};  // (n, k) = (2, 2)
    float a[6] = {1, 2, NAN, 3, 4, NAN}, c[6] = {};
    std::vector<std::int32_t> starts(size(tier.starts(1, 2, 2)));
    std::vector<std::int32_t> offsets(size(tier.blocks(1, 2, 2, w, 2)));
    std::vector<float> values(offsets.size());
    tier.pack(1, 2, 2, w, 2, starts.data(), offsets.data(), values.data());
    std::vector<float> scratch(tier.scratch_bytes(2, 2) / sizeof(float));
    kernels::SparseF32 s;
    s.n = s.k = s.lda = s.ldc = 2;
    s.a = a;
    s.starts = starts.data();
    s.offsets = offsets.data();
    s.values = values.data();
    s.c = c;
    s.lo = 0;
    s.hi = 6;
    tier.run(s, {0, 3}, scratch.data());
    REQUIRE((c[0] == 1 && c[1] == 4 && std::isnan(c[2]) && c[3] == 6 && c[4] == 4 && std::isnan(c[5])));
  });
}
