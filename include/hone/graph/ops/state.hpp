// READ_VARIABLE and ASSIGN_VARIABLE: copies from and to the memory of a variable, which stays from run to run.
#pragma once
#include "reshape.hpp"

namespace hone::graph::ops {

inline Prepared make_copy(const PrepareContext& context, const Node& node, const std::byte* from, std::byte* to) {
  auto step = std::make_unique<CopyStep>();
  step->from = from;
  step->to = to;
  step->bytes = context.input(node, 0)->bytes();
  describe(*step, context, node, "copy", 0);
  return step;
}
inline Prepared prepare(const PrepareContext& context, const Node& node, const ReadVariable&) {
  return make_copy(context, node, context.state(node, 0), context.out(node));
}
inline Prepared prepare(const PrepareContext& context, const Node& node, const AssignVariable&) {
  return make_copy(context, node, context.in(node, 0), context.state(node, 1));
}

}  // namespace hone::graph::ops
