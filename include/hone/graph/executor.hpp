// The executor: a model made ready to run, and run as often as asked.
//
//   auto model = hone::graph::load_tflite("person_detect.tflite");
//   hone::graph::Executor run(*model, {.threads = 2});
//   run.input<std::int8_t>(0) = image;
//   if (auto ok = run(); !ok) ...
//   auto scores = run.output<std::int8_t>(0);
#pragma once
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "io.hpp"
#include "program.hpp"

namespace hone::graph {

/// A network laid out in memory: weights packed, every tensor's place decided. Making it allocates; running does not.
/// It keeps the model's constants alive; it copies none but packed weights. Movable, not copyable; one run at a time.
class Executor {
 public:
  /// Errors: what cpu::find and cpu::chosen report for the tier; unsupported operators' types and bad_model, with the
  /// node; out_of_memory.
  static Expected<Executor> make(const Model& model, const ExecutorOptions& options = {}) {
    auto program = detail::Program::make(model, options);
    if (!program) return tl::unexpected<Error>(program.error());
    return Executor(std::move(*program), options.profile);
  }
  /// The same; an error is kept for error() and for every run.
  explicit Executor(const Model& model, const ExecutorOptions& options = {}) : profile_(options.profile) {
    auto program = detail::Program::make(model, options);
    if (program)
      program_ = std::move(*program);
    else
      make_error_ = std::move(program.error());
  }
  /// What went wrong when it was made, or null.
  const Error* error() const { return make_error_ ? &*make_error_ : nullptr; }

  /// Runs the network once on what the inputs hold; they keep it, and may be run again. Allocates nothing.
  /// A model with a state (variables) goes on from where its last run ended: see reset_state().
  /// Errors: that of making it; a wrong size or type given to an input or output since the last run, which then does
  /// not run; invalid_argument for data that an operator cannot take, such as an index that is out of range.
  Expected<void> operator()() {
    if (make_error_) return tl::unexpected<Error>(*make_error_);
    if (!problem_->message.empty()) return tl::unexpected<Error>(std::exchange(*problem_, Error{}));
    return program_.run(program_.parallel, profile_);
  }
  /// What a model remembers from run to run starts anew.
  void reset_state() { program_.reset_state(); }

  std::size_t input_count() const { return program_.model.inputs.size(); }
  std::size_t output_count() const { return program_.model.outputs.size(); }
  /// Name, type, shape and quantisation. The index must be below the count.
  const Tensor& input_info(std::size_t i) const { return tensor(program_.model.inputs[i]); }
  const Tensor& output_info(std::size_t i) const { return tensor(program_.model.outputs[i]); }
  /// The number of the input or output of that name.
  std::optional<std::size_t> find_input(std::string_view name) const { return find(program_.model.inputs, name); }
  std::optional<std::size_t> find_output(std::string_view name) const { return find(program_.model.outputs, name); }

  /// The elements of input i, all zero at first; assign a container to copy it. Empty when T is not its type or there
  /// is no input i, which the next run reports. Valid until the executor is moved or gone.
  template <class T> Input<T> input(std::size_t i) {
    const auto bytes = typed<T>("input", program_.model.inputs, i);
    return {{reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)},
            bytes.data() == nullptr ? nullptr : &input_info(i),
            i,
            *problem_};
  }
  /// The elements of output i, as the last run left them. Empty as input() is.
  template <class T> std::span<const T> output(std::size_t i) {
    const auto bytes = typed<T>("output", program_.model.outputs, i);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  /// The same as bytes, whatever the type. Empty when there is no such input or output.
  std::span<std::byte> input_bytes(std::size_t i) {
    return i < program_.model.inputs.size() ? bytes_of(program_.model.inputs[i]) : std::span<std::byte>{};
  }
  std::span<const std::byte> output_bytes(std::size_t i) const {
    return i < program_.model.outputs.size() ? bytes_of(program_.model.outputs[i]) : std::span<std::byte>{};
  }
  /// Copies one sample. Errors: invalid_argument for no such input or another size.
  Expected<void> set_input(std::size_t i, std::span<const std::byte> bytes) {
    if (make_error_) return tl::unexpected<Error>(*make_error_);
    if (i >= input_count()) return tl::unexpected<Error>(detail::no_such("input", i, input_count()));
    const std::span<std::byte> to = bytes_of(program_.model.inputs[i]);
    if (bytes.size() != to.size()) {
      return tl::unexpected<Error>(detail::wrong_size("input", i, input_info(i), bytes.size()));
    }
    if (!to.empty()) std::memcpy(to.data(), bytes.data(), to.size());
    return {};
  }

  std::size_t arena_bytes() const { return program_.plan.arena_bytes; }  ///< all tensors that are not constants
  std::size_t weights_bytes() const { return program_.weights_bytes; }   ///< packed weights
  std::size_t scratch_bytes() const { return program_.scratch.size(); }  ///< working memory of the kernels
  Tier tier() const { return program_.tier; }
  std::size_t threads() const { return program_.parallel.threads(); }
  const std::vector<StepInfo>& steps() const { return program_.infos; }  ///< in the order they run
  const Model& model() const { return program_.model; }                  ///< after the passes
  const Plan& plan() const { return program_.plan; }

 private:
  Executor(detail::Program program, bool profile) : program_(std::move(program)), profile_(profile) {}

  const Tensor& tensor(int number) const { return program_.model.tensors[static_cast<std::size_t>(number)]; }
  std::span<std::byte> bytes_of(int number) const { return program_.bytes_of(number); }
  std::optional<std::size_t> find(const std::vector<int>& tensors, std::string_view name) const {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (tensor(tensors[i]).name == name) return i;
    }
    return {};
  }
  template <class T> std::span<std::byte> typed(const char* what, const std::vector<int>& tensors, std::size_t i) {
    if (make_error_) return {};
    if (i >= tensors.size()) return remember(detail::no_such(what, i, tensors.size()));
    if (tensor(tensors[i]).type != dtype_of<T>) {
      return remember(detail::wrong_type(what, i, tensor(tensors[i]), dtype_of<T>));
    }
    return bytes_of(tensors[i]);
  }
  std::span<std::byte> remember(Error problem) {
    if (problem_->message.empty()) *problem_ = std::move(problem);
    return {};
  }

  std::optional<Error> make_error_;
  std::unique_ptr<Error> problem_ = std::make_unique<Error>();  // Input refers to it, so its place must not move
  detail::Program program_;
  bool profile_ = false;
};

}  // namespace hone::graph
