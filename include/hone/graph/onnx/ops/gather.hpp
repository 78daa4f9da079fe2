// Elements chosen by index, and put where an index says.
#pragma once
#include "../map.hpp"

namespace hone::graph::onnx::ops {

/// Index i of 0 ... n - 1, counted from the end where negative.
inline Expected<Index> place_of(const Call& call, Index i, Index n) {
  if (i >= -n && i < n) return i < 0 ? i + n : i;
  return call.fail("index " + std::to_string(i) + " of " + std::to_string(n) + " elements");
}
/// The indices of input i, each in range for n.
inline Expected<std::vector<Index>> places_of(const Call& call, std::size_t i, Index n) {
  HONE_TRY(all, call.integers_of(i));
  for (Index& index : all) {
    HONE_TRY(place, place_of(call, index, n));
    index = place;
  }
  return std::move(all);
}

inline Results gather(Call& call) {
  const Value& x = call.in(0);
  HONE_TRY(axis, call.axis_of(call.integer("axis", 0), x.rank()));
  const auto d = static_cast<std::size_t>(axis);
  HONE_TRY(places, places_of(call, 1, x.shape[d]));
  Shape to(x.shape.begin(), x.shape.begin() + axis);
  to.insert(to.end(), call.in(1).shape.begin(), call.in(1).shape.end());
  to.insert(to.end(), x.shape.begin() + axis + 1, x.shape.end());
  HONE_TRY(y, call.make(x.type, std::move(to)));
  const Index outer = product(x.shape, 0, d);
  const auto bytes = static_cast<std::size_t>(product(x.shape, d + 1, x.shape.size())) * size_of(x.type);
  if (bytes == 0) return one(std::move(y));
  std::byte* to_row = y.own;
  for (Index o = 0; o < outer; ++o) {
    const std::byte* from = x.data + static_cast<std::size_t>(o * x.shape[d]) * bytes;
    for (const Index place : places) {
      std::memcpy(to_row, from + static_cast<std::size_t>(place) * bytes, bytes);
      to_row += bytes;
    }
  }
  return one(std::move(y));
}

/// Calls put(k, offset): element k of the indices, of `shape`, stands for element `offset` of a tensor of shape
/// `whole`, whose position along `axis` is places[k] and elsewhere that of k.
template <class Put>
void for_each_element(const Shape& shape, const Shape& whole, std::size_t axis, const std::vector<Index>& places,
                      Put&& put) {
  Shape own = strides_of(whole);
  const Index along = own[axis];
  own[axis] = 0;
  for_each_run<2>(shape, {strides_of(shape), own}, [&](const auto& at, const auto& step, Index count) {
    for (Index i = 0; i < count; ++i) {
      const Index k = at[0] + i * step[0];
      put(k, at[1] + i * step[1] + places[static_cast<std::size_t>(k)] * along);
    }
  });
}
/// Indices of the same rank as x that reach no further than x along the other axes.
inline Expected<void> fits_beside(const Call& call, const Value& x, const Value& indices, std::size_t axis) {
  bool fits = x.rank() == indices.rank();
  for (std::size_t d = 0; fits && d < x.shape.size(); ++d) fits = d == axis || indices.shape[d] <= x.shape[d];
  if (fits) return {};
  return call.fail("indices " + describe(indices) + " for " + describe(x));
}

inline Results gather_elements(Call& call) {
  const Value &x = call.in(0), &indices = call.in(1);
  HONE_TRY(axis, call.axis_of(call.integer("axis", 0), x.rank()));
  const auto d = static_cast<std::size_t>(axis);
  HONE_CHECK(fits_beside(call, x, indices, d));
  HONE_TRY(places, places_of(call, 1, x.shape[d]));
  HONE_TRY(y, call.make(x.type, indices.shape));
  const Index size = static_cast<Index>(size_of(x.type));
  for_each_element(indices.shape, x.shape, d, places, [&](Index k, Index offset) {
    std::memcpy(y.own + k * size, x.data + offset * size, static_cast<std::size_t>(size));
  });
  return one(std::move(y));
}

/// A copy of x that may be written.
inline Expected<Value> copied(const Call& call, const Value& x) {
  HONE_TRY(y, call.make(x.type, x.shape));
  if (x.count() > 0) std::memcpy(y.own, x.data, x.bytes());
  return std::move(y);
}
/// y[at] = reduction of y[at] and the element at `from`.
inline void combine(const std::string& reduction, const Value& y, Index at, const std::byte* from) {
  const auto size = size_of(y.type);
  std::byte* const to = y.own + static_cast<std::size_t>(at) * size;
  if (reduction == "none") {
    std::memcpy(to, from, size);
    return;
  }
  visit_computed(y.type, [&]<class W>(W) {
    W a, b;
    load(y.type, to, 1, 1, &a);
    load(y.type, from, 1, 1, &b);
    const W r = reduction == "add"   ? add_numbers(a, b)
                : reduction == "mul" ? multiply_numbers(a, b)
                : reduction == "max" ? larger(a, b)
                                     : smaller(a, b);
    store(&r, 1, y.type, to);
  });
}
inline Expected<std::string> reduction_of(Call& call) {
  std::string reduction = call.text("reduction", "none");
  for (const char* known : {"none", "add", "mul", "max", "min"}) {
    if (reduction == known) return reduction;
  }
  return call.fail("reduction '" + reduction + "' is not supported", ErrorCode::unsupported);
}

inline Results scatter_elements(Call& call) {
  const Value &x = call.in(0), &indices = call.in(1), &updates = call.in(2);
  HONE_CHECK(call.same_types(0, 2));
  HONE_TRY(axis, call.axis_of(call.integer("axis", 0), x.rank()));
  const auto d = static_cast<std::size_t>(axis);
  HONE_CHECK(fits_beside(call, x, indices, d));
  if (updates.shape != indices.shape) return call.fail("updates " + describe(updates) + " for " + describe(indices));
  HONE_TRY(places, places_of(call, 1, x.shape[d]));
  HONE_TRY(reduction, reduction_of(call));
  HONE_TRY(y, copied(call, x));
  const Index size = static_cast<Index>(size_of(x.type));
  for_each_element(indices.shape, x.shape, d, places,
                   [&](Index k, Index offset) { combine(reduction, y, offset, updates.data + k * size); });
  return one(std::move(y));
}

/// Indices whose last dimension holds positions along x's axes from `batch` on: the offset in x, in elements, of each
/// tuple, and how many elements it stands for.
struct Tuples {
  std::vector<Index> offsets;
  Index elements = 1;
};
inline Expected<Tuples> tuples_of(const Call& call, const Value& x, const Value& indices, Index batch) {
  if (indices.rank() < 1 || batch < 0 || batch >= indices.rank() || batch > x.rank() || indices.shape.back() < 1 ||
      indices.shape.back() > x.rank() - batch) {
    return call.fail("indices " + describe(indices) + " for " + describe(x));
  }
  HONE_TRY(all, call.integers_of(1));
  const Shape strides = strides_of(x.shape);
  const auto length = static_cast<std::size_t>(indices.shape.back()), first = static_cast<std::size_t>(batch);
  for (std::size_t d = 0; d < first; ++d) {
    if (x.shape[d] != indices.shape[d]) return call.fail("indices " + describe(indices) + " for " + describe(x));
  }
  Tuples tuples;
  tuples.elements = product(x.shape, first + length, x.shape.size());
  const Index count = static_cast<Index>(all.size() / length), batches = product(x.shape, 0, first),
              per_batch = batches > 0 ? count / batches : 0, batch_elements = product(x.shape, first, x.shape.size());
  for (Index t = 0; t < count; ++t) {
    Index offset = per_batch > 0 ? t / per_batch * batch_elements : 0;
    for (std::size_t i = 0; i < length; ++i) {
      HONE_TRY(place, place_of(call, all[static_cast<std::size_t>(t) * length + i], x.shape[first + i]));
      offset += place * strides[first + i];
    }
    tuples.offsets.push_back(offset);
  }
  return tuples;
}

inline Results gather_nd(Call& call) {
  const Value &x = call.in(0), &indices = call.in(1);
  const Index batch = call.integer("batch_dims", 0);
  HONE_TRY(tuples, tuples_of(call, x, indices, batch));
  Shape to(indices.shape.begin(), indices.shape.end() - 1);
  to.insert(to.end(), x.shape.begin() + batch + indices.shape.back(), x.shape.end());
  HONE_TRY(y, call.make(x.type, std::move(to)));
  const auto size = size_of(x.type), bytes = static_cast<std::size_t>(tuples.elements) * size;
  if (y.count() == 0) return one(std::move(y));
  std::byte* row = y.own;
  for (const Index offset : tuples.offsets) {
    std::memcpy(row, x.data + static_cast<std::size_t>(offset) * size, bytes);
    row += bytes;
  }
  return one(std::move(y));
}
inline Results scatter_nd(Call& call) {
  const Value &x = call.in(0), &updates = call.in(2);
  HONE_CHECK(call.same_types(0, 2));
  HONE_TRY(tuples, tuples_of(call, x, call.in(1), 0));
  HONE_TRY(reduction, reduction_of(call));
  if (updates.count() != static_cast<Index>(tuples.offsets.size()) * tuples.elements) {
    return call.fail("updates " + describe(updates) + " for indices " + describe(call.in(1)));
  }
  HONE_TRY(y, copied(call, x));
  const std::byte* from = updates.data;
  for (const Index offset : tuples.offsets) {
    for (Index i = 0; i < tuples.elements; ++i, from += size_of(x.type)) combine(reduction, y, offset + i, from);
  }
  return one(std::move(y));
}

inline Results one_hot(Call& call) {
  const Value &indices = call.in(0), &values = call.in(2);
  HONE_TRY(depth, call.scalar_of<Index>(1));
  HONE_CHECK(call.count_input(2, 2));
  HONE_TRY(axis, call.axis_of(call.integer("axis", -1), indices.rank() + 1));
  if (depth < 0) return call.fail("a depth of " + std::to_string(depth));
  const auto d = static_cast<std::size_t>(axis);
  Shape to = indices.shape;
  to.insert(to.begin() + axis, depth);
  HONE_TRY(y, call.make(values.type, std::move(to)));
  fill(y.type, y.own, y.count(), values.data);
  const Index inner = product(indices.shape, d, indices.shape.size());
  const Index size = static_cast<Index>(size_of(y.type));
  for (Index k = 0; k < indices.count() && depth > 0; ++k) {
    Index hot = element_as<Index>(indices, k);
    if (hot < 0) hot += depth;
    if (hot < 0 || hot >= depth) continue;
    std::memcpy(y.own + ((k / inner * depth + hot) * inner + k % inner) * size, values.data + size,
                static_cast<std::size_t>(size));
  }
  return one(std::move(y));
}

/// The slices of x along `axis` (or elements of x flattened) whose condition is true.
inline Results compress(Call& call) {
  Value x = call.in(0);
  HONE_CHECK(call.type_input(1, DType::boolean));
  if (!call.has_attribute("axis")) x = x.reshaped({x.count()});
  HONE_TRY(axis, call.axis_of(call.integer("axis", 0), x.rank()));
  const auto d = static_cast<std::size_t>(axis);
  std::vector<Index> chosen;
  for (Index i = 0; i < std::min(call.in(1).count(), x.shape[d]); ++i) {
    if (call.in(1).data[i] != std::byte{0}) chosen.push_back(i);
  }
  Shape to = x.shape;
  to[d] = static_cast<Index>(chosen.size());
  HONE_TRY(y, call.make(x.type, std::move(to)));
  const Index outer = product(x.shape, 0, d), inner = product(x.shape, d + 1, x.shape.size()),
              bytes = inner * static_cast<Index>(size_of(x.type));
  std::byte* row = y.own;
  for (Index o = 0; o < outer && bytes > 0; ++o) {
    for (const Index i : chosen) {
      std::memcpy(row, x.data + (o * x.shape[d] + i) * bytes, static_cast<std::size_t>(bytes));
      row += bytes;
    }
  }
  return one(std::move(y));
}

/// The first sequence_lens[b] steps of each sequence in reverse.
inline Results reverse_sequence(Call& call) {
  const Value& x = call.in(0);
  const Index batch = call.integer("batch_axis", 1), time = call.integer("time_axis", 0);
  HONE_CHECK(call.rank_input(0, 2, 65));
  if (batch + time != 1 || batch < 0 || time < 0) return call.fail("batch_axis and time_axis are not 0 and 1");
  HONE_TRY(lengths, call.integers_of(1));
  const Index steps = x.shape[static_cast<std::size_t>(time)], sequences = x.shape[static_cast<std::size_t>(batch)];
  if (static_cast<Index>(lengths.size()) != sequences) return call.fail(call.input_name(1) + " for " + describe(x));
  HONE_TRY(y, call.make(x.type, x.shape));
  const Index bytes = product(x.shape, 2, x.shape.size()) * static_cast<Index>(size_of(x.type));
  for (Index b = 0; b < sequences; ++b) {
    const Index length = lengths[static_cast<std::size_t>(b)];
    if (length < 0 || length > steps) return call.fail("a length of " + std::to_string(length));
    for (Index t = 0; t < steps && bytes > 0; ++t) {
      const Index s = t < length ? length - 1 - t : t;
      const auto row = [&](Index step) { return (time == 0 ? step * sequences + b : b * steps + step) * bytes; };
      std::memcpy(y.own + row(t), x.data + row(s), static_cast<std::size_t>(bytes));
    }
  }
  return one(std::move(y));
}

}  // namespace hone::graph::onnx::ops
