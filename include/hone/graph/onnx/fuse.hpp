// Quantised graphs as exporters write them, float operators between DequantizeLinear and QuantizeLinear, turned into
// integer operators: what ONNX Runtime computes for them too.
#pragma once
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "elements.hpp"
#include "graph.hpp"

namespace hone::graph::onnx {

class Fuser {
 public:
  explicit Fuser(Graph& graph) : graph_(graph), dead_(graph.nodes.size()) {
    for (const auto& [name, value] : graph.initializers) constants_[name] = &value;
    for (const ValueInfo& output : graph.outputs) ++uses_[output.name];
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      for (const std::string& name : graph.nodes[n].outputs) producer_[name] = n;
      count_uses(graph.nodes[n]);
      for (const std::string& name : graph.nodes[n].inputs) consumer_[name] = n;
    }
  }

  /// Rewrites the graph. Returns how many operators were made integer ones.
  std::size_t run() {
    std::size_t fused = 0;
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) fused += fuse(n) ? 1 : 0;
    if (fused > 0) remove_unused();
    return fused;
  }

 private:
  void count_uses(const NodeDef& node) {
    for (const std::string& name : node.inputs) ++uses_[name];
    for (const Attribute& a : node.attributes) {
      if (a.graph == nullptr) continue;
      for (const NodeDef& inner : a.graph->nodes) count_uses(inner);
      for (const ValueInfo& output : a.graph->outputs) ++uses_[output.name];
    }
  }
  const Value* constant(const std::string& name) const {
    const auto at = constants_.find(name);
    return at == constants_.end() ? nullptr : at->second;
  }
  static bool is(const NodeDef& node, std::string_view op) { return node.op == op && node.domain.empty(); }
  static Index integer(const NodeDef& node, std::string_view name, Index missing) {
    for (const Attribute& a : node.attributes) {
      if (a.name == name && a.kind == Attribute::Kind::i) return a.i;
    }
    return missing;
  }
  /// The DequantizeLinear that makes a value, with a constant scale and zero point.
  const NodeDef* dequantizer(const std::string& name) const {
    const auto at = producer_.find(name);
    if (at == producer_.end() || dead_[at->second]) return nullptr;
    const NodeDef& node = graph_.nodes[at->second];
    if (!is(node, "DequantizeLinear") || node.inputs.size() != 3 || integer(node, "block_size", 0) != 0) return nullptr;
    const Value *scale = constant(node.inputs[1]), *zero = constant(node.inputs[2]);
    return scale != nullptr && zero != nullptr && scale->type == DType::f32 ? &node : nullptr;
  }
  static bool is_8_bit(const Value& v) { return v.type == DType::i8 || v.type == DType::u8; }
  bool is_scalar_8_bit(const NodeDef& q) const {
    const Value *scale = constant(q.inputs[1]), *zero = constant(q.inputs[2]);
    return scale != nullptr && zero != nullptr && scale->count() == 1 && zero->count() == 1 && is_8_bit(*zero) &&
           scale->type == DType::f32;
  }
  /// The node that alone reads a value, if there is one.
  std::optional<std::size_t> only_reader(const std::string& name) const {
    const auto uses = uses_.find(name);
    const auto at = consumer_.find(name);
    if (uses == uses_.end() || uses->second != 1 || at == consumer_.end()) return {};
    return at->second;
  }

  bool fuse(std::size_t n) {
    const NodeDef& node = graph_.nodes[n];
    const bool conv = is(node, "Conv"), product = is(node, "MatMul");
    if ((!conv && !product) || node.inputs.size() < 2 || node.outputs.size() != 1) return false;
    const NodeDef *x = dequantizer(node.inputs[0]), *w = dequantizer(node.inputs[1]);
    if (x == nullptr || w == nullptr || !is_scalar_8_bit(*x)) return false;
    const Value *weights = constant(w->inputs[0]), *scale = constant(w->inputs[1]);
    if (weights == nullptr || !is_8_bit(*weights)) return false;
    if (scale->count() != 1 &&
        (!conv || weights->rank() == 0 || integer(*w, "axis", 1) != 0 || scale->count() != weights->shape[0])) {
      return false;
    }
    std::string bias;
    if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
      const NodeDef* b = dequantizer(node.inputs[2]);
      if (!conv || b == nullptr || constant(b->inputs[0]) == nullptr || !fits_sums(*b, *x, *scale)) return false;
      bias = b->inputs[0];
    }
    auto last = only_reader(node.outputs[0]);
    std::optional<std::size_t> relu;
    if (last && conv && is(graph_.nodes[*last], "Relu")) {
      relu = last;
      last = only_reader(graph_.nodes[*relu].outputs[0]);
    }
    if (!last || !is(graph_.nodes[*last], "QuantizeLinear") || graph_.nodes[*last].inputs.size() != 3 ||
        !is_scalar_8_bit(graph_.nodes[*last])) {
      return false;
    }
    const NodeDef& q = graph_.nodes[*last];
    NodeDef made = node;
    made.op = conv ? "QLinearConv" : "QLinearMatMul";
    made.inputs = {x->inputs[0], x->inputs[1], x->inputs[2], w->inputs[0],
                   w->inputs[1], w->inputs[2], q.inputs[1],  q.inputs[2]};
    if (!bias.empty()) made.inputs.push_back(bias);
    made.outputs = q.outputs;
    if (relu) {
      Attribute& a = made.attributes.emplace_back();
      a.name = "relu";
      a.kind = Attribute::Kind::i;
      a.i = 1;
      dead_[*relu] = true;
    }
    dead_[*last] = true;
    producer_[made.outputs[0]] = n;
    graph_.nodes[n] = std::move(made);
    return true;
  }
  /// Whether a bias is int32 in units of the product's sums.
  bool fits_sums(const NodeDef& b, const NodeDef& x, const Value& w_scale) const {
    const Value &values = *constant(b.inputs[0]), &scale = *constant(b.inputs[1]);
    if (values.type != DType::i32 || (scale.count() != 1 && scale.count() != values.count())) return false;
    const auto zeros = elements_as<Index>(*constant(b.inputs[2]));
    if (std::any_of(zeros.begin(), zeros.end(), [](Index z) { return z != 0; })) return false;
    const float x_scale = element_as<float>(*constant(x.inputs[1]), 0);
    for (Index i = 0; i < std::max(scale.count(), w_scale.count()); ++i) {
      const float product = x_scale * element_as<float>(w_scale, w_scale.count() == 1 ? 0 : i);
      if (w_scale.count() != 1 && w_scale.count() < scale.count()) return false;
      const float own = element_as<float>(scale, scale.count() == 1 ? 0 : std::min(i, scale.count() - 1));
      if (!(std::fabs(own - product) <= 1e-5F * product)) return false;
    }
    return true;
  }

  void remove_unused() {
    std::unordered_set<std::string> wanted;
    for (const ValueInfo& output : graph_.outputs) wanted.insert(output.name);
    std::vector<NodeDef> kept;
    for (std::size_t n = graph_.nodes.size(); n-- > 0;) {
      NodeDef& node = graph_.nodes[n];
      if (dead_[n]) continue;
      if (is(node, "DequantizeLinear") && wanted.count(node.outputs[0]) == 0) continue;
      want_inputs(node, wanted);
      kept.push_back(std::move(node));
    }
    graph_.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
  }
  static void want_inputs(const NodeDef& node, std::unordered_set<std::string>& wanted) {
    wanted.insert(node.inputs.begin(), node.inputs.end());
    for (const Attribute& a : node.attributes) {
      if (a.graph == nullptr) continue;
      for (const NodeDef& inner : a.graph->nodes) want_inputs(inner, wanted);
      for (const ValueInfo& output : a.graph->outputs) wanted.insert(output.name);
    }
  }

  Graph& graph_;
  std::vector<bool> dead_;
  std::unordered_map<std::string, const Value*> constants_;
  std::unordered_map<std::string, std::size_t> producer_, consumer_;
  std::unordered_map<std::string, std::size_t> uses_;
};

}  // namespace hone::graph::onnx
