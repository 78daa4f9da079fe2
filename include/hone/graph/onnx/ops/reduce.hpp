// Reductions along axes: sums, extremes, norms. Sums of floats are taken in
// double, but where whole rows of f32 are added up.
#pragma once
#include "../map.hpp"

namespace hone::graph::onnx::ops {

/// x with the reduced dimensions moved to the end, so that each result comes from `width` elements in a row.
struct Rows {
  Value x;      ///< kept dimensions, then reduced ones
  Shape shape;  ///< of the result
  Index count = 1, width = 1;
};
inline Expected<Rows> rows_of(const Call& call, const Value& x, const std::vector<Index>& axes, bool keep) {
  Rows rows;
  std::vector<Index> order, last;
  for (Index d = 0; d < x.rank(); ++d) {
    const Index extent = x.shape[static_cast<std::size_t>(d)];
    if (std::find(axes.begin(), axes.end(), d) == axes.end()) {
      order.push_back(d);
      rows.shape.push_back(extent);
      rows.count *= extent;
    } else {
      last.push_back(d);
      if (keep) rows.shape.push_back(1);
      rows.width *= extent;
    }
  }
  order.insert(order.end(), last.begin(), last.end());
  if (std::is_sorted(order.begin(), order.end())) {
    rows.x = x;
  } else {
    HONE_TRY(moved, transposed(call, x, order));
    rows.x = std::move(moved);
  }
  return rows;
}
/// The axes a reduction is over. None given means all of them, unless noop_with_empty_axes.
inline Expected<std::vector<Index>> reduced_axes(Call& call) {
  const Index rank = call.in(0).rank();
  HONE_TRY(axes, call.axes_argument(1, rank));
  if (axes.empty() && call.integer("noop_with_empty_axes") == 0) {
    for (Index d = 0; d < rank; ++d) axes.push_back(d);
  }
  return std::move(axes);
}

/// y = finish(accumulation of step over each row, from `start`); Sum: what W is accumulated in.
template <class W, class Sum, class Step, class Finish>
void reduce_rows(const Rows& rows, const Value& y, Sum start, Step step, Finish finish) {
  W space[block];
  for (Index r = 0; r < rows.count; ++r) {
    Sum sum = start;
    for (Index i = 0; i < rows.width; i += block) {
      const Index count = std::min(block, rows.width - i);
      const W* in = run_of(rows.x, r * rows.width + i, 1, count, space);
      for (Index j = 0; j < count; ++j) sum = step(sum, static_cast<Sum>(in[j]));
    }
    const W result = static_cast<W>(finish(sum, rows.width));
    store(&result, 1, y.type, y.own + r * static_cast<Index>(size_of(y.type)));
  }
}
inline Shape reduced_shape(const Value& x, const std::vector<Index>& axes, bool keep) {
  Shape shape;
  for (Index d = 0; d < x.rank(); ++d) {
    const bool reduced = std::find(axes.begin(), axes.end(), d) != axes.end();
    if (!reduced || keep) shape.push_back(reduced ? 1 : x.shape[static_cast<std::size_t>(d)]);
  }
  return shape;
}
/// Whether the axes are neighbours with dimensions behind them, whose elements are then reduced side by side.
inline bool reduces_the_middle(const Value& x, const std::vector<Index>& axes) {
  return x.type == DType::f32 && !axes.empty() && axes.back() + 1 < x.rank() &&
         std::is_sorted(axes.begin(), axes.end()) && axes.back() - axes.front() + 1 == static_cast<Index>(axes.size());
}
/// The same for f32 without moving x: sums in float32, in order.
template <class Step, class Finish>
void reduce_middle(const Value& x, const std::vector<Index>& axes, const Value& y, float start, Step step,
                   Finish finish) {
  const auto first = static_cast<std::size_t>(axes.front()), last = static_cast<std::size_t>(axes.back()) + 1;
  const Index outer = product(x.shape, 0, first), width = product(x.shape, first, last),
              inner = product(x.shape, last, x.shape.size());
  for (Index o = 0; o < outer; ++o) {
    float* const to = y.out<float>() + o * inner;
    std::fill(to, to + inner, start);
    for (Index r = 0; r < width; ++r) {
      const float* const from = x.as<float>() + (o * width + r) * inner;
      for (Index i = 0; i < inner; ++i) to[i] = step(to[i], from[i]);
    }
    for (Index i = 0; i < inner; ++i) to[i] = static_cast<float>(finish(to[i], width));
  }
}
template <class W> using SumOf = std::conditional_t<std::is_floating_point_v<W>, double, W>;

template <class Step, class Finish> Results reduce(Call& call, double start, Step step, Finish finish) {
  const Value& x = call.in(0);
  HONE_TRY(axes, reduced_axes(call));
  if (axes.empty() && x.rank() > 0) return one(x);
  const bool keep = call.integer("keepdims", 1) != 0;
  if (reduces_the_middle(x, axes)) {
    HONE_TRY(y, call.make(x.type, reduced_shape(x, axes, keep)));
    reduce_middle(x, axes, y, static_cast<float>(start), step, finish);
    return one(std::move(y));
  }
  HONE_TRY(rows, rows_of(call, x, axes, keep));
  HONE_TRY(y, call.make(x.type, rows.shape));
  visit_computed(x.type, [&]<class W>(W) {
    using Sum = SumOf<W>;
    reduce_rows<W, Sum>(rows, y, convert<Sum>(start), step, finish);
  });
  return one(std::move(y));
}
inline constexpr auto as_it_is = [](auto sum, Index) { return sum; };
inline constexpr auto square_root = [](auto sum, Index) {
  return convert<decltype(sum)>(std::sqrt(static_cast<double>(sum)));
};
inline constexpr auto logarithm = [](auto sum, Index) {
  return convert<decltype(sum)>(std::log(static_cast<double>(sum)));
};
inline constexpr auto add_square = [](auto sum, auto x) { return add_numbers(sum, multiply_numbers(x, x)); };
inline constexpr auto add_magnitude = [](auto sum, auto x) {
  return add_numbers(sum, x < decltype(x){} ? multiply_numbers(x, static_cast<decltype(x)>(-1)) : x);
};

inline Results reduce_sum(Call& call) { return reduce(call, 0, add_numbers, as_it_is); }
inline Results reduce_sum_square(Call& call) { return reduce(call, 0, add_square, as_it_is); }
inline Results reduce_l1(Call& call) { return reduce(call, 0, add_magnitude, as_it_is); }
inline Results reduce_l2(Call& call) { return reduce(call, 0, add_square, square_root); }
inline Results reduce_log_sum(Call& call) { return reduce(call, 0, add_numbers, logarithm); }
inline Results reduce_prod(Call& call) { return reduce(call, 1, multiply_numbers, as_it_is); }
inline Results reduce_mean(Call& call) {
  return reduce(call, 0, add_numbers, [](auto sum, Index n) {
    if constexpr (std::is_floating_point_v<decltype(sum)>)
      return sum / static_cast<double>(n);
    else
      return n == 0 ? sum : static_cast<decltype(sum)>(sum / static_cast<decltype(sum)>(n));
  });
}
/// The extreme of nothing is the type's other end.
template <class F> Results extreme(Call& call, bool largest, F f) {
  const Value& x = call.in(0);
  HONE_TRY(axes, reduced_axes(call));
  if (axes.empty() && x.rank() > 0) return one(x);
  HONE_TRY(rows, rows_of(call, x, axes, call.integer("keepdims", 1) != 0));
  HONE_TRY(y, call.make(x.type, rows.shape));
  visit_stored(x.type, [&]<class T>(T) {
    using W = std::conditional_t<std::is_class_v<T>, float, T>;
    using Wide = std::conditional_t<std::is_floating_point_v<W>, std::conditional_t<sizeof(W) == 8, double, float>,
                                    std::conditional_t<std::is_same_v<W, std::uint64_t>, W, std::int64_t>>;
    Wide start = static_cast<Wide>(largest ? std::numeric_limits<W>::lowest() : std::numeric_limits<W>::max());
    if constexpr (std::is_floating_point_v<W>) start = std::numeric_limits<Wide>::infinity() * (largest ? -1 : 1);
    reduce_rows<Wide, Wide>(rows, y, start, f, as_it_is);
  });
  return one(std::move(y));
}
inline Results reduce_max(Call& call) { return extreme(call, true, larger); }
inline Results reduce_min(Call& call) { return extreme(call, false, smaller); }

/// log(sum of exp(x)), with the largest x taken out first.
inline Results reduce_log_sum_exp(Call& call) {
  HONE_CHECK(call.float_input(0));
  const Value& x = call.in(0);
  HONE_TRY(axes, reduced_axes(call));
  if (axes.empty() && x.rank() > 0) return one(x);
  HONE_TRY(rows, rows_of(call, x, axes, call.integer("keepdims", 1) != 0));
  HONE_TRY(y, call.make(x.type, rows.shape));
  std::vector<double> row(static_cast<std::size_t>(rows.width));
  const Index size = static_cast<Index>(size_of(x.type));
  for (Index r = 0; r < rows.count; ++r) {
    load(x.type, rows.x.data + r * rows.width * size, 1, rows.width, row.data());
    double top = -std::numeric_limits<double>::infinity(), sum = 0;
    for (const double v : row) top = larger(top, v);
    const double shift = std::isfinite(top) ? top : 0;
    for (const double v : row) sum += std::exp(v - shift);
    const double result = std::log(sum) + shift;
    store(&result, 1, y.type, y.own + r * size);
  }
  return one(std::move(y));
}

/// The position of the largest (smallest) element along one axis; the first of equals, or the last.
template <class Better> Results arg_extreme(Call& call, Better better) {
  const Value& x = call.in(0);
  HONE_TRY(axis, call.axis_of(call.integer("axis", 0), x.rank()));
  const bool last = call.integer("select_last_index") != 0;
  HONE_TRY(rows, rows_of(call, x, {axis}, call.integer("keepdims", 1) != 0));
  HONE_TRY(y, call.make(DType::i64, rows.shape));
  if (rows.width == 0 && y.count() > 0) return call.fail("the largest of no elements");
  visit_computed(x.type, [&]<class W>(W) {
    std::vector<W> row(static_cast<std::size_t>(rows.width));
    for (Index r = 0; r < rows.count; ++r) {
      load(x.type, rows.x.data + r * rows.width * static_cast<Index>(size_of(x.type)), 1, rows.width, row.data());
      std::size_t best = 0;
      for (std::size_t i = 1; i < row.size(); ++i) {
        if (better(row[i], row[best]) || (last && row[i] == row[best])) best = i;
      }
      y.out<Index>()[r] = static_cast<Index>(best);
    }
  });
  return one(std::move(y));
}
inline Results arg_max(Call& call) {
  return arg_extreme(call, [](auto a, auto b) { return a > b; });
}
inline Results arg_min(Call& call) {
  return arg_extreme(call, [](auto a, auto b) { return a < b; });
}

}  // namespace hone::graph::onnx::ops
