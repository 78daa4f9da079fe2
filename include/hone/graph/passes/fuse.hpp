// Passes that make one operator of two.
#pragma once
#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "uses.hpp"

namespace hone::graph {

namespace detail {
/// The attributes as a T, or null.
template <class T> T* attributes_of(Node& node) { return std::get_if<T>(&node.attributes); }

/// Adds rows and columns of padding, where the window still reaches past all of it: kernels may rely on that, and a
/// window that lies in the padding alone is rare.
template <class Conv> bool add_padding(Conv& conv, const Shape& weights, const Pad& pad) {
  const auto [top, bottom] = pad.amounts[1];
  const auto [left, right] = pad.amounts[2];
  const std::int64_t reach_h = (weights[1] - 1) * conv.dilation_h, reach_w = (weights[2] - 1) * conv.dilation_w;
  const Padding& p = conv.padding;
  if (std::max(std::int64_t{p.top} + top, std::int64_t{p.bottom} + bottom) > reach_h ||
      std::max(std::int64_t{p.left} + left, std::int64_t{p.right} + right) > reach_w) {
    return false;
  }
  conv.padding = {p.top + top, p.left + left, p.bottom + bottom, p.right + right};
  return true;
}

/// Which binary operators TensorFlow Lite gives an activation; others of f32 clamp as well, but their 8-bit forms do not.
inline bool clamps(const Binary& binary) {
  return binary.op == BinaryOp::sub || binary.op == BinaryOp::mul || binary.op == BinaryOp::div;
}
/// The activation of an operator that has one, or null.
inline Activation* activation_of(Node& node) {
  if (auto* a = attributes_of<Conv2d>(node)) return &a->activation;
  if (auto* a = attributes_of<DepthwiseConv2d>(node)) return &a->activation;
  if (auto* a = attributes_of<FullyConnected>(node)) return &a->activation;
  if (auto* a = attributes_of<Pool2d>(node)) return &a->activation;
  if (auto* a = attributes_of<Add>(node)) return &a->activation;
  if (auto* a = attributes_of<TransposeConv>(node)) return &a->activation;
  if (auto* a = attributes_of<Binary>(node)) return clamps(*a) ? &a->activation : nullptr;
  return nullptr;
}

/// `second` after `first`, where one activation does both.
inline bool combine(Activation& first, Activation second) {
  const bool both_from_zero = (first == Activation::relu && second == Activation::relu6) ||
                              (first == Activation::relu6 && second == Activation::relu);
  if (both_from_zero)
    first = Activation::relu6;
  else if (first == Activation::none)
    first = second;
  else if (first != second && second != Activation::none)
    return false;
  return true;
}
}  // namespace detail

/// PAD of rows and columns, then a convolution: the convolution pads. Not for pooling, whose padding does not count.
inline bool fuse_pad(Model& model) {
  const Uses uses(model);
  std::vector<bool> fused(model.nodes.size());
  bool changed = false;
  for (std::size_t n = 0; n < model.nodes.size(); ++n) {
    Node& node = model.nodes[n];
    const auto* pad = detail::attributes_of<Pad>(node);
    if (pad != nullptr && (pad->mode != PadMode::constant || (node.inputs.size() > 1 && node.inputs[1] >= 0))) continue;
    const int reader = pad == nullptr ? -1 : uses.only_reader(node.outputs[0]);
    if (reader < 0 || pad->amounts.size() != 4) continue;
    const auto none = [](const std::array<std::int32_t, 2>& amount) { return amount[0] == 0 && amount[1] == 0; };
    const Tensor &x = detail::tensor_at(model, node.inputs[0]), &y = detail::tensor_at(model, node.outputs[0]);
    if (!none(pad->amounts[0]) || !none(pad->amounts[3]) || !detail::same_quantization(x, y)) continue;
    Node& next = detail::node_at(model, reader);
    bool added = false;
    if (auto* conv = detail::attributes_of<Conv2d>(next)) {
      added = detail::add_padding(*conv, detail::tensor_at(model, next.inputs[1]).shape, *pad);
    } else if (auto* depthwise = detail::attributes_of<DepthwiseConv2d>(next)) {
      added = detail::add_padding(*depthwise, detail::tensor_at(model, next.inputs[1]).shape, *pad);
    }
    if (!added) continue;
    next.inputs[0] = node.inputs[0];
    fused[n] = changed = true;
  }
  detail::erase_nodes(model, fused);
  return changed;
}

/// A product in f32 without bias or activation, then ADD of a constant per channel: the product adds it.
inline bool fuse_bias(Model& model) {
  const Uses uses(model);
  std::vector<bool> fused(model.nodes.size());
  bool changed = false;
  for (std::size_t n = 0; n < model.nodes.size(); ++n) {
    Node& node = model.nodes[n];
    if (!detail::attributes_of<Add>(node)) continue;
    const bool second = detail::tensor_at(model, node.inputs[1]).constant;
    const int x = node.inputs[second ? 0 : 1], bias = node.inputs[second ? 1 : 0];
    const int writer = uses.writer(x);
    const Tensor &b = detail::tensor_at(model, bias), &y = detail::tensor_at(model, node.outputs[0]);
    if (!b.constant || b.type != DType::f32 || writer < 0 || uses.only_reader(x) != static_cast<int>(n)) continue;
    // One value a channel: the last dimension counts, the others are 1.
    if (y.shape != detail::tensor_at(model, x).shape || b.shape.empty() || b.shape.back() != b.elements() ||
        b.elements() != y.shape.back()) {
      continue;
    }
    Node& product = detail::node_at(model, writer);
    const bool is_product = detail::attributes_of<Conv2d>(product) || detail::attributes_of<DepthwiseConv2d>(product) ||
                            detail::attributes_of<FullyConnected>(product);
    if (!is_product || (product.inputs.size() > 2 && product.inputs[2] >= 0) ||
        *detail::activation_of(product) != Activation::none) {
      continue;
    }
    product.inputs.resize(3);
    product.inputs[2] = bias;
    product.outputs = node.outputs;
    *detail::activation_of(product) = *detail::activation_of(node);
    fused[n] = changed = true;
  }
  detail::erase_nodes(model, fused);
  return changed;
}

/// An operator, then an activation on its own: the operator clamps. Both results must be quantised alike.
inline bool fuse_activation(Model& model) {
  const Uses uses(model);
  std::vector<bool> fused(model.nodes.size());
  std::vector<int> writers(model.tensors.size(), -1);  // while nodes are fused
  for (std::size_t t = 0; t < writers.size(); ++t) writers[t] = uses.writer(static_cast<int>(t));
  bool changed = false;
  for (std::size_t n = 0; n < model.nodes.size(); ++n) {
    Node& node = model.nodes[n];
    const auto* activate = detail::attributes_of<Activate>(node);
    if (activate == nullptr) continue;
    const int x = node.inputs[0], y = node.outputs[0];
    const int writer = writers[static_cast<std::size_t>(x)];
    if (writer < 0 || uses.only_reader(x) != static_cast<int>(n)) continue;
    Node& before = detail::node_at(model, writer);
    Activation* activation = detail::activation_of(before);
    if (activation == nullptr || !detail::same_quantization(detail::tensor_at(model, x), detail::tensor_at(model, y)) ||
        !detail::combine(*activation, activate->activation)) {
      continue;
    }
    before.outputs = node.outputs;
    writers[static_cast<std::size_t>(y)] = writer;
    fused[n] = changed = true;
  }
  detail::erase_nodes(model, fused);
  return changed;
}

}  // namespace hone::graph
