// What moves elements and computes nothing: transposes, slices, concatenations, repetitions, blocks to channels and back.
// Each is a few loops over strides; neighbouring loops that walk straight on are made one, and what lies together is
// copied in one piece.
#pragma once
#include <cstdint>
#include <cstring>
#include <vector>

#include "../../elementwise.hpp"
#include "context.hpp"

namespace hone::graph::ops {

/// A dimension of a move: so many elements, and the bytes from one to the next on either side (0 or less are fine).
struct MoveLoop {
  std::int64_t count, from_step, to_step;
};

struct Move {
  const std::byte* from = nullptr;
  std::byte* to = nullptr;
  std::vector<MoveLoop> loops;  // outermost first; none: one piece
  std::size_t piece = 0;        // bytes copied at once

  /// `dimensions` outermost first, over elements of `size` bytes.
  static Move make(const std::byte* from, std::byte* to, const std::vector<MoveLoop>& dimensions, std::size_t size) {
    Move move{from, to, {}, size};
    for (const MoveLoop& d : dimensions) {
      if (d.count == 1) continue;
      MoveLoop* const outer = move.loops.empty() ? nullptr : &move.loops.back();
      if (outer != nullptr && outer->from_step == d.from_step * d.count && outer->to_step == d.to_step * d.count) {
        *outer = {outer->count * d.count, d.from_step, d.to_step};
      } else {
        move.loops.push_back(d);
      }
    }
    const auto bytes = static_cast<std::int64_t>(size);
    if (!move.loops.empty() && move.loops.back().from_step == bytes && move.loops.back().to_step == bytes) {
      move.piece = size * static_cast<std::size_t>(move.loops.back().count);
      move.loops.pop_back();
    }
    if (move.loops.empty()) move.loops.push_back({1, 0, 0});
    return move;
  }

  /// Indices [begin, end) of the outermost loop.
  void run(std::int64_t begin, std::int64_t end) const {
    const MoveLoop& loop = loops[0];
    walk(0, begin, end, from + begin * loop.from_step, to + begin * loop.to_step);
  }

 private:
  template <std::size_t bytes>
  static void innermost(const MoveLoop& loop, std::int64_t count, const std::byte* f, std::byte* t) {
    for (std::int64_t i = 0; i < count; ++i) std::memcpy(t + i * loop.to_step, f + i * loop.from_step, bytes);
  }
  void walk(std::size_t depth, std::int64_t begin, std::int64_t end, const std::byte* f, std::byte* t) const {
    const MoveLoop& loop = loops[depth];
    const std::int64_t count = end - begin;
    if (depth + 1 < loops.size()) {
      for (std::int64_t i = 0; i < count; ++i) {
        walk(depth + 1, 0, loops[depth + 1].count, f + i * loop.from_step, t + i * loop.to_step);
      }
      return;
    }
    switch (piece) {
      case 1: return innermost<1>(loop, count, f, t);
      case 2: return innermost<2>(loop, count, f, t);
      case 4: return innermost<4>(loop, count, f, t);
      case 8: return innermost<8>(loop, count, f, t);
      default: break;
    }
    for (std::int64_t i = 0; i < count; ++i) std::memcpy(t + i * loop.to_step, f + i * loop.from_step, piece);
  }
};

/// Bytes between neighbours along each dimension of a dense tensor.
inline std::vector<std::int64_t> strides_of(const Shape& shape, DType type) {
  std::vector<std::int64_t> strides(shape.size());
  auto stride = static_cast<std::int64_t>(size_of(type));
  for (std::size_t d = shape.size(); d-- > 0; stride *= shape[d]) strides[d] = stride;
  return strides;
}

/// Fills a tensor with copies of one element.
struct Fill {
  std::byte value[8] = {};
  void run(std::byte* to, std::size_t bytes, std::size_t size) const {
    bool alike = true;
    for (std::size_t i = 1; i < size; ++i) alike = alike && value[i] == value[0];
    if (alike) {
      std::memset(to, std::to_integer<int>(value[0]), bytes);
      return;
    }
    for (std::size_t at = 0; at + size <= bytes; at += size) std::memcpy(to + at, value, size);
  }
  /// Real 0 in the tensor's terms.
  static Fill zero_of(const Tensor& t) {
    Fill fill;
    if (is_8_bit(t) && !t.quantization.zero_points.empty()) {
      fill.value[0] = static_cast<std::byte>(t.quantization.zero_points[0]);
    }
    return fill;
  }
};

struct MoveStep : Step {
  std::vector<Move> moves;
  std::byte* filled = nullptr;  // what is filled with real 0 first, or null
  std::size_t filled_bytes = 0, size = 1;
  Fill fill;

  void run(const RunContext& context) const override {
    if (filled != nullptr) fill.run(filled, filled_bytes, size);
    for (const Move& move : moves) {
      hone::detail::split(move.loops[0].count, 1, 0, context.parallel,
                          [&](kernels::Range range, kernels::Range, std::size_t) { move.run(range.begin, range.end); });
    }
  }
};

inline Prepared finish_move(const PrepareContext& context, const Node& node, std::unique_ptr<MoveStep> step,
                            const char* name) {
  describe(*step, context, node, name, 0);
  return step;
}
/// One move from the first input to the first output.
inline Prepared make_move(const PrepareContext& context, const Node& node, const std::vector<MoveLoop>& dimensions,
                          const char* name) {
  auto step = std::make_unique<MoveStep>();
  step->moves.push_back(
      Move::make(context.in(node, 0), context.out(node), dimensions, size_of(context.output(node).type)));
  return finish_move(context, node, std::move(step), name);
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Transpose& transpose) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  const auto from = strides_of(x.shape, x.type), to = strides_of(y.shape, y.type);
  std::vector<MoveLoop> loops;
  for (std::size_t d = 0; d < y.shape.size(); ++d) {
    loops.push_back({y.shape[d], from[static_cast<std::size_t>(transpose.order[d])], to[d]});
  }
  return make_move(context, node, loops, "transpose");
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Slice& slice) {
  const Tensor& x = *context.input(node, 0);
  const auto from = strides_of(x.shape, x.type);
  auto step = std::make_unique<MoveStep>();
  for (std::size_t k = 0; k < slice.boxes.size(); ++k) {
    const Box& box = slice.boxes[k];
    const auto to = strides_of(box.size, x.type);
    std::vector<MoveLoop> loops;
    const std::byte* begin = context.in(node, 0);
    for (std::size_t d = 0; d < x.shape.size(); ++d) {
      begin += box.start[d] * from[d];
      loops.push_back({box.size[d], box.step[d] * from[d], to[d]});
    }
    step->moves.push_back(Move::make(begin, context.out(node, k), loops, size_of(x.type)));
  }
  return finish_move(context, node, std::move(step), "slice");
}

/// y's index along a dimension is i * n + j: x's index j, i times over.
inline Prepared prepare(const PrepareContext& context, const Node& node, const Tile&) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  const auto from = strides_of(x.shape, x.type), to = strides_of(y.shape, y.type);
  const std::size_t added = y.shape.size() - x.shape.size();
  std::vector<MoveLoop> loops;
  for (std::size_t d = 0; d < y.shape.size(); ++d) {
    const std::int64_t n = d < added ? 1 : x.shape[d - added];
    loops.push_back({y.shape[d] / n, 0, to[d] * n});
    if (d >= added) loops.push_back({n, from[d - added], to[d]});
  }
  return make_move(context, node, loops, "tile");
}

/// Pixels of one side are [n, h, block, w, block, c], of the other [n, h, w, block, block, c].
inline Prepared prepare(const PrepareContext& context, const Node& node, const SpaceToDepth& a) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  const Tensor &space = a.inverse ? y : x, &depth = a.inverse ? x : y;
  const auto s = strides_of(space.shape, space.type), d = strides_of(depth.shape, depth.type);
  const std::int64_t block = a.block, channels = space.shape[3] * d[3];
  std::vector<MoveLoop> loops{{depth.shape[0], s[0], d[0]},
                              {depth.shape[1], s[1] * block, d[1]},
                              {depth.shape[2], s[2] * block, d[2]},
                              {block, s[1], channels * block},
                              {block, s[2], channels},
                              {space.shape[3], s[3], d[3]}};
  if (a.inverse) {
    for (MoveLoop& loop : loops) std::swap(loop.from_step, loop.to_step);
  }
  return make_move(context, node, loops, a.inverse ? "depth_to_space" : "space_to_depth");
}

/// One move for each place in a block: place p of the spatial image, padding counted, are the pixels i * block + p - before.
inline Prepared prepare(const PrepareContext& context, const Node& node, const SpaceToBatch& a) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  const Tensor &space = a.inverse ? y : x, &batch = a.inverse ? x : y;
  const auto s = strides_of(space.shape, space.type), b = strides_of(batch.shape, batch.type);
  auto step = std::make_unique<MoveStep>();
  if (!a.inverse) {
    step->filled = context.out(node);
    step->filled_bytes = y.bytes();
    step->size = size_of(y.type);
    step->fill = Fill::zero_of(y);
  }
  std::int64_t places = 1;
  for (const std::int32_t block : a.block) places *= block;
  for (std::int64_t place = 0; place < places; ++place) {
    std::vector<MoveLoop> loops{{space.shape[0], s[0], b[0]}};
    std::int64_t in_space = 0, in_batch = place * space.shape[0] * b[0], rest = place;
    bool any = true;
    std::vector<std::int64_t> at(a.block.size());
    for (std::size_t d = a.block.size(); d-- > 0; rest /= a.block[d]) at[d] = rest % a.block[d];
    for (std::size_t d = 0; d < a.block.size(); ++d) {
      const std::int64_t block = a.block[d], shift = at[d] - a.amounts[d][0];  // pixel = i * block + shift
      const std::int64_t first = shift >= 0 ? 0 : (-shift + block - 1) / block;
      const std::int64_t size = space.shape[d + 1];
      const std::int64_t count =
          shift >= size ? 0 : std::min(batch.shape[d + 1], (size - shift + block - 1) / block) - first;
      any = any && count > 0;
      in_space += (first * block + shift) * s[d + 1];
      in_batch += first * b[d + 1];
      loops.push_back({count, s[d + 1] * block, b[d + 1]});
    }
    if (!any) continue;
    for (std::size_t d = a.block.size() + 1; d < space.shape.size(); ++d) loops.push_back({space.shape[d], s[d], b[d]});
    if (a.inverse) {
      for (MoveLoop& loop : loops) std::swap(loop.from_step, loop.to_step);
    }
    step->moves.push_back(Move::make(context.in(node, 0) + (a.inverse ? in_batch : in_space),
                                     context.out(node) + (a.inverse ? in_space : in_batch), loops, size_of(x.type)));
  }
  return finish_move(context, node, std::move(step), a.inverse ? "batch_to_space" : "space_to_batch");
}

}  // namespace hone::graph::ops
