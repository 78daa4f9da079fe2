// L2_NORMALIZATION and LOG_SOFTMAX along the last dimension.
#pragma once
#include <cmath>
#include <cstdint>

#include "table8.hpp"
#include "unary.hpp"

namespace hone::graph::ops {

struct RowsStep : Step {
  using Row = void (*)(const RowsStep&, const std::byte* x, std::byte* y);
  const std::byte* x = nullptr;
  std::byte* y = nullptr;
  std::int64_t rows = 0, n = 0, size = 1;
  std::int32_t zero = 0;
  Row row = nullptr;

  void run(const RunContext& context) const override {
    hone::detail::split(rows, 1, 0, context.parallel, [&](kernels::Range range, kernels::Range, std::size_t) {
      for (kernels::Index r = range.begin; r < range.end; ++r) row(*this, x + r * n * size, y + r * n * size);
    });
  }
};
inline std::unique_ptr<RowsStep> make_rows(const PrepareContext& context, const Node& node) {
  const Tensor& x = *context.input(node, 0);
  auto step = std::make_unique<RowsStep>();
  step->x = context.in(node, 0);
  step->y = context.out(node);
  step->n = x.shape.back();
  step->rows = x.elements() / step->n;
  step->size = static_cast<std::int64_t>(size_of(x.type));
  step->operations_per_nanosecond = 1;
  return step;
}

inline void l2_row_f32(const RowsStep& s, const std::byte* px, std::byte* py) {
  const auto* const x = reinterpret_cast<const float*>(px);
  auto* const y = reinterpret_cast<float*>(py);
  float sum = 0;
  for (std::int64_t i = 0; i < s.n; ++i) sum += x[i] * x[i];
  const float norm = std::fmax(std::sqrt(sum), 1e-6F);
  for (std::int64_t i = 0; i < s.n; ++i) y[i] = x[i] / norm;
}
/// In units of 1/128, by the fixed-point inverse square root. Sums of up to 32,768 squares fit.
template <class T> void l2_row_8(const RowsStep& s, const std::byte* px, std::byte* py) {
  constexpr std::int32_t lo = std::is_signed_v<T> ? -128 : 0, middle = std::is_signed_v<T> ? 0 : 128;
  constexpr int fraction = 7;
  const auto* const x = reinterpret_cast<const T*>(px);
  auto* const y = reinterpret_cast<T*>(py);
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < s.n; ++i) sum += std::int64_t{x[i] - s.zero} * (x[i] - s.zero);
  const kernels::FixedPoint inverse = inverse_square_root(static_cast<std::int32_t>(sum));
  for (std::int64_t i = 0; i < s.n; ++i) {
    // The factor 128 goes into the shift for s8, into the value for u8: they round differently.
    const std::int32_t x_real = x[i] - s.zero;
    const std::int32_t value = std::is_signed_v<T>
                                   ? kernels::multiply(x_real, {inverse.multiplier, inverse.shift + fraction})
                                   : kernels::multiply(x_real * (1 << fraction), inverse) + middle;
    y[i] = static_cast<T>(std::min(std::max(value, lo), lo + 255));
  }
}
inline Prepared prepare(const PrepareContext& context, const Node& node, const L2Normalize&) {
  const Tensor& x = *context.input(node, 0);
  auto step = make_rows(context, node);
  if (is_8_bit(x)) {
    const Expected<Quantization> q = quantization_of(x);
    if (!q) return tl::unexpected<Error>(q.error());
    step->zero = q->zero_point;
  }
  if (x.type == DType::f32) step->row = &l2_row_f32;
  if (x.type == DType::i8) step->row = &l2_row_8<std::int8_t>;
  if (x.type == DType::u8) step->row = &l2_row_8<std::uint8_t>;
  if (step->row == nullptr) return unsupported_types(context, node);
  describe(*step, context, node, std::string("l2_norm_") + name_of(x.type), 3 * x.elements());
  return step;
}

inline void log_softmax_row(const RowsStep& s, const std::byte* px, std::byte* py) {
  const auto* const x = reinterpret_cast<const float*>(px);
  auto* const y = reinterpret_cast<float*>(py);
  float most = x[0], sum = 0;
  for (std::int64_t i = 1; i < s.n; ++i) most = x[i] > most ? x[i] : most;
  for (std::int64_t i = 0; i < s.n; ++i) sum += std::exp(x[i] - most);
  const float log_sum = std::log(sum);
  for (std::int64_t i = 0; i < s.n; ++i) y[i] = x[i] - most - log_sum;
}
inline Prepared prepare(const PrepareContext& context, const Node& node, const LogSoftmax&) {
  const Tensor& x = *context.input(node, 0);
  if (x.type != DType::f32) return unsupported_types(context, node);
  auto step = make_rows(context, node);
  step->row = &log_softmax_row;
  describe(*step, context, node, "log_softmax_f32", 8 * x.elements());
  return step;
}

}  // namespace hone::graph::ops
