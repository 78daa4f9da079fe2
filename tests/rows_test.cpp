// Reductions and normalisations against their definitions, and table look-ups and transposes exactly, on every tier.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels/reference_elements.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"
#include "support/tiers.hpp"

using namespace hone;
using kernels::Index;
using test::Guarded;

namespace {

void check_reduce(Index outer, Index k, Index inner, Index pad, test::Random& random) {
  Guarded<float> in(outer * k, inner, inner + pad);
  in.fill([&] { return random.real(); });
  if (random.one_in(4)) in(outer * k - 1, inner - 1) = std::nanf("");
  test::for_each_tier<kernels::ReduceKernels>([&](const kernels::ReduceKernels& tier) {
    for (int f = 0; f < kernels::reduce_count; ++f) {
      Guarded<float> out(outer, inner, inner + 2);
      const kernels::ReduceF32 g{k, inner, in.data(), k * in.stride(), in.stride(), out.data(), out.stride()};
      tier.f32[f](g, {0, outer / 2});
      tier.f32[f](g, {outer / 2, outer});
      int wrong = 0;
      for (Index i = 0; i < outer * inner; ++i) {
        const float* x = in.row(i / inner * k) + i % inner;
        const auto reduce = static_cast<kernels::Reduce>(f);
        const double exact = ref::reduce(reduce, x, k, in.stride());
        double magnitude = 0;
        for (Index kk = 0; kk < k; ++kk) magnitude += std::fabs(x[kk * in.stride()]);
        const bool is_exact = reduce == kernels::Reduce::max || reduce == kernels::Reduce::min;
        const double allowed = is_exact ? 0 : static_cast<double>(k + 1) * 0x1p-24 * magnitude;
        const float got = out(i / inner, i % inner);
        wrong += std::isnan(exact) ? !std::isnan(got) : !(std::fabs(got - exact) <= allowed);
      }
      INFO("reduction " << f << " of " << outer << " x " << k << " x " << inner);
      CHECK(wrong == 0);
      CHECK(out.damage() == "");
    }
  });
}

template <class T> void check_transpose(Index rows, Index cols, test::Random& random) {
  Guarded<T> in(rows, cols, cols + 3);
  in.fill([&] { return static_cast<T>(random.bits() >> 40); });
  test::for_each_tier<kernels::TransposeKernels>([&](const kernels::TransposeKernels& tier) {
    const auto run = sizeof(T) == 1 ? tier.bytes1 : sizeof(T) == 2 ? tier.bytes2 : tier.bytes4;
    Guarded<T> out(cols, rows, rows + 1);
    const kernels::Transpose t{cols, in.data(), in.stride(), out.data(), out.stride()};
    run(t, {0, rows / 3});
    run(t, {rows / 3, rows});
    int wrong = 0;
    for (Index i = 0; i < rows * cols; ++i) wrong += out(i % cols, i / cols) != in(i / cols, i % cols);
    INFO(rows << " x " << cols << " of " << sizeof(T) << " bytes");
    CHECK(wrong == 0);
    CHECK(out.damage() == "");
  });
}

}  // namespace

TEST_CASE("reduce: every awkward size, over the last and a middle axis", "[rows]") {
  test::Random random(21);
  for (const Index k : test::awkward_sizes) {
    check_reduce(3, k, 1, 0, random);
    check_reduce(2, k, 1, 2, random);  // one column of several: the values are not beside each other
    for (const Index inner : {2, 16, 33, 65, 70}) check_reduce(2, k, inner, k % 2 == 0 ? 3 : 0, random);
  }
  check_reduce(1, 1000, 1, 0, random);
}

TEST_CASE("reduce: of nothing", "[rows]") {
  test::for_each_tier<kernels::ReduceKernels>([](const kernels::ReduceKernels& tier) {
    const float none = 0;
    float out[kernels::reduce_count];
    for (int f = 0; f < kernels::reduce_count; ++f) {
      tier.f32[f](kernels::ReduceF32{0, 1, &none, 0, 1, out + f, 1}, {0, 1});
    }
    CHECK((out[0] == 0 && std::isnan(out[1]) && out[4] == 0));
    CHECK((std::isinf(out[2]) && out[2] < 0 && std::isinf(out[3]) && out[3] > 0));
  });
}

TEST_CASE("normalize: layer, root mean square and l2 within their bound", "[rows]") {
  test::Random random(22);
  for (const Index n : test::awkward_sizes) {
    const Index rows = 3;
    Guarded<float> x(rows, n, n + 1), gamma(n), beta(n);
    x.fill([&] { return 10 + random.real(); });  // a mean far from 0
    gamma.fill([&] { return random.real(); });
    beta.fill([&] { return random.real(); });
    test::for_each_tier<kernels::NormalizeKernels>([&](const kernels::NormalizeKernels& tier) {
      for (int f = 0; f < kernels::normalize_count; ++f) {
        for (const bool affine : {false, true}) {
          Guarded<float> y(rows, n, n + 2);
          const kernels::NormalizeF32 g{n,
                                        x.data(),
                                        x.stride(),
                                        y.data(),
                                        y.stride(),
                                        affine ? gamma.data() : nullptr,
                                        affine ? beta.data() : nullptr,
                                        1e-3F};
          tier.f32[f](g, {0, 1});
          tier.f32[f](g, {1, rows});
          int wrong = 0;
          for (Index r = 0; r < rows; ++r) {
            double shift = 0, scale = 0;
            ref::normalize(static_cast<kernels::Normalize>(f), x.row(r), n, g.epsilon, shift, scale);
            for (Index i = 0; i < n; ++i) {
              const double by = affine ? gamma[i] : 1, exact = (x(r, i) - shift) * scale * by + (affine ? beta[i] : 0);
              const double size = std::fabs(exact) + std::fabs(shift * scale * by) + (affine ? std::fabs(beta[i]) : 0);
              wrong += !(std::fabs(y(r, i) - exact) <= static_cast<double>(n + 8) * 0x1p-24 * size);
            }
          }
          INFO("normalisation " << f << ", n " << n << ", affine " << affine);
          CHECK(wrong == 0);
          CHECK(y.damage() == "");
        }
      }
    });
  }
}

TEST_CASE("normalize: in place, and a row of zeros", "[rows]") {
  test::for_each_tier<kernels::NormalizeKernels>([](const kernels::NormalizeKernels& tier) {
    for (int f = 0; f < kernels::normalize_count; ++f) {
      std::vector<float> x(40, 0.0F);
      tier.f32[f](kernels::NormalizeF32{40, x.data(), 40, x.data(), 40, nullptr, nullptr, 1e-6F}, {0, 1});
      for (const float y : x) CHECK(y == 0);
    }
  });
}

TEST_CASE("lookup: every byte, any length, in place", "[rows]") {
  test::Random random(23);
  std::uint8_t table[256];
  for (std::uint8_t& entry : table) entry = static_cast<std::uint8_t>(random.bits() >> 20);
  for (const Index n : {1, 3, 15, 16, 17, 31, 33, 63, 64, 65, 129, 512}) {
    Guarded<std::uint8_t> in(n);
    for (Index i = 0; i < n; ++i) in[i] = static_cast<std::uint8_t>(i);
    test::for_each_tier<kernels::LookupKernels>([&](const kernels::LookupKernels& tier) {
      Guarded<std::uint8_t> out(n);
      const kernels::Lookup8 l{in.data(), out.data(), table};
      tier.run(l, {0, n / 2});
      tier.run(l, {n / 2, n});
      int wrong = 0;
      for (Index i = 0; i < n; ++i) wrong += out[i] != table[in[i]];
      tier.run(kernels::Lookup8{out.data(), out.data(), table}, {0, n});
      for (Index i = 0; i < n; ++i) wrong += out[i] != table[table[in[i]]];
      INFO("n " << n);
      CHECK(wrong == 0);
      CHECK(out.damage() == "");
    });
  }
}

TEST_CASE("transpose: every pair of awkward sizes, elements of 1, 2 and 4 bytes", "[rows]") {
  test::Random random(24);
  for (const Index rows : test::awkward_sizes) {
    for (const Index cols : test::awkward_sizes) {
      check_transpose<std::uint8_t>(rows, cols, random);
      check_transpose<std::uint16_t>(rows, cols, random);
      check_transpose<float>(rows, cols, random);
    }
  }
  check_transpose<std::uint8_t>(200, 67, random);
}
