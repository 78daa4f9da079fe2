// ONNX's own test data: folders with a model, inputs and the outputs it should have.
#pragma once
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <hone/graph/onnx.hpp>
#include <hone/graph/onnx/parse.hpp>

#ifndef HONE_SOURCE_DIR
#define HONE_SOURCE_DIR "."
#endif

namespace hone::test {

using graph::onnx::Value;

/// Where Debian's libonnx-testdata lies: the system's, or what tools/setup.sh unpacked. Empty where it is not.
inline std::filesystem::path onnx_data() {
  for (const char* folder :
       {"/usr/share/libonnx-testdata/data", HONE_SOURCE_DIR "/.deps/share/libonnx-testdata/data"}) {
    // Debian 12's package is of an older ONNX.
    if (std::filesystem::exists(std::filesystem::path(folder) / "node" / "test_affine_grid_2d")) return folder;
  }
  return {};
}

/// A tensor file, with what its bytes lie in.
struct StoredTensor {
  graph::File file;
  Value value;
};
/// Empty when the file holds no tensor of a type Hone has.
inline std::optional<StoredTensor> read_tensor(const std::filesystem::path& path) {
  auto file = graph::read_file(path.string());
  if (!file) return {};
  std::string name;
  auto value = graph::onnx::Parser(path.string(), "", std::size_t{1} << 30).tensor_file(file->bytes, name);
  if (!value) return {};
  return StoredTensor{std::move(*file), std::move(*value)};
}

/// What is wrong with an output, or "". Integers must be equal; floats |got - want| <= atol + rtol * |want|.
inline std::string difference(const graph::Tensor& info, std::span<const std::byte> bytes, Value want, double rtol,
                              double atol) {
  if (info.type == DType::bf16 && want.type == DType::u16) want.type = info.type;
  if (info.type != want.type || info.shape != want.shape) {
    return graph::to_string(info.shape) + " " + name_of(info.type) + ", expected " + graph::onnx::describe(want);
  }
  Value got = want;
  got.data = bytes.data();
  for (graph::onnx::Index i = 0; i < want.count(); ++i) {
    if (graph::onnx::is_float(want.type)) {
      const auto a = graph::onnx::element_as<double>(got, i), b = graph::onnx::element_as<double>(want, i);
      const bool same = a == b || (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= atol + rtol * std::fabs(b);
      if (!same) return "element " + std::to_string(i) + " is " + std::to_string(a) + ", expected " + std::to_string(b);
    } else {
      const auto a = graph::onnx::element_as<std::int64_t>(got, i), b = graph::onnx::element_as<std::int64_t>(want, i);
      if (a != b)
        return "element " + std::to_string(i) + " is " + std::to_string(a) + ", expected " + std::to_string(b);
    }
  }
  return "";
}

struct Outcome {
  bool passed = false, unsupported = false;
  std::string message;
};
/// Runs one folder of test data: model.onnx, and input_N.pb, output_N.pb in each test_data_set_*.
inline Outcome run_onnx_test(const std::filesystem::path& folder, double rtol = 1e-3, double atol = 1e-7) {
  const auto failed = [](const Error& e) { return Outcome{false, e.code == ErrorCode::unsupported, e.message}; };
  const auto model = graph::load_onnx((folder / "model.onnx").string());
  if (!model) return failed(model.error());
  int sets = 0;
  for (const auto& set : std::filesystem::directory_iterator(folder)) {
    if (!set.is_directory()) continue;
    ++sets;
    std::vector<StoredTensor> inputs;
    graph::OnnxOptions options;
    const auto& infos = model->def()->graph.inputs;
    for (std::size_t i = 0; std::filesystem::exists(set.path() / ("input_" + std::to_string(i) + ".pb")); ++i) {
      auto input = read_tensor(set.path() / ("input_" + std::to_string(i) + ".pb"));
      if (!input || i >= infos.size()) return {false, true, "an input that is no tensor"};
      if (!input->value.shape.empty()) options.shapes.emplace_back(infos[i].name, input->value.shape);
      inputs.push_back(std::move(*input));
    }
    auto run = graph::OnnxExecutor::make(*model, options);
    if (!run) return failed(run.error());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Value& v = inputs[i].value;
      const auto at = run->find_input(infos[i].name);
      const bool bits =
          at && run->input_info(*at).type == DType::bf16 && v.type == DType::u16;  // as the data stores it
      if (!at || (run->input_info(*at).type != v.type && !bits)) {
        return {false, false, "input " + std::to_string(i) + " is another"};
      }
      if (auto ok = run->set_input(*at, {v.data, v.bytes()}); !ok) return failed(ok.error());
    }
    if (auto ok = (*run)(); !ok) return failed(ok.error());
    for (std::size_t i = 0; i < run->output_count(); ++i) {
      const auto want = read_tensor(set.path() / ("output_" + std::to_string(i) + ".pb"));
      if (!want) return {false, true, "an output that is no tensor"};
      const std::string wrong = difference(run->output_info(i), run->output_bytes(i), want->value, rtol, atol);
      if (!wrong.empty()) return {false, false, "output " + std::to_string(i) + ": " + wrong};
    }
  }
  return {sets > 0, false, sets > 0 ? "" : "no data"};
}

}  // namespace hone::test
