// ONNX models: loaded, and run by an interpreter of their operators.
//
//   auto model = hone::graph::load_onnx("model.onnx");
//   auto run = hone::graph::OnnxExecutor::make(*model, {.shapes = {{"x", {1, 3, 48, 320}}}});
//   run->set_input(0, bytes);
//   if (auto ok = (*run)(); !ok) ...
//   auto scores = run->output<float>(0);
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../cpu.hpp"
#include "../parallel.hpp"
#include "io.hpp"
#include "ops/step.hpp"

namespace hone::graph {

namespace onnx {
struct ModelDef;
class Interpreter;
struct DeleteInterpreter {
  HONE_API void operator()(Interpreter* interpreter) const;
};
}  // namespace onnx

/// A model as its file says it; copies share it. Any number of executors may be made of one.
class OnnxModel {
 public:
  explicit OnnxModel(std::shared_ptr<const onnx::ModelDef> def) : def_(std::move(def)) {}
  const std::shared_ptr<const onnx::ModelDef>& def() const { return def_; }

 private:
  std::shared_ptr<const onnx::ModelDef> def_;
};

/// Reads an ONNX model that lies in memory and must outlive the result; `source_name` stands for the file in messages.
/// Operator sets 7 to 23 of the default domain, with the model's own functions. A model in memory has no external data.
/// Errors: bad_model for bytes that are damaged or contradict themselves, unsupported, out_of_memory.
HONE_API Expected<OnnxModel> load_onnx(std::span<const std::byte> bytes, const std::string& source_name);
/// Reads the file at `path`, mapped where the system can; external data is read from the model's folder alone.
HONE_API Expected<OnnxModel> load_onnx(const std::string& path);

struct OnnxOptions {
  std::size_t threads = 1;  ///< of a pool the executor starts; 1 starts none
  Parallel parallel = {};   ///< the caller's own threads instead, where it has more than one
  std::string tier = {};    ///< whose kernels to use: "avx2"; by default cpu::chosen()
  /// Shapes of inputs whose sizes the model leaves open. Open sizes that nothing fixes are 1.
  std::vector<std::pair<std::string, Shape>> shapes = {};
  bool profile = false;                             ///< time each node: steps()
  std::size_t memory_limit = std::size_t{1} << 30;  ///< bytes of values alive at a time: a small file can claim any
};

/// A model made ready to run with inputs of fixed shapes. One run at a time; movable, not copyable. Integer operators
/// follow ONNX Runtime's arithmetic (docs/numerics.md, mode `ort`).
class OnnxExecutor {
 public:
  /// Errors: what cpu::find and cpu::chosen report for the tier; invalid_argument for shapes that do not fit the model;
  /// bad_model and unsupported with the node; out_of_memory.
  HONE_API static Expected<OnnxExecutor> make(const OnnxModel& model, const OnnxOptions& options = {});

  /// Runs the model once on what the inputs hold; they keep it.
  /// Errors: bad_model for operators whose inputs do not fit them, with the node; out_of_memory.
  HONE_API Expected<void> operator()();

  HONE_API std::size_t input_count() const;
  HONE_API std::size_t output_count() const;
  /// Name, type and shape. An output's shape is that of the last run; before the first, the file's.
  HONE_API const Tensor& input_info(std::size_t i) const;
  HONE_API const Tensor& output_info(std::size_t i) const;
  HONE_API std::optional<std::size_t> find_input(std::string_view name) const;
  HONE_API std::optional<std::size_t> find_output(std::string_view name) const;

  /// All zero at first. Empty when there is no such input.
  HONE_API std::span<std::byte> input_bytes(std::size_t i);
  /// As the last run left them; empty before the first, and when there is no such output.
  HONE_API std::span<const std::byte> output_bytes(std::size_t i) const;
  /// Copies one sample. Errors: invalid_argument for no such input or another size.
  HONE_API Expected<void> set_input(std::size_t i, std::span<const std::byte> bytes);
  /// The elements of an output; empty when T is not its type.
  template <class T> std::span<const T> output(std::size_t i) const {
    if (i >= output_count() || output_info(i).type != dtype_of<T>) return {};
    const auto bytes = output_bytes(i);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

  HONE_API std::size_t arena_bytes() const;    ///< the most that values took at a time
  HONE_API std::size_t weights_bytes() const;  ///< packed weights
  HONE_API Tier tier() const;
  HONE_API std::size_t threads() const;
  HONE_API const std::vector<StepInfo>& steps() const;  ///< of the last run, with OnnxOptions::profile

 private:
  std::unique_ptr<onnx::Interpreter, onnx::DeleteInterpreter> interpreter_;
};

}  // namespace hone::graph

#if defined(HONE_DEFINITIONS) || defined(HONE_ONNX_IMPLEMENTATION)
#include "onnx.inl.hpp"
#endif
