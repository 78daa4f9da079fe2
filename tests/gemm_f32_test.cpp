// gemm_f32 against its definition, on every tier: all combinations of awkward sizes; strides, bias and clamps varied.
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "../kernels/reference.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"
#include "support/tiers.hpp"
#include "support/window.hpp"

namespace {

using hone::kernels::GemmF32;
using hone::kernels::GemmF32Kernels;
using hone::kernels::Index;
using hone::test::Guarded;
using hone::test::Random;
constexpr float infinity = std::numeric_limits<float>::infinity();

struct Problem {
  Guarded<float> a, b, bias;
  float lo = -infinity, hi = infinity;

  Problem(Index m, Index n, Index k, Index pad, Random& random) : a(m, k, k + pad), b(k, n, n), bias(n) {
    a.fill([&] { return random.real(); });
    b.fill([&] { return random.real(); });
    bias.fill([&] { return random.real(); });
  }
};

std::vector<float> packed(const GemmF32Kernels& kernels, const Guarded<float>& b) {
  std::vector<float> panels(static_cast<std::size_t>(kernels.packed_elements(b.rows(), b.cols())));
  kernels.pack(b.rows(), b.cols(), b.data(), b.stride(), 1, panels.data());
  return panels;
}

GemmF32 arguments(const Problem& p, const std::vector<float>& panels, Guarded<float>& c) {
  GemmF32 g;
  g.m = c.rows(), g.n = c.cols(), g.k = p.b.rows();
  g.a = p.a.data(), g.lda = p.a.stride();
  g.b = panels.data(), g.bias = p.bias.data();
  g.c = c.data(), g.ldc = c.stride();
  g.lo = p.lo, g.hi = p.hi;
  return g;
}

void run(const GemmF32Kernels& kernels, const GemmF32& g) {
  std::vector<hone::test::CacheLine> scratch(kernels.scratch_bytes(g.k, g.window != nullptr) / 64 + 1);
  kernels.run(g, {0, g.m}, {0, (g.n + kernels.nr - 1) / kernels.nr}, scratch.data());
}

/// Where c differs from the definition by more than it may; empty when nowhere.
std::string compare(const Problem& p, bool biased, const Guarded<float>& c) {
  const Index k = p.b.rows();
  Guarded<float> expected(c.rows(), c.cols(), c.cols());
  const float* bias = biased ? p.bias.data() : nullptr;
  hone::ref::gemm(c.rows(), c.cols(), k, p.a.data(), p.a.stride(), p.b.data(), p.b.stride(), bias, p.lo, p.hi,
                  expected.data(), expected.stride());
  for (Index i = 0; i < c.rows(); ++i) {
    for (Index j = 0; j < c.cols(); ++j) {
      double magnitude = biased ? std::fabs(p.bias[j]) : 0;
      for (Index kk = 0; kk < k; ++kk) magnitude += std::fabs(double{p.a(i, kk)} * p.b(kk, j));
      const double allowed = 2.0 * static_cast<double>(k + 1) * 0x1p-24 * magnitude;
      if (!(std::fabs(double{c(i, j)} - expected(i, j)) <= allowed)) {
        return "[" + std::to_string(i) + "," + std::to_string(j) + "]: " + std::to_string(c(i, j)) + ", expected " +
               std::to_string(expected(i, j)) + " within " + std::to_string(allowed);
      }
    }
  }
  return c.damage();
}

}  // namespace

TEST_CASE("gemm_f32: every combination of awkward sizes") {
  hone::test::for_each_tier<GemmF32Kernels>([](const GemmF32Kernels& kernels) {
    Random random(1);
    for (const Index m : hone::test::awkward_sizes) {
      for (const Index n : hone::test::awkward_sizes) {
        for (const Index k : hone::test::awkward_sizes) {
          Problem p(m, n, k, random.one_in(2) ? 0 : random.integer(1, 9), random);
          if (random.one_in(2)) p.lo = -0.5f, p.hi = 1;
          const bool biased = random.one_in(2);
          Guarded<float> c(m, n, n + (random.one_in(2) ? 0 : random.integer(1, 9)));
          const std::vector<float> panels = packed(kernels, p.b);
          GemmF32 g = arguments(p, panels, c);
          if (!biased) g.bias = nullptr;
          run(kernels, g);
          const std::string difference = compare(p, biased, c);
          if (!difference.empty()) FAIL_CHECK(m << "x" << n << "x" << k << " " << difference);
        }
      }
    }
  });
}

TEST_CASE("gemm_f32: nothing to add up, nothing to compute") {
  hone::test::for_each_tier<GemmF32Kernels>([](const GemmF32Kernels& kernels) {
    Random random(2);
    Problem p(5, 19, 0, 0, random);
    Guarded<float> c(5, 19, 20);
    const std::vector<float> none(1);
    run(kernels, arguments(p, none, c));
    CHECK(compare(p, true, c) == "");
    GemmF32 g = arguments(p, none, c);
    g.m = 0;
    run(kernels, g);
    CHECK(c.damage() == "");
  });
}

TEST_CASE("gemm_f32: B may be packed from either orientation") {
  hone::test::for_each_tier<GemmF32Kernels>([](const GemmF32Kernels& kernels) {
    Random random(3);
    const Index n = 37, k = 21;
    Guarded<float> b(k, n, n), transposed(n, k, k + 2);
    for (Index i = 0; i < k; ++i) {
      for (Index j = 0; j < n; ++j) b(i, j) = transposed(j, i) = random.real();
    }
    std::vector<float> panels(static_cast<std::size_t>(kernels.packed_elements(k, n)));
    kernels.pack(k, n, transposed.data(), 1, transposed.stride(), panels.data());
    CHECK(panels == packed(kernels, b));
  });
}

TEST_CASE("gemm_f32: NaN stays in its row and column, infinity is clamped") {
  hone::test::for_each_tier<GemmF32Kernels>([](const GemmF32Kernels& kernels) {
    Random random(4);
    const Index m = 14, n = 35, k = 9;
    Problem p(m, n, k, 0, random);
    p.lo = 0, p.hi = 6;
    p.a(3, 2) = std::numeric_limits<float>::quiet_NaN();
    p.b(8, 33) = std::numeric_limits<float>::quiet_NaN();
    p.a(13, 0) = infinity;
    Guarded<float> c(m, n, n);
    const std::vector<float> panels = packed(kernels, p.b);
    run(kernels, arguments(p, panels, c));
    int wrong = 0;
    for (Index i = 0; i < m; ++i) {
      for (Index j = 0; j < n; ++j) {
        const bool nan = i == 3 || j == 33;
        wrong += std::isnan(c(i, j)) != nan;
        if (i == 13 && !nan) wrong += c(i, j) != (p.b(0, j) < 0 ? 0.0f : 6.0f);
      }
    }
    CHECK(wrong == 0);
  });
}

TEST_CASE("gemm_f32: ranges of rows and panels add up to the whole, bit for bit") {
  hone::test::for_each_tier<GemmF32Kernels>([](const GemmF32Kernels& kernels) {
    Random random(5);
    const Index m = 29, n = 3 * kernels.nr + 5, k = 33;
    Problem p(m, n, k, 1, random);
    Guarded<float> whole(m, n, n + 1), parts(m, n, n + 1);
    const std::vector<float> panels = packed(kernels, p.b);
    run(kernels, arguments(p, panels, whole));
    const GemmF32 g = arguments(p, panels, parts);
    for (const Index row : {0, 13}) {
      for (const Index panel : {0, 1, 3}) {
        kernels.run(g, {row, row == 0 ? 13 : m}, {panel, panel == 0 ? 1 : panel == 1 ? 3 : 4}, nullptr);
      }
    }
    int wrong = 0;
    for (Index i = 0; i < m; ++i) {
      for (Index j = 0; j < n; ++j) wrong += whole(i, j) != parts(i, j);
    }
    CHECK(wrong == 0);
    CHECK(parts.damage() == "");
  });
}

TEST_CASE("gemm_f32: products of few rows have the same bits however their panels are divided") {
  hone::test::for_each_tier<GemmF32Kernels>([](const GemmF32Kernels& kernels) {
    Random random(7);
    const Index n = 4 * kernels.nr + 5;
    for (const Index k : {35, 6001}) {  // so many weights are read two panels at once
      for (const Index m : {1, 2, 3, 4}) {
        Problem p(m, n, k, 1, random);
        Guarded<float> whole(m, n, n + 1), parts(m, n, n + 1);
        const std::vector<float> panels = packed(kernels, p.b);
        run(kernels, arguments(p, panels, whole));
        CHECK(compare(p, true, whole) == "");
        const GemmF32 g = arguments(p, panels, parts);
        for (const Index panel : {0, 1, 2}) kernels.run(g, {0, m}, {panel, panel < 2 ? panel + 1 : 5}, nullptr);
        int wrong = 0;
        for (Index i = 0; i < m * n; ++i) wrong += whole(i / n, i % n) != parts(i / n, i % n);
        CHECK(wrong == 0);
      }
    }
  });
}

TEST_CASE("gemm_f32: convolutions as products") {
  hone::test::for_each_tier<GemmF32Kernels>([](const GemmF32Kernels& kernels) {
    Random random(6);
    for (const Index channels : {1, 3, 16, 21}) {
      for (const Index kernel : {1, 2, 3, 5}) {
        for (const Index step : {1, 2, 3}) {
          for (const Index dilation : {1, 2}) {
            for (const Index pad : {0, 1, 2}) {
              const hone::kernels::Window w = hone::test::make_window(
                  9, 11, channels, channels + (random.one_in(2) ? 0 : 3), kernel, step, dilation, pad);
              const Index batch = 2, outputs = 19, k = kernel * kernel * channels;
              const Index m = batch * w.out_h * w.out_w;
              Guarded<float> image(batch * w.in_h * w.in_w, channels, w.stride_x), weights(outputs, k, k);
              Guarded<float> bias(outputs), c(m, outputs, outputs + 1);
              image.fill([&] { return random.integer(-8, 8); });  // exact sums: the order does not matter
              weights.fill([&] { return random.integer(-8, 8); });
              bias.fill([&] { return random.integer(-8, 8); });
              std::vector<float> panels(static_cast<std::size_t>(kernels.packed_elements(k, outputs)));
              kernels.pack(k, outputs, weights.data(), 1, k, panels.data());
              GemmF32 g;
              g.m = m, g.n = outputs, g.k = k;
              g.a = image.data(), g.window = &w;
              g.b = panels.data(), g.bias = bias.data();
              g.c = c.data(), g.ldc = c.stride();
              g.lo = -infinity, g.hi = infinity;
              run(kernels, g);
              std::vector<float> expected(static_cast<std::size_t>(m * outputs));
              hone::ref::conv2d(w, batch, outputs, image.data(), 0.0f, weights.data(), bias.data(), expected.data());
              int wrong = 0;
              for (Index i = 0; i < m * outputs; ++i) {
                wrong += c(i / outputs, i % outputs) != expected[static_cast<std::size_t>(i)];
              }
              if (wrong != 0 || !c.damage().empty()) FAIL_CHECK(hone::test::describe(w) << ": " << wrong << c.damage());
            }
          }
        }
      }
    }
  });
}
