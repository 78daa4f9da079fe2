// hone inspect: what a model is made of, and what would run where and why.
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "inspect_onnx.hpp"
#include "model_file.hpp"

namespace hone::tools {
namespace {

/// Share of a constant's elements that stand for 0, and how many elements there are.
struct Zeros {
  std::int64_t zeros = 0, elements = 0;
  double share() const { return elements > 0 ? static_cast<double>(zeros) / static_cast<double>(elements) : 0; }
};

/// Elements of constants that stand for real 0: those equal to their zero point.
Zeros zeros_of(const graph::Tensor& tensor) {
  Zeros z;
  const auto& points = tensor.quantization.zero_points;
  const double zero = points.empty() ? 0 : points[0];  // with several, Hone asks that they be equal
  z.elements = tensor.elements();
  for (std::int64_t i = 0; i < z.elements; ++i) {
    z.zeros += element(tensor.type, tensor.data.data(), static_cast<std::size_t>(i)) == zero;
  }
  return z;
}

/// A constant that an operator reads: a file may keep others, such as weights in the sparse form they were loaded from.
bool is_used(const graph::Model& model, std::size_t number) {
  return model.tensors[number].constant && std::any_of(model.nodes.begin(), model.nodes.end(), [&](const auto& node) {
           return std::find(node.inputs.begin(), node.inputs.end(), static_cast<int>(number)) != node.inputs.end();
         });
}
/// Weights are the constants an operator multiplies by: not biases, shapes or paddings.
bool is_weights(const graph::Model& model, std::size_t number) {
  const graph::Tensor& tensor = model.tensors[number];
  return is_used(model, number) && tensor.shape.size() >= 2 && tensor.elements() > 0 && tensor.type != DType::i32 &&
         tensor.type != DType::i64;
}

/// Names made by converters run to hundreds of characters; their ends tell them apart.
std::string short_name(const std::string& name) {
  constexpr std::size_t most = 48;
  std::size_t cut = name.size() > most ? name.size() - most : 0;
  while (cut < name.size() && (name[cut] & 0xC0) == 0x80) ++cut;  // not inside a character
  return (cut > 0 ? "'..." : "'") + name.substr(cut) + "'";
}

std::int64_t multiplications(const graph::StepInfo& step) {
  const bool product = step.op.find("CONV") != std::string::npos || step.op == "FULLY_CONNECTED";
  return product ? step.operations / 2 : 0;
}

Json tensor_json(const graph::Model& model, std::size_t number) {
  const graph::Tensor& tensor = model.tensors[number];
  Json j = {{"name", tensor.name},
            {"type", name_of(tensor.type)},
            {"shape", tensor.shape},
            {"constant", tensor.constant},
            {"bytes", tensor.bytes()}};
  const graph::TensorQuantization& q = tensor.quantization;
  if (!q.empty()) j["quantization"] = {{"scales", q.scales}, {"zero_points", q.zero_points}, {"axis", q.axis}};
  if (is_weights(model, number)) j["sparsity"] = zeros_of(tensor).share();
  return j;
}

Json collect(const graph::Model& model, const graph::Executor& executor) {
  Json j = {
      {"model", model.source}, {"format", model.format}, {"tier", cpu::name_of(executor.tier())}, {"backend", "cpu"}};
  for (const char* side : {"inputs", "outputs"}) {
    j[side] = Json::array();
    for (const int t : side[0] == 'i' ? model.inputs : model.outputs) {
      j[side].push_back(tensor_json(model, static_cast<std::size_t>(t)));
    }
  }
  j["operators"] = Json::array();
  for (const graph::Node& node : model.nodes) {
    j["operators"].push_back(
        {{"index", node.index}, {"op", node.op}, {"inputs", node.inputs}, {"outputs", node.outputs}});
  }
  j["tensors"] = Json::array();
  for (std::size_t t = 0; t < model.tensors.size(); ++t) j["tensors"].push_back(tensor_json(model, t));
  std::int64_t macs = 0;
  Json steps = Json::array();
  for (std::size_t s = 0; s < executor.steps().size(); ++s) {
    const graph::StepInfo& step = executor.steps()[s];
    macs += multiplications(step);
    steps.push_back({{"index", s},
                     {"name", step.name},
                     {"op", step.op},
                     {"node", step.node},
                     {"backend", "cpu"},
                     {"kernel", step.kernel},
                     {"tier", step.tier},
                     {"shapes", step.shapes},
                     {"why", step.why},
                     {"operations", step.operations},
                     {"bytes", step.bytes}});
  }
  j["steps"] = steps;
  Zeros all;
  std::size_t constant_bytes = 0;
  for (std::size_t t = 0; t < model.tensors.size(); ++t) {
    if (is_used(model, t)) constant_bytes += model.tensors[t].bytes();
    if (!is_weights(model, t)) continue;
    const Zeros z = zeros_of(model.tensors[t]);
    all.zeros += z.zeros;
    all.elements += z.elements;
  }
  j["totals"] = {{"macs", macs},
                 {"weights", all.elements},
                 {"sparsity", all.share()},
                 {"constant_bytes", constant_bytes},
                 {"packed_bytes", executor.weights_bytes()},
                 {"arena_bytes", executor.arena_bytes()},
                 {"arena_lower_bound", executor.plan().lower_bound},
                 {"scratch_bytes", executor.scratch_bytes()}};
  j["notes"] = model.notes;
  return j;
}

std::string percent(double share) { return short_text(100 * share) + " %"; }

void print(const graph::Model& model, const graph::Executor& executor, const Json& j) {
  std::printf("%s (%s)\n\n", model.source.c_str(), model.format.c_str());
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const char* what, const std::vector<int>& tensors) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const graph::Tensor& t = model.tensors[static_cast<std::size_t>(tensors[i])];
      rows.push_back({what + std::to_string(i), "'" + t.name + "'", type_text(t), quantization_text(t)});
    }
  };
  add("input ", model.inputs);
  add("output ", model.outputs);
  print_table(rows, "llll");

  std::printf("\nOperators, on the CPU with tier %s\n", cpu::name_of(executor.tier()));
  rows = {{"", "op", "shapes", "kernel", "MACs", "why"}};
  for (std::size_t s = 0; s < executor.steps().size(); ++s) {
    const graph::StepInfo& step = executor.steps()[s];
    const std::int64_t macs = multiplications(step);
    rows.push_back({std::to_string(s), step.op, step.shapes, step.kernel,
                    macs > 0 ? grouped(static_cast<unsigned long long>(macs)) : "", step.why});
  }
  print_table(rows, "rlllrl");

  std::puts("\nWeights");
  rows = {{"", "tensor", "shape", "quantisation", "zeros"}};
  for (std::size_t t = 0; t < model.tensors.size(); ++t) {
    const graph::Tensor& tensor = model.tensors[t];
    if (!is_weights(model, t)) continue;
    rows.push_back({std::to_string(t), short_name(tensor.name), type_text(tensor), quantization_text(tensor),
                    percent(zeros_of(tensor).share())});
  }
  print_table(rows, "rlllr");

  const Json& totals = j["totals"];
  const auto number = [&](const char* key) { return grouped(totals[key].get<unsigned long long>()); };
  std::printf("\n%s multiply-adds; %s weights, %s of them 0; constants %s, packed %s\n", number("macs").c_str(),
              number("weights").c_str(), percent(totals["sparsity"]).c_str(),
              size_text(totals["constant_bytes"]).c_str(), size_text(totals["packed_bytes"]).c_str());
  std::printf("arena %s bytes (no plan needs less than %s), scratch %s\n", number("arena_bytes").c_str(),
              number("arena_lower_bound").c_str(), number("scratch_bytes").c_str());
  for (const std::string& note : model.notes) std::printf("note: %s\n", note.c_str());
}

}  // namespace

void add_inspect(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "inspect", "A model's operators, tensors, quantisation and sparsity; what would run where and why");
  auto path = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  auto shapes = std::make_shared<std::vector<std::string>>();
  command->add_option("MODEL", *path, "A .tflite or .onnx file")->required();
  command->add_option("--shape", *shapes, "NAME=1x3x48x320: fixes the open sizes of an .onnx input")
      ->allow_extra_args(false);
  command->add_flag("--json", *json, "Print JSON");
  command->callback([path, json, shapes] {
    if (is_onnx(*path)) return inspect_onnx(*path, *shapes, *json);
    if (!shapes->empty()) throw Stop(bad_usage, "--shape: a .tflite's shapes are fixed");
    const graph::Model model = load_model(*path);
    const graph::Executor executor = make_executor(model, {});
    const Json j = collect(model, executor);
    if (*json)
      std::puts(json_text(j).c_str());
    else
      print(model, executor, j);
  });
}

}  // namespace hone::tools
