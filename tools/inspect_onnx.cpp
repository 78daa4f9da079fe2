// hone inspect on an .onnx file: what it is made of, and what would run.
#include "inspect_onnx.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include <nlohmann/json.hpp>

#include "../include/hone/graph/onnx/graph.hpp"
#include "model_file.hpp"

namespace hone::tools {
namespace {

namespace onnx = graph::onnx;

Json info_json(const graph::Tensor& tensor) {
  return {{"name", tensor.name},
          {"type", name_of(tensor.type)},
          {"shape", tensor.shape},
          {"constant", false},
          {"bytes", tensor.bytes()}};
}

/// Share of the elements that are 0.
double zeros_of(const onnx::Value& value) {
  const auto count = static_cast<std::size_t>(value.count());
  std::size_t zeros = 0;
  for (std::size_t i = 0; i < count; ++i) zeros += element(value.type, value.data, i) == 0 ? 1 : 0;
  return count > 0 ? static_cast<double>(zeros) / static_cast<double>(count) : 0;
}

Json collect(const onnx::ModelDef& model, const Network& network) {
  Json j = {{"model", model.source},
            {"format", "onnx"},
            {"opset", model.opset},
            {"tier", cpu::name_of(network.tier())},
            {"backend", "cpu"}};
  j["inputs"] = Json::array();
  j["outputs"] = Json::array();
  for (std::size_t i = 0; i < network.input_count(); ++i) j["inputs"].push_back(info_json(network.input_info(i)));
  for (std::size_t i = 0; i < network.output_count(); ++i) j["outputs"].push_back(info_json(network.output_info(i)));
  j["operators"] = Json::array();
  for (std::size_t n = 0; n < model.graph.nodes.size(); ++n) {
    const onnx::NodeDef& node = model.graph.nodes[n];
    j["operators"].push_back(
        {{"index", n}, {"op", node.op}, {"name", node.name}, {"inputs", node.inputs}, {"outputs", node.outputs}});
  }
  std::size_t bytes = 0;
  j["tensors"] = Json::array();
  for (const auto& [name, value] : model.graph.initializers) {
    bytes += value.bytes();
    Json tensor = {{"name", name},
                   {"type", name_of(value.type)},
                   {"shape", value.shape},
                   {"constant", true},
                   {"bytes", value.bytes()}};
    if (value.shape.size() >= 2) tensor["sparsity"] = zeros_of(value);
    j["tensors"].push_back(std::move(tensor));
  }
  j["functions"] = Json::array();
  for (const onnx::Function& f : model.functions) j["functions"].push_back(f.domain + "." + f.name);
  j["totals"] = {{"constant_bytes", bytes}, {"arena_bytes", network.arena_bytes()}};
  j["notes"] = model.notes;
  return j;
}

void print(const onnx::ModelDef& model, const Network& network, const Json& j) {
  std::printf("%s (onnx, operator set %lld)\n\n", model.source.c_str(), static_cast<long long>(model.opset));
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < network.input_count(); ++i) {
    rows.push_back({"input " + std::to_string(i), network.input_info(i).name, type_text(network.input_info(i))});
  }
  for (std::size_t i = 0; i < network.output_count(); ++i) {
    rows.push_back({"output " + std::to_string(i), network.output_info(i).name, type_text(network.output_info(i))});
  }
  print_table(rows, "lll");
  std::map<std::string, std::size_t> counts;
  for (const onnx::NodeDef& node : model.graph.nodes) ++counts[node.op];
  std::printf("\nOperators, on the CPU with tier %s\n", cpu::name_of(network.tier()));
  rows = {{"op", "times"}};
  for (const auto& [op, count] : counts) rows.push_back({op, std::to_string(count)});
  print_table(rows, "lr");
  std::printf("\n%zu nodes; %zu constants of %s\n", model.graph.nodes.size(), model.graph.initializers.size(),
              size_text(j["totals"]["constant_bytes"].get<std::size_t>()).c_str());
  for (const std::string& note : model.notes) std::printf("note: %s\n", note.c_str());
}

}  // namespace

void inspect_onnx(const std::string& path, const std::vector<std::string>& shapes, bool json) {
  const graph::OnnxModel model = load_onnx_model(path);
  const std::unique_ptr<Network> network = make_network(path, {}, shapes);
  const Json j = collect(*model.def(), *network);
  if (json)
    std::puts(json_text(j).c_str());
  else
    print(*model.def(), *network, j);
}

}  // namespace hone::tools
