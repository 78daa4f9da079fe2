// PAD with real zeros: the zero point of the tensor.
#pragma once
#include <cstring>

#include "context.hpp"

namespace hone::graph::ops {

struct PadStep : Step {
  const std::byte* from = nullptr;
  std::byte* to = nullptr;
  std::size_t out_bytes = 0, run_bytes = 0;  // of the output; of the part of it that is copied in one piece
  int fill = 0;
  std::vector<std::size_t> offsets;  // where each piece of the input goes

  void run(const RunContext&) const override {
    std::size_t end = 0;
    const std::byte* source = from;
    for (const std::size_t offset : offsets) {
      std::memset(to + end, fill, offset - end);
      std::memcpy(to + offset, source, run_bytes);
      source += run_bytes;
      end = offset + run_bytes;
    }
    std::memset(to + end, fill, out_bytes - end);
  }
};

inline Prepared prepare(const PrepareContext& context, const Node& node, const Pad& pad) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  if (x.type != y.type || (x.type != DType::f32 && !is_8_bit(x))) return unsupported_types(context, node);
  auto step = std::make_unique<PadStep>();
  step->from = context.in(node, 0);
  step->to = context.out(node);
  step->out_bytes = y.bytes();
  if (is_8_bit(y)) {
    const Expected<Quantization> q = quantization_of(y);
    if (!q) return tl::unexpected<Error>(q.error());
    step->fill = q->zero_point;
  }
  // The last dimensions that are not padded are copied in one piece.
  std::size_t rank = x.shape.size(), run = size_of(x.type);
  while (rank > 0 && pad.amounts[rank - 1][0] == 0 && pad.amounts[rank - 1][1] == 0) {
    run *= static_cast<std::size_t>(x.shape[--rank]);
  }
  if (rank > 0) {  // of the first one that is padded, each row
    run *= static_cast<std::size_t>(x.shape[rank - 1]);
  }
  step->run_bytes = run;
  if (x.elements() > 0) {
    const std::size_t pieces = x.bytes() / run;
    step->offsets.reserve(pieces);
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      std::size_t rest = piece, stride = size_of(y.type), offset = 0;
      for (std::size_t axis = y.shape.size(); axis-- > 0;) {
        std::size_t index = 0;
        if (rank > 0 && axis + 1 < rank) {
          index = rest % static_cast<std::size_t>(x.shape[axis]);
          rest /= static_cast<std::size_t>(x.shape[axis]);
        }
        offset += (index + static_cast<std::size_t>(pad.amounts[axis][0])) * stride;
        stride *= static_cast<std::size_t>(y.shape[axis]);
      }
      step->offsets.push_back(offset);
    }
  }
  describe(*step, context, node, "pad", 0);
  return step;
}

}  // namespace hone::graph::ops
