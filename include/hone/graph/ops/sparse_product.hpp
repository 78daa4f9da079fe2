// Products with weights that are mostly zero, and the choice between them and the dense kernels.
#pragma once
#include <cstdio>
#include <string>

#include "../../../../kernels/sparse_choice.hpp"
#include "context.hpp"

namespace hone::graph::ops {

struct SparseChoice {
  bool sparse = false;
  std::string why;
};

/// Whether y[m,n] = x[m,k] * w[n,k]^T skips the zeros of w, by the share of them.
inline SparseChoice choose_sparse(const PrepareContext& context, const Node& node, std::int64_t m, std::int64_t n,
                                  std::int64_t k) {
  if (context.sparse == Sparse::never || n == 0 || k == 0) return {};
  const auto* table = cpu::kernels<kernels::SparseF32Kernels>(context.tier);
  const kernels::Index stored = table->entries(n, k, context.in<float>(node, 1), k);
  const bool pays = kernels::sparse_f32_pays(table->tile, m, n, k, stored);
  const double zeros = 100 - 100 * static_cast<double>(stored) / (static_cast<double>(n) * static_cast<double>(k));
  SparseChoice choice;
  choice.sparse = context.sparse == Sparse::always || pays;
  if (zeros < 5) return choice;  // nothing to explain
  char share[32];
  std::snprintf(share, sizeof share, "%.0f %% zeros", zeros);
  choice.why = std::string(choice.sparse ? "sparse: " : "dense: ") + share;
  if (choice.sparse != pays)
    choice.why += ", as asked";
  else if (!pays)
    choice.why += ", too few to pay for " + std::to_string(m) + " rows";
  return choice;
}

struct SparseF32Step : Step {
  const kernels::SparseF32Kernels* table = nullptr;
  kernels::SparseF32 sparse;
  kernels::Index m = 0;
  Buffer<std::int32_t> starts;
  Buffer<kernels::SparseEntry> entries;

  void run(const RunContext& context) const override {
    const std::size_t share = scratch_bytes(1);
    hone::detail::split(m, table->tile, 0, context.parallel,
                        [&](kernels::Range rows, kernels::Range, std::size_t slot) {
                          table->run(sparse, rows, context.scratch + slot * share);
                        });
  }
  std::size_t scratch_bytes(std::size_t threads) const override {
    return hone::detail::round_up_64(table->scratch_bytes(sparse.n, sparse.k)) * threads;
  }
};

/// y[m,n] = clamp(x[m,k] * w[n,k]^T + bias[n]) over the stored weights, x and y without gaps.
inline Prepared make_sparse_product(const PrepareContext& context, const Node& node, const SparseChoice& choice,
                                    Activation activation) {
  const Tensor& w = *context.input(node, 1);
  const kernels::Index n = w.shape[0], k = n == 0 ? 0 : w.elements() / n;
  const float* weights = context.in<float>(node, 1);
  auto step = std::make_unique<SparseF32Step>();
  step->table = cpu::kernels<kernels::SparseF32Kernels>(context.tier);
  const kernels::Index stored = step->table->entries(n, k, weights, k);
  auto starts = Buffer<std::int32_t>::make(static_cast<std::size_t>(step->table->starts(n, k)));
  if (!starts) return tl::unexpected<Error>(starts.error());
  auto entries = Buffer<kernels::SparseEntry>::make(static_cast<std::size_t>(stored));
  if (!entries) return tl::unexpected<Error>(entries.error());
  step->starts = std::move(*starts);
  step->entries = std::move(*entries);
  step->table->pack(n, k, weights, k, step->starts.data(), step->entries.data());

  const Clamp clamp = clamp_of(activation);
  const auto bias = constant_values<float>(context.input(node, 2));
  step->m = k == 0 ? 0 : context.input(node, 0)->elements() / k;
  step->sparse = {n,
                  k,
                  context.in<float>(node, 0),
                  k,
                  step->starts.data(),
                  step->entries.data(),
                  bias.empty() ? nullptr : bias.data(),
                  context.out<float>(node),
                  n,
                  clamp.lo,
                  clamp.hi};
  describe(*step, context, node, "sparse_f32", 2 * step->m * stored);
  step->info.why = choice.why;
  step->info.weights_bytes =
      step->starts.size() * sizeof(std::int32_t) + step->entries.size() * sizeof(kernels::SparseEntry);
  step->info.bytes += static_cast<std::int64_t>(step->info.weights_bytes) - static_cast<std::int64_t>(w.bytes());
  return step;
}

}  // namespace hone::graph::ops
