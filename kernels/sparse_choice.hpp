// Dense or sparse? The costs of gemm_f32 and sparse_f32, compared by counting, for a planner that has not measured them.
#pragma once
#include "args.hpp"

namespace hone::kernels {

/// Whether sparse_f32 takes less time than gemm_f32 for (m, k) activations and (n, k) weights of which `nonzeros` are not 0.
/// `tile` is SparseF32Kernels::tile: 4 vectors of rows. Where it says yes the sparse kernel was faster wherever measured, by
/// 5 % or more; near break-even, and where n or k are so small that the dense kernel misses its limit, it says no too often.
///
/// Counted in multiply-adds of one vector, of which a core starts two a cycle (and two loads):
///   dense   m / lanes * n * k, n in whole vectors
///   sparse  for each tile, with nv = 1, 2 or 4 vectors of rows: a weight costs nv + 2 loads, a tenth more as measured;
///           and each of the m * (k + n) values transposed costs 0.8, of which half are the loads of 4 and their inserts
inline bool sparse_f32_pays(int tile, Index m, Index n, Index k, Index nonzeros) {
  const Index lanes = tile / 4;
  const Index columns = (n + lanes - 1) / lanes * lanes;
  const double dense =
      static_cast<double>(m) / static_cast<double>(lanes) * static_cast<double>(columns) * static_cast<double>(k);
  const Index rest = m % tile;
  const Index rest_vectors = rest == 0 ? 0 : rest <= lanes ? 1 : rest <= 2 * lanes ? 2 : 4;
  const Index loads = m / tile * (4 + 2) + (rest == 0 ? 0 : rest_vectors + 2);
  const double sparse = 1.1 * static_cast<double>(loads) * static_cast<double>(nonzeros) +
                        0.8 * static_cast<double>(m) * static_cast<double>(k + n);
  return 1.05 * sparse < dense;
}

}  // namespace hone::kernels
