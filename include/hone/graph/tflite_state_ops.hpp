// TensorFlow Lite's operators with a memory, and those that run other graphs, in Hone's terms.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "tflite_translation.hpp"
#include "validate.hpp"

namespace hone::graph::tflite::detail {

/// A variable goes by its container and name.
inline bool var_handle(Translation& t) {
  const std::string name =
      t.options.get(schema::VarHandleOptions::container) + "/" + t.options.get(schema::VarHandleOptions::shared_name);
  auto& all = t.variables.all;
  const auto known = std::find_if(all.begin(), all.end(), [&](const auto& v) { return v.name == name; });
  t.variables.handles[t.node.outputs[0]] = static_cast<std::size_t>(known - all.begin());
  if (known == all.end()) all.push_back({name});
  t.drop = true;
  return true;
}
/// The tensor of the variable that a handle stands for; `like` is what is read from or assigned to it.
inline bool variable(Translation& t, std::size_t handle, const Tensor& like, int& result) {
  const auto found = t.variables.handles.find(t.node.inputs[handle]);
  if (found == t.variables.handles.end()) return t.unsupported("a variable that no VAR_HANDLE of this graph names");
  Variables::Variable& v = t.variables.all[found->second];
  if (v.tensor < 0) {
    Tensor state;
    state.name = v.name;
    state.type = like.type;
    state.shape = like.shape;
    state.quantization = like.quantization;
    state.variable = true;
    if (!t.reader.copying(v.name.size() + like.shape.size() * sizeof(std::int64_t))) return false;
    v.tensor = static_cast<int>(t.model.tensors.size());
    t.model.tensors.push_back(std::move(state));
  }
  result = v.tensor;
  return true;
}
inline bool read_variable(Translation& t) {
  t.node.attributes.emplace<ReadVariable>();
  const Tensor like = t.out();
  return variable(t, 0, like, t.node.inputs[0]);
}
inline bool assign_variable(Translation& t) {  // inputs there: handle, value
  t.node.attributes.emplace<AssignVariable>();
  const Tensor like = t.in(1);
  int tensor = -1;
  if (!variable(t, 0, like, tensor)) return false;
  t.node.inputs = {t.node.inputs[1], tensor};
  return true;
}
/// A graph that is run once, before the first run: what it assigns is what the variables start from.
inline bool call_once(Translation& t) {
  t.drop = true;
  const auto graph = t.graphs.import(t.options.get(schema::CallOnceOptions::init_subgraph_index), describe(t.node));
  if (graph == nullptr) return false;
  for (const Node& node : graph->nodes) {
    const auto* const assign = std::get_if<AssignVariable>(&node.attributes);
    const Tensor& value = graph->tensors[static_cast<std::size_t>(node.inputs.empty() ? 0 : node.inputs[0])];
    if (assign == nullptr || !value.constant) {
      return t.unsupported("its graph does more than assign constants to variables: " + describe(node));
    }
    t.variables.initial.emplace_back(graph->tensors[static_cast<std::size_t>(node.inputs[1])].name, &value);
  }
  t.model.storage.push_back(graph);
  t.model.storage.insert(t.model.storage.end(), graph->storage.begin(), graph->storage.end());
  return true;
}

inline bool lstm_weights(Translation& t) {
  if (t.in(0).type != DType::f32) return true;
  for (std::size_t i = 1; i < 17; ++i) {
    if ((i < 12 || i == 16) && !widen_weights(t, i)) return false;
  }
  return true;
}
/// The last of five tensors that hold nothing but scales is the hidden state's.
inline bool lstm_hidden(Translation& t, Lstm& lstm) {
  if (t.in(0).type == DType::f32) return true;
  if (t.intermediates.size() < 5) return t.wrong("5 intermediate tensors expected");
  const std::int32_t number = t.intermediates[4];
  if (number < 0 || static_cast<std::size_t>(number) >= t.model.tensors.size()) {
    return t.wrong("intermediate tensor " + std::to_string(number));
  }
  const TensorQuantization& q = t.model.tensors[static_cast<std::size_t>(number)].quantization;
  if (q.scales.size() != 1 || q.zero_points.size() != 1) {
    return t.wrong("intermediate " + describe(t.model, number) + ": expected one scale and zero point");
  }
  lstm.hidden_scale = q.scales[0];
  lstm.hidden_zero = q.zero_points[0];
  return true;
}
template <class Options> bool lstm_options(Translation& t, Lstm& lstm) {
  const auto activation = static_cast<schema::Activation>(t.options.get(Options::activation));
  if (activation != schema::Activation::tanh) return t.unsupported("another activation than TANH");
  lstm.cell_clip = t.options.get(Options::cell_clip);
  lstm.projection_clip = t.options.get(Options::proj_clip);
  return lstm_weights(t) && lstm_hidden(t, lstm);
}
inline bool sequence_lstm(Translation& t) {
  using Options = schema::UnidirectionalSequenceLSTMOptions;
  auto& lstm = t.node.attributes.emplace<Lstm>();
  lstm.time_major = t.options.get(Options::time_major) != 0;
  if (t.options.get(Options::diagonal_recurrent_tensors) != 0) return t.unsupported("diagonal recurrent weights");
  return lstm_options<Options>(t, lstm);
}
inline bool lstm(Translation& t) {
  if (t.options.get(schema::LSTMOptions::kernel_type) != 0) return t.unsupported("kernel type BASIC");
  return lstm_options<schema::LSTMOptions>(t, t.node.attributes.emplace<Lstm>());
}
inline bool svdf(Translation& t) {
  auto& svdf = t.node.attributes.emplace<Svdf>();
  svdf.rank = t.options.get(schema::SVDFOptions::rank);
  if (t.in(0).type == DType::f32 && (!widen_weights(t, 1) || !widen_weights(t, 2))) return false;
  return activation(t, t.options.get(schema::SVDFOptions::activation), svdf.activation);
}

/// Another graph of the file as one of the model's; its number there.
inline bool inner_graph(Translation& t, std::int32_t index, int& number) {
  auto graph = t.graphs.import(index, describe(t.node));
  if (graph == nullptr) return false;
  for (const Tensor& tensor : graph->tensors) {
    if (tensor.variable) return t.unsupported("graph " + std::to_string(index) + " has variables");
  }
  if (auto valid = validate_inner(*graph); !valid) return t.wrong(valid.error().message, valid.error().code);
  auto& graphs = t.model.graphs;
  number = static_cast<int>(std::find(graphs.begin(), graphs.end(), graph) - graphs.begin());
  if (static_cast<std::size_t>(number) == graphs.size()) graphs.push_back(std::move(graph));
  return true;
}
inline bool if_else(Translation& t) {
  If branches;
  if (!inner_graph(t, t.options.get(schema::IfOptions::then_subgraph_index), branches.then_graph) ||
      !inner_graph(t, t.options.get(schema::IfOptions::else_subgraph_index), branches.else_graph)) {
    return false;
  }
  t.node.attributes = branches;
  return true;
}
inline bool while_loop(Translation& t) {
  While loop;
  if (!inner_graph(t, t.options.get(schema::WhileOptions::cond_subgraph_index), loop.condition) ||
      !inner_graph(t, t.options.get(schema::WhileOptions::body_subgraph_index), loop.body)) {
    return false;
  }
  t.node.attributes = loop;
  return true;
}

}  // namespace hone::graph::tflite::detail
