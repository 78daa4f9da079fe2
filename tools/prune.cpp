// hone prune: a .tflite model with its smallest weights set to zero in place; nothing else of the file changes.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>

#include <CLI/CLI.hpp>

#include "../include/hone/graph/tflite.hpp"
#include "command.hpp"
#include "magnitude.hpp"
#include "samples.hpp"

namespace hone::tools {
namespace {

struct PruneOptions {
  std::string model, output, verify, pattern = "unstructured";
  double sparsity = 0;
  bool global = false, keep_first_last = false;
};

/// Weights of a convolution or fully connected operator, where they lie in the file.
struct Weights {
  const graph::Node* node;
  const graph::Tensor* tensor;
  std::size_t offset;  // bytes from the file's start
};

bool is_product(const graph::Node& node) {
  return std::holds_alternative<graph::Conv2d>(node.attributes) ||
         std::holds_alternative<graph::FullyConnected>(node.attributes);
}

/// Each once, in the order in which they are first used. Ends the command for a type that can not be pruned in place.
std::vector<Weights> find_weights(const graph::Model& model, std::span<const std::byte> file) {
  std::vector<Weights> found;
  for (const graph::Node& node : model.nodes) {
    if (!is_product(node) || node.inputs.size() < 2 || node.inputs[1] < 0) continue;
    const graph::Tensor& tensor = model.tensors[static_cast<std::size_t>(node.inputs[1])];
    if (!tensor.constant || tensor.data.empty() || tensor.shape.empty() || tensor.shape[0] == 0) continue;
    const std::string where = model.source + ": node " + std::to_string(node.index) + " (" + node.op + "), weights '" +
                              tensor.name + "' of type " + std::string(name_of(tensor.type));
    const std::less<> before;
    if (before(tensor.data.data(), file.data()) || !before(tensor.data.data(), file.data() + file.size())) {
      throw Stop(bad_model,
                 where +
                     ": stored sparse, misaligned or in another type than they are used in, so that zeros can not "
                     "be written in place");
    }
    if (tensor.type != DType::f32 && tensor.type != DType::i8 && tensor.type != DType::u8) {
      throw Stop(bad_model, where + "; f32, i8 and u8 can be pruned");
    }
    const auto offset = static_cast<std::size_t>(tensor.data.data() - file.data());
    if (std::any_of(found.begin(), found.end(), [&](const Weights& w) { return w.offset == offset; })) continue;
    found.push_back({&node, &tensor, offset});
  }
  return found;
}

/// What of scale and zero point belongs to output `o`. The weights of a layer lie (outputs, ...), quantised along outputs.
template <class T> T of_output(const std::vector<T>& values, std::int64_t o, T otherwise) {
  if (values.empty()) return otherwise;
  return values[values.size() == 1 ? 0 : static_cast<std::size_t>(o)];
}

PrunedLayer magnitudes(const graph::Tensor& tensor, const std::string& source) {
  PrunedLayer layer;
  layer.outputs = tensor.shape[0];
  layer.k = tensor.elements() / layer.outputs;
  for (std::int64_t i = 0; i < tensor.elements(); ++i) {
    const double stored = element(tensor.type, tensor.data.data(), static_cast<std::size_t>(i));
    const std::int64_t o = i / layer.k;
    const double zero = of_output(tensor.quantization.zero_points, o, 0);
    const double scale = static_cast<double>(of_output(tensor.quantization.scales, o, 1.0F));
    if (std::isnan(stored)) {
      throw Stop(bad_model, source + ": weight " + std::to_string(i) + " of '" + tensor.name + "' is not a number");
    }
    layer.magnitude.push_back(static_cast<float>(std::fabs((stored - zero) * scale)));
  }
  return layer;
}

void write_zeros(const Weights& weights, const PrunedLayer& layer, std::string& file) {
  const graph::Tensor& tensor = *weights.tensor;
  const std::size_t size = size_of(tensor.type);
  for (std::size_t i = 0; i < layer.zero.size(); ++i) {
    if (!layer.zero[i]) continue;
    const int zero = of_output(tensor.quantization.zero_points, static_cast<std::int64_t>(i) / layer.k, 0);
    // Float zeros are zero bytes; a quantised zero is the zero point.
    std::memset(file.data() + weights.offset + i * size, tensor.type == DType::f32 ? 0 : zero, size);
  }
}

/// Both models on the same samples: how far the outputs are apart.
void compare(const PruneOptions& o) {
  const auto before = make_network(o.model, {}, {}), after = make_network(o.output, {}, {});
  Samples samples(*before, {o.verify}, {}), same(*after, {o.verify}, {});
  std::vector<double> worst(before->output_count()), dot(worst), norm_before(worst), norm_after(worst);
  for (std::size_t sample = 0; sample < samples.count(); ++sample) {
    samples.load(sample, false);
    same.load(sample, false);
    model_value(before->run());
    model_value(after->run());
    for (std::size_t i = 0; i < before->output_count(); ++i) {
      const graph::Tensor& info = before->output_info(i);
      for (std::size_t e = 0; e < before->output_bytes(i).size() / size_of(info.type); ++e) {
        const double a = element(info.type, before->output_bytes(i).data(), e);
        const double b = element(info.type, after->output_bytes(i).data(), e);
        worst[i] = std::max(worst[i], std::fabs(a - b));
        dot[i] += a * b;
        norm_before[i] += a * a;
        norm_after[i] += b * b;
      }
    }
  }
  for (std::size_t i = 0; i < worst.size(); ++i) {
    const double norms = std::sqrt(norm_before[i] * norm_after[i]);
    std::printf("output %zu '%s': %s samples, largest difference %s, cosine %.6f\n", i,
                before->output_info(i).name.c_str(), grouped(samples.count()).c_str(), short_text(worst[i]).c_str(),
                norms > 0 ? dot[i] / norms : 1.0);
  }
}

void run_prune(const PruneOptions& o, bool sparsity_given) {
  const PruningPattern pattern = *find_pattern(o.pattern);
  if (pattern.two_of_four && sparsity_given && o.sparsity != 0.5) {
    throw Stop(bad_usage, "--sparsity " + short_text(o.sparsity) + ": 2:4 is 0.5");
  }
  if (!pattern.two_of_four && !sparsity_given) throw Stop(bad_usage, "--sparsity is required");
  if (is_onnx(o.model)) throw Stop(bad_usage, o.model + ": .tflite models can be pruned");
  const graph::File file = value(graph::read_file(o.model));
  const graph::Model model = value(graph::load_tflite(file.bytes, o.model));
  std::vector<Weights> weights = find_weights(model, file.bytes);
  if (o.keep_first_last && !weights.empty()) {
    weights.pop_back();
    if (!weights.empty()) weights.erase(weights.begin());
  }
  std::vector<PrunedLayer> layers;
  layers.reserve(weights.size());
  for (const Weights& w : weights) layers.push_back(magnitudes(*w.tensor, o.model));
  prune(layers, pattern, o.sparsity, o.global);

  std::string bytes(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  std::vector<std::vector<std::string>> rows = {{"node", "operator", "weights", "type", "zeros before", "after"}};
  std::size_t all = 0, zeros = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const PrunedLayer& layer = layers[i];
    write_zeros(weights[i], layer, bytes);
    std::size_t before = 0, after = 0;
    for (std::size_t w = 0; w < layer.magnitude.size(); ++w) {
      before += layer.magnitude[w] == 0;
      after += layer.magnitude[w] == 0 || layer.zero[w];
    }
    const auto percent = [&](std::size_t count) {
      return short_text(100.0 * static_cast<double>(count) / static_cast<double>(layer.magnitude.size())) + " %";
    };
    rows.push_back({std::to_string(weights[i].node->index), weights[i].node->op,
                    std::to_string(layer.outputs) + "x" + std::to_string(layer.k),
                    std::string(name_of(weights[i].tensor->type)), percent(before), percent(after)});
    all += layer.magnitude.size();
    zeros += after;
  }
  write_file(o.output, bytes);
  print_table(rows, "rllrrr");
  std::printf("%s of %s weights are zero\n", grouped(zeros).c_str(), grouped(all).c_str());
  if (!o.verify.empty()) compare(o);
}

}  // namespace

void add_prune(CLI::App& app) {
  CLI::App* command = app.add_subcommand("prune", "Set a model's smallest weights to zero");
  auto o = std::make_shared<PruneOptions>();
  command->add_option("MODEL", o->model, "A .tflite file")->required();
  CLI::Option* sparsity =
      command->add_option("--sparsity", o->sparsity, "Share of the weights that become zeros, 0 to 1")
          ->check(CLI::Range(0.0, 1.0));
  command->add_option("--pattern", o->pattern, "Blocks of outputs x inputs that go together (default unstructured)")
      ->check(CLI::IsMember(pattern_names()));
  command->add_flag("--global", o->global, "Rank the weights of all layers together, not of each layer");
  command->add_flag("--keep-first-last", o->keep_first_last, "Leave the first and the last layer as they are");
  command->add_option("-o,--output", o->output, "The file to write")->required();
  command->add_option("--verify", o->verify, "[NAME=]FILE: samples to compare both models' outputs on");
  command->callback([o, sparsity] { run_prune(*o, sparsity->count() > 0); });
}

}  // namespace hone::tools
