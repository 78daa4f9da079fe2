// Definitions of ops.hpp (see api.hpp).
#pragma once
#include "../validate_node.hpp"
#include "add.hpp"
#include "along_axis.hpp"
#include "batch_matmul.hpp"
#include "binary.hpp"
#include "cast.hpp"
#include "concat.hpp"
#include "control.hpp"
#include "conv2d.hpp"
#include "convert.hpp"
#include "depthwise_conv2d.hpp"
#include "fully_connected.hpp"
#include "gather.hpp"
#include "lstm_i8.hpp"
#include "move.hpp"
#include "normalize.hpp"
#include "ops.hpp"
#include "pad.hpp"
#include "pool2d.hpp"
#include "reduce.hpp"
#include "reshape.hpp"
#include "resize.hpp"
#include "select.hpp"
#include "softmax.hpp"
#include "state.hpp"
#include "svdf.hpp"
#include "transpose_conv.hpp"
#include "unary.hpp"

namespace hone::graph::ops {

HONE_API Prepared prepare_node(const PrepareContext& context, const Node& node) {
  Prepared step =
      std::visit([&](const auto& attributes) { return prepare(context, node, attributes); }, node.attributes);
  // A node without outputs changes its last input, a variable.
  const std::string& name = context.tensor(node.outputs.empty() ? node.inputs.back() : node.outputs[0]).name;
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
