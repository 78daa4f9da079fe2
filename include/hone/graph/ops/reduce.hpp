// Reductions over any set of dimensions: MEAN, SUM, REDUCE_MAX and the like.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "arithmetic.hpp"
#include "binary.hpp"
#include "move.hpp"

namespace hone::graph::ops {

/// The output falls apart into rows of `inner` neighbours, which also lie together in x; each is reduced over `reduced`.
struct ReduceStep : Step {
  struct Loop {
    std::int64_t count, step;  // elements of x
  };
  using Row = void (*)(const ReduceStep&, std::int64_t from, std::int64_t to, std::byte* scratch);
  std::vector<Loop> kept, reduced;              // innermost first
  std::int64_t rows = 1, inner = 1, count = 1;  // count: elements that make one
  const std::byte* x = nullptr;
  std::byte* y = nullptr;
  Row row = nullptr;
  kernels::FixedPoint factor;  // 8-bit: of the sum, or of each product
  std::int32_t x_zero = 0, y_zero = 0;

  void run(const RunContext& context) const override {
    const std::size_t share = scratch_bytes(1);
    hone::detail::split(rows, 1, 0, context.parallel, [&](kernels::Range range, kernels::Range, std::size_t slot) {
      for (kernels::Index r = range.begin; r < range.end; ++r) {
        std::int64_t from = 0, rest = r;
        for (const Loop& loop : kept) {
          from += rest % loop.count * loop.step;
          rest /= loop.count;
        }
        row(*this, from, r * inner, context.scratch + slot * share);
      }
    });
  }
  std::size_t scratch_bytes(std::size_t threads) const override {
    return hone::detail::round_up_64(static_cast<std::size_t>(inner) * sizeof(std::int64_t)) * threads;
  }
};

/// Calls f(where) for everything that is reduced into one element, but for the `within` innermost loops, which are f's.
template <class F>
void for_reduced(const ReduceStep& s, std::size_t depth, std::size_t within, std::int64_t at, F&& f) {
  if (depth <= within) return f(at);
  const ReduceStep::Loop& loop = s.reduced[depth - 1];
  for (std::int64_t i = 0; i < loop.count; ++i) for_reduced(s, depth - 1, within, at + i * loop.step, f);
}

/// How T is reduced: from an accumulator of type Acc that starts at `first`.
template <ReduceOp op, class T, class Acc> struct Reducer {
  static constexpr Acc first() {
    if constexpr (op == ReduceOp::max)
      return std::numeric_limits<Acc>::lowest();
    else if constexpr (op == ReduceOp::min)
      return std::numeric_limits<Acc>::max();
    else
      return op == ReduceOp::prod || op == ReduceOp::all ? Acc{1} : Acc{0};
  }
  static Acc next(const ReduceStep&, Acc a, T x) {
    if constexpr (op == ReduceOp::max)
      return x > a ? x : a;
    else if constexpr (op == ReduceOp::min)
      return x < a ? x : a;
    else if constexpr (op == ReduceOp::any)
      return a || x != T{};
    else if constexpr (op == ReduceOp::all)
      return a && x != T{};
    else if constexpr (std::is_floating_point_v<Acc>)
      return op == ReduceOp::prod ? a * x : a + x;
    else if constexpr (op == ReduceOp::prod)
      return integer_of<BinaryOp::mul>(a, static_cast<Acc>(x));
    else
      return integer_of<BinaryOp::add>(a, static_cast<Acc>(x));
  }
  static T last(const ReduceStep& s, Acc a) {
    if constexpr (op == ReduceOp::mean) return static_cast<T>(a / static_cast<Acc>(s.count));
    return static_cast<T>(a);
  }
};
/// 8-bit means and sums that are rescaled: round((sum - count * zero) * factor) + zero.
template <class T> struct ScaledSum {
  static constexpr std::int64_t first() { return 0; }
  static std::int64_t next(const ReduceStep&, std::int64_t a, T x) { return a + x; }
  static T last(const ReduceStep& s, std::int64_t a) {
    const auto sum = static_cast<std::int32_t>(a - s.count * s.x_zero);
    const std::int64_t value = std::int64_t{kernels::multiply(sum, s.factor)} + s.y_zero;
    return static_cast<T>(
        std::clamp<std::int64_t>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  }
};
/// x * factor with 15 bits of the multiplier, rounded once: TensorFlow Lite's MultiplyByQuantizedMultiplier of 64 bits.
inline std::int64_t multiply_wide(std::int64_t x, kernels::FixedPoint factor) {
  const std::int64_t reduced = factor.multiplier < 0x7FFF0000 ? (factor.multiplier + (1 << 15)) >> 16 : 0x7FFF;
  const int shift = 15 - factor.shift;
  if (shift < 1 || shift > 62) return 0;  // validate() keeps scales away from there
  return (x * reduced + (std::int64_t{1} << (shift - 1))) >> shift;
}
/// 8-bit products, rescaled after each factor so that they fit: TensorFlow Lite's QuantizedReduceProd.
template <class T> struct ScaledProduct {
  static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();  // before the first factor
  static constexpr std::int64_t first() { return none; }
  static std::int64_t next(const ReduceStep& s, std::int64_t a, T x) {
    const std::int64_t factor = std::int64_t{x} - s.x_zero;
    return a == none ? factor : cut(multiply_wide(a * factor, s.factor));
  }
  static T last(const ReduceStep& s, std::int64_t a) {
    const std::int64_t value = cut(multiply_wide(a, s.factor)) + s.y_zero;
    return static_cast<T>(
        std::clamp<std::int64_t>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  }

 private:
  static std::int64_t cut(std::int64_t x) { return std::clamp<std::int64_t>(x, INT32_MIN, INT32_MAX); }
};

template <class R, class T, class Acc>
void reduce_row(const ReduceStep& s, std::int64_t from, std::int64_t to, std::byte* scratch) {
  const T* const x = reinterpret_cast<const T*>(s.x) + from;
  T* const y = reinterpret_cast<T*>(s.y) + to;
  if (s.inner == 1) {  // the accumulator stays in a register along the innermost loop
    Acc acc = R::first();
    const ReduceStep::Loop innermost = s.reduced.empty() ? ReduceStep::Loop{1, 0} : s.reduced[0];
    for_reduced(s, s.reduced.size(), 1, 0, [&](std::int64_t at) {
      for (std::int64_t i = 0; i < innermost.count; ++i) acc = R::next(s, acc, x[at + i * innermost.step]);
    });
    *y = R::last(s, acc);
    return;
  }
  Acc* const acc = reinterpret_cast<Acc*>(scratch);
  for (std::int64_t i = 0; i < s.inner; ++i) acc[i] = R::first();
  for_reduced(s, s.reduced.size(), 0, 0, [&](std::int64_t at) {
    for (std::int64_t i = 0; i < s.inner; ++i) acc[i] = R::next(s, acc[i], x[at + i]);
  });
  for (std::int64_t i = 0; i < s.inner; ++i) y[i] = R::last(s, acc[i]);
}

template <ReduceOp op, class T> ReduceStep::Row plain_reduce() {
  using Acc =
      std::conditional_t<std::is_same_v<T, float>,
                         std::conditional_t<op == ReduceOp::max || op == ReduceOp::min, float, double>, std::int64_t>;
  return &reduce_row<Reducer<op, T, Acc>, T, Acc>;
}
template <class T> ReduceStep::Row reduce_row_of(ReduceOp op) {
  switch (op) {
    case ReduceOp::mean: return plain_reduce<ReduceOp::mean, T>();
    case ReduceOp::sum: return plain_reduce<ReduceOp::sum, T>();
    case ReduceOp::prod: return plain_reduce<ReduceOp::prod, T>();
    case ReduceOp::max: return plain_reduce<ReduceOp::max, T>();
    case ReduceOp::min: return plain_reduce<ReduceOp::min, T>();
    default: return nullptr;
  }
}

/// 8-bit reductions: TensorFlow Lite's kernels/reduce.cc says which is rescaled.
template <class T>
Expected<void> choose_reduce_8(ReduceStep& step, const Reduce& reduce, const Tensor& x, const Tensor& y) {
  const Expected<Quantization> from = quantization_of(x), to = quantization_of(y);
  if (!from) return tl::unexpected<Error>(from.error());
  if (!to) return tl::unexpected<Error>(to.error());
  step.x_zero = from->zero_point;
  step.y_zero = to->zero_point;
  const bool same = from->scale == to->scale && from->zero_point == to->zero_point;
  const double ratio = static_cast<double>(from->scale) / static_cast<double>(to->scale);
  step.row = reduce_row_of<T>(reduce.op);
  if (reduce.op == ReduceOp::mean || (reduce.op == ReduceOp::sum && !same)) {
    step.row = &reduce_row<ScaledSum<T>, T, std::int64_t>;
    step.factor = kernels::to_fixed_point(ratio);
    if (reduce.op == ReduceOp::mean) {  // 1 / count goes into the factor
      int shift = 63 - __builtin_clzll(static_cast<unsigned long long>(step.count));
      shift = std::min({shift, 32, 31 + step.factor.shift});
      step.factor.multiplier = static_cast<std::int32_t>((std::int64_t{step.factor.multiplier} << shift) / step.count);
      step.factor.shift -= shift;
    }
  } else if (reduce.op == ReduceOp::prod) {
    step.row = &reduce_row<ScaledProduct<T>, T, std::int64_t>;
    step.factor = kernels::to_fixed_point(double{from->scale} /
                                          std::pow(double{to->scale}, 1.0 / static_cast<double>(step.count)));
  }
  return {};
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Reduce& reduce) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  auto step = std::make_unique<ReduceStep>();
  std::int64_t stride = 1;
  bool contiguous = true;
  const auto add = [](std::vector<ReduceStep::Loop>& loops, std::int64_t count, std::int64_t step_x) {
    if (!loops.empty() && loops.back().count * loops.back().step == step_x)
      loops.back().count *= count;
    else if (count > 1)
      loops.push_back({count, step_x});
  };
  for (std::size_t d = x.shape.size(); d-- > 0; stride *= x.shape[d]) {
    if (std::binary_search(reduce.axes.begin(), reduce.axes.end(), static_cast<int>(d))) {
      contiguous = contiguous && x.shape[d] == 1;
      step->count *= x.shape[d];
      add(step->reduced, x.shape[d], stride);
    } else if (contiguous) {
      step->inner *= x.shape[d];
    } else {
      step->rows *= x.shape[d];
      add(step->kept, x.shape[d], stride);
    }
  }
  step->x = context.in(node, 0);
  step->y = context.out(node);
  if (x.type != y.type) return unsupported_types(context, node);
  Expected<void> chosen;
  switch (x.type) {
    case DType::f32: step->row = reduce_row_of<float>(reduce.op); break;
    case DType::i32: step->row = reduce_row_of<std::int32_t>(reduce.op); break;
    case DType::i64: step->row = reduce_row_of<std::int64_t>(reduce.op); break;
    case DType::i8: chosen = choose_reduce_8<std::int8_t>(*step, reduce, x, y); break;
    case DType::u8: chosen = choose_reduce_8<std::uint8_t>(*step, reduce, x, y); break;
    case DType::boolean:
      if (reduce.op == ReduceOp::any) step->row = plain_reduce<ReduceOp::any, Truth>();
      if (reduce.op == ReduceOp::all) step->row = plain_reduce<ReduceOp::all, Truth>();
      break;
    default: break;
  }
  if (!chosen) return tl::unexpected<Error>(chosen.error());
  if (step->row == nullptr) return unsupported_types(context, node);
  step->operations_per_nanosecond = 2;
  describe(*step, context, node, std::string("reduce_") + name_of(x.type), x.elements());
  return step;
}

}  // namespace hone::graph::ops
