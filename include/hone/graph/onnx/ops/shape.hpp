// Operators that move elements without computing: shapes, transposes, slices, concatenation.
#pragma once
#include "../walk.hpp"

namespace hone::graph::onnx::ops {

inline Expected<Value> vector_of(const Call& call, const std::vector<Index>& elements) {
  HONE_TRY(y, call.make(DType::i64, {static_cast<Index>(elements.size())}));
  store(elements.data(), y.count(), DType::i64, y.own);
  return std::move(y);
}
inline Results shape(Call& call) {
  const Shape& all = call.in(0).shape;
  const auto rank = static_cast<Index>(all.size());
  const auto bound = [rank](Index i) { return std::clamp<Index>(i < 0 ? i + rank : i, 0, rank); };
  const Index first = bound(call.integer("start", 0)), last = bound(call.integer("end", rank));
  return one(vector_of(call, first < last ? Shape(all.begin() + first, all.begin() + last) : Shape{}));
}
inline Results size(Call& call) {
  HONE_TRY(y, call.make(DType::i64, {}));
  const Index count = call.in(0).count();
  store(&count, 1, DType::i64, y.own);
  return one(std::move(y));
}

inline Results reshape(Call& call) {
  const Value& x = call.in(0);
  Shape to;
  if (call.has(1)) {
    HONE_TRY(given, call.integers_of(1));
    to = std::move(given);
  } else {
    to = call.integers("shape");
  }
  const bool zero_is_zero = call.integer("allowzero") != 0;
  Index open = -1, known = 1;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] == 0 && !zero_is_zero && i < x.shape.size()) to[i] = x.shape[i];
    if (to[i] == -1 && open < 0) {
      open = static_cast<Index>(i);
    } else if (to[i] < 0 || __builtin_mul_overflow(known, to[i], &known)) {
      return call.fail("cannot make " + describe(x) + " a tensor of shape " + to_string(to));
    }
  }
  if (open >= 0 && known > 0) to[static_cast<std::size_t>(open)] = x.count() / known;
  if (element_count(to) != x.count()) {
    return call.fail("cannot make " + describe(x) + " a tensor of shape " + to_string(to));
  }
  return one(x.reshaped(std::move(to)));
}
inline Results flatten(Call& call) {
  const Value& x = call.in(0);
  const Index asked = call.integer("axis", 1), rank = x.rank(), axis = asked < 0 ? asked + rank : asked;
  if (axis < 0 || axis > rank) return call.fail("axis " + std::to_string(asked) + " of " + describe(x));
  const auto cut = static_cast<std::size_t>(axis);
  return one(x.reshaped({product(x.shape, 0, cut), product(x.shape, cut, x.shape.size())}));
}
inline Results squeeze(Call& call) {
  const Value& x = call.in(0);
  const bool all = !call.has(1) && !call.has_attribute("axes");
  HONE_TRY(axes, call.axes_argument(1, x.rank()));
  Shape to;
  for (Index d = 0; d < x.rank(); ++d) {
    const Index extent = x.shape[static_cast<std::size_t>(d)];
    const bool named = std::find(axes.begin(), axes.end(), d) != axes.end();
    if (named && extent != 1) return call.fail("dimension " + std::to_string(d) + " of " + describe(x) + " is not 1");
    if (!(named || (all && extent == 1))) to.push_back(extent);
  }
  return one(x.reshaped(std::move(to)));
}
inline Results unsqueeze(Call& call) {
  const Value& x = call.in(0);
  const Index added = call.has(1) ? call.in(1).count() : static_cast<Index>(call.integers("axes").size());
  if (added > 64) return call.fail(std::to_string(added) + " new dimensions");
  HONE_TRY(axes, call.axes_argument(1, x.rank() + added));
  std::sort(axes.begin(), axes.end());
  Shape to = x.shape;
  for (const Index axis : axes) to.insert(to.begin() + axis, 1);
  return one(x.reshaped(std::move(to)));
}
inline Results transpose(Call& call) {
  const Value& x = call.in(0);
  std::vector<Index> order = call.integers("perm");
  if (order.empty()) {
    for (Index d = x.rank(); d-- > 0;) order.push_back(d);
  }
  if (static_cast<Index>(order.size()) != x.rank()) {
    return call.fail("perm has " + std::to_string(order.size()) + " dimensions, x is " + describe(x));
  }
  HONE_TRY(axes, call.axes_of(std::move(order), x.rank()));
  return one(transposed(call, x, axes));
}

/// x put into y, of the same rank, from `at` on along `axis`.
inline void place(const Value& x, const Value& y, std::size_t axis, Index at) {
  const Shape strides = strides_of(y.shape);
  if (x.count() == 0) return;
  copy(x.type, x.shape, x.data, strides_of(x.shape), y.own + at * strides[axis] * static_cast<Index>(size_of(x.type)),
       strides);
}
inline Results concat(Call& call) {
  const Value& first = call.in(0);
  HONE_TRY(axis, call.axis_of(call.integer("axis", 1), first.rank()));
  const auto along = static_cast<std::size_t>(axis);
  Shape to = first.shape;
  to[along] = 0;
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    if (!call.has(i)) return call.fail("input " + std::to_string(i) + " is absent");
    HONE_CHECK(call.same_types(0, i));
    Shape fits = call.in(i).shape;
    if (fits.size() != to.size()) return call.fail(call.input_name(0) + ", " + call.input_name(i));
    if (__builtin_add_overflow(to[along], fits[along], &to[along])) return call.fail("too large");
    fits[along] = first.shape[along];
    if (fits != first.shape) {
      return call.fail(call.input_name(0) + ", " + call.input_name(i) + "; expected sizes that differ along axis " +
                       std::to_string(axis) + " alone");
    }
  }
  HONE_TRY(y, call.make(first.type, std::move(to)));
  Index at = 0;
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    place(call.in(i), y, along, at);
    at += call.in(i).shape[along];
  }
  return one(std::move(y));
}

inline Results split(Call& call) {
  const Value& x = call.in(0);
  HONE_TRY(axis, call.axis_of(call.integer("axis", 0), x.rank()));
  const auto along = static_cast<std::size_t>(axis);
  const Index total = x.shape[along], outputs = static_cast<Index>(call.node.outputs.size());
  std::vector<Index> sizes = call.integers("split");
  if (call.has(1)) {
    HONE_TRY(given, call.integers_of(1));
    sizes = std::move(given);
  }
  if (sizes.empty()) {
    const Index parts = call.integer("num_outputs", outputs);
    if (parts < 1 || parts != outputs) return call.fail("num_outputs is " + std::to_string(parts));
    const Index part = (total + parts - 1) / parts;
    for (Index i = 0; i < parts; ++i) sizes.push_back(std::clamp<Index>(total - i * part, 0, part));
  }
  Index sum = 0;
  for (const Index s : sizes) {
    if (s < 0 || s > total - sum) return call.fail("parts that " + describe(x) + " does not have");
    sum += s;
  }
  if (sum != total || static_cast<Index>(sizes.size()) != outputs) {
    return call.fail(std::to_string(sizes.size()) + " parts of " + std::to_string(sum) + " in all; " +
                     std::to_string(outputs) + " outputs of " + std::to_string(total));
  }
  const Shape strides = strides_of(x.shape);
  Values parts;
  Index at = 0;
  for (const Index s : sizes) {
    Shape to = x.shape;
    to[along] = s;
    HONE_TRY(y, gather_strided(call, x, std::move(to), at * strides[along], strides));
    parts.push_back(std::move(y));
    at += s;
  }
  return parts;
}

/// starts, ends, axes and steps are inputs since version 10, attributes before.
inline Results slice(Call& call) {
  const Value& x = call.in(0);
  std::vector<Index> starts = call.integers("starts"), ends = call.integers("ends"), axes = call.integers("axes"),
                     steps;
  std::vector<Index>* const given[] = {&starts, &ends, &axes, &steps};
  for (std::size_t i = 1; i < 5; ++i) {
    if (!call.has(i)) continue;
    HONE_TRY(values, call.integers_of(i));
    *given[i - 1] = std::move(values);
  }
  if (axes.empty()) {
    for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<Index>(i));
  }
  if (steps.empty()) steps.resize(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size()) {
    return call.fail("starts, ends, axes and steps are not of one length");
  }
  HONE_TRY(dimensions, call.axes_of(std::move(axes), x.rank()));
  Shape to = x.shape, strides = strides_of(x.shape);
  Index offset = 0;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto d = static_cast<std::size_t>(dimensions[i]);
    const Index extent = x.shape[d], step = steps[i];
    if (step == 0 || step == std::numeric_limits<Index>::min()) return call.fail("a step of " + std::to_string(step));
    const auto bound = [&](Index at, Index lo, Index hi) { return std::clamp(at < 0 ? at + extent : at, lo, hi); };
    const Index first = step > 0 ? bound(starts[i], 0, extent) : bound(starts[i], 0, extent - 1);
    const Index last = step > 0 ? bound(ends[i], 0, extent) : bound(ends[i], -1, extent - 1);
    const Index distance = step > 0 ? last - first : first - last, stride = step > 0 ? step : -step;
    to[d] = extent > 0 && distance > 0 ? (distance - 1) / stride + 1 : 0;
    offset += to[d] > 0 ? first * strides[d] : 0;
    strides[d] = to[d] > 1 ? strides[d] * step : 0;
  }
  if (element_count(to) == 0) offset = 0;
  return one(gather_strided(call, x, std::move(to), offset, strides));
}

inline Results expand(Call& call) {
  HONE_TRY(asked, call.integers_of(1));
  if (element_count(asked) < 0) return call.fail("shape " + to_string(asked));
  HONE_TRY(to, broadcast(call.in(0).shape, asked));
  const Shape strides = broadcast_strides(call.in(0).shape, to);
  return one(gather_strided(call, call.in(0), to, 0, strides));
}
inline Results tile(Call& call) {
  const Value& x = call.in(0);
  HONE_TRY(times, call.integers_of(1));
  if (static_cast<Index>(times.size()) != x.rank()) {
    return call.fail(std::to_string(times.size()) + " repeats for " + describe(x));
  }
  // As if every dimension were two: the repeats, which stand still in x, and x's own.
  const Shape own = strides_of(x.shape);
  Shape shape, strides, to;
  for (std::size_t d = 0; d < times.size(); ++d) {
    shape.insert(shape.end(), {times[d], x.shape[d]});
    strides.insert(strides.end(), {0, own[d]});
    Index extent = 0;
    if (times[d] < 0 || __builtin_mul_overflow(times[d], x.shape[d], &extent)) return call.fail("a negative repeat");
    to.push_back(extent);
  }
  HONE_TRY(y, gather_strided(call, x, std::move(shape), 0, strides));
  return one(y.reshaped(std::move(to)));
}

inline Results depth_to_space(Call& call) {
  HONE_CHECK(call.rank_input(0, 4, 4));
  const Value& x = call.in(0);
  const Index b = call.integer("blocksize", 0), n = x.shape[0], c = x.shape[1], h = x.shape[2], w = x.shape[3];
  if (b < 1 || b > 65536 || c % (b * b) != 0) return call.fail("blocksize " + std::to_string(b) + " of " + describe(x));
  const bool columns = call.text("mode", "DCR") == "CRD";
  const Value parts = x.reshaped(columns ? Shape{n, c / (b * b), b, b, h, w} : Shape{n, b, b, c / (b * b), h, w});
  HONE_TRY(y, transposed(call, parts, columns ? Shape{0, 1, 4, 2, 5, 3} : Shape{0, 3, 4, 1, 5, 2}));
  return one(y.reshaped({n, c / (b * b), h * b, w * b}));
}
inline Results space_to_depth(Call& call) {
  HONE_CHECK(call.rank_input(0, 4, 4));
  const Value& x = call.in(0);
  const Index b = call.integer("blocksize", 0), n = x.shape[0], c = x.shape[1], h = x.shape[2], w = x.shape[3];
  if (b < 1 || b > 65536 || h % b != 0 || w % b != 0) {
    return call.fail("blocksize " + std::to_string(b) + " of " + describe(x));
  }
  HONE_TRY(y, transposed(call, x.reshaped({n, c, h / b, b, w / b, b}), {0, 3, 5, 1, 2, 4}));
  return one(y.reshaped({n, c * b * b, h / b, w / b}));
}

/// Cut or padded with 0 about the middle, along each of `axes` to the size asked for.
inline Results center_crop_pad(Call& call) {
  const Value& x = call.in(0);
  HONE_TRY(sizes, call.integers_of(1));
  HONE_TRY(axes, call.axes_of(call.integers("axes"), x.rank()));
  if (!call.has_attribute("axes")) {
    for (Index d = 0; d < x.rank(); ++d) axes.push_back(d);
  }
  if (axes.size() != sizes.size()) return call.fail(std::to_string(sizes.size()) + " sizes for " + describe(x));
  Shape to = x.shape, common = x.shape;
  const Shape from_strides = strides_of(x.shape);
  std::vector<Index> from(to.size()), at(to.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto d = static_cast<std::size_t>(axes[i]);
    if (sizes[i] < 0) return call.fail("a size of " + std::to_string(sizes[i]));
    to[d] = sizes[i];
    common[d] = std::min(x.shape[d], sizes[i]);
    from[d] = (x.shape[d] - common[d]) / 2;
    at[d] = (to[d] - common[d]) / 2;
  }
  HONE_TRY(y, call.make(x.type, std::move(to)));
  fill(y.type, y.own, y.count());
  const Shape to_strides = strides_of(y.shape);
  Index offset = 0, place = 0;
  for (std::size_t d = 0; d < from.size(); ++d) {
    offset += from[d] * from_strides[d];
    place += at[d] * to_strides[d];
  }
  const Index size = static_cast<Index>(size_of(x.type));
  if (element_count(common) > 0) {
    copy(x.type, common, x.data + offset * size, from_strides, y.own + place * size, to_strides);
  }
  return one(std::move(y));
}

}  // namespace hone::graph::onnx::ops
