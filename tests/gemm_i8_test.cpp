// gemm_i8 against its definition, on every tier, to the last bit: all combinations of awkward sizes; signed and
// unsigned, zero points, outputs, roundings and strides varied.
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include "../kernels/reference.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"
#include "support/requantize.hpp"
#include "support/tiers.hpp"
#include "support/window.hpp"

namespace {

using hone::kernels::GemmI8;
using hone::kernels::GemmI8Kernels;
using hone::kernels::Index;
using hone::kernels::Output;
using hone::test::Guarded;
using hone::test::Random;
using hone::test::Scales;

/// A s8 or u8 (as its bytes), B s8 and everything else a product needs but its output.
struct Problem {
  Guarded<std::uint8_t> a;
  Guarded<std::int8_t> b;
  std::vector<std::int32_t> bias;
  bool a_unsigned = false;
  std::int32_t a_zero = 0, b_zero = 0;

  Problem(Index m, Index n, Index k, Index pad, Random& random)
      : a(m, k, k + pad), b(k, n, n), bias(static_cast<std::size_t>(n)), a_unsigned(random.one_in(2)) {
    a.fill([&] { return random.bits(); });
    b.fill([&] { return random.bits(); });
    for (std::int32_t& x : bias) x = static_cast<std::int32_t>(random.integer(-100000, 100000));
    if (!random.one_in(3))
      a_zero = static_cast<std::int32_t>(a_unsigned ? random.integer(0, 255) : random.integer(-128, 127));
    if (random.one_in(3)) b_zero = static_cast<std::int32_t>(random.integer(-128, 127));
  }

  std::vector<std::int32_t> sums() const {
    std::vector<std::int32_t> acc(static_cast<std::size_t>(a.rows() * b.cols()));
    const auto reference = [&](const auto* first) {
      hone::ref::gemm_i8(a.rows(), b.cols(), b.rows(), first, a.stride(), a_zero, b.data(), b.stride(), b_zero,
                         bias.data(), acc.data(), b.cols());
    };
    if (a_unsigned)
      reference(a.data());
    else
      reference(reinterpret_cast<const std::int8_t*>(a.data()));
    return acc;
  }
};

/// The product in the form that one tier takes.
struct Prepared {
  std::vector<std::int8_t> panels;
  std::vector<std::int32_t> folded;
  std::vector<hone::test::CacheLine> scratch;
  GemmI8 g;

  Prepared(const GemmI8Kernels& kernels, const Problem& p) {
    const Index n = p.b.cols(), k = p.b.rows();
    panels.resize(static_cast<std::size_t>(kernels.packed_elements(k, n)));
    kernels.pack(k, n, p.b.data(), p.b.stride(), 1, panels.data());
    folded = p.bias;
    folded.resize(static_cast<std::size_t>(n) + 64);
    for (Index j = 0; j < n; ++j) {
      std::int32_t sum = 0;
      for (Index i = 0; i < k; ++i) sum += p.b(i, j) - p.b_zero;
      folded[static_cast<std::size_t>(j)] -=
          (p.a_zero + (p.a_unsigned ? kernels.offset_unsigned : kernels.offset_signed)) * sum;
    }
    scratch.resize(kernels.scratch_bytes(k) / 64 + 1);
    g.m = p.a.rows(), g.n = n, g.k = k;
    g.a = p.a.data(), g.lda = p.a.stride();
    g.a_unsigned = p.a_unsigned, g.a_zero = p.a_zero, g.b_zero = p.b_zero;
    g.b = panels.data(), g.bias = folded.data();
  }
};

/// Runs the product to `output` and says where it differs from the requantised `sums`; empty when nowhere.
template <class C>
std::string run(const GemmI8Kernels& kernels, Prepared& p, const std::vector<std::int32_t>& sums, Output output,
                Index pad) {
  Guarded<C> c(p.g.m, p.g.n, p.g.n + pad);
  p.g.output = output, p.g.c = c.data(), p.g.ldc = c.stride();
  kernels.run(p.g, {0, p.g.m}, {0, (p.g.n + kernels.nr - 1) / kernels.nr}, p.scratch.data());
  for (Index i = 0; i < p.g.m; ++i) {
    for (Index j = 0; j < p.g.n; ++j) {
      std::int32_t expected = sums[static_cast<std::size_t>(i * p.g.n + j)];
      if (output != Output::s32) expected = hone::ref::requantize(p.g.requantize, j, expected);
      if (c(i, j) != expected) {
        return "[" + std::to_string(i) + "," + std::to_string(j) + "]: " + std::to_string(c(i, j)) + ", expected " +
               std::to_string(expected);
      }
    }
  }
  return c.damage();
}

std::string run_any(const GemmI8Kernels& kernels, Prepared& p, const std::vector<std::int32_t>& sums,
                    const Scales& scales, Random& random) {
  const Index pad = random.one_in(2) ? 0 : random.integer(1, 9);
  const auto rounding = hone::test::roundings[random.integer(0, 2)];
  const bool whole = random.one_in(2);  // the output's whole range, or a narrower one as after a ReLU6
  switch (random.integer(0, 2)) {
    case 0:
      p.g.requantize = scales.args(rounding, static_cast<std::int32_t>(random.integer(-128, 127)), whole ? -128 : -20,
                                   whole ? 127 : 93);
      return run<std::int8_t>(kernels, p, sums, Output::s8, pad);
    case 1:
      p.g.requantize =
          scales.args(rounding, static_cast<std::int32_t>(random.integer(0, 255)), whole ? 0 : 9, whole ? 255 : 211);
      return run<std::uint8_t>(kernels, p, sums, Output::u8, pad);
    default: return run<std::int32_t>(kernels, p, sums, Output::s32, pad);
  }
}

Scales random_scales(Index n, Random& random) {
  std::vector<double> scales(static_cast<std::size_t>(n));
  const bool large = random.one_in(4);  // some factors of at least 1: left shifts
  for (double& s : scales)
    s = (1.5 + random.real()) * (large && random.one_in(2) ? 1.0 : 1.0 / static_cast<double>(random.integer(16, 4096)));
  return Scales(scales);
}

}  // namespace

TEST_CASE("gemm_i8: every combination of awkward sizes") {
  hone::test::for_each_tier<GemmI8Kernels>([](const GemmI8Kernels& kernels) {
    Random random(1);
    for (const Index m : hone::test::awkward_sizes) {
      for (const Index n : hone::test::awkward_sizes) {
        for (const Index k : hone::test::awkward_sizes) {
          const Problem p(m, n, k, random.one_in(2) ? 0 : random.integer(1, 9), random);
          Prepared prepared(kernels, p);
          const Scales scales = random_scales(n, random);
          const std::string difference = run_any(kernels, prepared, p.sums(), scales, random);
          if (!difference.empty()) {
            FAIL_CHECK(m << "x" << n << "x" << k << (p.a_unsigned ? " u8" : " s8") << " zeros " << p.a_zero << " "
                         << p.b_zero << " output " << int(prepared.g.output) << " " << difference);
          }
        }
      }
    }
  });
}

TEST_CASE("gemm_i8: many blocks of rows") {
  hone::test::for_each_tier<GemmI8Kernels>([](const GemmI8Kernels& kernels) {
    Random random(2);
    for (const Index k : {5, 700}) {
      for (int i = 0; i < 4; ++i) {
        const Problem p(k == 5 ? 2500 : 300, 20, k, 3, random);
        Prepared prepared(kernels, p);
        CHECK(run_any(kernels, prepared, p.sums(), random_scales(20, random), random) == "");
      }
    }
  });
}

TEST_CASE("gemm_i8: the largest products") {
  hone::test::for_each_tier<GemmI8Kernels>([](const GemmI8Kernels& kernels) {
    Random random(3);
    const Index m = 13, n = 40, k = 1025;
    for (const bool a_unsigned : {false, true}) {
      for (const int a : {0, 127, 128, 255}) {  // as s8: 0, 127, -128, -1
        for (const int b : {-128, -127, 127}) {
          Problem p(m, n, k, 0, random);
          p.a_unsigned = a_unsigned;
          p.a_zero = a == 0 ? 0 : a_unsigned ? 255 - a : -static_cast<std::int8_t>(a) - 1;
          p.b_zero = b == 127 ? -128 : 0;
          p.a.fill([&] { return a; });
          p.b.fill([&] { return b; });
          Prepared prepared(kernels, p);
          INFO((a_unsigned ? "u8 " : "s8 ") << a << " * " << b);
          CHECK(run<std::int32_t>(kernels, prepared, p.sums(), Output::s32, 0) == "");
        }
      }
    }
  });
}

TEST_CASE("gemm_i8: ranges of rows and panels add up to the whole") {
  hone::test::for_each_tier<GemmI8Kernels>([](const GemmI8Kernels& kernels) {
    Random random(4);
    const Index m = 29, n = 3 * kernels.nr + 5, k = 34;
    const Problem p(m, n, k, 0, random);
    Prepared prepared(kernels, p);
    Guarded<std::int32_t> c(m, n, n);
    prepared.g.c = c.data(), prepared.g.ldc = n;
    for (const Index row : {0, 13}) {
      for (const Index panel : {0, 1, 3}) {
        kernels.run(prepared.g, {row, row == 0 ? 13 : m},
                    {panel, panel == 0   ? 1
                            : panel == 1 ? 3
                                         : 4},
                    prepared.scratch.data());
      }
    }
    CHECK(std::vector<std::int32_t>(c.data(), c.data() + m * n) == p.sums());
  });
}

TEST_CASE("gemm_i8: convolutions as products, padding reads the zero point") {
  hone::test::for_each_tier<GemmI8Kernels>([](const GemmI8Kernels& kernels) {
    Random random(5);
    for (const Index channels : {1, 3, 16, 21}) {
      for (const Index kernel : {1, 2, 3, 5}) {
        for (const Index step : {1, 2}) {
          for (const Index dilation : {1, 2}) {
            for (const Index pad : {0, 1, 2}) {
              const hone::kernels::Window w = hone::test::make_window(
                  9, 11, channels, channels + (random.one_in(2) ? 0 : 3), kernel, step, dilation, pad);
              const Index batch = 2, outputs = 19, k = kernel * kernel * channels, m = batch * w.out_h * w.out_w;
              Problem p(0, outputs, k, 0, random);
              Guarded<std::uint8_t> image(batch * w.in_h * w.in_w, channels, w.stride_x);
              image.fill([&] { return random.bits(); });
              Prepared prepared(kernels, p);
              prepared.g.m = m, prepared.g.a = image.data(), prepared.g.window = &w;
              std::vector<std::int32_t> weights(static_cast<std::size_t>(k * outputs)),
                  sums(static_cast<std::size_t>(m * outputs));
              for (Index i = 0; i < k * outputs; ++i)
                weights[static_cast<std::size_t>(i)] = p.b(i % k, i / k) - p.b_zero;
              const auto reference = [&](const auto* first) {
                hone::ref::conv2d(w, batch, outputs, first, p.a_zero, weights.data(), p.bias.data(), sums.data());
              };
              if (p.a_unsigned)
                reference(image.data());
              else
                reference(reinterpret_cast<const std::int8_t*>(image.data()));
              const std::string difference = run_any(kernels, prepared, sums, random_scales(outputs, random), random);
              if (!difference.empty()) FAIL_CHECK(hone::test::describe(w) << " " << difference);
            }
          }
        }
      }
    }
  });
}
