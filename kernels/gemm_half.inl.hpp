// gemm_f16, gemm_bf16: C[m,n] = clamp(sum_k A[m,k] * B[k,n] + bias[n], lo, hi) with B in 16 bits, products and sums in
// float32; included once per tier. A and C are floats, or of B's type.
// B's half of the bytes is what they are for: weights that do not fit a cache, and GEMV. Rows of 16-bit A are widened, a block at a
// time, into scratch; rows of floats are used as they lie. bfloat16 is packed in pairs along k, (n / nr, k / 2, nr, 2): one load,
// a shift and a mask give two vectors of floats.
// Any m, n, k >= 0. Reads nothing past A, writes nothing past C.
// Equals ref::gemm on the widened values within 2 * k * eps * sum_k |A| |B|, then rounded where C is of 16 bits.
// With dot_pairs, pairs of bfloat16 are multiplied as they are (vdpbf16ps, bfdot): twice the multiply-adds an instruction, the
// same bound; numbers below 2^-126 count as 0.
// Limit: f32's, 2 multiply-adds of one vector a cycle, plus for f16 a conversion and for bf16 a shift or mask for every mr of them;
// with dot_pairs half the time.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "simd/dot.hpp"
#include "transpose.inl.hpp"
#include "gemm.inl.hpp"
#include "window.inl.hpp"
#include "gemm_f32.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

struct DotF16 : DotF32 {
  using Packed = kernels::F16;
  static HONE_INLINE B load(const Packed* p) { return F32::load(p); }
};

/// Part 0 are the even elements of pairs along k, the low halves of 32-bit words; part 1 the odd ones.
struct DotBF16 : DotF32 {
  static constexpr int group = 2, parts = 2;
  using Packed = kernels::BF16;
  static HONE_INLINE B load(const Packed* p, int part) {
    const I32 pairs = I32::load(reinterpret_cast<const std::int32_t*>(p));
    return from_bits(part == 0 ? shift_left(pairs, I32::splat(16)) : pairs & I32::splat(-65536));
  }
};

template <class Dot, class Gemm>
void run_gemm_half(const Gemm& g, kernels::Range rows, kernels::Range panels, void* scratch) {
  if constexpr (std::is_same_v<Dot, DotBF16> && DotBF16Pairs::exists) {
    if (g.dot_pairs && g.a_half) return compute(ProductFloat<DotBF16Pairs, Gemm>{g}, rows, panels, scratch);
  }
  compute(ProductFloat<Dot, Gemm>{g}, rows, panels, scratch);
}
/// Bytes of scratch for each thread: a block of widened rows and what a loose copy writes beyond.
template <class Dot, class Gemm> std::size_t gemm_half_scratch_bytes(kernels::Index k) {
  using Product = ProductFloat<Dot, Gemm>;
  const kernels::Index row = Product::groups_of(k) * Dot::group;
  return static_cast<std::size_t>(Product::block_rows(k) * row + CopyRun<float, float>::reach) * sizeof(float);
}

/// when_used: as in HONE_TABLE; without it a unit would compile these products for declaring their tables.
template <class Dot, class Gemm, int when_used> constexpr auto gemm_half_table() {
  return kernels::GemmHalfKernels<typename Dot::Packed>{Tile::mr,
                                                        static_cast<int>(panel_columns<Dot>()),
                                                        std::is_same_v<Dot, DotBF16> && DotBF16Pairs::exists,
                                                        &packed_elements<Dot>,
                                                        &pack<Dot>,
                                                        &gemm_half_scratch_bytes<Dot, Gemm>,
                                                        &run_gemm_half<Dot, Gemm>};
}
HONE_TABLE kernels::GemmF16Kernels gemm_f16_kernels = gemm_half_table<DotF16, kernels::GemmF16, when_used>();
HONE_TABLE kernels::GemmBF16Kernels gemm_bf16_kernels = gemm_half_table<DotBF16, kernels::GemmBF16, when_used>();

}  // namespace
}  // namespace hone::HONE_TIER_NS
