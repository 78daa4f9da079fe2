// The rules of operators with a memory, and of those that run other graphs. See validate.hpp.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "validate_layout.hpp"

namespace hone::graph::detail {

class StateRules : public LayoutRules {
 protected:
  using LayoutRules::LayoutRules;
  using LayoutRules::rules;

  bool shape_is(std::size_t i, const Shape& shape) {
    return in(i).shape == shape || wrong(name_in(i) + ": expected " + to_string(shape));
  }
  bool type_is(std::size_t i, DType type) {
    return in(i).type == type || unsupported(name_in(i) + ": " + name_of(type) + " is supported here");
  }
  bool variable(std::size_t i) {
    return (has(i) && in(i).variable) || wrong("input " + std::to_string(i) + ": expected a variable");
  }
  /// An input that may be absent, else is a constant of that type and shape.
  bool optional(std::size_t i, DType type, const Shape& shape) {
    return !has(i) || (constant(i) && type_is(i, type) && shape_is(i, shape));
  }
  bool required(std::size_t i, DType type, const Shape& shape) {
    return (has(i) || wrong("input " + std::to_string(i) + " is absent")) && optional(i, type, shape);
  }
  bool one_scale(std::size_t i) { return !has(i) || quantized(node_.inputs[i]); }

  bool rules(const ReadVariable&) {
    return arity(1, 1) && variable(0) && same_type() && output_is(in(0).shape) && same_quantization();
  }
  bool rules(const AssignVariable&) {
    if (!arity(2, 2, 0) || !variable(1)) return false;
    return in(0).type == in(1).type && in(0).shape == in(1).shape
               ? true
               : wrong(name_in(0) + ": expected the type and shape of " + name_in(1));
  }

  /// inputs: x 0; input weights 1-4; recurrent 5-8; peephole 9-11 (input, forget, output gate); biases 12-15; projection
  /// weights 16 and bias 17; states of output 18 and cell 19; layer norm 20-23. Gates: input, forget, cell, output.
  bool rules(const Lstm& lstm) {
    if (!arity(1, 24) || !type_among(0, {DType::f32, DType::i8}) || !same_type()) return false;
    const bool real = in(0).type == DType::f32;
    const Shape x = in(0).shape;
    if (x.size() != 2 && x.size() != 3) return wrong(name_in(0) + ": expected 2 or 3 dimensions");
    for (const std::size_t i : {std::size_t{4}, std::size_t{8}}) {
      if (!has(i) || in(i).shape.size() != 2)
        return wrong("input " + std::to_string(i) + ": expected a matrix of weights");
    }
    const std::int64_t cells = in(4).shape[0], inputs = x.back(), outputs = in(8).shape[1];
    const std::int64_t batch = x.size() == 2 ? x[0] : x[lstm.time_major ? 1 : 0];
    const DType weight = in(0).type, bias = real ? DType::f32 : DType::i32, diagonal = real ? DType::f32 : DType::i16;
    const bool coupled = !has(1);
    for (std::size_t g = coupled ? 1 : 0; g < 4; ++g) {
      if (!required(1 + g, weight, {cells, inputs}) || !required(5 + g, weight, {cells, outputs}) ||
          !optional(12 + g, bias, {cells}) || !optional(20 + g, diagonal, {cells})) {
        return false;
      }
      if (!real && has(20 + g)) return unsupported("layer normalisation in 8 bits");
    }
    for (std::size_t i = 9; i < 12; ++i) {
      if (!optional(i, diagonal, {cells})) return false;
    }
    if (has(16) ? !required(16, weight, {outputs, cells}) : outputs != cells) {
      return wrong("without a projection " + std::to_string(cells) + " outputs expected");
    }
    Shape y = x;
    y.back() = outputs;
    if (!optional(17, bias, {outputs}) || !variable(18) || !variable(19) || !type_is(18, in(0).type) ||
        !type_is(19, diagonal) || !states_hold(18, batch * outputs) || !states_hold(19, batch * cells) ||
        !output_is(y)) {
      return false;
    }
    if (!(lstm.cell_clip >= 0) || !(lstm.projection_clip >= 0)) return wrong("a clip that is negative");
    return real || quantized_lstm(lstm);
  }
  bool states_hold(std::size_t i, std::int64_t count) {
    return in(i).elements() == count || wrong(name_in(i) + ": expected " + std::to_string(count) + " elements");
  }
  bool quantized_lstm(const Lstm& lstm) {
    for (std::size_t i = 0; i < 20; ++i) {
      const bool bias = (i >= 12 && i < 16) || i == 17;
      if (!bias && !one_scale(i)) return false;
    }
    for (std::size_t i = 1; i < 20; ++i) {  // weights, peepholes and the cell state are symmetric
      const bool symmetric = i < 12 || i == 16 || i == 19;
      if (symmetric && has(i) && zero(node_.inputs[i]) != 0) return unsupported(name_in(i) + ": expected zero point 0");
    }
    if (!quantized(node_.outputs[0])) return false;
    const float cell = scale(node_.inputs[19]);
    int exponent = 0;
    if (std::frexp(cell, &exponent) != 0.5F || exponent - 1 < -15 || exponent - 1 > -9) {
      return unsupported(name_in(19) + ": scale " + decimal(cell) + ", expected a power of two from 2^-15 to 2^-9");
    }
    return (std::isfinite(lstm.hidden_scale) && lstm.hidden_scale > 0 && lstm.hidden_zero >= -128 &&
            lstm.hidden_zero <= 127) ||
           unsupported("no scale of the hidden state among its intermediate tensors");
  }
  bool rules(const Svdf& svdf) {
    if (!arity(5, 5) || !type_among(0, {DType::f32, DType::i8}) || !same_type() || !rank(0, 2, "batch x inputs") ||
        !rank(1, 2, "filters x inputs") || !rank(2, 2, "filters x memory")) {
      return false;
    }
    const bool real = in(0).type == DType::f32;
    const DType state = real ? DType::f32 : DType::i16;
    const std::int64_t batch = in(0).shape[0], inputs = in(0).shape[1], filters = in(1).shape[0],
                       memory = in(2).shape[1];
    if (svdf.rank < 1 || filters % svdf.rank != 0) {
      return wrong("rank " + std::to_string(svdf.rank) + " of " + std::to_string(filters) + " filters");
    }
    const std::int64_t units = filters / svdf.rank;
    if (!required(1, in(0).type, {filters, inputs}) || !required(2, state, {filters, memory}) ||
        !optional(3, real ? DType::f32 : DType::i32, {units}) || !variable(4) || !type_is(4, state) ||
        !states_hold(4, batch * filters * memory) || !output_is({batch, units})) {
      return false;
    }
    if (real) return true;
    if (inputs > 32768) return unsupported(name_in(0) + ": 8-bit sums of more than 32,768 products");
    for (const std::size_t i : {0, 1, 2, 4}) {
      if (!one_scale(i)) return false;
      if (i > 0 && zero(node_.inputs[i]) != 0) return unsupported(name_in(i) + ": expected zero point 0");
    }
    return quantized(node_.outputs[0]);
  }

  /// Input or output `i` of a graph is like a value of this model.
  bool alike(const Model& graph, int value, int own, const std::string& who) {
    const Tensor &a = graph.tensors[static_cast<std::size_t>(value)], &b = tensor(own);
    return (a.type == b.type && a.shape == b.shape) ||
           wrong(who + " is " + name_of(a.type) + " " + to_string(a.shape) + ", here " + describe(model_, own));
  }
  bool runs(int number, std::size_t first, std::size_t outputs) {
    if (number < 0 || static_cast<std::size_t>(number) >= model_.graphs.size()) {
      return wrong("graph " + std::to_string(number) + " of " + std::to_string(model_.graphs.size()));
    }
    const Model& graph = *model_.graphs[static_cast<std::size_t>(number)];
    const std::size_t inputs = node_.inputs.size() - first;
    if (graph.inputs.size() != inputs || graph.outputs.size() != outputs) {
      return wrong("its graph has " + std::to_string(graph.inputs.size()) + " inputs and " +
                   std::to_string(graph.outputs.size()) + " outputs, expected " + std::to_string(inputs) + " and " +
                   std::to_string(outputs));
    }
    for (std::size_t i = 0; i < inputs; ++i) {
      if (!alike(graph, graph.inputs[i], node_.inputs[first + i], "its graph's input " + std::to_string(i)))
        return false;
    }
    return true;
  }
  bool returns(int number) {
    const Model& graph = *model_.graphs[static_cast<std::size_t>(number)];
    for (std::size_t i = 0; i < node_.outputs.size(); ++i) {
      if (!alike(graph, graph.outputs[i], node_.outputs[i], "its graph's output " + std::to_string(i))) return false;
    }
    return true;
  }
  bool rules(const If& branches) {
    if (!arity(1, node_.inputs.size(), node_.outputs.size()) || !type_is(0, DType::boolean)) return false;
    if (in(0).elements() != 1) return wrong(name_in(0) + ": expected one element");
    for (const int graph : {branches.then_graph, branches.else_graph}) {
      if (!runs(graph, 1, node_.outputs.size()) || !returns(graph)) return false;
    }
    return true;
  }
  bool rules(const While& loop) {
    const std::size_t values = node_.outputs.size();
    if (!arity(values, values, values) || !runs(loop.condition, 0, 1) || !runs(loop.body, 0, values)) return false;
    for (std::size_t i = 0; i < values; ++i) {
      const Tensor &a = in(i), &b = tensor(node_.outputs[i]);
      if (a.type != b.type || a.shape != b.shape) {
        return wrong("output " + std::to_string(i) + ", " + describe(model_, node_.outputs[i]) +
                     ": expected the type and shape of " + name_in(i));
      }
    }
    const Model& condition = *model_.graphs[static_cast<std::size_t>(loop.condition)];
    const Tensor& result = condition.tensors[static_cast<std::size_t>(condition.outputs[0])];
    if (result.type != DType::boolean || result.elements() != 1) return wrong("its condition is not one bool");
    return returns(loop.body);
  }
};

}  // namespace hone::graph::detail
