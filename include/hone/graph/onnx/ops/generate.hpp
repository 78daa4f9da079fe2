// Tensors made from nothing but numbers, and from which elements of another are set.
#pragma once
#include "../map.hpp"

namespace hone::graph::onnx::ops {

inline Results constant(Call& call) {
  using Kind = Attribute::Kind;
  for (const Attribute& a : call.node.attributes) {
    if (a.kind == Kind::tensor) return one(a.tensor);
    if (a.kind == Kind::f || a.kind == Kind::floats) {
      const std::vector<float> all = a.kind == Kind::f ? std::vector<float>{a.f} : a.floats;
      HONE_TRY(y, call.make(DType::f32, a.kind == Kind::f ? Shape{} : Shape{static_cast<Index>(all.size())}));
      store(all.data(), y.count(), DType::f32, y.own);
      return one(std::move(y));
    }
    if (a.kind == Kind::i || a.kind == Kind::ints) {
      const std::vector<Index> all = a.kind == Kind::i ? std::vector<Index>{a.i} : a.ints;
      HONE_TRY(y, call.make(DType::i64, a.kind == Kind::i ? Shape{} : Shape{static_cast<Index>(all.size())}));
      store(all.data(), y.count(), DType::i64, y.own);
      return one(std::move(y));
    }
  }
  return call.fail("a constant that is no tensor, number or list of numbers", ErrorCode::unsupported);
}
inline Results constant_of_shape(Call& call) {
  HONE_TRY(shape, call.integers_of(0));
  const Attribute* value = call.find("value", Attribute::Kind::tensor);
  if (value != nullptr && value->tensor.count() != 1) return call.fail("value is no single element");
  HONE_TRY(y, call.make(value == nullptr ? DType::f32 : value->tensor.type, std::move(shape)));
  fill(y.type, y.own, y.count(), value == nullptr ? nullptr : value->tensor.data);
  return one(std::move(y));
}
inline Results range(Call& call) {
  HONE_CHECK(call.same_types(0, 1));
  HONE_CHECK(call.same_types(0, 2));
  for (const std::size_t i : {0, 1, 2}) HONE_CHECK(call.count_input(i, 1));
  const DType type = call.in(0).type;
  const auto start = element_as<double>(call.in(0), 0), limit = element_as<double>(call.in(1), 0),
             delta = element_as<double>(call.in(2), 0);
  const double steps = std::ceil((limit - start) / delta);
  if (!(std::fabs(steps) < 0x1p40)) return call.fail("a range of " + std::to_string(steps) + " elements");
  HONE_TRY(y, call.make(type, {steps > 0 ? static_cast<Index>(steps) : 0}));
  const auto first = element_as<Index>(call.in(0), 0), step = element_as<Index>(call.in(2), 0);
  for (Index i = 0; i < y.count(); ++i) {
    std::byte* const to = y.own + i * static_cast<Index>(size_of(type));
    const double real = start + static_cast<double>(i) * delta;
    const Index whole = add_numbers(first, multiply_numbers(i, step));
    if (is_float(type))
      store(&real, 1, type, to);
    else
      store(&whole, 1, type, to);
  }
  return one(std::move(y));
}
inline Results eye_like(Call& call) {
  HONE_CHECK(call.rank_input(0, 2, 2));
  const Value& x = call.in(0);
  const std::optional<DType> type = call.has_attribute("dtype") ? dtype_of_number(call.integer("dtype")) : x.type;
  if (!type) return call.fail("dtype is not supported", ErrorCode::unsupported);
  HONE_TRY(y, call.make(*type, x.shape));
  fill(y.type, y.own, y.count());
  const Index k = std::clamp<Index>(call.integer("k", 0), -x.shape[0], x.shape[1]), one_more = 1;
  for (Index r = std::max<Index>(0, -k); r < x.shape[0] && r + k < x.shape[1]; ++r) {
    store(&one_more, 1, y.type, y.own + (r * x.shape[1] + r + k) * static_cast<Index>(size_of(y.type)));
  }
  return one(std::move(y));
}
/// The upper (or lower) triangle of each matrix from diagonal k on; 0 elsewhere.
inline Results trilu(Call& call) {
  HONE_CHECK(call.rank_input(0, 2, 65));
  const Value& x = call.in(0);
  const bool upper = call.integer("upper", 1) != 0;
  Index k = 0;
  if (call.has(1)) {
    HONE_TRY(given, call.scalar_of<Index>(1));
    k = given;
  }
  HONE_TRY(y, call.make(x.type, x.shape));
  fill(y.type, y.own, y.count());
  const Index columns = x.shape.back(), rows = x.shape[x.shape.size() - 2], size = static_cast<Index>(size_of(x.type));
  k = std::clamp<Index>(k, -rows - 1, columns + 1);
  for (Index r = 0; columns > 0 && r < x.count() / columns; ++r) {
    const Index diagonal = std::clamp<Index>(r % rows + k + (upper ? 0 : 1), 0, columns);
    const Index first = upper ? diagonal : 0, last = upper ? columns : diagonal;
    std::memcpy(y.own + (r * columns + first) * size, x.data + (r * columns + first) * size,
                static_cast<std::size_t>((last - first) * size));
  }
  return one(std::move(y));
}
/// Positions of what is not 0: one column each.
inline Results non_zero(Call& call) {
  const Value x = call.in(0).rank() == 0 ? call.in(0).reshaped({1}) : call.in(0);
  HONE_TRY(set, call.make(DType::boolean, x.shape));
  visit_computed(x.type, [&]<class W>(W) { map_into<W>(x, set, [](W v) { return v != W{}; }); });
  std::vector<Index> found;
  for (Index i = 0; i < set.count(); ++i) {
    if (set.data[i] != std::byte{0}) found.push_back(i);
  }
  const Index count = static_cast<Index>(found.size());
  HONE_TRY(y, call.make(DType::i64, {x.rank(), count}));
  const Shape strides = strides_of(x.shape);
  for (Index d = 0; d < x.rank(); ++d) {
    const auto at = static_cast<std::size_t>(d);
    for (Index i = 0; i < count; ++i) {
      y.out<Index>()[d * count + i] = found[static_cast<std::size_t>(i)] / strides[at] % x.shape[at];
    }
  }
  return one(std::move(y));
}

/// The different slices along `axis` (or elements of x flattened): they, where each was first, which one each slice is,
/// and how often each occurs.
inline Results unique(Call& call) {
  Value x = call.in(0);
  const bool sorted = call.integer("sorted", 1) != 0;
  if (!call.has_attribute("axis")) x = x.reshaped({x.count()});
  HONE_TRY(axis, call.axis_of(call.integer("axis", 0), x.rank()));
  const auto d = static_cast<std::size_t>(axis);
  std::vector<Index> order;  // the axis first: slices lie one after the other
  for (Index i = 0; i < x.rank(); ++i) order.push_back(i);
  std::swap(order[0], order[d]);
  HONE_TRY(slices, transposed(call, x, order));
  const Index count = slices.shape[0], width = product(slices.shape, 1, slices.shape.size()),
              bytes = width * static_cast<Index>(size_of(x.type));
  const auto all = elements_as<double>(slices);
  const auto row = [&](Index i) { return all.begin() + i * width; };
  const auto less = [&](Index a, Index b) {
    return std::lexicographical_compare(row(a), row(a) + width, row(b), row(b) + width);
  };
  std::vector<Index> by_value(static_cast<std::size_t>(count)), first, inverse(by_value.size()), counts;
  for (Index i = 0; i < count; ++i) by_value[static_cast<std::size_t>(i)] = i;
  std::stable_sort(by_value.begin(), by_value.end(), less);
  std::vector<Index> group(by_value.size());  // of each slice, by value
  for (std::size_t i = 0; i < by_value.size(); ++i) {
    if (i == 0 || less(by_value[i - 1], by_value[i])) first.push_back(by_value[i]), counts.push_back(0);
    group[static_cast<std::size_t>(by_value[i])] = static_cast<Index>(first.size()) - 1;
    ++counts.back();
  }
  std::vector<Index> rank(first.size());  // of each group in the result
  for (std::size_t i = 0; i < rank.size(); ++i) rank[i] = static_cast<Index>(i);
  if (!sorted) {
    std::sort(rank.begin(), rank.end(), [&](Index a, Index b) {
      return first[static_cast<std::size_t>(a)] < first[static_cast<std::size_t>(b)];
    });
  }
  std::vector<Index> place(rank.size()), ordered_first, ordered_counts;
  for (std::size_t i = 0; i < rank.size(); ++i) {
    const auto g = static_cast<std::size_t>(rank[i]);
    place[g] = static_cast<Index>(i);
    ordered_first.push_back(first[g]);
    ordered_counts.push_back(counts[g]);
  }
  for (std::size_t i = 0; i < group.size(); ++i) inverse[i] = place[static_cast<std::size_t>(group[i])];
  Shape to = slices.shape;
  to[0] = static_cast<Index>(first.size());
  HONE_TRY(chosen, call.make(x.type, std::move(to)));
  for (std::size_t i = 0; i < ordered_first.size() && bytes > 0; ++i) {
    std::memcpy(chosen.own + static_cast<Index>(i) * bytes, slices.data + ordered_first[i] * bytes,
                static_cast<std::size_t>(bytes));
  }
  Values results;
  HONE_TRY(y, transposed(call, chosen, order));
  results.push_back(std::move(y));
  for (const std::vector<Index>* numbers : {&ordered_first, &inverse, &ordered_counts}) {
    HONE_TRY(v, call.make(DType::i64, {static_cast<Index>(numbers->size())}));
    store(numbers->data(), v.count(), DType::i64, v.own);
    results.push_back(std::move(v));
  }
  return results;
}

}  // namespace hone::graph::onnx::ops
