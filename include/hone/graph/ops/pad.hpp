// PAD, PADV2 and MIRROR_PAD.
#pragma once
#include <cstring>

#include "move.hpp"

namespace hone::graph::ops {

/// The output is filled with one value, the input moved into it.
struct PadStep : Step {
  Move move;
  std::byte* to = nullptr;
  std::size_t out_bytes = 0, size = 1;
  Fill fill;
  const std::byte* value = nullptr;  // read at run time instead, where there is one

  void run(const RunContext& context) const override {
    Fill with = fill;
    if (value != nullptr) std::memcpy(with.value, value, size);
    with.run(to, out_bytes, size);
    hone::detail::split(move.loops[0].count, 1, 0, context.parallel,
                        [&](kernels::Range range, kernels::Range, std::size_t) { move.run(range.begin, range.end); });
  }
};

/// Each dimension of the output has a list of places in the input.
struct MirrorPadStep : Step {
  const std::byte* from = nullptr;
  std::byte* to = nullptr;
  std::size_t size = 1;
  std::vector<std::vector<std::int64_t>> places;  // bytes, by dimension
  std::int64_t rows = 1;                          // of the last dimension

  void run(const RunContext& context) const override {
    const std::vector<std::int64_t>& last = places.back();
    hone::detail::split(rows, 1, 0, context.parallel, [&](kernels::Range range, kernels::Range, std::size_t) {
      for (kernels::Index r = range.begin; r < range.end; ++r) {
        const std::byte* source = from;
        std::int64_t rest = r;
        for (std::size_t d = places.size() - 1; d-- > 0;) {
          const auto count = static_cast<std::int64_t>(places[d].size());
          source += places[d][static_cast<std::size_t>(rest % count)];
          rest /= count;
        }
        std::byte* target = to + static_cast<std::size_t>(r) * last.size() * size;
        for (const std::int64_t place : last) {
          std::memcpy(target, source + place, size);
          target += size;
        }
      }
    });
  }
};

inline Prepared make_mirror_pad(const PrepareContext& context, const Node& node, const Pad& pad) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  const auto strides = strides_of(x.shape, x.type);
  const std::int64_t edge = pad.mode == PadMode::reflect ? 1 : 0;  // how far the mirror lies within the edge
  auto step = std::make_unique<MirrorPadStep>();
  step->from = context.in(node, 0);
  step->to = context.out(node);
  step->size = size_of(x.type);
  for (std::size_t d = 0; d < x.shape.size(); ++d) {
    std::vector<std::int64_t> places;
    for (std::int64_t i = 0; i < y.shape[d]; ++i) {
      std::int64_t at = i - pad.amounts[d][0];
      if (at < 0) at = -at - 1 + edge;
      if (at >= x.shape[d]) at = 2 * x.shape[d] - at - 1 - edge;
      places.push_back(at * strides[d]);
    }
    step->places.push_back(std::move(places));
  }
  if (step->places.empty()) step->places.push_back({0});
  step->rows = y.elements() / static_cast<std::int64_t>(step->places.back().size());
  describe(*step, context, node, "mirror_pad", 0);
  return step;
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Pad& pad) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  if (x.type != y.type) return unsupported_types(context, node);
  if (pad.mode != PadMode::constant) return make_mirror_pad(context, node, pad);
  auto step = std::make_unique<PadStep>();
  step->to = context.out(node);
  step->out_bytes = y.bytes();
  step->size = size_of(y.type);
  step->fill = Fill::zero_of(y);
  if (context.input(node, 1) != nullptr) step->value = context.in(node, 1);
  const auto from = strides_of(x.shape, x.type), to = strides_of(y.shape, y.type);
  std::vector<MoveLoop> loops;
  std::byte* begin = step->to;
  for (std::size_t d = 0; d < x.shape.size(); ++d) {
    loops.push_back({x.shape[d], from[d], to[d]});
    begin += pad.amounts[d][0] * to[d];
  }
  step->move = Move::make(context.in(node, 0), begin, loops, size_of(x.type));
  describe(*step, context, node, "pad", 0);
  return step;
}

}  // namespace hone::graph::ops
