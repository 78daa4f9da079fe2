// Passes that remove what computes nothing.
#pragma once
#include <utility>
#include <variant>
#include <vector>

#include "uses.hpp"

namespace hone::graph {

/// A reshape of a constant is the constant with another shape; a reshape to the same shape is nothing at all. (All
/// other reshapes cost nothing either: the plan gives their output the memory of their input.)
inline bool drop_reshapes(Model& model) {
  const Uses uses(model);
  std::vector<bool> dropped(model.nodes.size());
  std::vector<int> instead(model.tensors.size());
  for (std::size_t t = 0; t < instead.size(); ++t) instead[t] = static_cast<int>(t);
  bool changed = false;
  for (std::size_t n = 0; n < model.nodes.size(); ++n) {
    Node& node = model.nodes[n];
    for (int& t : node.inputs) {
      if (t >= 0) t = instead[static_cast<std::size_t>(t)];
    }
    if (!std::holds_alternative<Reshape>(node.attributes)) continue;
    const Tensor& x = detail::tensor_at(model, node.inputs[0]);
    Tensor& y = detail::tensor_at(model, node.outputs[0]);
    if (uses.is_output(node.outputs[0]) || x.variable) continue;
    if (x.constant) {
      y.constant = true;
      y.data = x.data;
    } else if (x.shape == y.shape && detail::same_quantization(x, y)) {
      instead[static_cast<std::size_t>(node.outputs[0])] = node.inputs[0];
    } else {
      continue;
    }
    dropped[n] = changed = true;
  }
  detail::erase_nodes(model, dropped);
  return changed;
}

/// Removes the nodes that neither an output of the graph nor the next run depends on, and the tensors that nothing refers to. Tensors are
/// numbered anew; inputs stay, used or not.
inline bool remove_dead(Model& model) {
  std::vector<bool> needed(model.tensors.size()), dead(model.nodes.size());
  const auto need = [&](int t) {
    if (t >= 0) needed[static_cast<std::size_t>(t)] = true;
  };
  for (const int t : model.outputs) need(t);
  bool changed = false;
  for (std::size_t n = model.nodes.size(); n-- > 0;) {
    const Node& node = model.nodes[n];
    bool wanted = std::holds_alternative<AssignVariable>(node.attributes);  // the next run may read it
    for (const int t : node.outputs) wanted = wanted || needed[static_cast<std::size_t>(t)];
    dead[n] = !wanted;
    changed = changed || dead[n];
    if (!wanted) continue;
    for (const int t : node.inputs) need(t);
    for (const int t : node.outputs) need(t);
  }
  detail::erase_nodes(model, dead);
  for (const int t : model.inputs) need(t);

  std::vector<int> number(model.tensors.size(), -1);
  std::size_t kept = 0;
  for (std::size_t t = 0; t < model.tensors.size(); ++t) {
    if (!needed[t]) continue;
    number[t] = static_cast<int>(kept);
    if (kept != t) model.tensors[kept] = std::move(model.tensors[t]);
    ++kept;
  }
  changed = changed || kept != model.tensors.size();
  model.tensors.resize(kept);
  const auto renumber = [&](std::vector<int>& tensors) {
    for (int& t : tensors) {
      if (t >= 0) t = number[static_cast<std::size_t>(t)];
    }
  };
  for (Node& node : model.nodes) {
    renumber(node.inputs);
    renumber(node.outputs);
  }
  renumber(model.inputs);
  renumber(model.outputs);
  return changed;
}

}  // namespace hone::graph
