// RESHAPE moves nothing: the plan gives its output the memory of its input. Only a constant has to be copied.
#pragma once
#include <cstring>

#include "context.hpp"

namespace hone::graph::ops {

struct CopyStep : Step {
  const std::byte* from = nullptr;
  std::byte* to = nullptr;
  std::size_t bytes = 0;
  void run(const RunContext&) const override { std::memcpy(to, from, bytes); }
};

/// Null where there is nothing to do.
inline Prepared prepare(const PrepareContext& context, const Node& node, const Reshape&) {
  const std::byte* from = context.in(node, 0);
  std::byte* to = context.out(node);
  if (from == to) return nullptr;
  auto step = std::make_unique<CopyStep>();
  step->from = from;
  step->to = to;
  step->bytes = context.output(node).bytes();
  describe(*step, context, node, "copy", 0);
  return step;
}

}  // namespace hone::graph::ops
