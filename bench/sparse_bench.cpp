// Pruned weights: the dense product beside the sparse one at several shares of zeros, cut in blocks of 1, 2 and 4 outputs.
// A sparse product's operations are those it does, so its GOP/s are lower where it is faster; compare times.
#include <memory>
#include <tuple>

#include "../kernels/kernels.hpp"
#include "groups.hpp"
#include "product.hpp"

namespace hone::bench {
namespace {

void add_sparse_f32(Cases& cases, ProductSize s, int height, int percent) {
  const auto* table = cpu::kernels<kernels::SparseF32Kernels>(cases.setup().tier);
  auto x = random_data<float>(s.m * s.k, 1), w = random_data<float>(s.n * s.k, 2), y = random_data<float>(s.m * s.n, 3);
  for (kernels::Index i = 0; i < s.n * s.k; ++i) {  // uniform in [-1, 1): blocks whose first weight is small are cut
    const kernels::Index first = i / s.k / height * height * s.k + i % s.k;
    float* v = w->data();
    if (v[first] * v[first] * 1e4F < static_cast<float>(percent * percent)) v[i] = 0;
  }
  const kernels::Index blocks = table->blocks(height, s.n, s.k, w->data(), s.k), stored = blocks * height;
  auto starts = std::make_shared<Buffer<std::int32_t>>(
      must(Buffer<std::int32_t>::make(static_cast<std::size_t>(table->starts(height, s.n, s.k)))));
  auto offsets =
      std::make_shared<Buffer<std::int32_t>>(must(Buffer<std::int32_t>::make(static_cast<std::size_t>(blocks))));
  auto values = std::make_shared<Buffer<float>>(must(Buffer<float>::make(static_cast<std::size_t>(stored))));
  table->pack(height, s.n, s.k, w->data(), s.k, starts->data(), offsets->data(), values->data());
  const Parallel parallel = cases.setup().parallel;
  const std::size_t share = (table->scratch_bytes(s.n, s.k) + 63) / 64 * 64;
  auto scratch = std::make_shared<Buffer<std::byte>>(must(Buffer<std::byte>::make(share * parallel.threads())));
  kernels::SparseF32 sparse;
  sparse.height = height;
  sparse.n = s.n;
  sparse.k = s.k;
  sparse.a = x->data();
  sparse.lda = s.k;
  sparse.starts = starts->data();
  sparse.offsets = offsets->data();
  sparse.values = values->data();
  sparse.c = y->data();
  sparse.ldc = s.n;
  sparse.lo = -std::numeric_limits<float>::infinity();
  sparse.hi = std::numeric_limits<float>::infinity();
  const double bytes = 4.0 * static_cast<double>(s.m * (s.n + s.k)) + 4.0 * static_cast<double>(blocks + stored);
  cases.add("sparse", "sparse", "f32", s.text() + " " + std::to_string(height) + "x1 " + std::to_string(percent) + "%",
            2.0 * static_cast<double>(s.m) * static_cast<double>(stored), bytes,
            [=, keep = std::tuple(x, starts, offsets, values, y, scratch)] {
              hone::detail::split(s.m, table->tile, 0, parallel,
                                  [&](kernels::Range rows, kernels::Range, std::size_t slot) {
                                    table->run(sparse, rows, scratch->data() + slot * share);
                                  });
            });
}

}  // namespace

void add_sparse(Cases& cases) {
  const std::vector<ProductSize> all = {{784, 128, 128}, {196, 256, 256}, {196, 512, 512}};
  for (std::size_t i = cases.setup().quick ? 1 : 0; i < (cases.setup().quick ? 2 : all.size()); ++i) {
    add_product_f32(cases, "sparse", "dense", all[i], all[i].text());
    for (const int height : {1, 2, 4}) {
      for (const int percent : {50, 70, 80, 90}) add_sparse_f32(cases, all[i], height, percent);
    }
  }
}

}  // namespace hone::bench
