// BATCH_MATMUL: y[m,n] = a[m,k] * b[k,n] for each pair of matrices of the broadcast batch.
#pragma once
#include <cstdint>

#include "broadcast.hpp"
#include "product.hpp"

namespace hone::graph::ops {

/// Sizes of one product, and which pairs there are. A matrix that is stored transposed is read with its strides exchanged.
struct MatMulBatch {
  std::int64_t m = 0, n = 0, k = 0, a_row = 0, a_col = 0, b_row = 0, b_col = 0;
  Broadcast<2> pairs;
  std::int64_t count = 1;

  MatMulBatch(const BatchMatMul& p, const Shape& a, const Shape& b, const Shape& y) {
    const std::size_t ra = a.size();
    m = y[y.size() - 2];
    n = y[y.size() - 1];
    k = p.transpose_a ? a[ra - 2] : a[ra - 1];
    a_row = p.transpose_a ? 1 : k;
    a_col = p.transpose_a ? m : 1;
    b_row = p.transpose_b ? 1 : n;
    b_col = p.transpose_b ? k : 1;
    const auto batch = [](const Shape& s) { return Shape(s.begin(), s.end() - 2); };
    const Shape ba = batch(a), bb = batch(b), by = batch(y);
    pairs = Broadcast<2>({&ba, &bb}, by);
    count = element_count(by);
  }
  /// The numbers of the matrices of pair i.
  std::array<std::int64_t, 2> pair(std::int64_t i) const {
    auto at = pairs.offsets(i / pairs.inner);
    for (std::size_t s = 0; s < 2; ++s) at[s] += pairs.scalar[s] ? 0 : i % pairs.inner;
    return at;
  }
};

/// Both matrices change from run to run: b is packed into scratch before each product.
struct MatMulF32Step : Step {
  const kernels::GemmF32Kernels* table = nullptr;
  MatMulBatch batch;
  const float *a = nullptr, *b = nullptr;
  float* y = nullptr;
  explicit MatMulF32Step(const MatMulBatch& sizes) : batch(sizes) {}

  void run(const RunContext& context) const override {
    std::byte* scratch = context.scratch;
    auto* const packed = reinterpret_cast<float*>(scratch);
    scratch += packed_bytes();
    float* const rows = reinterpret_cast<float*>(scratch);  // a the right way round
    if (batch.a_col != 1) scratch += rows_bytes();
    std::int64_t last_b = -1;
    for (std::int64_t i = 0; i < batch.count; ++i) {
      const auto at = batch.pair(i);
      if (at[1] != last_b)
        table->pack(batch.k, batch.n, b + at[1] * batch.k * batch.n, batch.b_row, batch.b_col, packed);
      last_b = at[1];
      const float* left = a + at[0] * batch.m * batch.k;
      if (batch.a_col != 1) {
        for (std::int64_t r = 0; r < batch.m; ++r) {
          for (std::int64_t c = 0; c < batch.k; ++c) rows[r * batch.k + c] = left[r * batch.a_row + c * batch.a_col];
        }
        left = rows;
      }
      kernels::GemmF32 gemm;
      gemm.lo = -std::numeric_limits<float>::infinity();
      gemm.hi = std::numeric_limits<float>::infinity();
      gemm.m = batch.m;
      gemm.n = batch.n;
      gemm.k = batch.k;
      gemm.a = left;
      gemm.lda = batch.k;
      gemm.b = packed;
      gemm.c = y + i * batch.m * batch.n;
      gemm.ldc = batch.n;
      hone::detail::run_gemm(*table, gemm, context.parallel, scratch);
    }
  }
  std::size_t packed_bytes() const {
    return hone::detail::round_up_64(static_cast<std::size_t>(table->packed_elements(batch.k, batch.n)) *
                                     sizeof(float));
  }
  std::size_t rows_bytes() const {
    return hone::detail::round_up_64(static_cast<std::size_t>(batch.m * batch.k) * sizeof(float));
  }
  std::size_t scratch_bytes(std::size_t threads) const override {
    return packed_bytes() + (batch.a_col != 1 ? rows_bytes() : 0) +
           hone::detail::gemm_scratch_bytes(*table, batch.k, false, threads);
  }
};

/// int8 in plain loops: exact sums, rounded as TensorFlow Lite's reference does.
struct MatMulI8Step : Step {
  MatMulBatch batch;
  const std::int8_t *a = nullptr, *b = nullptr;
  std::int8_t* y = nullptr;
  std::int32_t a_zero = 0, b_zero = 0, y_zero = 0;
  kernels::FixedPoint factor;
  explicit MatMulI8Step(const MatMulBatch& sizes) : batch(sizes) {}

  void run(const RunContext& context) const override {
    hone::detail::split(batch.count * batch.m, 1, 0, context.parallel,
                        [&](kernels::Range range, kernels::Range, std::size_t) {
                          for (kernels::Index i = range.begin; i < range.end; ++i) row(i / batch.m, i % batch.m);
                        });
  }
  void row(std::int64_t number, std::int64_t r) const {
    const auto at = batch.pair(number);
    const std::int8_t* const left = a + at[0] * batch.m * batch.k + r * batch.a_row;
    const std::int8_t* const right = b + at[1] * batch.k * batch.n;
    for (std::int64_t c = 0; c < batch.n; ++c) {
      std::int32_t sum = 0;
      for (std::int64_t i = 0; i < batch.k; ++i) {
        sum += (left[i * batch.a_col] - a_zero) * (right[i * batch.b_row + c * batch.b_col] - b_zero);
      }
      const std::int64_t value = std::int64_t{kernels::multiply(sum, factor)} + y_zero;
      y[(number * batch.m + r) * batch.n + c] = static_cast<std::int8_t>(value < -128  ? -128
                                                                         : value > 127 ? 127
                                                                                       : value);
    }
  }
};

inline Prepared prepare(const PrepareContext& context, const Node& node, const BatchMatMul& product) {
  const Tensor &a = *context.input(node, 0), &b = *context.input(node, 1), &y = context.output(node);
  const MatMulBatch batch(product, a.shape, b.shape, y.shape);
  const std::int64_t operations = 2 * y.elements() * batch.k;
  if (a.type == DType::f32 && b.type == DType::f32 && y.type == DType::f32) {
    auto step = std::make_unique<MatMulF32Step>(batch);
    step->table = cpu::kernels<kernels::GemmF32Kernels>(context.tier);
    step->a = context.in<float>(node, 0);
    step->b = context.in<float>(node, 1);
    step->y = context.out<float>(node);
    describe(*step, context, node, "gemm_f32", operations);
    return step;
  }
  if (a.type != DType::i8 || b.type != DType::i8 || y.type != DType::i8) return unsupported_types(context, node);
  const Expected<Quantization> qa = quantization_of(a), qb = quantization_of(b), qy = quantization_of(y);
  if (!qa) return tl::unexpected<Error>(qa.error());
  if (!qb) return tl::unexpected<Error>(qb.error());
  if (!qy) return tl::unexpected<Error>(qy.error());
  auto step = std::make_unique<MatMulI8Step>(batch);
  step->a = context.in<std::int8_t>(node, 0);
  step->b = context.in<std::int8_t>(node, 1);
  step->y = context.out<std::int8_t>(node);
  step->a_zero = qa->zero_point;
  step->b_zero = qb->zero_point;
  step->y_zero = qy->zero_point;
  step->factor = kernels::to_fixed_point(double{qa->scale} * double{qb->scale} / double{qy->scale});
  step->operations_per_nanosecond = 2;
  describe(*step, context, node, "matmul_i8", operations);
  return step;
}

}  // namespace hone::graph::ops
