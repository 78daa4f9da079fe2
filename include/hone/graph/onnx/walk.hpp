// Walks over tensors: broadcasting, and copies between any two layouts.
#pragma once
#include <algorithm>
#include <array>

#include "call.hpp"

namespace hone::graph::onnx {

/// The shape both broadcast to, as NumPy does it. Errors: bad_model for sizes that do not fit.
inline Expected<Shape> broadcast(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape shape = longer;
  for (std::size_t i = 0, lead = longer.size() - shorter.size(); i < shorter.size(); ++i) {
    const Index x = longer[lead + i], y = shorter[i];
    if (x != y && x != 1 && y != 1) {
      return fail(ErrorCode::bad_model, "shapes " + to_string(a) + " and " + to_string(b) + " do not fit together");
    }
    shape[lead + i] = x == 1 ? y : x;
  }
  return shape;
}

/// Strides with which a tensor of shape `from` is read as one of shape `to`: 0 along what is repeated.
inline Shape broadcast_strides(const Shape& from, const Shape& to) {
  const Shape own = strides_of(from);
  Shape strides(to.size());
  for (std::size_t i = 0, lead = to.size() - from.size(); i < from.size(); ++i) {
    strides[lead + i] = from[i] == 1 ? 0 : own[i];
  }
  return strides;
}

/// Several tensors walked together: calls run(offsets, steps, count) for runs of `count` elements along which tensor k
/// moves by steps[k] elements from offsets[k]. Dimensions that can be walked as one are.
template <std::size_t N, class Run>
void for_each_run(const Shape& shape, const std::array<Shape, N>& strides, Run&& run) {
  Shape sizes;
  std::array<Shape, N> steps;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 0) return;
    if (shape[d] == 1) continue;
    bool joins = !sizes.empty();
    for (std::size_t k = 0; k < N && joins; ++k) joins = steps[k].back() == strides[k][d] * shape[d];
    if (joins) {
      sizes.back() *= shape[d];
      for (std::size_t k = 0; k < N; ++k) steps[k].back() = strides[k][d];
    } else {
      sizes.push_back(shape[d]);
      for (std::size_t k = 0; k < N; ++k) steps[k].push_back(strides[k][d]);
    }
  }
  std::array<Index, N> offsets{}, inner{};
  Index count = 1;
  if (!sizes.empty()) {
    count = sizes.back();
    sizes.pop_back();
    for (std::size_t k = 0; k < N; ++k) {
      inner[k] = steps[k].back();
      steps[k].pop_back();
    }
  }
  Shape at(sizes.size());
  for (;;) {
    run(offsets, inner, count);
    std::size_t d = sizes.size();
    while (d > 0 && ++at[d - 1] == sizes[d - 1]) {
      --d;
      for (std::size_t k = 0; k < N; ++k) offsets[k] -= steps[k][d] * (sizes[d] - 1);
      at[d] = 0;
    }
    if (d == 0) return;
    for (std::size_t k = 0; k < N; ++k) offsets[k] += steps[k][d - 1];
  }
}

template <Index size>
void copy_elements(const Shape& shape, const std::byte* from, const Shape& from_strides, std::byte* to,
                   const Shape& to_strides) {
  for_each_run<2>(shape, {from_strides, to_strides}, [&](const auto& at, const auto& step, Index count) {
    const std::byte* x = from + at[0] * size;
    std::byte* y = to + at[1] * size;
    if (step[0] == 1 && step[1] == 1) {
      std::memcpy(y, x, static_cast<std::size_t>(count * size));
    } else {
      for (Index i = 0; i < count; ++i) std::memcpy(y + i * step[1] * size, x + i * step[0] * size, size);
    }
  });
}
/// Copies elements of `type` between two layouts of the same shape; strides in elements, of either sign.
inline void copy(DType type, const Shape& shape, const std::byte* from, const Shape& from_strides, std::byte* to,
                 const Shape& to_strides) {
  switch (size_of(type)) {
    case 1: return copy_elements<1>(shape, from, from_strides, to, to_strides);
    case 2: return copy_elements<2>(shape, from, from_strides, to, to_strides);
    case 4: return copy_elements<4>(shape, from, from_strides, to, to_strides);
    default: return copy_elements<8>(shape, from, from_strides, to, to_strides);
  }
}
/// y, dense, of shape `shape`, from what lies at `offset` elements of x with these strides.
inline Expected<Value> gather_strided(const Call& call, const Value& x, Shape shape, Index offset,
                                      const Shape& strides) {
  HONE_TRY(y, call.make(x.type, std::move(shape)));
  const Index size = static_cast<Index>(size_of(x.type));
  if (y.count() > 0) copy(x.type, y.shape, x.data + offset * size, strides, y.own, strides_of(y.shape));
  return std::move(y);
}
inline Expected<Value> transposed(const Call& call, const Value& x, const std::vector<Index>& order) {
  const Shape own = strides_of(x.shape);
  Shape shape, strides;
  for (const Index axis : order) {
    shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
    strides.push_back(own[static_cast<std::size_t>(axis)]);
  }
  return gather_strided(call, x, std::move(shape), 0, strides);
}
/// Sets `count` elements of `type` to the element at `from`, or to 0 where that is null.
inline void fill(DType type, std::byte* to, Index count, const std::byte* from = nullptr) {
  const auto size = size_of(type);
  if (from == nullptr) {
    if (count > 0) std::memset(to, 0, static_cast<std::size_t>(count) * size);
    return;
  }
  for (Index i = 0; i < count; ++i) std::memcpy(to + static_cast<std::size_t>(i) * size, from, size);
}
/// The product of sizes first to last - 1.
inline Index product(const Shape& shape, std::size_t first, std::size_t last) {
  Index all = 1;
  for (std::size_t i = first; i < last; ++i) all *= shape[i];
  return all;
}

}  // namespace hone::graph::onnx
