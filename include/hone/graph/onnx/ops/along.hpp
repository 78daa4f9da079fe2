// Operators along one axis whose result keeps it: softmax and its like, sums so far, the k largest.
#pragma once
#include <numeric>

#include "../functions.hpp"
#include "reduce.hpp"

namespace hone::graph::onnx::ops {

/// y of x's shape: f rewrites each row along `axes` in place. W: float or double, or what integers are computed in.
template <class W, class F>
Expected<Value> rewrite_rows(const Call& call, const Value& x, std::vector<Index> axes, F f) {
  HONE_TRY(rows, rows_of(call, x, axes, false));
  HONE_TRY(moved, call.make(x.type, rows.x.shape));
  std::vector<W> row(static_cast<std::size_t>(rows.width));
  const Index bytes = rows.width * static_cast<Index>(size_of(x.type));
  for (Index r = 0; r < rows.count && rows.width > 0; ++r) {
    load(x.type, rows.x.data + r * bytes, 1, rows.width, row.data());
    f(row.data(), rows.width);
    store(row.data(), rows.width, x.type, moved.own + r * bytes);
  }
  // Back to x's order: place d of `order` is where dimension d of x went.
  std::vector<Index> order(x.shape.size());
  Index next = 0;
  const auto reduced = [&](Index d) { return std::find(axes.begin(), axes.end(), d) != axes.end(); };
  for (Index d = 0; d < x.rank(); ++d) {
    if (!reduced(d)) order[static_cast<std::size_t>(d)] = next++;
  }
  for (Index d = 0; d < x.rank(); ++d) {
    if (reduced(d)) order[static_cast<std::size_t>(d)] = next++;
  }
  if (std::is_sorted(order.begin(), order.end())) return std::move(moved);
  return transposed(call, moved, order);
}
/// Softmax and its like: along `axis`; before version 13 over all dimensions from it on.
template <class F> Results along_axis(Call& call, F f) {
  HONE_CHECK(call.float_input(0));
  const Value& x = call.in(0);
  if (x.rank() == 0) {
    const Value flat = x.reshaped({1});
    HONE_TRY(y, rewrite_rows<float>(call, flat, {0}, f));
    return one(y.reshaped({}));
  }
  const bool flattens = call.node.opset < 13;
  HONE_TRY(axis, call.axis_of(call.integer("axis", flattens ? 1 : -1), x.rank() + (flattens && x.rank() == 1 ? 1 : 0)));
  std::vector<Index> axes;
  for (Index d = axis; d < (flattens ? x.rank() : axis + 1); ++d) axes.push_back(d);
  if (x.type == DType::f64) return one(rewrite_rows<double>(call, x, axes, f));
  return one(rewrite_rows<float>(call, x, axes, f));
}
inline constexpr auto softmax_row = [](auto* row, Index count) {
  using W = std::remove_pointer_t<decltype(row)>;
  if constexpr (std::is_same_v<W, float>) return softmax_f32(row, count);
  W top = row[0], sum = 0;
  for (Index i = 1; i < count; ++i) top = larger(top, row[i]);
  for (Index i = 0; i < count; ++i) sum += row[i] = std::exp(row[i] - top);
  for (Index i = 0; i < count; ++i) row[i] /= sum;
};
inline Results softmax(Call& call) { return along_axis(call, softmax_row); }
inline Results log_softmax(Call& call) {
  return along_axis(call, [](auto* row, Index count) {
    using W = std::remove_pointer_t<decltype(row)>;
    W top = row[0], sum = 0;
    for (Index i = 1; i < count; ++i) top = larger(top, row[i]);
    for (Index i = 0; i < count; ++i) sum += std::exp(row[i] - top);
    const W shift = top + std::log(sum);
    for (Index i = 0; i < count; ++i) row[i] -= shift;
  });
}
/// 1 for the first of the largest, else 0.
inline Results hardmax(Call& call) {
  return along_axis(call, [](auto* row, Index count) {
    auto* const top = std::max_element(row, row + count);
    for (auto* at = row; at < row + count; ++at) *at = at == top ? 1 : 0;
  });
}

inline Results cum_sum(Call& call) {
  const Value& x = call.in(0);
  HONE_TRY(asked, call.scalar_of<Index>(1));
  HONE_TRY(axis, call.axis_of(asked, x.rank()));
  const bool exclusive = call.integer("exclusive") != 0, reverse = call.integer("reverse") != 0;
  return visit_computed(x.type, [&]<class W>(W) {
    return one(rewrite_rows<W>(call, x, {axis}, [=](W* row, Index count) {
      if (reverse) std::reverse(row, row + count);
      W sum{};
      for (Index i = 0; i < count; ++i) {
        const W next = add_numbers(sum, row[i]);
        row[i] = exclusive ? sum : next;
        sum = next;
      }
      if (reverse) std::reverse(row, row + count);
    }));
  });
}

/// The k largest (or smallest) along an axis, in order, and where they were; of equals the first comes first.
inline Results top_k(Call& call) {
  const Value& x = call.in(0);
  HONE_TRY(axis, call.axis_of(call.integer("axis", -1), x.rank()));
  const bool largest = call.integer("largest", 1) != 0;
  Index k = call.integer("k", 0);
  if (call.has(1)) {
    HONE_TRY(given, call.scalar_of<Index>(1));
    k = given;
  }
  HONE_TRY(rows, rows_of(call, x, {axis}, false));
  if (k < 0 || k > rows.width) return call.fail(std::to_string(k) + " of " + std::to_string(rows.width) + " elements");
  Shape to = rows.shape;
  to.push_back(k);
  HONE_TRY(values, call.make(x.type, to));
  HONE_TRY(places, call.make(DType::i64, to));
  const Index size = static_cast<Index>(size_of(x.type));
  visit_computed(x.type, [&]<class W>(W) {
    std::vector<W> row(static_cast<std::size_t>(rows.width));
    std::vector<Index> order(row.size());
    for (Index r = 0; r < rows.count; ++r) {
      load(x.type, rows.x.data + r * rows.width * size, 1, rows.width, row.data());
      std::iota(order.begin(), order.end(), 0);
      std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](Index a, Index b) {
        const W p = row[static_cast<std::size_t>(a)], q = row[static_cast<std::size_t>(b)];
        if (p == q || (not_a_number(p) && not_a_number(q))) return a < b;
        if (not_a_number(p) || not_a_number(q)) return not_a_number(p);  // NaN counts as the first
        return largest ? p > q : p < q;
      });
      for (Index i = 0; i < k; ++i) {
        const Index from = order[static_cast<std::size_t>(i)];
        store(&row[static_cast<std::size_t>(from)], 1, x.type, values.own + (r * k + i) * size);
        places.out<Index>()[r * k + i] = from;
      }
    }
  });
  std::vector<Index> back;
  for (Index d = 0; d < x.rank(); ++d) back.push_back(d < axis ? d : d == axis ? x.rank() - 1 : d - 1);
  Values results;
  for (const Value* moved : {&values, &places}) {
    HONE_TRY(y, transposed(call, *moved, back));
    results.push_back(std::move(y));
  }
  return results;
}

}  // namespace hone::graph::onnx::ops
