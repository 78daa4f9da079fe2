// TensorFlow Lite's operators that move elements and compute nothing, in Hone's terms.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tflite_translation.hpp"

namespace hone::graph::tflite::detail {

inline bool reshape(Translation& t) {
  t.node.attributes.emplace<Reshape>();
  std::vector<std::int64_t> shape;
  const Values<std::int32_t> option = t.options.get(schema::ReshapeOptions::new_shape);
  bool given = option.size() > 0;
  if (t.has(1) && !t.in(1).constant && t.in(1).elements() > 0) {
    given = false;  // worked out at run time from shapes that are known: the output's own is the answer
  } else if (t.has(1)) {
    if (t.in(1).elements() > 8) return t.wrong(t.who(1) + ": at most 8 elements expected");
    if (!integers(t, 1, shape)) return false;
    given = true;
  } else {
    if (option.size() > 8)
      return t.wrong("new_shape has " + std::to_string(option.size()) + " sizes, at most 8 expected");
    for (std::size_t i = 0; i < option.size(); ++i) shape.push_back(option[i]);
    if (shape == std::vector<std::int64_t>{0}) shape.clear();  // how old converters write a scalar
  }
  t.node.inputs.resize(1);
  if (!given) return true;
  // One -1 stands for what is left; the output tensor must say the same.
  const Shape& y = t.out().shape;
  const auto free = std::count(shape.begin(), shape.end(), -1);
  bool same = shape.size() == y.size() && free <= 1;
  for (std::size_t d = 0; same && d < y.size(); ++d) same = shape[d] == -1 || shape[d] == y[d];
  return same || t.wrong("new shape " + to_string(shape) + " for the output, " + describe(t.model, t.node.outputs[0]));
}

/// Pairs of amounts, one for each dimension from the first that `block` of them leave out.
inline bool pairs(Translation& t, std::size_t i, std::size_t count, std::vector<std::array<std::int32_t, 2>>& result) {
  std::vector<std::int64_t> flat;
  if (count > 8 || t.in(i).shape != Shape{static_cast<std::int64_t>(count), 2}) {
    return t.wrong(t.who(i) + ": expected " + std::to_string(count) + "x2, a pair for each dimension of input 0");
  }
  if (!integers(t, i, flat)) return false;
  for (const std::int64_t amount : flat) {
    if (amount < 0 || amount > std::numeric_limits<std::int32_t>::max()) {
      return t.wrong(t.who(i) + ": padding " + std::to_string(amount) + ", expected 0 to 2147483647");
    }
  }
  for (std::size_t d = 0; d + 1 < flat.size(); d += 2) {
    result.push_back({static_cast<std::int32_t>(flat[d]), static_cast<std::int32_t>(flat[d + 1])});
  }
  return true;
}
/// PAD, and PADV2 with a value.
inline bool pad(Translation& t) {
  auto& pad = t.node.attributes.emplace<Pad>();
  if (!pairs(t, 1, t.in(0).shape.size(), pad.amounts)) return false;
  t.node.inputs.erase(t.node.inputs.begin() + 1);
  return true;
}
inline bool mirror_pad(Translation& t) {
  auto& pad = t.node.attributes.emplace<Pad>();
  const std::int8_t mode = t.options.get(schema::MirrorPadOptions::mode);
  if (mode != 0 && mode != 1)
    return t.wrong("mode " + std::to_string(mode) + ", expected 0 (REFLECT) or 1 (SYMMETRIC)");
  pad.mode = mode == 0 ? PadMode::reflect : PadMode::symmetric;
  if (!pairs(t, 1, t.in(0).shape.size(), pad.amounts)) return false;
  t.node.inputs.resize(1);
  return true;
}
template <bool inverse> bool space_to_batch(Translation& t) {
  auto& attributes = t.node.attributes.emplace<SpaceToBatch>();
  attributes.inverse = inverse;
  std::vector<std::int64_t> block;
  if (!small_integers(t, 1, block) || !pairs(t, 2, block.size(), attributes.amounts)) return false;
  for (const std::int64_t size : block) {
    attributes.block.push_back(static_cast<std::int32_t>(std::clamp<std::int64_t>(size, 0, 1 << 30)));
  }
  t.node.inputs.resize(1);
  return true;
}

/// The output has x's elements in x's order: SQUEEZE and EXPAND_DIMS.
inline bool same_elements(Translation& t) {
  t.node.attributes.emplace<Reshape>();
  t.node.inputs.resize(1);
  return true;
}
inline bool transpose(Translation& t) {
  auto& order = t.node.attributes.emplace<Transpose>().order;
  std::vector<std::int64_t> given;
  if (!small_integers(t, 1, given)) return false;
  for (const std::int64_t d : given) {
    int at = 0;
    if (!axis(t, d, t.in(0).shape.size(), at)) return false;
    order.push_back(at);
  }
  t.node.inputs.resize(1);
  return true;
}

/// All of x.
inline Box whole(const Tensor& x) { return {Shape(x.shape.size(), 0), x.shape, Shape(x.shape.size(), 1)}; }
/// Memory for the bounds of one output.
inline bool add_box(Translation& t, Box box) {
  if (!t.reader.copying((box.start.size() * 3 + 9) * sizeof(std::int64_t))) return false;
  std::get<Slice>(t.node.attributes).boxes.push_back(std::move(box));
  return true;
}
inline bool slice(Translation& t) {
  t.node.attributes.emplace<Slice>();
  const Tensor& x = t.in(0);
  std::vector<std::int64_t> begin, size;
  if (!small_integers(t, 1, begin) || !small_integers(t, 2, size)) return false;
  if (begin.size() != x.shape.size() || size.size() != x.shape.size()) {
    return t.wrong(t.who(1) + ": expected a begin and a size for each dimension of input 0");
  }
  Box box = whole(x);
  for (std::size_t d = 0; d < begin.size(); ++d) {
    box.start[d] = begin[d];
    box.size[d] = size[d] == -1 ? x.shape[d] - begin[d] : size[d];
  }
  t.node.inputs.resize(1);
  return add_box(t, std::move(box));
}
/// begin:end:step of each dimension, as NumPy reads them; bits of the masks leave bounds out, insert a dimension of 1,
/// take one element (shrink) or stand for all dimensions that are not named (ellipsis).
inline bool strided_slice(Translation& t) {
  using Options = schema::StridedSliceOptions;
  t.node.attributes.emplace<Slice>();
  const Tensor& x = t.in(0);
  std::vector<std::int64_t> begin, end, step;
  if (!small_integers(t, 1, begin) || !small_integers(t, 2, end) || !small_integers(t, 3, step)) return false;
  if (begin.size() != end.size() || begin.size() != step.size()) {
    return t.wrong("begin, end and strides of " + std::to_string(begin.size()) + ", " + std::to_string(end.size()) +
                   " and " + std::to_string(step.size()) + " elements");
  }
  const std::int32_t begin_mask = t.options.get(Options::begin_mask), end_mask = t.options.get(Options::end_mask),
                     ellipsis = t.options.get(Options::ellipsis_mask), added = t.options.get(Options::new_axis_mask),
                     shrink = t.options.get(Options::shrink_axis_mask);
  const bool offset = t.options.get(Options::offset) != 0;
  Box box = whole(x);
  std::size_t d = 0, named = 0;
  for (std::size_t i = 0; i < begin.size(); ++i) named += ((ellipsis | added) >> i & 1) == 0 ? 1 : 0;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    const auto set = [i](std::int32_t mask) { return (mask >> i & 1) != 0; };
    if (set(ellipsis)) {
      d += x.shape.size() - std::min(named, x.shape.size());
      continue;
    }
    if (set(added)) continue;
    if (d >= x.shape.size()) return t.wrong(t.who(0) + ": more bounds than dimensions");
    const std::int64_t n = x.shape[d], s = step[i];
    if (s == 0) return t.wrong("stride 0 of dimension " + std::to_string(d));
    const std::int64_t lowest = s > 0 ? 0 : -1, highest = s > 0 ? n : n - 1;
    const auto bound = [&](std::int64_t value, bool left_out, std::int64_t instead) {
      return left_out ? instead : std::clamp(value < 0 ? value + n : value, lowest, highest);
    };
    const std::int64_t first = bound(begin[i], set(begin_mask) && !set(shrink), s > 0 ? 0 : n - 1);
    const std::int64_t stop =
        offset ? std::clamp(first + end[i], lowest, highest) : bound(end[i], set(end_mask), s > 0 ? n : -1);
    box.start[d] = first;
    box.step[d] = set(shrink) ? 1 : s;
    box.size[d] =
        set(shrink) ? 1 : std::max<std::int64_t>(0, s > 0 ? (stop - first + s - 1) / s : (first - stop - s - 1) / -s);
    ++d;
  }
  t.node.inputs.resize(1);
  return add_box(t, std::move(box));
}
/// Outputs that follow each other along one dimension: SPLIT, SPLIT_V and (each one thick) UNPACK.
inline bool split_along(Translation& t, std::int64_t given, bool thin) {
  t.node.attributes.emplace<Slice>();
  const Tensor& x = t.in(0);
  int at = 0;
  if (!axis(t, given, x.shape.size(), at)) return false;
  const auto d = static_cast<std::size_t>(at);
  Box box = whole(x);
  for (std::size_t k = 0; k < t.node.outputs.size(); ++k) {
    const Shape& y = t.out(k).shape;
    if (!thin && y.size() != x.shape.size()) return t.wrong(t.who(0) + ": its parts have other dimensions");
    box.size[d] = thin ? 1 : y[d];
    if (!add_box(t, box)) return false;
    box.start[d] += box.size[d];
  }
  if (box.start[d] != x.shape[d]) {
    return t.wrong(t.who(0) + ": its parts add up to " + std::to_string(box.start[d]) + " along dimension " +
                   std::to_string(at));
  }
  return true;
}
inline bool split(Translation& t) {  // inputs there: axis, x
  std::int64_t at = 0;
  if (!integer(t, 0, at)) return false;
  t.node.inputs.erase(t.node.inputs.begin());
  return split_along(t, at, false);
}
inline bool split_v(Translation& t) {  // inputs there: x, sizes, axis
  std::int64_t at = 0;
  if (!integer(t, 2, at)) return false;
  t.node.inputs.resize(1);
  return split_along(t, at, false);
}
inline bool unpack(Translation& t) { return split_along(t, t.options.get(schema::UnpackOptions::axis), true); }
inline bool reverse(Translation& t) {
  t.node.attributes.emplace<Slice>();
  const Tensor& x = t.in(0);
  std::vector<std::int64_t> axes;
  if (!small_integers(t, 1, axes)) return false;
  Box box = whole(x);
  for (const std::int64_t given : axes) {
    int at = 0;
    if (!axis(t, given, x.shape.size(), at)) return false;
    const auto d = static_cast<std::size_t>(at);
    box.start[d] = x.shape[d] - 1;
    box.step[d] = -1;
  }
  t.node.inputs.resize(1);
  return add_box(t, std::move(box));
}

inline bool concatenation(Translation& t) {
  using Options = schema::ConcatenationOptions;
  auto& concat = t.node.attributes.emplace<Concat>();
  return axis(t, t.options.get(Options::axis), t.in(0).shape.size(), concat.axis) &&
         activation(t, t.options.get(Options::activation), concat.activation);
}
inline bool pack(Translation& t) {
  auto& concat = t.node.attributes.emplace<Concat>();
  concat.stack = true;
  return axis(t, t.options.get(schema::PackOptions::axis), t.in(0).shape.size() + 1, concat.axis);
}
/// TILE and BROADCAST_TO; the output's shape says how often.
inline bool tile(Translation& t) {
  t.node.attributes.emplace<Tile>();
  t.node.inputs.resize(1);
  return true;
}
inline bool fill(Translation& t) {  // inputs there: shape, value
  t.node.attributes.emplace<Tile>();
  t.node.inputs.erase(t.node.inputs.begin());
  return t.in(0).elements() == 1 || t.wrong(t.who(0) + ": expected one element");
}
inline bool zeros_like(Translation& t) {
  t.node.attributes.emplace<Tile>();
  Tensor zero = t.out();
  zero.shape = {};
  const std::vector<std::byte> bytes(
      size_of(zero.type),
      static_cast<std::byte>(zero.quantization.zero_points.empty() ? 0 : zero.quantization.zero_points[0]));
  const int constant = add_constant(t, zero, bytes.size(), bytes.data());
  t.node.inputs = {constant};
  return constant >= 0 && (bytes.size() == 1 || zero.quantization.empty() ||
                           t.unsupported(t.who_out() + ": zeros of a quantised wide type"));
}

inline bool gather(Translation& t) {
  auto& gather = t.node.attributes.emplace<Gather>();
  int batch = 0;
  const std::int32_t batches = t.options.get(schema::GatherOptions::batch_dims);
  if (batches != 0 && !axis(t, batches, t.in(1).shape.size() + 1, batch)) return false;
  gather.batch_dims = batches < 0 ? batch - 1 : batch;
  return axis(t, t.options.get(schema::GatherOptions::axis), t.in(0).shape.size(), gather.axis);
}
inline bool embedding_lookup(Translation& t) {  // inputs there: indices, table
  t.node.attributes.emplace<Gather>();
  std::swap(t.node.inputs[0], t.node.inputs[1]);
  return t.out().type != DType::f32 || widen_weights(t, 0);
}
inline bool gather_nd(Translation& t) {
  t.node.attributes.emplace<GatherNd>();
  return true;
}
inline bool one_hot(Translation& t) {  // inputs there: indices, depth, on, off
  auto& one_hot = t.node.attributes.emplace<OneHot>();
  t.node.inputs.erase(t.node.inputs.begin() + 1);
  return axis(t, t.options.get(schema::OneHotOptions::axis), t.in(0).shape.size() + 1, one_hot.axis);
}
inline bool range(Translation& t) {
  t.node.attributes.emplace<Range>();
  return true;
}

/// A result that is known from shapes alone.
inline bool known(Translation& t, const std::vector<std::int64_t>& values, const Shape& shape) {
  Tensor& y = t.out();
  t.drop = true;
  if (y.shape != shape || y.constant) return t.wrong(t.who_out() + ": expected " + to_string(shape));
  if (y.type != DType::i32 && y.type != DType::i64) return t.wrong(t.who_out() + ": expected i32 or i64");
  const std::span<std::byte> data = t.constants.own(y.bytes(), t.who_out());
  if (data.size() != y.bytes()) return false;
  for (std::size_t i = 0; i < values.size(); ++i) {  // little-endian: the low half comes first
    std::memcpy(data.data() + i * size_of(y.type), &values[i], size_of(y.type));
  }
  y.data = data;
  y.constant = true;
  return true;
}
inline bool shape_of(Translation& t) {
  const Shape shape = t.in(0).shape;
  return known(t, shape, {static_cast<std::int64_t>(shape.size())});
}
inline bool rank_of(Translation& t) { return known(t, {static_cast<std::int64_t>(t.in(0).shape.size())}, {}); }

}  // namespace hone::graph::tflite::detail
