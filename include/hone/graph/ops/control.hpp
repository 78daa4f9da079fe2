// IF and WHILE: graphs of a model that are programs of their own. Values are copied in and out.
#pragma once
#include <cstring>
#include <memory>
#include <vector>

#include "context.hpp"

namespace hone::graph::ops {

namespace detail {
inline void copy_values(const std::vector<std::span<std::byte>>& from, const std::vector<std::span<std::byte>>& to) {
  for (std::size_t i = 0; i < to.size(); ++i) std::memcpy(to[i].data(), from[i].data(), to[i].size());
}
inline std::vector<std::span<std::byte>> inputs_of(const PrepareContext& context, const Node& node, std::size_t first) {
  std::vector<std::span<std::byte>> values;
  for (std::size_t i = first; i < node.inputs.size(); ++i) {
    // Read alone: constants among them stay as they are.
    values.emplace_back(const_cast<std::byte*>(context.in(node, i)), context.input(node, i)->bytes());
  }
  return values;
}
inline std::vector<std::span<std::byte>> outputs_of(const PrepareContext& context, const Node& node) {
  std::vector<std::span<std::byte>> values;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    values.emplace_back(context.out(node, i), context.output(node, i).bytes());
  }
  return values;
}
}  // namespace detail

struct IfStep : Step {
  const std::byte* condition = nullptr;
  std::unique_ptr<Subprogram> branch[2];  // if true, if false
  std::vector<std::span<std::byte>> inputs, outputs;

  void run(const RunContext& context) const override {
    Subprogram& chosen = *branch[*condition != std::byte{0} ? 0 : 1];
    detail::copy_values(inputs, chosen.inputs);
    chosen.run(context);
    detail::copy_values(chosen.outputs, outputs);
  }
};
inline Prepared prepare(const PrepareContext& context, const Node& node, const If& branches) {
  auto step = std::make_unique<IfStep>();
  const int graphs[2] = {branches.then_graph, branches.else_graph};
  std::int64_t operations = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    auto made = context.programs->make(*context.model.graphs[static_cast<std::size_t>(graphs[i])]);
    if (!made) return tl::unexpected<Error>(made.error());
    operations = std::max(operations, (*made)->operations());
    step->branch[i] = std::move(*made);
  }
  step->condition = context.in(node, 0);
  step->inputs = detail::inputs_of(context, node, 1);
  step->outputs = detail::outputs_of(context, node);
  describe(*step, context, node, "if", operations);
  return step;
}

struct WhileStep : Step {
  static constexpr std::int64_t most_rounds = 1 << 20;  // so that a loop that never ends is an error, not a hang
  std::unique_ptr<Subprogram> condition, body;
  std::vector<std::span<std::byte>> inputs, outputs;

  void run(const RunContext& context) const override {
    detail::copy_values(inputs, outputs);  // the values between rounds
    for (std::int64_t round = 0; context.problem == nullptr; ++round) {
      detail::copy_values(outputs, condition->inputs);
      condition->run(context);
      if (condition->outputs[0][0] == std::byte{0}) return;
      if (round == most_rounds) {
        context.problem = "a loop does not end within 1,048,576 rounds";
        return;
      }
      detail::copy_values(outputs, body->inputs);
      body->run(context);
      detail::copy_values(body->outputs, outputs);
    }
  }
};
inline Prepared prepare(const PrepareContext& context, const Node& node, const While& loop) {
  auto step = std::make_unique<WhileStep>();
  auto condition = context.programs->make(*context.model.graphs[static_cast<std::size_t>(loop.condition)]);
  if (!condition) return tl::unexpected<Error>(condition.error());
  auto body = context.programs->make(*context.model.graphs[static_cast<std::size_t>(loop.body)]);
  if (!body) return tl::unexpected<Error>(body.error());
  // What it may come to.
  const std::int64_t round = std::min<std::int64_t>((*condition)->operations() + (*body)->operations() + 1, 1 << 30);
  step->condition = std::move(*condition);
  step->body = std::move(*body);
  step->inputs = detail::inputs_of(context, node, 0);
  step->outputs = detail::outputs_of(context, node);
  describe(*step, context, node, "while", round * WhileStep::most_rounds);
  return step;
}

}  // namespace hone::graph::ops
