// Matrix products to be timed, through the public interface; the gemm, requantize and sparse groups share them.
#pragma once
#include <string>

#include "../include/hone/gemm.hpp"
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

}  // namespace hone::bench
