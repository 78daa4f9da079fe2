// Nodes whose inputs are all constant are run once, when a model is made ready: shape arithmetic, weights that are
// transposed or converted. Importers use it too, because what an axis or a size is must be known to read an operator.
#pragma once
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "../ops/ops.hpp"
#include "../validate.hpp"
#include "uses.hpp"

namespace hone::graph {

/// Folds the nodes of one model, one after the other, in an order in which they can run.
class ConstantFolder {
 public:
  /// `budget`: bytes that all results together may take. What would take more, or long, is left to the run.
  ConstantFolder(Model& model, Tier tier, std::size_t budget) : model_(model), tier_(tier), budget_(budget) {}

  /// Makes constants of the node's outputs, after which it is not needed; false where that cannot be, for whatever reason.
  /// Errors: out_of_memory.
  Expected<bool> fold(const Node& node) {
    std::size_t bytes = 0;
    if (!foldable(node, bytes)) return false;
    memory_.resize(model_.tensors.size(), nullptr);
    auto results = std::vector<std::shared_ptr<Buffer<std::byte>>>();
    for (const int t : node.outputs) {
      auto made = Buffer<std::byte>::make(detail::tensor_at(model_, t).bytes());
      if (!made) return tl::unexpected<Error>(made.error());
      results.push_back(std::make_shared<Buffer<std::byte>>(std::move(*made)));
      memory_[static_cast<std::size_t>(t)] = results.back()->data();
    }
    Expected<bool> done = run(node);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      memory_[static_cast<std::size_t>(node.outputs[i])] = nullptr;
      if (!done || !*done) continue;
      Tensor& y = detail::tensor_at(model_, node.outputs[i]);
      y.constant = true;
      y.data = {results[i]->data(), results[i]->size()};
      model_.storage.push_back(results[i]);
    }
    if (done && *done) budget_ -= bytes;
    return done;
  }

 private:
  static constexpr std::int64_t most_operations = std::int64_t{1} << 28;  // of all nodes: about a second

  /// Whether running the node changes nothing but its outputs, and always in the same way.
  static bool is_function(const Node& node) {
    const Attributes& a = node.attributes;
    return !std::holds_alternative<ReadVariable>(a) && !std::holds_alternative<AssignVariable>(a) &&
           !std::holds_alternative<Lstm>(a) && !std::holds_alternative<Svdf>(a) && !std::holds_alternative<If>(a) &&
           !std::holds_alternative<While>(a);
  }
  bool foldable(const Node& node, std::size_t& bytes) {
    if (!is_function(node)) return false;
    const auto sound = [](const Tensor& t) { return detail::tensor_problem(t).empty() && t.elements() > 0; };
    for (const int t : node.inputs) {
      if (t >= 0 && (!detail::tensor_at(model_, t).constant || !sound(detail::tensor_at(model_, t)))) return false;
    }
    for (const int t : node.outputs) {
      const Tensor& y = detail::tensor_at(model_, t);
      if (y.constant || y.variable || !sound(y) || is_one_of(model_.outputs, t) || is_one_of(model_.inputs, t))
        return false;
      bytes += y.bytes();
    }
    // What is wrong with the node is for validate() to say.
    return bytes <= budget_ && detail::NodeRules(model_, node).check();
  }
  static bool is_one_of(const std::vector<int>& list, int tensor) {
    return std::find(list.begin(), list.end(), tensor) != list.end();
  }
  Expected<bool> run(const Node& node) {
    const Rounding rounding = model_.format == "onnx" ? Rounding::ort : Rounding::tflite;
    const ops::PrepareContext context{model_, memory_, tier_, rounding, Sparse::never};
    const ops::Prepared step = ops::prepare_node(context, node);
    if (!step) return false;  // as above: the plan meets the node again
    if (*step == nullptr) return false;
    if ((*step)->info.operations > most_operations - operations_) return false;
    operations_ += (*step)->info.operations;
    auto scratch = Buffer<std::byte>::make((*step)->scratch_bytes(1));
    if (!scratch) return tl::unexpected<Error>(scratch.error());
    const Parallel alone;
    const char* problem = nullptr;
    (*step)->run({scratch->data(), alone, problem});
    return problem == nullptr;
  }

  Model& model_;
  Tier tier_;
  std::size_t budget_;
  std::int64_t operations_ = 0;
  std::vector<std::byte*> memory_;  // of the outputs of the node at hand
};

/// Errors: out_of_memory.
inline Expected<bool> fold_constants(Model& model, Tier tier, std::size_t budget) {
  ConstantFolder folder(model, tier, budget);
  std::vector<bool> folded(model.nodes.size());
  bool changed = false;
  for (std::size_t n = 0; n < model.nodes.size(); ++n) {
    Expected<bool> done = folder.fold(model.nodes[n]);
    if (!done) return done;
    folded[n] = *done;
    changed = changed || *done;
  }
  detail::erase_nodes(model, folded);
  return changed;
}

}  // namespace hone::graph
