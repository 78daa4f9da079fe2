// Pruned weights: the dense product beside the sparse one at several shares of zeros, unstructured. A sparse product's
// operations are those it does, so its GOP/s are lower where it is faster; compare times.
#include <tuple>

#include "../kernels/kernels.hpp"
#include "groups.hpp"
#include "product.hpp"

namespace hone::bench {
namespace {

void add_sparse_f32(Cases& cases, ProductSize s, int percent) {
  const auto* table = cpu::kernels<kernels::SparseF32Kernels>(cases.setup().tier);
  auto x = random_data<float>(s.m * s.k, 1), w = random_data<float>(s.n * s.k, 2), y = random_data<float>(s.m * s.n, 3);
  for (std::size_t i = 0; i < w->size(); ++i) {  // uniform in [-1, 1): the smallest `percent` are cut, as pruning does
    if ((*w)[i] * (*w)[i] * 1e4F < static_cast<float>(percent * percent)) (*w)[i] = 0;
  }
  const kernels::Index stored = table->entries(s.n, s.k, w->data(), s.k);
  auto starts = std::make_shared<Buffer<std::int32_t>>(
      must(Buffer<std::int32_t>::make(static_cast<std::size_t>(table->starts(s.n, s.k)))));
  auto entries = std::make_shared<Buffer<kernels::SparseEntry>>(
      must(Buffer<kernels::SparseEntry>::make(static_cast<std::size_t>(stored))));
  table->pack(s.n, s.k, w->data(), s.k, starts->data(), entries->data());
  const Parallel parallel = cases.setup().parallel;
  const std::size_t share = (table->scratch_bytes(s.n, s.k) + 63) / 64 * 64;
  auto scratch = std::make_shared<Buffer<std::byte>>(must(Buffer<std::byte>::make(share * parallel.threads())));
  kernels::SparseF32 sparse;
  sparse.n = s.n;
  sparse.k = s.k;
  sparse.a = x->data();
  sparse.lda = s.k;
  sparse.starts = starts->data();
  sparse.entries = entries->data();
  sparse.c = y->data();
  sparse.ldc = s.n;
  sparse.lo = -std::numeric_limits<float>::infinity();
  sparse.hi = std::numeric_limits<float>::infinity();
  const double bytes = 4.0 * static_cast<double>(s.m * (s.n + s.k)) + 8.0 * static_cast<double>(stored);
  cases.add("sparse", "sparse", "f32", s.text() + " " + std::to_string(percent) + "%",
            2.0 * static_cast<double>(s.m) * static_cast<double>(stored), bytes,
            [=, keep = std::tuple(x, starts, entries, y, scratch)] {
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
    for (const int percent : {50, 70, 80, 90}) add_sparse_f32(cases, all[i], percent);
  }
}

}  // namespace hone::bench
