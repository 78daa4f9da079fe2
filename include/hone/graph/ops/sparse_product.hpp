// Products with weights that are mostly zero, and the choice between them and the dense kernels.
#pragma once
#include <cstdio>
#include <limits>
#include <string>

#include "../../../../kernels/sparse_choice.hpp"
#include "context.hpp"

namespace hone::graph::ops {

struct SparseChoice {
  bool sparse = false;
  int height = 1;  // outputs of a block
  kernels::Index blocks = 0;
  std::string why;

  std::string pattern() const { return std::to_string(height) + "x1"; }
};

/// Whether y[m,n] = x[m,k] * w[n,k]^T skips the zeros of w, and in blocks of how many outputs: whichever is predicted to cost
/// least for the blocks that w needs.
inline SparseChoice choose_sparse(const PrepareContext& context, const Node& node, std::int64_t m, std::int64_t n,
                                  std::int64_t k) {
  if (context.sparse == Sparse::never || n == 0 || k == 0) return {};
  const auto* table = cpu::kernels<kernels::SparseF32Kernels>(context.tier);
  SparseChoice choice;
  double least = std::numeric_limits<double>::infinity(), zeros = 0;
  for (const int height : {1, 2, 4}) {
    const kernels::Index blocks = table->blocks(height, n, k, context.in<float>(node, 1), k);
    const double cost = kernels::sparse_f32_cost(table->tile, height, m, n, k, blocks);
    if (height == 1) {
      zeros = 100 - 100 * static_cast<double>(blocks) / (static_cast<double>(n) * static_cast<double>(k));
    }
    if (cost > least) continue;  // of equals the taller: fewer offsets to read
    least = cost;
    choice.height = height;
    choice.blocks = blocks;
  }
  const bool pays = kernels::sparse_f32_pays(least, kernels::gemm_f32_cost(table->tile, m, n, k));
  choice.sparse = context.sparse == Sparse::always || pays;
  if (zeros < 5) return choice;  // nothing to explain
  char share[32];
  std::snprintf(share, sizeof share, "%.0f %% zeros", zeros);
  choice.why = std::string(choice.sparse ? "sparse: " : "dense: ") + share;
  if (choice.sparse && choice.height > 1) choice.why += ", blocks of " + choice.pattern();
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
  Buffer<std::int32_t> offsets;
  Buffer<float> values;

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
  const kernels::Index stored = choice.blocks * choice.height;
  auto starts = Buffer<std::int32_t>::make(static_cast<std::size_t>(step->table->starts(choice.height, n, k)));
  if (!starts) return tl::unexpected<Error>(starts.error());
  auto offsets = Buffer<std::int32_t>::make(static_cast<std::size_t>(choice.blocks));
  if (!offsets) return tl::unexpected<Error>(offsets.error());
  auto values = Buffer<float>::make(static_cast<std::size_t>(stored));
  if (!values) return tl::unexpected<Error>(values.error());
  step->starts = std::move(*starts);
  step->offsets = std::move(*offsets);
  step->values = std::move(*values);
  step->table->pack(choice.height, n, k, weights, k, step->starts.data(), step->offsets.data(), step->values.data());

  const Clamp clamp = clamp_of(activation);
  const auto bias = constant_values<float>(context.input(node, 2));
  step->m = k == 0 ? 0 : context.input(node, 0)->elements() / k;
  step->sparse = {choice.height,
                  n,
                  k,
                  context.in<float>(node, 0),
                  k,
                  step->starts.data(),
                  step->offsets.data(),
                  step->values.data(),
                  bias.empty() ? nullptr : bias.data(),
                  context.out<float>(node),
                  n,
                  clamp.lo,
                  clamp.hi};
  describe(*step, context, node, choice.height == 1 ? "sparse_f32" : "sparse_f32 " + choice.pattern(),
           2 * step->m * stored);
  step->info.why = choice.why;
  step->info.weights_bytes =
      (step->starts.size() + step->offsets.size()) * sizeof(std::int32_t) + step->values.size() * sizeof(float);
  step->info.bytes += static_cast<std::int64_t>(step->info.weights_bytes) - static_cast<std::int64_t>(w.bytes());
  return step;
}

}  // namespace hone::graph::ops
