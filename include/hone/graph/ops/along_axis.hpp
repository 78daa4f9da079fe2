// Operators that walk along one dimension: ARG_MAX, ARG_MIN, CUMSUM, TOPK_V2. Short scalar code.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "arithmetic.hpp"
#include "move.hpp"

namespace hone::graph::ops {

/// Elements along one dimension of a dense tensor: `count` of them, `inner` elements apart, for each outer and inner index.
struct AxisStep : Step {
  using Row = void (*)(const AxisStep&, std::int64_t outer, std::byte* scratch);
  std::int64_t outer = 1, count = 1, inner = 1;
  const std::byte* x = nullptr;
  std::byte *y = nullptr, *second = nullptr;  // TOPK_V2 has two outputs
  std::int64_t kept = 0;                      // by TOPK_V2
  bool exclusive = false, reverse = false;
  std::size_t scratch_elements = 0;
  Row row = nullptr;

  void run(const RunContext& context) const override {
    const std::size_t share = scratch_bytes(1);
    hone::detail::split(outer, 1, 0, context.parallel, [&](kernels::Range range, kernels::Range, std::size_t slot) {
      for (kernels::Index i = range.begin; i < range.end; ++i) row(*this, i, context.scratch + slot * share);
    });
  }
  std::size_t scratch_bytes(std::size_t threads) const override {
    return hone::detail::round_up_64(scratch_elements * sizeof(std::int32_t)) * threads;
  }
};
inline std::unique_ptr<AxisStep> make_axis(const PrepareContext& context, const Node& node, std::size_t axis) {
  const Tensor& x = *context.input(node, 0);
  auto step = std::make_unique<AxisStep>();
  for (std::size_t d = 0; d < x.shape.size(); ++d) {
    (d < axis ? step->outer : d == axis ? step->count : step->inner) *= x.shape[d];
  }
  step->x = context.in(node, 0);
  step->y = context.out(node);
  step->operations_per_nanosecond = 1;
  return step;
}

template <class T, class Index, bool largest> void arg_row(const AxisStep& s, std::int64_t outer, std::byte*) {
  const T* const x = reinterpret_cast<const T*>(s.x) + outer * s.count * s.inner;
  Index* const y = reinterpret_cast<Index*>(s.y) + outer * s.inner;
  for (std::int64_t i = 0; i < s.inner; ++i) {
    std::int64_t best = 0;
    T value = x[i];
    for (std::int64_t j = 1; j < s.count; ++j) {  // without a jump that could be mispredicted
      const T candidate = x[j * s.inner + i];
      const bool better = largest ? candidate > value : candidate < value;
      value = better ? candidate : value;
      best = better ? j : best;
    }
    y[i] = static_cast<Index>(best);
  }
}
/// Short rows of 8 bits: value and place in one integer, of which the largest wins, the first of equal ones.
template <class T, class Index, bool largest> void short_arg_row(const AxisStep& s, std::int64_t outer, std::byte*) {
  const T* const x = reinterpret_cast<const T*>(s.x) + outer * s.count;
  std::int32_t best = INT32_MIN;
  for (std::int64_t j = 0; j < s.count; ++j) {
    const std::int32_t value = largest ? x[j] : -x[j];
    const auto key = static_cast<std::int32_t>(value * 65536 + 65535 - j);
    best = key > best ? key : best;
  }
  reinterpret_cast<Index*>(s.y)[outer] = static_cast<Index>(65535 - (best & 65535));
}
template <class T, bool largest> AxisStep::Row arg_row_of(const AxisStep& s, bool wide) {
  if constexpr (sizeof(T) == 1) {
    if (s.inner == 1 && s.count <= 65536) {
      return wide ? &short_arg_row<T, std::int64_t, largest> : &short_arg_row<T, std::int32_t, largest>;
    }
  }
  return wide ? &arg_row<T, std::int64_t, largest> : &arg_row<T, std::int32_t, largest>;
}
template <class T> AxisStep::Row arg_row_of(const AxisStep& s, bool largest, bool wide) {
  return largest ? arg_row_of<T, true>(s, wide) : arg_row_of<T, false>(s, wide);
}
inline Prepared prepare(const PrepareContext& context, const Node& node, const ArgReduce& arg) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  auto step = make_axis(context, node, static_cast<std::size_t>(arg.axis));
  const bool wide = y.type == DType::i64;
  switch (x.type) {
    case DType::f32: step->row = arg_row_of<float>(*step, arg.largest, wide); break;
    case DType::i8: step->row = arg_row_of<std::int8_t>(*step, arg.largest, wide); break;
    case DType::u8: step->row = arg_row_of<std::uint8_t>(*step, arg.largest, wide); break;
    case DType::i32: step->row = arg_row_of<std::int32_t>(*step, arg.largest, wide); break;
    case DType::i64: step->row = arg_row_of<std::int64_t>(*step, arg.largest, wide); break;
    default: return unsupported_types(context, node);
  }
  describe(*step, context, node, arg.largest ? "arg_max" : "arg_min", x.elements());
  return step;
}

template <class T> void cumsum_row(const AxisStep& s, std::int64_t outer, std::byte*) {
  const T* const x = reinterpret_cast<const T*>(s.x) + outer * s.count * s.inner;
  T* const y = reinterpret_cast<T*>(s.y) + outer * s.count * s.inner;
  for (std::int64_t i = 0; i < s.inner; ++i) {
    T sum = 0;
    for (std::int64_t j = 0; j < s.count; ++j) {
      const std::int64_t at = (s.reverse ? s.count - 1 - j : j) * s.inner + i;
      const T before = sum;
      sum = value_of<BinaryOp::add>(sum, x[at]);
      y[at] = s.exclusive ? before : sum;
    }
  }
}
inline Prepared prepare(const PrepareContext& context, const Node& node, const CumSum& cumsum) {
  const Tensor& x = *context.input(node, 0);
  auto step = make_axis(context, node, static_cast<std::size_t>(cumsum.axis));
  step->exclusive = cumsum.exclusive;
  step->reverse = cumsum.reverse;
  switch (x.type) {
    case DType::f32: step->row = &cumsum_row<float>; break;
    case DType::i32: step->row = &cumsum_row<std::int32_t>; break;
    case DType::i64: step->row = &cumsum_row<std::int64_t>; break;
    default: return unsupported_types(context, node);
  }
  describe(*step, context, node, "cumsum", x.elements());
  return step;
}

/// Partial sort of the indices; of equal elements, and NaN, the first comes first.
template <class T> void top_row(const AxisStep& s, std::int64_t outer, std::byte* scratch) {
  const T* const x = reinterpret_cast<const T*>(s.x) + outer * s.count;
  auto* const order = reinterpret_cast<std::int32_t*>(scratch);
  for (std::int64_t i = 0; i < s.count; ++i) order[i] = static_cast<std::int32_t>(i);
  std::partial_sort(order, order + s.kept, order + s.count, [x](std::int32_t a, std::int32_t b) {
    if constexpr (std::is_same_v<T, float>) {  // an order of all floats: NaN below everything
      const bool nan_a = std::isnan(x[a]), nan_b = std::isnan(x[b]);
      if (nan_a || nan_b) return nan_a == nan_b ? a < b : nan_b;
    }
    return x[a] == x[b] ? a < b : x[a] > x[b];
  });
  T* const y = reinterpret_cast<T*>(s.y) + outer * s.kept;
  for (std::int64_t i = 0; i < s.kept; ++i) {
    y[i] = x[order[i]];
    reinterpret_cast<std::int32_t*>(s.second)[outer * s.kept + i] = order[i];
  }
}
inline Prepared prepare(const PrepareContext& context, const Node& node, const TopK&) {
  const Tensor& x = *context.input(node, 0);
  auto step = make_axis(context, node, x.shape.size() - 1);
  step->second = context.out(node, 1);
  step->kept = context.output(node).shape.back();
  step->scratch_elements = static_cast<std::size_t>(step->count);
  switch (x.type) {
    case DType::f32: step->row = &top_row<float>; break;
    case DType::i8: step->row = &top_row<std::int8_t>; break;
    case DType::u8: step->row = &top_row<std::uint8_t>; break;
    case DType::i32: step->row = &top_row<std::int32_t>; break;
    case DType::i64: step->row = &top_row<std::int64_t>; break;
    default: return unsupported_types(context, node);
  }
  describe(*step, context, node, "top_k", 8 * x.elements());
  return step;
}

}  // namespace hone::graph::ops
