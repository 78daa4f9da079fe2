// CAST: each element as another type.
#pragma once
#include <cmath>

#include "unary.hpp"

namespace hone::graph::ops {

/// Towards zero; what does not fit becomes the nearest bound, NaN 0. Integers are cut to the width.
template <class To, class From> To cast_to(From value) {
  if constexpr (std::is_same_v<From, Truth>) {
    return static_cast<To>(value != Truth{});
  } else if constexpr (std::is_same_v<To, Truth>) {
    return static_cast<Truth>(value != From{0});
  } else if constexpr (std::is_same_v<From, float> && std::is_integral_v<To>) {
    if (std::isnan(value)) return 0;
    if (value >= static_cast<float>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    if (value <= static_cast<float>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}
template <class From, class To> void cast_row(const UnaryStep& s, kernels::Range range) {
  const From* const x = reinterpret_cast<const From*>(s.x);
  To* const y = reinterpret_cast<To*>(s.y);
  for (kernels::Index i = range.begin; i < range.end; ++i) y[i] = cast_to<To>(x[i]);
}
template <class From> UnaryStep::Row cast_row_to(DType type) {
  switch (type) {
    case DType::f32: return &cast_row<From, float>;
    case DType::i8: return &cast_row<From, std::int8_t>;
    case DType::u8: return &cast_row<From, std::uint8_t>;
    case DType::i16: return &cast_row<From, std::int16_t>;
    case DType::i32: return &cast_row<From, std::int32_t>;
    case DType::i64: return &cast_row<From, std::int64_t>;
    case DType::boolean: return &cast_row<From, Truth>;
    default: return nullptr;
  }
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Cast&) {
  const DType from = context.input(node, 0)->type, to = context.output(node).type;
  auto step = make_unary(context, node);
  switch (from) {
    case DType::f32: step->row = cast_row_to<float>(to); break;
    case DType::i8: step->row = cast_row_to<std::int8_t>(to); break;
    case DType::u8: step->row = cast_row_to<std::uint8_t>(to); break;
    case DType::i16: step->row = cast_row_to<std::int16_t>(to); break;
    case DType::i32: step->row = cast_row_to<std::int32_t>(to); break;
    case DType::i64: step->row = cast_row_to<std::int64_t>(to); break;
    case DType::boolean: step->row = cast_row_to<Truth>(to); break;
    default: break;
  }
  if (step->row == nullptr) return unsupported_types(context, node);
  describe(*step, context, node, "cast", step->count);
  return step;
}

}  // namespace hone::graph::ops
