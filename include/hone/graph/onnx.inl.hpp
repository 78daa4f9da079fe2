// Definitions of onnx.hpp (see api.hpp).
#pragma once
#include <memory>

#include "onnx/fuse.hpp"
#include "onnx/interpreter.hpp"
#include "onnx/parse.hpp"

namespace hone::graph {

HONE_API void onnx::DeleteInterpreter::operator()(Interpreter* interpreter) const { delete interpreter; }

namespace onnx {
/// `folder`: where external data may lie; empty for none.
inline Expected<ModelDef> parse_model(std::span<const std::byte> bytes, const std::string& source,
                                      const std::string& folder) {
  auto model = Parser(source, folder, std::size_t{1} << 30).model(bytes);
  if (!model) return model;
  if (const std::size_t fused = Fuser(model->graph).run(); fused > 0) {
    model->notes.push_back(std::to_string(fused) +
                           " operators between DequantizeLinear and QuantizeLinear run on integers");
  }
  return model;
}
}  // namespace onnx

HONE_API Expected<OnnxModel> load_onnx(std::span<const std::byte> bytes, const std::string& source_name) {
  auto model = onnx::parse_model(bytes, source_name, "");
  if (!model) return tl::unexpected<Error>(std::move(model.error()));
  return OnnxModel(std::make_shared<onnx::ModelDef>(std::move(*model)));
}
HONE_API Expected<OnnxModel> load_onnx(const std::string& path) {
  auto file = read_file(path);
  if (!file) return tl::unexpected<Error>(std::move(file.error()));
  const std::string folder = std::filesystem::path(path).parent_path().string();
  auto model = onnx::parse_model(file->bytes, path, folder.empty() ? "." : folder);
  if (!model) return tl::unexpected<Error>(std::move(model.error()));
  model->storage.push_back(std::move(file->owner));
  return OnnxModel(std::make_shared<onnx::ModelDef>(std::move(*model)));
}

HONE_API Expected<OnnxExecutor> OnnxExecutor::make(const OnnxModel& model, const OnnxOptions& options) {
  auto made = onnx::Interpreter::make(model.def(), options);
  if (!made) return tl::unexpected<Error>(std::move(made.error()));
  OnnxExecutor executor;
  executor.interpreter_.reset(made->release());
  return executor;
}
HONE_API Expected<void> OnnxExecutor::operator()() { return interpreter_->run(); }
HONE_API std::size_t OnnxExecutor::input_count() const { return interpreter_->input_infos.size(); }
HONE_API std::size_t OnnxExecutor::output_count() const { return interpreter_->output_infos.size(); }
HONE_API const Tensor& OnnxExecutor::input_info(std::size_t i) const { return interpreter_->input_infos[i]; }
HONE_API const Tensor& OnnxExecutor::output_info(std::size_t i) const { return interpreter_->output_infos[i]; }

namespace onnx {
inline std::optional<std::size_t> find_name(const std::vector<Tensor>& tensors, std::string_view name) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].name == name) return i;
  }
  return {};
}
}  // namespace onnx
HONE_API std::optional<std::size_t> OnnxExecutor::find_input(std::string_view name) const {
  return onnx::find_name(interpreter_->input_infos, name);
}
HONE_API std::optional<std::size_t> OnnxExecutor::find_output(std::string_view name) const {
  return onnx::find_name(interpreter_->output_infos, name);
}
HONE_API std::span<std::byte> OnnxExecutor::input_bytes(std::size_t i) {
  return i < input_count() ? interpreter_->input_bytes(i) : std::span<std::byte>{};
}
HONE_API std::span<const std::byte> OnnxExecutor::output_bytes(std::size_t i) const {
  if (i >= interpreter_->outputs.size()) return {};
  return {interpreter_->outputs[i].data, interpreter_->outputs[i].bytes()};
}
HONE_API Expected<void> OnnxExecutor::set_input(std::size_t i, std::span<const std::byte> bytes) {
  if (i >= input_count()) return tl::unexpected<Error>(detail::no_such("input", i, input_count()));
  const std::span<std::byte> to = input_bytes(i);
  if (bytes.size() != to.size()) {
    return tl::unexpected<Error>(detail::wrong_size("input", i, input_info(i), bytes.size()));
  }
  if (!to.empty()) std::memcpy(to.data(), bytes.data(), to.size());
  return {};
}
HONE_API std::size_t OnnxExecutor::arena_bytes() const { return interpreter_->memory->peak; }
HONE_API std::size_t OnnxExecutor::weights_bytes() const { return interpreter_->weights_bytes(); }
HONE_API Tier OnnxExecutor::tier() const { return interpreter_->tier; }
HONE_API std::size_t OnnxExecutor::threads() const { return interpreter_->threads; }
HONE_API const std::vector<StepInfo>& OnnxExecutor::steps() const { return interpreter_->infos; }

}  // namespace hone::graph
