// Runs a model node by node. Values are freed after their last use; subgraphs run as their operator asks.
#pragma once
#include <chrono>
#include <memory>

#include "../../thread_pool.hpp"
#include "../onnx.hpp"
#include "compile.hpp"

namespace hone::graph::onnx {

class Interpreter final : public Session {
 public:
  static Expected<std::unique_ptr<Interpreter>> make(const std::shared_ptr<const ModelDef>& model,
                                                     const OnnxOptions& options) {
    auto made = std::make_unique<Interpreter>();
    HONE_CHECK(made->prepare(model, options));
    return made;
  }

  Expected<void> run() {
    infos.clear();
    executed_ = 0;
    HONE_CHECK(run_nodes(main_));
    outputs.clear();
    for (std::size_t i = 0; i < main_.outputs.size(); ++i) {
      Slot& slot = slots_[static_cast<std::size_t>(main_.outputs[i])];
      outputs.push_back(slot.value);
      output_infos[i].type = slot.value.type;
      output_infos[i].shape = slot.value.shape;
    }
    for (const int number : main_.outputs) {
      if (is_own(number)) slots_[static_cast<std::size_t>(number)].value = {};
    }
    return {};
  }

  Expected<Values> run_body(Body& body, std::span<const Value> given) override {
    if (given.size() != body.inputs.size()) {
      return fail(ErrorCode::bad_model, "a graph of " + std::to_string(body.inputs.size()) + " inputs is given " +
                                            std::to_string(given.size()));
    }
    for (std::size_t i = 0; i < given.size(); ++i) slots_[static_cast<std::size_t>(body.inputs[i])].value = given[i];
    HONE_CHECK(run_nodes(body));
    Values results;
    for (const int number : body.outputs) results.push_back(slots_[static_cast<std::size_t>(number)].value);
    return results;
  }

  std::span<std::byte> input_bytes(std::size_t i) {
    const Value& v = slots_[static_cast<std::size_t>(main_.inputs[i])].value;
    return {v.own, v.bytes()};
  }

  std::vector<Tensor> input_infos, output_infos;
  Values outputs;               ///< of the last run
  std::vector<StepInfo> infos;  ///< of the last run's nodes of the main graph
  std::size_t threads = 1;
  std::size_t weights_bytes() const { return count_weights(main_); }

 private:
  Expected<void> prepare(const std::shared_ptr<const ModelDef>& model, const OnnxOptions& options) {
    model_ = model;
    profile_ = options.profile;
    memory->limit = options.memory_limit;
    const Expected<Tier> chosen = options.tier.empty() ? cpu::chosen() : cpu::find(options.tier);
    if (!chosen) return tl::unexpected<Error>(chosen.error());
    tier = *chosen;
    if (options.parallel.threads() > 1) {
      parallel = options.parallel;
    } else if (options.threads > 1) {
      pool_ = std::make_unique<ThreadPool>(options.threads);
      parallel = Parallel(*pool_, pool_->threads());
    }
    threads = parallel.threads();
    HONE_CHECK(Compiler(*model, slots_, [this](Node& node) { return run_node(node); }).main(main_));
    HONE_CHECK(bind_inputs(options.shapes));
    for (std::size_t i = 0; i < main_.outputs.size(); ++i) {
      output_infos.push_back(info_of(model->graph.outputs[i], {}));
    }
    return {};
  }

  /// Open sizes are those of `shapes`, else those of another input with the same name for them, else 1.
  Expected<void> bind_inputs(const std::vector<std::pair<std::string, Shape>>& shapes) {
    const auto wrong = [](const std::string& what) { return fail(ErrorCode::invalid_argument, what); };
    std::vector<const ValueInfo*> inputs;
    for (const int number : main_.inputs) {
      const std::string& name = slots_[static_cast<std::size_t>(number)].name;
      for (const ValueInfo& info : model_->graph.inputs) {
        if (info.name == name) inputs.push_back(&info);
      }
    }
    for (const auto& given : shapes) {
      const std::string& name = given.first;
      const Shape& shape = given.second;
      const auto at = std::find_if(inputs.begin(), inputs.end(), [&](const ValueInfo* i) { return i->name == name; });
      if (at == inputs.end()) {
        std::string names;
        for (const ValueInfo* i : inputs) names += (names.empty() ? "'" : ", '") + i->name + "'";
        return wrong("no input '" + name + "'; the model has " + names);
      }
      const ValueInfo& info = **at;
      bool fits = !info.has_shape || info.dims.size() == shape.size();
      for (std::size_t d = 0; fits && info.has_shape && d < shape.size(); ++d) {
        fits = info.dims[d] < 0 || info.dims[d] == shape[d];
        if (info.dims[d] < 0 && !info.dim_names[d].empty()) {
          const auto known = bound_.emplace(info.dim_names[d], shape[d]).first;
          if (known->second != shape[d]) {
            return wrong("'" + known->first + "' is " + std::to_string(known->second) + " and " +
                         std::to_string(shape[d]));
          }
        }
      }
      if (!fits) {
        return wrong("the model fixes input '" + name + "' to " + to_string(info.dims) + ", given " + to_string(shape));
      }
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::string place = model_->source + ": input " + std::to_string(i) + " '" + inputs[i]->name + "'";
      if (!inputs[i]->type) return fail(ErrorCode::unsupported, place + ": no tensor, or of a type Hone lacks");
      const auto given =
          std::find_if(shapes.begin(), shapes.end(), [&](const auto& s) { return s.first == inputs[i]->name; });
      Tensor info = info_of(*inputs[i], given != shapes.end() ? given->second : Shape{});
      auto made = Value::make(memory, info.type, info.shape);
      if (!made) return fail(made.error().code, place + ": " + made.error().message);
      fill(info.type, made->own, made->count());
      slots_[static_cast<std::size_t>(main_.inputs[i])].value = std::move(*made);
      input_infos.push_back(std::move(info));
    }
    return {};
  }
  Tensor info_of(const ValueInfo& info, const Shape& given) const {
    Tensor tensor;
    tensor.name = info.name;
    tensor.type = info.type.value_or(DType::f32);
    tensor.shape = given;
    if (!given.empty()) return tensor;
    for (std::size_t d = 0; d < info.dims.size(); ++d) {
      const auto known = bound_.find(info.dim_names[d]);
      tensor.shape.push_back(info.dims[d] >= 0 ? info.dims[d] : known != bound_.end() ? known->second : 1);
    }
    return tensor;
  }

  Expected<void> run_nodes(Body& body) {
    for (Node& node : body.nodes) {
      const bool timed = profile_ && &body == &main_;
      const auto start = timed ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point{};
      HONE_CHECK(run_node(node));
      if (timed) note(node, std::chrono::steady_clock::now() - start);
      for (const int number : node.last_uses) slots_[static_cast<std::size_t>(number)].value = {};
    }
    return {};
  }
  Expected<void> run_node(Node& node) {
    if (++executed_ > most_executed) {
      return located(node,
                     {ErrorCode::unsupported, "more than " + std::to_string(most_executed) + " nodes in one run"});
    }
    std::vector<const Value*> inputs;
    for (const int number : node.inputs) {
      inputs.push_back(number < 0 ? nullptr : &slots_[static_cast<std::size_t>(number)].value);
      if (number >= 0 && !inputs.back()->exists()) {
        return located(
            node, {ErrorCode::bad_model, "input '" + slots_[static_cast<std::size_t>(number)].name + "' has no value"});
      }
    }
    Call call{node, inputs, *this};
    Results results = node.op->run(call);
    if (!call.problem.message.empty()) return located(node, call.problem);
    if (!results) return located(node, std::move(results.error()));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] < 0) continue;
      if (i >= results->size()) {
        return located(node, {ErrorCode::unsupported, "output " + std::to_string(i) + " is not supported"});
      }
      slots_[static_cast<std::size_t>(node.outputs[i])].value = std::move((*results)[i]);
    }
    return {};
  }
  /// "model.onnx: node 3 'Add' (name): what". Errors of nodes in subgraphs carry both places.
  tl::unexpected<Error> located(const Node& node, Error error) const {
    std::string place = "node " + std::to_string(node.index) + " '" + std::string(node.op->name) + "'";
    if (!node.name.empty()) place += " (" + node.name + ")";
    const std::string prefix = model_->source + ": ";
    if (error.message.starts_with(prefix)) error.message.erase(0, prefix.size());
    if (error.code == ErrorCode::invalid_argument) error.code = ErrorCode::bad_model;
    error.message = prefix + place + ": " + error.message;
    return tl::unexpected<Error>(std::move(error));
  }
  bool is_own(int number) const {
    return !slots_[static_cast<std::size_t>(number)].constant &&
           std::find(main_.inputs.begin(), main_.inputs.end(), number) == main_.inputs.end();
  }

  void note(const Node& node, std::chrono::steady_clock::duration time) {
    StepInfo info;
    const auto shape = [&](int number) { return to_string(slots_[static_cast<std::size_t>(number)].value.shape); };
    info.op = node.op->name;
    info.node = node.index;
    info.kernel = "onnx";
    info.tier = cpu::name_of(tier);
    for (const int number : node.inputs) {
      if (number < 0) continue;
      info.shapes += (info.shapes.empty() ? "" : ", ") + shape(number);
      info.bytes += static_cast<std::int64_t>(slots_[static_cast<std::size_t>(number)].value.bytes());
    }
    if (!node.outputs.empty() && node.outputs[0] >= 0) {
      info.name = slots_[static_cast<std::size_t>(node.outputs[0])].name;
      info.shapes += " -> " + shape(node.outputs[0]);
      info.bytes += static_cast<std::int64_t>(slots_[static_cast<std::size_t>(node.outputs[0])].value.bytes());
    }
    info.operations = node.operations;
    info.weights_bytes = node.state_bytes;
    info.nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
    infos.push_back(std::move(info));
  }
  static std::size_t count_weights(const Body& body) {
    std::size_t bytes = 0;
    for (const Node& node : body.nodes) {
      bytes += node.state_bytes;
      for (const Body& inner : node.bodies) bytes += count_weights(inner);
    }
    return bytes;
  }

  static constexpr std::size_t most_executed = std::size_t{1} << 23;  // loops in loops can ask for any number

  std::shared_ptr<const ModelDef> model_;
  std::size_t executed_ = 0;
  std::unique_ptr<ThreadPool> pool_;
  std::vector<Slot> slots_;
  Body main_;
  std::unordered_map<std::string, Index> bound_;  // sizes by the names the model has for them
  bool profile_ = false;
};

}  // namespace hone::graph::onnx
