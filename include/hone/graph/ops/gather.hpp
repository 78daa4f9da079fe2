// GATHER and GATHER_ND (whole slices by index), ONE_HOT and RANGE.
#pragma once
#include <cstdint>
#include <cstring>

#include "arithmetic.hpp"
#include "move.hpp"

namespace hone::graph::ops {

/// Indices as 64 bits, whatever they are stored as.
struct Indices {
  const std::byte* data = nullptr;
  bool wide = false;
  std::int64_t operator[](std::int64_t i) const {
    return wide ? reinterpret_cast<const std::int64_t*>(data)[i] : reinterpret_cast<const std::int32_t*>(data)[i];
  }
};
inline Indices indices_of(const PrepareContext& context, const Node& node, std::size_t i) {
  return {context.in(node, i), context.input(node, i)->type == DType::i64};
}
inline constexpr const char* bad_index = "an index is out of range";

/// y[b, o, i, :] = x[b, o, indices[b, i], :]: slices of `bytes` each.
struct GatherStep : Step {
  const std::byte* x = nullptr;
  std::byte* y = nullptr;
  Indices indices;
  std::int64_t batches = 1, outer = 1, count = 1, size = 1,
               bytes = 0;  // count: indices a batch; size: slices to pick from

  void run(const RunContext& context) const override {
    for (std::int64_t b = 0; b < batches; ++b) {
      for (std::int64_t o = 0; o < outer; ++o) {
        const std::byte* const from = x + (b * outer + o) * size * bytes;
        std::byte* const to = y + (b * outer + o) * count * bytes;
        for (std::int64_t i = 0; i < count; ++i) {
          std::int64_t index = indices[b * count + i];
          if (index < 0 || index >= size) {
            context.problem = bad_index;
            index = 0;
          }
          std::memcpy(to + i * bytes, from + index * bytes, static_cast<std::size_t>(bytes));
        }
      }
    }
  }
};
inline Prepared prepare(const PrepareContext& context, const Node& node, const Gather& gather) {
  const Tensor& x = *context.input(node, 0);
  auto step = std::make_unique<GatherStep>();
  step->x = context.in(node, 0);
  step->y = context.out(node);
  step->indices = indices_of(context, node, 1);
  step->bytes = static_cast<std::int64_t>(size_of(x.type));
  for (std::size_t d = 0; d < x.shape.size(); ++d) {
    const int at = static_cast<int>(d);
    (at < gather.batch_dims ? step->batches
     : at < gather.axis     ? step->outer
     : at == gather.axis    ? step->size
                            : step->bytes) *= x.shape[d];
  }
  step->count = context.input(node, 1)->elements() / step->batches;
  describe(*step, context, node, "gather", 0);
  return step;
}

struct GatherNdStep : Step {
  const std::byte* x = nullptr;
  std::byte* y = nullptr;
  Indices indices;
  std::int64_t count = 0, bytes = 0;
  Shape sizes;                        // of the dimensions that are indexed
  std::vector<std::int64_t> strides;  // in bytes

  void run(const RunContext& context) const override {
    const auto depth = static_cast<std::int64_t>(sizes.size());
    for (std::int64_t i = 0; i < count; ++i) {
      std::int64_t offset = 0;
      for (std::int64_t d = 0; d < depth; ++d) {
        const std::int64_t index = indices[i * depth + d];
        if (index < 0 || index >= sizes[static_cast<std::size_t>(d)]) {
          context.problem = bad_index;
        } else {
          offset += index * strides[static_cast<std::size_t>(d)];
        }
      }
      std::memcpy(y + i * bytes, x + offset, static_cast<std::size_t>(bytes));
    }
  }
};
inline Prepared prepare(const PrepareContext& context, const Node& node, const GatherNd&) {
  const Tensor &x = *context.input(node, 0), &indices = *context.input(node, 1), &y = context.output(node);
  const auto depth = static_cast<std::ptrdiff_t>(indices.shape.back());
  auto step = std::make_unique<GatherNdStep>();
  step->x = context.in(node, 0);
  step->y = context.out(node);
  step->indices = indices_of(context, node, 1);
  step->count = indices.elements() / depth;
  step->bytes = static_cast<std::int64_t>(y.bytes()) / step->count;
  step->sizes.assign(x.shape.begin(), x.shape.begin() + depth);
  step->strides = strides_of(x.shape, x.type);
  describe(*step, context, node, "gather_nd", 0);
  return step;
}

/// An index outside of the dimension switches nothing on.
struct OneHotStep : Step {
  const std::byte *on = nullptr, *off = nullptr;
  std::byte* y = nullptr;
  Indices indices;
  std::int64_t outer = 1, depth = 1, inner = 1;
  std::size_t size = 1;

  void run(const RunContext&) const override {
    std::byte* to = y;
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::int64_t d = 0; d < depth; ++d) {
        for (std::int64_t i = 0; i < inner; ++i, to += size) {
          std::memcpy(to, indices[o * inner + i] == d ? on : off, size);
        }
      }
    }
  }
};
inline Prepared prepare(const PrepareContext& context, const Node& node, const OneHot& one_hot) {
  const Tensor& y = context.output(node);
  auto step = std::make_unique<OneHotStep>();
  step->indices = indices_of(context, node, 0);
  step->on = context.in(node, 1);
  step->off = context.in(node, 2);
  step->y = context.out(node);
  step->size = size_of(y.type);
  for (std::size_t d = 0; d < y.shape.size(); ++d) {
    const int at = static_cast<int>(d);
    (at < one_hot.axis ? step->outer : at == one_hot.axis ? step->depth : step->inner) *= y.shape[d];
  }
  describe(*step, context, node, "one_hot", y.elements());
  return step;
}

template <class T> struct RangeStep : Step {
  const T *start = nullptr, *delta = nullptr;
  T* y = nullptr;
  std::int64_t count = 0;
  void run(const RunContext&) const override {
    T value = *start;
    for (std::int64_t i = 0; i < count; ++i, value = value_of<BinaryOp::add>(value, *delta)) y[i] = value;
  }
};
template <class T> Prepared make_range(const PrepareContext& context, const Node& node) {
  auto step = std::make_unique<RangeStep<T>>();
  step->start = context.in<T>(node, 0);
  step->delta = context.in<T>(node, 2);
  step->y = context.out<T>(node);
  step->count = context.output(node).elements();
  describe(*step, context, node, "range", step->count);
  return step;
}
inline Prepared prepare(const PrepareContext& context, const Node& node, const Range&) {
  switch (context.output(node).type) {
    case DType::f32: return make_range<float>(context, node);
    case DType::i32: return make_range<std::int32_t>(context, node);
    case DType::i64: return make_range<std::int64_t>(context, node);
    default: return unsupported_types(context, node);
  }
}

}  // namespace hone::graph::ops
