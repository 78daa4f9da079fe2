// All operators: a new one is a file beside this, an include here and an attribute structure in model.hpp.
#pragma once
#include "../validate_node.hpp"
#include "add.hpp"
#include "conv2d.hpp"
#include "convert.hpp"
#include "depthwise_conv2d.hpp"
#include "fully_connected.hpp"
#include "pad.hpp"
#include "pool2d.hpp"
#include "reshape.hpp"
#include "softmax.hpp"

namespace hone::graph::ops {

/// The step of a node, or null where nothing has to run. Errors: unsupported types, or numbers no kernel can take, with
/// the node's place in front.
inline Prepared prepare_node(const PrepareContext& context, const Node& node) {
  Prepared step =
      std::visit([&](const auto& attributes) { return prepare(context, node, attributes); }, node.attributes);
  const std::string& name = context.output(node).name;
  if (!step) {
    return fail(step.error().code,
                context.model.source + ": " + describe(node) + " " + quoted(name) + ": " + step.error().message);
  }
  if (*step != nullptr) {
    (*step)->info.name = name;
    (*step)->info.op = node.op;
    (*step)->info.node = node.index;
  }
  return step;
}

}  // namespace hone::graph::ops
