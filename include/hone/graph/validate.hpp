// What a Model must fulfil before it is planned, whichever format it came from. After validate() the passes, the plan and
// the kernels may trust: tensor numbers, ranks, sizes, types and quantisation of everything that a node uses.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "../error.hpp"
#include "model.hpp"
#include "validate_ops.hpp"

namespace hone::graph {

namespace detail {

/// What is wrong with a tensor by itself; empty for nothing.
inline std::string tensor_problem(const Tensor& t) {
  constexpr std::size_t most_dimensions = 8;
  if (t.shape.size() > most_dimensions) {
    return std::to_string(t.shape.size()) + " dimensions, at most " + std::to_string(most_dimensions) + " expected";
  }
  for (std::size_t d = 0; d < t.shape.size(); ++d) {
    if (t.shape[d] < 0 || t.shape[d] > std::numeric_limits<std::int32_t>::max()) {
      return "dimension " + std::to_string(d) + " is " + std::to_string(t.shape[d]) + ", expected 0 to 2147483647";
    }
  }
  // Kernels count bytes and elements in 32 bits where that is faster.
  if (t.elements() < 0 || t.elements() > std::numeric_limits<std::int32_t>::max() / std::int64_t(size_of(t.type))) {
    return "takes 2 GiB or more";
  }
  if (t.constant && t.variable) return "both a constant and a variable";
  if (!t.constant && !(t.variable && !t.data.empty())) return {};
  if (t.data.size() != t.bytes()) {
    return std::to_string(t.data.size()) + " bytes of data, expected " + std::to_string(t.bytes());
  }
  if (reinterpret_cast<std::uintptr_t>(t.data.data()) % size_of(t.type) != 0) return "its data is not aligned";
  return {};
}

class Validator {
 public:
  Validator(const Model& model, bool inner)
      : model_(model), inner_(inner), state_(model.tensors.size(), State::undefined) {}

  Expected<void> run() {
    if (tensors() && graphs() && inputs() && nodes() && outputs()) return {};
    return tl::unexpected(error_);
  }

 private:
  enum class State : std::uint8_t { undefined, constant, variable, input, written };

  bool wrong(const std::string& message) {
    error_ = {ErrorCode::bad_model, model_.source + ": " + message};
    return false;
  }

  bool tensors() {
    if (model_.tensors.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      return wrong(std::to_string(model_.tensors.size()) + " tensors");
    }
    for (std::size_t i = 0; i < model_.tensors.size(); ++i) {
      const Tensor& t = model_.tensors[i];
      const std::string problem = tensor_problem(t);
      if (!problem.empty()) return wrong(describe(model_, static_cast<int>(i)) + ": " + problem);
      if (t.constant) state_[i] = State::constant;
      if (t.variable) state_[i] = State::variable;
      if (t.variable && inner_) return wrong(describe(model_, static_cast<int>(i)) + ": a variable of an inner graph");
    }
    return true;
  }

  bool graphs() {
    for (const auto& graph : model_.graphs) {
      if (graph == nullptr) return wrong("a graph that is not there");
      if (const auto valid = Validator(*graph, true).run(); !valid) {
        error_ = valid.error();
        return false;
      }
    }
    return true;
  }

  bool in_range(int tensor) const { return tensor >= 0 && static_cast<std::size_t>(tensor) < model_.tensors.size(); }
  State& state(int tensor) { return state_[static_cast<std::size_t>(tensor)]; }

  // What any use of a tensor needs, by the graph or a node. `who` is put together only for an error.
  template <class Who> bool used(int tensor, const Who& who) {
    if (!in_range(tensor)) {
      return wrong(who() + ": tensor " + std::to_string(tensor) + ", expected 0 to " +
                   std::to_string(static_cast<std::int64_t>(model_.tensors.size()) - 1));
    }
    const Tensor& t = model_.tensors[static_cast<std::size_t>(tensor)];
    return t.elements() > 0 || wrong(who() + ": " + describe(model_, tensor) + " has no elements");
  }

  bool inputs() {
    for (std::size_t i = 0; i < model_.inputs.size(); ++i) {
      const int t = model_.inputs[i];
      const auto who = [&] { return "graph input " + std::to_string(i); };
      if (!used(t, who)) return false;
      if (state(t) != State::undefined) {
        return wrong(who() + ": " + describe(model_, t) + " is " +
                     (state(t) == State::input      ? "an input already"
                      : state(t) == State::variable ? "a variable"
                                                    : "a constant"));
      }
      state(t) = State::input;
    }
    return true;
  }

  bool nodes() {
    for (const Node& node : model_.nodes) {
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const int t = node.inputs[i];
        if (t == -1) continue;  // which inputs may be absent is for the operator to say
        const auto who = [&] { return describe(node) + ": input " + std::to_string(i); };
        if (!used(t, who)) return false;
        if (state(t) == State::undefined) {
          return wrong(who() + ": " + describe(model_, t) +
                       " is neither constant, nor an input of the graph, nor written by an earlier node");
        }
      }
      for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        const int t = node.outputs[i];
        const auto who = [&] { return describe(node) + ": output " + std::to_string(i); };
        if (!used(t, who)) return false;
        if (state(t) != State::undefined) {
          return wrong(who() + ": " + describe(model_, t) + " is " +
                       (state(t) == State::written    ? "written by an earlier node"
                        : state(t) == State::input    ? "an input of the graph"
                        : state(t) == State::variable ? "a variable"
                                                      : "a constant"));
        }
        state(t) = State::written;
      }
      NodeRules rules(model_, node);
      if (!rules.check()) {
        error_ = rules.error();
        return false;
      }
    }
    return true;
  }

  bool outputs() {
    if (model_.outputs.empty()) return wrong("the graph has no outputs");
    for (std::size_t i = 0; i < model_.outputs.size(); ++i) {
      const int t = model_.outputs[i];
      const auto who = [&] { return "graph output " + std::to_string(i); };
      if (!used(t, who)) return false;
      // A graph that another runs may hand on what it was given.
      if (state(t) == State::written || (inner_ && (state(t) == State::input || state(t) == State::constant))) continue;
      return wrong(who() + ": " + describe(model_, t) + " is written by no node");
    }
    return true;
  }

  const Model& model_;
  bool inner_;
  std::vector<State> state_;
  Error error_;
};

}  // namespace detail

/// Checks tensors (sizes, memory, data of constants), the graph (numbers in range, every input defined before it is
/// used, every tensor written once, outputs written) and each node (see NodeRules). Importers call it; so should who
/// builds or changes a Model by hand.
/// Errors: bad_model where the model contradicts itself, unsupported where Hone lacks the combination; each names the
/// source, the node, the tensor and what was expected. Time: linear in nodes and tensors.
inline Expected<void> validate(const Model& model) { return detail::Validator(model, false).run(); }
/// The same for a graph of another model (Model::graphs), which may return inputs and constants.
inline Expected<void> validate_inner(const Model& model) { return detail::Validator(model, true).run(); }

}  // namespace hone::graph
