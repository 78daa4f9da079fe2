// Functions of single elements, and conversions between types.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "../../elementwise.hpp"
#include "arithmetic.hpp"
#include "chunks.hpp"
#include "context.hpp"
#include "table8.hpp"

namespace hone::graph::ops {

struct UnaryStep : Step {
  using Row = void (*)(const UnaryStep&, kernels::Range);
  const std::byte* x = nullptr;
  std::byte* y = nullptr;
  kernels::Index count = 0;
  float alpha = 0;
  Row row = nullptr;
  Table8 table{};

  void run(const RunContext& context) const override {
    hone::detail::split_elements(count, context.parallel, [&](kernels::Range range) { row(*this, range); });
  }
};

template <UnaryOp op> float unary_of(float x, float alpha) {
  if constexpr (op == UnaryOp::abs) return std::fabs(x);
  if constexpr (op == UnaryOp::neg) return -x;
  if constexpr (op == UnaryOp::sign) return x > 0 ? 1.0F : x < 0 ? -1.0F : x;
  if constexpr (op == UnaryOp::square) return x * x;
  if constexpr (op == UnaryOp::sqrt) return std::sqrt(x);
  if constexpr (op == UnaryOp::rsqrt) return 1 / std::sqrt(x);
  if constexpr (op == UnaryOp::exp) return std::exp(x);
  if constexpr (op == UnaryOp::log) return std::log(x);
  if constexpr (op == UnaryOp::sin) return std::sin(x);
  if constexpr (op == UnaryOp::cos) return std::cos(x);
  if constexpr (op == UnaryOp::floor) return std::floor(x);
  if constexpr (op == UnaryOp::ceil) return std::ceil(x);
  if constexpr (op == UnaryOp::round) {
    const float below = std::floor(x), rest = x - below;
    const bool down = rest < 0.5F || (rest == 0.5F && std::fmod(below, 2.0F) == 0);
    return std::isfinite(x) ? (down ? below : below + 1) : x;
  }
  if constexpr (op == UnaryOp::logistic) return logistic(x);
  if constexpr (op == UnaryOp::tanh) return std::tanh(x);
  if constexpr (op == UnaryOp::elu) return x < 0 ? std::expm1(x) : x;
  if constexpr (op == UnaryOp::gelu) return gelu(x);
  if constexpr (op == UnaryOp::gelu_tanh) return gelu_tanh(x);
  if constexpr (op == UnaryOp::hard_swish) return x * std::fmin(std::fmax(x + 3, 0.0F), 6.0F) / 6;
  if constexpr (op == UnaryOp::leaky_relu) return x < 0 ? x * alpha : x;
  return x;
}
template <UnaryOp op> void unary_row(const UnaryStep& s, kernels::Range range) {
  const float* const x = reinterpret_cast<const float*>(s.x);
  float* const y = reinterpret_cast<float*>(s.y);
  const float alpha = s.alpha;
  in_chunks(x + range.begin, y + range.begin, range.end - range.begin,
            [alpha](float value) { return unary_of<op>(value, alpha); });
}
/// abs, neg, sign and square of integers, which wrap.
template <UnaryOp op, class T> void integer_row(const UnaryStep& s, kernels::Range range) {
  const T* const x = reinterpret_cast<const T*>(s.x);
  T* const y = reinterpret_cast<T*>(s.y);
  for (kernels::Index i = range.begin; i < range.end; ++i) {
    if constexpr (op == UnaryOp::neg) y[i] = integer_of<BinaryOp::sub>(T{0}, x[i]);
    if constexpr (op == UnaryOp::abs) y[i] = x[i] < 0 ? integer_of<BinaryOp::sub>(T{0}, x[i]) : x[i];
    if constexpr (op == UnaryOp::sign) y[i] = static_cast<T>((x[i] > 0) - (x[i] < 0));
    if constexpr (op == UnaryOp::square) y[i] = integer_of<BinaryOp::mul>(x[i], x[i]);
  }
}
inline void table_row(const UnaryStep& s, kernels::Range range) {
  const auto* const x = reinterpret_cast<const std::uint8_t*>(s.x);
  auto* const y = reinterpret_cast<std::uint8_t*>(s.y);
  for (kernels::Index i = range.begin; i < range.end; ++i) y[i] = s.table[x[i]];
}
inline void not_row(const UnaryStep& s, kernels::Range range) {
  for (kernels::Index i = range.begin; i < range.end; ++i) s.y[i] = std::byte{s.x[i] == std::byte{0}};
}

inline UnaryStep::Row real_unary_row(UnaryOp op) {
#define HONE_ROW(name) \
  case UnaryOp::name: return &unary_row<UnaryOp::name>;
  switch (op) {
    HONE_ROW(abs)
    HONE_ROW(neg)
    HONE_ROW(sign)
    HONE_ROW(square)
    HONE_ROW(sqrt)
    HONE_ROW(rsqrt)
    HONE_ROW(exp)
    HONE_ROW(log)
    HONE_ROW(sin)
    HONE_ROW(cos)
    HONE_ROW(floor)
    HONE_ROW(ceil)
    HONE_ROW(round)
    HONE_ROW(logistic)
    HONE_ROW(tanh)
    HONE_ROW(elu)
    HONE_ROW(gelu)
    HONE_ROW(gelu_tanh)
    HONE_ROW(hard_swish)
    HONE_ROW(leaky_relu)
    case UnaryOp::logical_not: break;
  }
#undef HONE_ROW
  return nullptr;
}
template <class T> UnaryStep::Row integer_unary_row(UnaryOp op) {
  switch (op) {
    case UnaryOp::abs: return &integer_row<UnaryOp::abs, T>;
    case UnaryOp::neg: return &integer_row<UnaryOp::neg, T>;
    case UnaryOp::sign: return &integer_row<UnaryOp::sign, T>;
    case UnaryOp::square: return &integer_row<UnaryOp::square, T>;
    default: return nullptr;
  }
}

/// A step of x and y, and how many elements each has.
inline std::unique_ptr<UnaryStep> make_unary(const PrepareContext& context, const Node& node) {
  auto step = std::make_unique<UnaryStep>();
  step->x = context.in(node, 0);
  step->y = context.out(node);
  step->count = context.output(node).elements();
  step->operations_per_nanosecond = 1;
  return step;
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Unary& unary) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  auto step = make_unary(context, node);
  step->alpha = unary.alpha;
  if (x.type != y.type) return unsupported_types(context, node);
  if (is_8_bit(x)) {
    const Expected<Quantization> from = quantization_of(x), to = quantization_of(y);
    if (!from) return tl::unexpected<Error>(from.error());
    if (!to) return tl::unexpected<Error>(to.error());
    if (!fill_table(step->table, unary, *from, *to)) return unsupported_types(context, node);
    step->row = &table_row;
  } else if (x.type == DType::f32) {
    step->row = real_unary_row(unary.op);
  } else if (x.type == DType::i32) {
    step->row = integer_unary_row<std::int32_t>(unary.op);
  } else if (x.type == DType::i64) {
    step->row = integer_unary_row<std::int64_t>(unary.op);
  } else if (x.type == DType::boolean && unary.op == UnaryOp::logical_not) {
    step->row = &not_row;
  }
  if (step->row == nullptr) return unsupported_types(context, node);
  describe(*step, context, node, is_8_bit(x) ? "table" : std::string("unary_") + name_of(x.type), step->count);
  return step;
}

}  // namespace hone::graph::ops
