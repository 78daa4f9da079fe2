// Dense or sparse? The costs of gemm_f32 and sparse_f32, compared by counting, for a planner that has not measured them.
#pragma once
#include "args.hpp"

namespace hone::kernels {

/// What (m, k) activations and (n, k) weights cost gemm_f32 and sparse_f32, counted in multiply-adds of one vector, of which
/// a core starts two a cycle (and two loads). `tile` is SparseF32Kernels::tile: 4 vectors of rows.
///   dense   m / lanes * n * k, n in whole vectors
inline double gemm_f32_cost(int tile, Index m, Index n, Index k) {
  const Index lanes = tile / 4, columns = (n + lanes - 1) / lanes * lanes;
  return static_cast<double>(m) / static_cast<double>(lanes) * static_cast<double>(columns) * static_cast<double>(k);
}

///   sparse  for each tile, with nv = 1, 2 or 4 vectors of rows: a block of h weights costs h * nv multiply-adds or
///           nv + h + 1 loads, whichever are more, and a tenth on top (measured on AVX2 and AVX-512, 3 to 13 %);
///           and each of the m * (k + n) values transposed costs 0.8, of which half are the loads of 4 and their inserts
inline double sparse_f32_cost(int tile, int height, Index m, Index n, Index k, Index blocks) {
  const Index lanes = tile / 4, rest = m % tile;
  const auto block = [height](Index nv) { return height * nv > nv + height + 1 ? height * nv : nv + height + 1; };
  const Index rest_vectors = rest <= lanes ? 1 : rest <= 2 * lanes ? 2 : 4;
  const Index of_block = m / tile * block(4) + (rest == 0 ? 0 : block(rest_vectors));
  return 1.1 * static_cast<double>(of_block) * static_cast<double>(blocks) +
         0.8 * static_cast<double>(m) * static_cast<double>(k + n);
}

/// Whether a sparse product of that cost takes less time than the dense one. Where it says yes the sparse kernel was faster
/// wherever measured, by 5 % or more; near break-even, and where n or k are so small that the dense kernel misses its limit,
/// it says no too often.
inline bool sparse_f32_pays(double sparse_cost, double dense_cost) { return 1.05 * sparse_cost < dense_cost; }

}  // namespace hone::kernels
