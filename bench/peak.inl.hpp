// The loops that measure what a tier's instructions do at most; included once per tier through HONE_TIER_EXTRA, after
// its vocabulary and kernels (backends/cpu/tiers.hpp).
#ifndef HONE_TIER_NS
#include "../kernels/simd/alone.hpp"
#include "../kernels/simd/dot.hpp"
#include "../kernels/math.inl.hpp"
#include "../kernels/reduce.inl.hpp"
#include "../kernels/transpose.inl.hpp"
#include "../kernels/gemm.inl.hpp"
#include "../kernels/window.inl.hpp"
#include "../kernels/gemm_f32.inl.hpp"
#include "../kernels/gemm_half.inl.hpp"
#include "peak.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

// As many independent chains as a matrix product has accumulators: they cover 2 ports * 4 to 5 cycles of latency.
struct Chains {
#if HONE_VECTOR_REGISTERS >= 32
  static constexpr int rows = 6, columns = 4;  // 24 sums, 4 of B, 1 of A, 1 for a product: 30 of 32 registers
#else
  static constexpr int rows = 6, columns = 2;  // 12 + 2 + 1 + 1: all 16
#endif
  static constexpr int count = rows * columns;
};

/// `rounds` rounds of Chains::count multiply-adds of one vector. x = {factor, addend}.
inline float peak_f32(std::int64_t rounds, const float* x) {
  const F32 factor = F32::splat(x[0]), addend = F32::splat(x[1]);
  F32 sums[Chains::count];
  HONE_UNROLL for (int i = 0; i < Chains::count; ++i) sums[i] = F32::splat(static_cast<float>(i));
  for (std::int64_t r = 0; r < rounds; ++r) {
    HONE_UNROLL for (int i = 0; i < Chains::count; ++i) sums[i] = fma(sums[i], factor, addend);
  }
  F32 sum = F32::zero();
  HONE_UNROLL for (int i = 0; i < Chains::count; ++i) sum = sum + sums[i];
  return reduce_add(sum);
}

/// The same with the int8 dot product. A is read anew each round: a tier that makes the product from two instructions
/// could otherwise take the multiplication out of the loop. The sums are stored before they are added up: added as they
/// are, g++ 12 keeps a second copy of each on the stack, at half the speed. data: 4,096 readable bytes.
inline std::int32_t peak_i8(std::int64_t rounds, const std::int8_t* data) {
  IntegerDot::B b[Chains::columns];
  HONE_UNROLL for (int j = 0; j < Chains::columns; ++j) b[j] = IntegerDot::load(data + 64 * j);
  const auto* a = reinterpret_cast<const IntegerDot::Element*>(data);
  I32 sums[Chains::rows][Chains::columns];
  HONE_UNROLL for (int i = 0; i < Chains::count; ++i) sums[i / Chains::columns][i % Chains::columns] = I32::zero();
  for (std::int64_t r = 0; r < rounds; ++r) {
    const IntegerDot::Element* row = a + (r & 63) * IntegerDot::group;
    HONE_UNROLL for (int i = 0; i < Chains::rows; ++i) {
      const IntegerDot::A ai = IntegerDot::splat(row + i * 64 * IntegerDot::group);
      HONE_UNROLL for (int j = 0; j < Chains::columns; ++j) sums[i][j] = IntegerDot::dot(ai, b[j], sums[i][j]);
    }
  }
  std::int32_t lanes[Chains::count * I32::lanes];
  HONE_UNROLL for (int i = 0; i < Chains::count; ++i) {
    sums[i / Chains::columns][i % Chains::columns].store(lanes + i * I32::lanes);
  }
  std::int32_t sum = 0;
  for (const std::int32_t lane : lanes) sum ^= lane;
  return sum;
}

/// The same with the dot product of pairs of bfloat16.
inline float peak_bf16(std::int64_t rounds, const float* x) {
  const I32 pairs = bits_of(F32::splat(x[0]));
  F32 sums[Chains::count];
  HONE_UNROLL for (int i = 0; i < Chains::count; ++i) sums[i] = F32::splat(static_cast<float>(i));
  for (std::int64_t r = 0; r < rounds; ++r) {
    HONE_UNROLL for (int i = 0; i < Chains::count; ++i) sums[i] = DotBF16Pairs::dot(pairs, pairs, sums[i]);
  }
  F32 sum = F32::zero();
  HONE_UNROLL for (int i = 0; i < Chains::count; ++i) sum = sum + sums[i];
  return reduce_add(sum);
}

/// Reads `bytes` (a multiple of 1,024), `rounds` times.
inline std::int32_t peak_read(std::int64_t rounds, const std::int32_t* data, std::size_t bytes) {
  constexpr int loads = 1024 / (4 * I32::lanes) < 8 ? 1024 / (4 * I32::lanes) : 8;
  I32 sums[loads];
  HONE_UNROLL for (int i = 0; i < loads; ++i) sums[i] = I32::zero();
  for (std::int64_t r = 0; r < rounds; ++r) {
    for (const std::int32_t *p = data, *end = data + bytes / 4; p < end; p += loads * I32::lanes) {
      HONE_UNROLL for (int i = 0; i < loads; ++i) sums[i] = sums[i] + I32::load(p + i * I32::lanes);
    }
  }
  HONE_UNROLL for (int i = 1; i < loads; ++i) sums[0] = sums[0] + sums[i];
  std::int32_t lanes[I32::lanes];
  sums[0].store(lanes);
  return lanes[0];
}

constexpr bench::PeakLoops peak_loops = {2.0 * Chains::count * F32::lanes,
                                         &peak_f32,
                                         2.0 * Chains::count* I32::lanes* IntegerDot::group,
                                         &peak_i8,
                                         DotBF16Pairs::exists ? 4.0 * Chains::count* F32::lanes : 0,
                                         &peak_bf16,
                                         &peak_read};

}  // namespace
}  // namespace hone::HONE_TIER_NS
