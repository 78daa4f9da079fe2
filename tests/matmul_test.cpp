// Products through the public interface that quantise, transpose or pack as they go: on every tier, against plain loops.
#include <catch2/catch_test_macros.hpp>
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <hone/gemm_dynamic.hpp>
#include <hone/gemm_half.hpp>
#include <hone/matmul.hpp>
#include <hone/thread_pool.hpp>

#include "kernels/reference.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"
#include "support/tiers.hpp"

using namespace hone;
using test::Guarded;

namespace {

template <class Test> void with_each_tier(Test&& test) {
  for (const cpu::TierInfo& tier : cpu::tiers()) {
    if (!tier.usable()) continue;
    INFO("tier " << tier.name);
    REQUIRE(cpu::force(tier.tier));
    test();
  }
  cpu::unforce();
}

/// C of one product, against loops in double.
int count_wrong(const BatchView<const float>& x, const BatchView<const float>& w, const BatchView<float>& y,
                const Transposed& t, const std::vector<float>& bias) {
  int wrong = 0;
  const std::ptrdiff_t k = t.x ? x.rows : x.cols;
  for (std::ptrdiff_t b = 0; b < y.batch; ++b) {
    const float* xb = x.data + (x.batch == 1 ? 0 : b) * x.batch_stride;
    const float* wb = w.data + (w.batch == 1 ? 0 : b) * w.batch_stride;
    for (std::ptrdiff_t i = 0; i < y.rows; ++i) {
      for (std::ptrdiff_t j = 0; j < y.cols; ++j) {
        double sum = bias[static_cast<std::size_t>(j)], magnitude = std::fabs(sum);
        for (std::ptrdiff_t kk = 0; kk < k; ++kk) {
          const double product = double{t.x ? xb[kk * x.stride + i] : xb[i * x.stride + kk]} *
                                 (t.w ? wb[j * w.stride + kk] : wb[kk * w.stride + j]);
          sum += product;
          magnitude += std::fabs(product);
        }
        const double got = y.data[b * y.batch_stride + i * y.stride + j];
        wrong += !(std::fabs(got - sum) <= 2.0 * static_cast<double>(k + 1) * 0x1p-24 * magnitude);
      }
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("matmul: transposed operands, batches, repeated matrices, threads") {
  test::Random random(41);
  ThreadPool pool(2);
  for (const std::ptrdiff_t m : {1, 3, 17, 33}) {
    for (const std::ptrdiff_t n : {1, 16, 35, 70}) {
      for (const std::ptrdiff_t k : {0, 1, 5, 64}) {
        const Transposed t{random.one_in(2), random.one_in(2)};
        const std::ptrdiff_t batch = random.integer(1, 3), x_batch = random.one_in(3) ? 1 : batch,
                             w_batch = random.one_in(3) ? 1 : batch;
        const std::ptrdiff_t x_rows = t.x ? k : m, x_cols = t.x ? m : k, w_rows = t.w ? n : k, w_cols = t.w ? k : n;
        Guarded<float> x(x_batch * x_rows, x_cols, x_cols + 2), w(w_batch * w_rows, w_cols, w_cols + 1),
            y(batch * m, n, n + 3);
        x.fill([&] { return random.real(); });
        w.fill([&] { return random.real(); });
        std::vector<float> bias(static_cast<std::size_t>(n));
        for (float& b : bias) b = random.real();
        const BatchView<const float> xv(x.data(), x_batch, x_rows, x_cols, x.stride(), x_rows * x.stride());
        const BatchView<const float> wv(w.data(), w_batch, w_rows, w_cols, w.stride(), w_rows * w.stride());
        const BatchView<float> yv(y.data(), batch, m, n, y.stride(), m * y.stride());
        with_each_tier([&] {
          INFO(batch << " x " << m << "x" << n << "x" << k << ", transposed " << t.x << t.w);
          const auto done = matmul(xv, wv, yv, t, Bias{bias}, Parallel(pool, 2));
          REQUIRE(done);
          CHECK(count_wrong(xv, wv, yv, t, bias) == 0);
          CHECK(y.damage() == "");
        });
      }
    }
  }
}

TEST_CASE("matmul: what is refused, and the scratch it asks for") {
  std::vector<float> a(64), b(64), c(64);
  const BatchView<const float> x(a.data(), 2, 4, 3), w(b.data(), 2, 3, 5);
  CHECK(matmul(x, w, BatchView<float>(c.data(), 2, 4, 5)));
  CHECK(!matmul(x, w, BatchView<float>(c.data(), 2, 5, 4)));
  CHECK(!matmul(x, w, BatchView<float>(c.data(), 3, 4, 5)));
  CHECK(!matmul(x, w, BatchView<float>(nullptr, 2, 4, 5)));
  CHECK(!matmul(x, w, BatchView<float>(c.data(), 2, 4, 5), Bias{std::span(a).first(4)}));
  CHECK(!matmul(BatchView<const float>(a.data(), 2, 4, 3, 2, 12), w, BatchView<float>(c.data(), 2, 4, 5)));
  const auto bytes = matmul_scratch_bytes(4, 5, 3, {true, false});
  REQUIRE(bytes);
  auto memory = Buffer<std::byte>::make(*bytes);
  REQUIRE(memory);
  const BatchView<const float> xt(a.data(), 1, 3, 4);
  const BatchView<float> y(c.data(), 1, 4, 5);
  CHECK(matmul(xt, w.batch == 2 ? BatchView<const float>(b.data(), 1, 3, 5) : w, y, Transposed{true, false},
               Scratch{{memory->data(), memory->size()}}));
  CHECK(!matmul(xt, BatchView<const float>(b.data(), 1, 3, 5), y, Transposed{true, false},
                Scratch{{memory->data(), memory->size() - 64}}));
  CHECK(!matmul_scratch_bytes(-1, 2, 3, {}));
}

TEST_CASE("gemm of dynamic range: rows as TensorFlow Lite quantises them, exact sums") {
  test::Random random(42);
  for (const std::ptrdiff_t m : {1, 4, 19}) {
    for (const std::ptrdiff_t n : {1, 17, 66}) {
      for (const std::ptrdiff_t k : {1, 30, 129}) {
        Guarded<float> x(m, k, k + 2), y(m, n, n + 1);
        x.fill([&] { return 5 * random.real(); });
        for (std::ptrdiff_t i = 0; i < k; ++i) x(m - 1, i) = m > 1 ? 0.0F : x(0, i);  // a row of zeros
        std::vector<std::int8_t> w(static_cast<std::size_t>(n * k));
        for (auto& v : w) v = static_cast<std::int8_t>(random.integer(-127, 127));
        std::vector<float> scales(static_cast<std::size_t>(n)), bias(scales.size());
        for (float& s : scales) s = 0.01F + 0.001F * std::fabs(random.real());
        for (float& b : bias) b = random.real();
        with_each_tier([&] {
          const auto packed = pack_transposed(MatrixView<const std::int8_t>(w.data(), n, k));
          REQUIRE(packed);
          REQUIRE(gemm({x.data(), m, k, x.stride()}, *packed, {y.data(), m, n, y.stride()}, WeightScales{scales},
                       Bias{bias}, Clamp{-50, 50}));
          int wrong = 0;
          for (std::ptrdiff_t r = 0; r < m; ++r) {
            float range = 0;
            for (std::ptrdiff_t i = 0; i < k; ++i) range = std::max(range, std::fabs(x(r, i)));
            const float scale = range == 0 ? 1 : range / 127, inverse = range == 0 ? 0 : 127 / range;
            for (std::ptrdiff_t c = 0; c < n; ++c) {
              std::int64_t acc = 0;
              for (std::ptrdiff_t i = 0; i < k; ++i) {
                const auto q = static_cast<std::int64_t>(std::round(x(r, i) * inverse));
                acc += q * w[static_cast<std::size_t>(c * k + i)];
              }
              const auto ci = static_cast<std::size_t>(c);
              const double exact = static_cast<double>(acc) * scale * scales[ci] + bias[ci];
              const double clamped = std::min(50.0, std::max(-50.0, exact));
              wrong +=
                  !(std::fabs(y(r, c) - clamped) <= 4 * 0x1p-24 * (std::fabs(exact - bias[ci]) + std::fabs(bias[ci])));
            }
          }
          INFO(m << "x" << n << "x" << k);
          CHECK(wrong == 0);
          CHECK(y.damage() == "");
        });
      }
    }
  }
}

TEST_CASE("gemm of dynamic range: all of x to u8 with a zero point, weights with one too") {
  test::Random random(43);
  const std::ptrdiff_t m = 7, n = 20, k = 45;
  std::vector<float> x(m * k), y(m * n);
  for (float& v : x) v = 3 * random.real() + 1;
  std::vector<std::int8_t> w(static_cast<std::size_t>(n * k));
  for (auto& v : w) v = static_cast<std::int8_t>(random.integer(-128, 127));
  const std::vector<float> scale = {0.02F};
  with_each_tier([&] {
    const auto packed = pack_transposed(MatrixView<const std::int8_t>(w.data(), n, k), 9);
    REQUIRE(packed);
    REQUIRE(gemm({x.data(), m, k}, *packed, {y.data(), m, n}, WeightScales{scale, DynamicRange::tensor}));
    std::vector<std::uint8_t> q(x.size());
    const auto quantization = dynamic_quantize(x, q);
    REQUIRE(quantization);
    int wrong = 0;
    for (std::ptrdiff_t i = 0; i < m * n; ++i) {
      std::int64_t acc = 0;
      for (std::ptrdiff_t kk = 0; kk < k; ++kk) {
        acc += (std::int64_t{q[static_cast<std::size_t>(i / n * k + kk)]} - quantization->zero_point) *
               (w[static_cast<std::size_t>(i % n * k + kk)] - 9);
      }
      const double exact = static_cast<double>(acc) * quantization->scale * 0.02F;
      wrong += !(std::fabs(y[static_cast<std::size_t>(i)] - exact) <= 4 * 0x1p-24 * std::fabs(exact));
    }
    CHECK(wrong == 0);
  });
}

TEST_CASE("dynamic_quantize: ONNX's DynamicQuantizeLinear") {
  const std::vector<float> x = {0, 2, -3, -2.5F, 1.34F, 0.5F};  // the example of the operator's specification
  std::vector<std::uint8_t> y(6);
  const auto q = dynamic_quantize(x, y);
  REQUIRE(q);
  CHECK(std::fabs(q->scale - 0.0196078438F) < 1e-8F);
  CHECK(q->zero_point == 153);
  CHECK(y == std::vector<std::uint8_t>{153, 255, 0, 26, 221, 179});
  const std::vector<float> zeros(6), bad = {0, INFINITY, 0, 0, 0, 0};
  REQUIRE(dynamic_quantize(zeros, y));
  CHECK(y == std::vector<std::uint8_t>(6, 0));
  CHECK(!dynamic_quantize(bad, y));
  CHECK(!dynamic_quantize(std::span(x).first(3), y));
}

TEST_CASE("gemm of dynamic range: what is refused") {
  std::vector<float> x(12), y(12), bad = {1, -1, 1};
  const std::vector<std::int8_t> w(12, 1);
  const auto packed = pack(MatrixView<const std::int8_t>(w.data(), 4, 3));
  REQUIRE(packed);
  const MatrixView<const float> xv(x.data(), 3, 4);
  const MatrixView<float> yv(y.data(), 3, 3);
  const std::vector<float> one = {1};
  CHECK(gemm(xv, *packed, yv, WeightScales{one}));
  CHECK(!gemm(xv, *packed, yv, WeightScales{bad}));
  CHECK(!gemm(xv, *packed, yv, WeightScales{std::span(bad).first(2)}));
  CHECK(!gemm(xv, *packed, {y.data(), 3, 4}, WeightScales{one}));
  x[3] = NAN;
  CHECK(!gemm(xv, *packed, yv, WeightScales{one, DynamicRange::tensor}));
}

TEST_CASE("gemm of 16-bit weights: through the public interface") {
  test::Random random(44);
  const std::ptrdiff_t m = 6, n = 21, k = 33;
  std::vector<float> x(m * k), w(k * n), y(m * n), expected(m * n);
  for (float& v : x) v = static_cast<float>(random.integer(-8, 8));  // exact in every type, and so are the sums
  for (float& v : w) v = static_cast<float>(random.integer(-8, 8));
  std::vector<bf16> wb(w.size()), xb(x.size());
  std::vector<f16> wf(w.size());
  ref::gemm(m, n, k, x.data(), k, w.data(), n, nullptr, -INFINITY, INFINITY, expected.data(), n);
  with_each_tier([&] {
    REQUIRE(convert(std::span<const float>(w), std::span(wb)));
    REQUIRE(convert(std::span<const float>(w), std::span(wf)));
    REQUIRE(convert(std::span<const float>(x), std::span(xb)));
    const auto b = pack(MatrixView<const bf16>(wb.data(), k, n));
    const auto f = pack(MatrixView<const f16>(wf.data(), k, n));
    REQUIRE((b && f));
    REQUIRE(gemm(MatrixView<const float>(x.data(), m, k), *f, MatrixView<float>(y.data(), m, n)));
    CHECK(y == expected);
    REQUIRE(gemm(MatrixView<const bf16>(xb.data(), m, k), *b, MatrixView<float>(y.data(), m, n)));
    CHECK(y == expected);
    CHECK(!gemm(MatrixView<const float>(x.data(), m, k), *f, MatrixView<float>(y.data(), m, n - 1)));
  });
}
