// A model's graphs made ready to run: names become numbers of slots, functions are put in where they are called, and
// what depends on constants alone is computed.
#pragma once
#include <algorithm>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "table.hpp"

namespace hone::graph::onnx {

/// A place for one value. Every graph of the model has slots of its own: graphs can not call themselves.
struct Slot {
  std::string name;
  Value value;
  bool constant = false;  ///< set before the first run, and kept
};

class Compiler {
 public:
  /// `run` computes a node whose inputs are all constants.
  Compiler(const ModelDef& model, std::vector<Slot>& slots, std::function<Expected<void>(Node&)> run)
      : model_(model), slots_(slots), run_(std::move(run)) {}

  /// The main graph. Its inputs, but for those with an initializer, become body.inputs.
  Expected<void> main(Body& body) {
    opset_ = model_.opset;
    return graph(model_.graph, body, nullptr, 0);
  }
  std::size_t folded() const { return folded_; }

 private:
  struct Scope {
    const Scope* outer = nullptr;
    std::unordered_map<std::string, int> names = {};
    int find(const std::string& name) const {
      for (const Scope* s = this; s != nullptr; s = s->outer) {
        if (const auto at = s->names.find(name); at != s->names.end()) return at->second;
      }
      return -1;
    }
  };
  static constexpr int deepest = 64;                  // graphs and functions within each other
  static constexpr std::size_t most_nodes = 1 << 20;  // functions that call functions grow quickly

  tl::unexpected<Error> bad(const std::string& what) const {
    return fail(ErrorCode::bad_model, model_.source + ": " + what);
  }
  int new_slot(const std::string& name) {
    slots_.push_back({name, {}, false});
    return static_cast<int>(slots_.size()) - 1;
  }
  Slot& slot(int number) { return slots_[static_cast<std::size_t>(number)]; }

  Expected<void> define(Scope& scope, const std::string& name, int number) {
    if (!scope.names.emplace(name, number).second) return bad("value '" + name + "' is defined twice");
    return {};
  }

  Expected<void> graph(const Graph& g, Body& body, const Scope* outer, int depth) {
    if (depth > deepest) return bad("graphs nested more than " + std::to_string(deepest) + " deep");
    Scope scope{outer};
    for (const auto& [name, value] : g.initializers) {
      const int number = new_slot(name);
      slot(number).value = value;
      slot(number).constant = true;
      HONE_CHECK(define(scope, name, number));
    }
    for (const ValueInfo& input : g.inputs) {
      if (outer == nullptr && scope.names.count(input.name) != 0) continue;
      body.inputs.push_back(new_slot(input.name));
      HONE_CHECK(define(scope, input.name, body.inputs.back()));
    }
    for (std::size_t n = 0; n < g.nodes.size(); ++n) HONE_CHECK(node(g.nodes[n], n, body, scope, depth));
    for (const ValueInfo& output : g.outputs) {
      const int number = scope.find(output.name);
      if (number < 0) return bad("output '" + output.name + "' is computed by no node");
      body.outputs.push_back(number);
    }
    find_last_uses(body, scope);
    return {};
  }

  Expected<void> node(const NodeDef& def, std::size_t index, Body& body, Scope& scope, int depth) {
    const std::string place = "node " + std::to_string(index) + " '" + def.op + "'";
    if (++nodes_ > most_nodes) return bad(place + ": more than " + std::to_string(most_nodes) + " nodes");
    Node n;
    n.index = static_cast<int>(index);
    n.opset = opset_;
    n.name = def.name;
    for (const std::string& name : def.inputs) {
      n.inputs.push_back(name.empty() ? -1 : scope.find(name));
      if (!name.empty() && n.inputs.back() < 0 && !absent(scope, name)) {
        return bad(place + ": its input '" + name + "' is computed by no node before it");
      }
    }
    while (!n.inputs.empty() && n.inputs.back() < 0) n.inputs.pop_back();
    for (const Function& f : model_.functions) {
      if (f.name == def.op && f.domain == def.domain) return call(f, def, n.inputs, body, scope, place, depth);
    }
    n.op = def.domain.empty() ? find_operator(def.op) : nullptr;
    if (n.op == nullptr) {
      return fail(ErrorCode::unsupported, model_.source + ": " + place + ": operator " +
                                              (def.domain.empty() ? "" : def.domain + ".") + def.op +
                                              " is not supported; supported: " + supported_operators());
    }
    if (static_cast<int>(n.inputs.size()) > n.op->most) {
      return bad(place + ": " + std::to_string(n.inputs.size()) + " inputs, expected at most " +
                 std::to_string(n.op->most));
    }
    for (int i = 0; i < n.op->least; ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (at >= n.inputs.size() || n.inputs[at] < 0) return bad(place + ": input " + std::to_string(i) + " is absent");
    }
    for (const Attribute& a : def.attributes) {
      HONE_TRY(resolved, resolve(a, place));
      if (resolved != nullptr) n.attributes.push_back(*resolved);
    }
    for (const Attribute& a : n.attributes) {
      if (a.kind != Attribute::Kind::graph) continue;
      Body& inner = n.bodies.emplace_back();
      inner.attribute = a.name;
      HONE_CHECK(graph(*a.graph, inner, &scope, depth + 1));
    }
    for (const std::string& name : def.outputs) {
      n.outputs.push_back(name.empty() ? -1 : new_slot(name));
      if (!name.empty()) HONE_CHECK(define(scope, name, n.outputs.back()));
    }
    bool all_constant = n.bodies.empty();
    for (const int input : n.inputs) {
      n.constant.push_back(input < 0 || slot(input).constant);
      all_constant = all_constant && n.constant.back();
    }
    if (!all_constant) {
      body.nodes.push_back(std::move(n));
      return {};
    }
    ++folded_;
    HONE_CHECK(run_(n));
    for (const int output : n.outputs) {
      if (output >= 0) slot(output).constant = true;
    }
    return {};
  }

  /// An optional input of a function that its caller left out.
  static bool absent(const Scope& scope, const std::string& name) {
    for (const Scope* s = &scope; s != nullptr; s = s->outer) {
      if (s->names.count(name) != 0) return true;
    }
    return false;
  }
  /// In a function's body an attribute may stand for one of the caller's, or its default; null where there is neither.
  Expected<const Attribute*> resolve(const Attribute& a, const std::string& place) {
    if (a.reference.empty()) return &a;
    if (caller_ == nullptr) return bad(place + ": attribute '" + a.name + "' refers to one outside");
    for (const auto* list : {&caller_->attributes, &function_->defaults}) {
      for (const Attribute& b : *list) {
        if (b.name != a.reference) continue;
        renamed_.push_back(std::make_unique<Attribute>(b));
        renamed_.back()->name = a.name;
        return renamed_.back().get();
      }
    }
    return nullptr;
  }

  Expected<void> call(const Function& f, const NodeDef& def, const std::vector<int>& inputs, Body& body, Scope& scope,
                      const std::string& place, int depth) {
    if (depth > deepest) return bad(place + ": functions nested more than " + std::to_string(deepest) + " deep");
    if (def.inputs.size() > f.inputs.size() || def.outputs.size() > f.outputs.size()) {
      return bad(place + ": more inputs or outputs than the function has");
    }
    NodeDef caller = def;  // its own attributes may be references too
    caller.attributes.clear();
    for (const Attribute& a : def.attributes) {
      HONE_TRY(resolved, resolve(a, place));
      if (resolved != nullptr) caller.attributes.push_back(*resolved);
    }
    const NodeDef* const outer_caller = std::exchange(caller_, &caller);
    const Function* const outer_function = std::exchange(function_, &f);
    const Index outer_opset = std::exchange(opset_, f.opset > 0 ? f.opset : opset_);
    Scope own;
    for (std::size_t i = 0; i < f.inputs.size(); ++i) {
      HONE_CHECK(define(own, f.inputs[i], i < inputs.size() ? inputs[i] : -1));
    }
    for (std::size_t n = 0; n < f.nodes.size(); ++n) HONE_CHECK(node(f.nodes[n], n, body, own, depth + 1));
    caller_ = outer_caller;
    function_ = outer_function;
    opset_ = outer_opset;
    for (std::size_t i = 0; i < def.outputs.size(); ++i) {
      const int number = own.find(f.outputs[i]);
      if (number < 0) return bad(place + ": output '" + f.outputs[i] + "' is computed by no node of the function");
      if (!def.outputs[i].empty()) HONE_CHECK(define(scope, def.outputs[i], number));
    }
    return {};
  }

  static void collect_uses(const Node& node, std::vector<int>& uses) {
    uses.insert(uses.end(), node.inputs.begin(), node.inputs.end());
    for (const Body& body : node.bodies) {
      for (const Node& inner : body.nodes) collect_uses(inner, uses);
      uses.insert(uses.end(), body.outputs.begin(), body.outputs.end());
    }
  }
  /// Which values of this graph nothing reads after each node. Inputs of the main graph stay: the next run reads them.
  void find_last_uses(Body& body, const Scope& scope) {
    std::unordered_set<int> own, kept(body.outputs.begin(), body.outputs.end());
    if (scope.outer != nullptr) own.insert(body.inputs.begin(), body.inputs.end());
    for (const Node& node : body.nodes) own.insert(node.outputs.begin(), node.outputs.end());
    for (std::size_t n = body.nodes.size(); n-- > 0;) {
      Node& node = body.nodes[n];
      std::vector<int> uses = node.outputs;
      collect_uses(node, uses);
      for (const int use : uses) {
        if (use >= 0 && own.count(use) != 0 && kept.insert(use).second) node.last_uses.push_back(use);
      }
    }
  }

  const ModelDef& model_;
  std::vector<Slot>& slots_;
  std::function<Expected<void>(Node&)> run_;
  Index opset_ = 1;
  std::size_t nodes_ = 0, folded_ = 0;
  const NodeDef* caller_ = nullptr;
  const Function* function_ = nullptr;
  std::vector<std::unique_ptr<Attribute>> renamed_;
};

}  // namespace hone::graph::onnx
