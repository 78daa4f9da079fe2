// Matrix products to be timed, through the public interface; the gemm, requantize and sparse groups share them.
#pragma once
#include <memory>
#include <string>

#include "../include/hone/gemm_dynamic.hpp"
#include "../include/hone/gemm_half.hpp"
#include "../include/hone/matmul.hpp"
#include "bench.hpp"
#include "image.hpp"

namespace hone::bench {

struct ProductSize {
  std::ptrdiff_t m, n, k;
  double operations() const { return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k); }
  double bytes(double element) const {
    return element * (static_cast<double>(m * k) + static_cast<double>(k * n) + static_cast<double>(m * n));
  }
  std::string text() const { return "m=" + std::to_string(m) + " n=" + std::to_string(n) + " k=" + std::to_string(k); }
};

inline void add_product_f32(Cases& cases, const char* group, const std::string& op, ProductSize s,
                            const std::string& shape) {
  auto x = random_data<float>(s.m * s.k, 1), b = random_data<float>(s.k * s.n, 2), y = random_data<float>(s.m * s.n, 3);
  auto w = std::make_shared<PackedMatrix<float>>(must(pack(MatrixView<const float>(b->data(), s.k, s.n))));
  cases.add(group, op, "f32", shape, s.operations(), s.bytes(4), [=, parallel = cases.setup().parallel] {
    must(gemm(MatrixView<const float>(x->data(), s.m, s.k), *w, MatrixView<float>(y->data(), s.m, s.n), parallel));
  });
}

inline void add_product_i8(Cases& cases, const char* group, const std::string& op, ProductSize s, Rounding rounding) {
  auto x = random_data<std::int8_t>(s.m * s.k, 1), b = random_data<std::int8_t>(s.k * s.n, 2),
       y = random_data<std::int8_t>(s.m * s.n, 3);
  auto w = std::make_shared<PackedMatrix<std::int8_t>>(must(pack(MatrixView<const std::int8_t>(b->data(), s.k, s.n))));
  Scales scales(s.n);
  scales.spec.rounding = rounding;
  auto q = std::make_shared<Requantizer>(must(make_requantizer(*w, scales.spec)));
  const Parallel parallel = cases.setup().parallel;
  auto scratch =
      std::make_shared<Buffer<std::byte>>(must(Buffer<std::byte>::make(gemm_scratch_bytes(*w, parallel.threads()))));
  cases.add(group, op, "i8", s.text(), s.operations(), s.bytes(1), [=] {
    must(gemm(MatrixView<const std::int8_t>(x->data(), s.m, s.k), *w, MatrixView<std::int8_t>(y->data(), s.m, s.n), *q,
              parallel, Scratch{{scratch->data(), scratch->size()}}));
  });
}

/// Weights of 16 bits; x and y are of X.
template <class X, class Half>
void add_product_half(Cases& cases, const char* group, const std::string& op, const char* dtype, ProductSize s) {
  auto from = random_data<float>(s.k * s.n, 2), xs = random_data<float>(s.m * s.k, 1);
  auto b = random_data<std::uint16_t>(s.k * s.n, 2);
  const auto narrow = [](const Buffer<float>& wide, auto* to) {
    must(convert(std::span<const float>(wide.data(), wide.size()), std::span(to, wide.size())));
  };
  narrow(*from, reinterpret_cast<Half*>(b->data()));
  auto w = std::make_shared<PackedMatrix<Half>>(
      must(pack(MatrixView<const Half>(reinterpret_cast<const Half*>(b->data()), s.k, s.n))));
  auto x = random_data<float>(s.m * s.k, 1), y = random_data<float>(s.m * s.n, 3);
  if constexpr (!std::is_same_v<X, float>) narrow(*xs, reinterpret_cast<X*>(x->data()));
  const Parallel parallel = cases.setup().parallel;
  auto scratch =
      std::make_shared<Buffer<std::byte>>(must(Buffer<std::byte>::make(gemm_scratch_bytes(*w, parallel.threads()))));
  const auto m = static_cast<double>(s.m), n = static_cast<double>(s.n), k = static_cast<double>(s.k);
  cases.add(group, op, dtype, s.text(), s.operations(), 2 * n * k + sizeof(X) * (m * k + m * n), [=] {
    must(gemm(MatrixView<const X>(reinterpret_cast<const X*>(x->data()), s.m, s.k), *w,
              MatrixView<X>(reinterpret_cast<X*>(y->data()), s.m, s.n), parallel,
              Scratch{{scratch->data(), scratch->size()}}));
  });
}

/// Floats with int8 weights, quantised row by row on the way.
inline void add_product_dynamic(Cases& cases, const char* group, const std::string& op, ProductSize s) {
  auto x = random_data<float>(s.m * s.k, 1), y = random_data<float>(s.m * s.n, 3);
  auto b = random_data<std::int8_t>(s.k * s.n, 2);
  auto w = std::make_shared<PackedMatrix<std::int8_t>>(must(pack(MatrixView<const std::int8_t>(b->data(), s.k, s.n))));
  const Parallel parallel = cases.setup().parallel;
  auto scratch = std::make_shared<Buffer<std::byte>>(
      must(Buffer<std::byte>::make(gemm_dynamic_scratch_bytes(*w, s.m, parallel.threads()))));
  const auto m = static_cast<double>(s.m), n = static_cast<double>(s.n), k = static_cast<double>(s.k);
  cases.add(group, op, "i8", s.text(), s.operations(), n * k + 4 * (m * k + m * n), [=] {
    static constexpr float scale[] = {0.01F};
    must(gemm(MatrixView<const float>(x->data(), s.m, s.k), *w, MatrixView<float>(y->data(), s.m, s.n),
              WeightScales{scale}, parallel, Scratch{{scratch->data(), scratch->size()}}));
  });
}

/// Neither matrix packed before: x * w^T, as attention's scores.
inline void add_matmul(Cases& cases, const char* group, std::ptrdiff_t batch, ProductSize s) {
  auto x = random_data<float>(batch * s.m * s.k, 1), w = random_data<float>(batch * s.n * s.k, 2),
       y = random_data<float>(batch * s.m * s.n, 3);
  const Parallel parallel = cases.setup().parallel;
  const Transposed transposed{false, true};
  auto scratch = std::make_shared<Buffer<std::byte>>(
      must(Buffer<std::byte>::make(must(matmul_scratch_bytes(s.m, s.n, s.k, transposed, parallel.threads())))));
  const auto times = static_cast<double>(batch);
  cases.add(group, "matmul", "f32", std::to_string(batch) + " x " + s.text(), times * s.operations(),
            times * s.bytes(4), [=] {
              must(matmul({x->data(), batch, s.m, s.k}, {w->data(), batch, s.n, s.k}, {y->data(), batch, s.m, s.n},
                          transposed, parallel, Scratch{{scratch->data(), scratch->size()}}));
            });
}

}  // namespace hone::bench
