// A program: a model after the passes, its memory, and the kernel calls that compute it. What an Executor runs.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../thread_pool.hpp"
#include "model.hpp"
#include "ops/ops.hpp"
#include "passes.hpp"
#include "plan.hpp"
#include "validate.hpp"

namespace hone::graph {

struct ExecutorOptions {
  std::size_t threads = 1;                ///< of a pool the executor starts; 1 starts none
  Parallel parallel = {};                 ///< the caller's own threads instead, where it has more than one
  std::optional<Rounding> rounding = {};  ///< of integer results; by default as the model's format defines them
  std::string tier = {};                  ///< whose kernels to use: "avx2"; by default cpu::chosen()
  Sparse sparse = Sparse::automatic;      ///< whether weights with many zeros are skipped
  PassOptions passes = {};
  bool profile = false;  ///< time each step: StepInfo::nanoseconds
  std::size_t memory_limit = std::size_t{1}
                             << 30;  ///< bytes of tensors a model may ask for: a small file can claim any
};

namespace detail {
class InnerProgram;
class InnerPrograms;

struct Program {
  struct Scheduled {
    std::unique_ptr<ops::Step> step;
    bool alone;  // too little work to share out
  };
  Model model;
  Plan plan;
  Tier tier = Tier::baseline;
  std::unique_ptr<ThreadPool> pool;
  Parallel parallel;
  Buffer<std::byte> arena, scratch;
  std::vector<std::byte*> memory;  // of each tensor; null for constants and what nothing uses
  std::vector<Scheduled> steps;
  std::vector<StepInfo> infos;  // of the steps
  std::size_t weights_bytes = 0;

  static Expected<Program> make(const Model& source, const ExecutorOptions& options) {
    if (auto ok = validate(source); !ok) return tl::unexpected<Error>(ok.error());
    std::size_t inner_programs = 0;
    return make(source, options, inner_programs);
  }

  /// Runs every step once. Errors: invalid_argument for what a step finds wrong with its data.
  Expected<void> run(const Parallel& with, bool profile = false) {
    const Parallel alone;
    const char* problem = nullptr;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const ops::RunContext context{scratch.data(), steps[i].alone ? alone : with, problem};
      if (profile) {
        infos[i].nanoseconds = time([&] { steps[i].step->run(context); });
      } else {
        steps[i].step->run(context);
      }
      if (problem != nullptr) return tl::unexpected<Error>(run_error(infos[i], problem));
    }
    return {};
  }
  /// Variables as the model starts them.
  void reset_state() {
    for (std::size_t t = 0; t < model.tensors.size(); ++t) {
      const Tensor& state = model.tensors[t];
      if (!state.variable || memory[t] == nullptr) continue;
      if (state.data.empty()) {  // real zeros
        const int zero = state.quantization.zero_points.empty() ? 0 : state.quantization.zero_points[0];
        std::memset(memory[t], size_of(state.type) == 1 ? zero : 0, state.bytes());
      } else {
        std::memcpy(memory[t], state.data.data(), state.bytes());
      }
    }
  }
  std::span<std::byte> bytes_of(int tensor) const {
    return {memory[static_cast<std::size_t>(tensor)], model.tensors[static_cast<std::size_t>(tensor)].bytes()};
  }

 private:
  friend class InnerProgram;
  friend class InnerPrograms;
  static Expected<Program> make(const Model& source, const ExecutorOptions& options, std::size_t& inner_programs);

  template <class Run> static std::int64_t time(Run&& run) {
    const auto start = std::chrono::steady_clock::now();
    run();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count();
  }
  Error run_error(const StepInfo& info, const char* problem) const {
    return {ErrorCode::invalid_argument, model.source + ": node " + std::to_string(info.node) + " " + info.op + " " +
                                             quoted(info.name) + ": " + problem};
  }

  /// A step this short is done by the time that a second thread has noticed and a cache line has gone back and forth.
  static constexpr std::int64_t shortest_shared_nanoseconds = 4000;
  static bool is_short(const ops::Step& step) {
    constexpr std::int64_t bytes_per_nanosecond = 16;
    return step.info.operations / step.operations_per_nanosecond + step.info.bytes / bytes_per_nanosecond <
           shortest_shared_nanoseconds;
  }

  void choose_threads(const ExecutorOptions& options) {
    if (options.parallel.threads() > 1) {
      parallel = options.parallel;
    } else if (options.threads > 1) {
      pool = std::make_unique<ThreadPool>(options.threads);
      parallel = Parallel(*pool, pool->threads());
    }
  }
  Expected<void> place_tensors(std::size_t limit) {
    auto planned = make_plan(model, limit);
    if (!planned) return tl::unexpected<Error>(planned.error());
    plan = std::move(*planned);
    auto made = Buffer<std::byte>::make(plan.arena_bytes);
    if (!made) return tl::unexpected<Error>(made.error());
    arena = std::move(*made);
    memory.resize(model.tensors.size(), nullptr);
    for (std::size_t t = 0; t < memory.size(); ++t) {
      if (plan.offsets[t] != Plan::none) memory[t] = arena.data() + plan.offsets[t];
    }
    return {};
  }
  Expected<void> prepare_steps(const ExecutorOptions& options, const ops::SubprogramMaker& programs) {
    const Rounding format = model.format == "onnx" ? Rounding::ort : Rounding::tflite;
    const ops::PrepareContext context{model,          memory,   tier, options.rounding.value_or(format),
                                      options.sparse, &programs};
    std::size_t scratch_bytes = 0;
    for (const Node& node : model.nodes) {
      ops::Prepared step = ops::prepare_node(context, node);
      if (!step) return tl::unexpected<Error>(step.error());
      if (*step == nullptr) continue;
      StepInfo& info = (*step)->info;
      weights_bytes += info.weights_bytes;
      scratch_bytes = std::max(scratch_bytes, (*step)->scratch_bytes(parallel.threads()));
      infos.push_back(info);
      const bool alone = is_short(**step);
      steps.push_back({std::move(*step), alone});
    }
    auto made = Buffer<std::byte>::make(scratch_bytes);
    if (!made) return tl::unexpected<Error>(made.error());
    scratch = std::move(*made);
    return {};
  }
};

/// A graph of the model, which IF or WHILE runs.
class InnerProgram : public ops::Subprogram {
 public:
  explicit InnerProgram(Program program) : program_(std::move(program)) {
    for (const int t : program_.model.inputs) inputs.push_back(program_.bytes_of(t));
    for (const int t : program_.model.outputs) outputs.push_back(value_of(t));
    for (const StepInfo& step : program_.infos) operations_ += std::min<std::int64_t>(step.operations, most);
    operations_ = std::min(operations_, most);
  }
  void run(const ops::RunContext& context) override {
    const Expected<void> done = program_.run(context.parallel);
    if (!done) context.problem = "its graph met an index that is out of range, a division by zero or an endless loop";
  }
  std::int64_t operations() const override { return operations_; }

 private:
  static constexpr std::int64_t most = std::int64_t{1} << 40;
  /// A graph may return a constant.
  std::span<std::byte> value_of(int t) {
    const Tensor& tensor = program_.model.tensors[static_cast<std::size_t>(t)];
    if (!tensor.constant) return program_.bytes_of(t);
    constants_.emplace_back(tensor.data.begin(), tensor.data.end());
    return constants_.back();
  }
  Program program_;
  std::deque<std::vector<std::byte>> constants_;  // the places of its elements do not change
  std::int64_t operations_ = 0;
};
class InnerPrograms : public ops::SubprogramMaker {
 public:
  InnerPrograms(const ExecutorOptions& options, std::size_t& count) : options_(options), count_(count) {}
  Expected<std::unique_ptr<ops::Subprogram>> make(const Model& graph) const override {
    constexpr std::size_t most = 64;
    if (++count_ > most) {
      return fail(ErrorCode::unsupported, "more than " + std::to_string(most) + " graphs within graphs");
    }
    ExecutorOptions inner = options_;
    inner.threads = 1;  // those of the outer program are used
    inner.parallel = {};
    inner.memory_limit /= most;
    auto program = Program::make(graph, inner, count_);
    if (!program) return tl::unexpected<Error>(program.error());
    return std::make_unique<InnerProgram>(std::move(*program));
  }

 private:
  const ExecutorOptions& options_;
  std::size_t& count_;
};

inline Expected<Program> Program::make(const Model& source, const ExecutorOptions& options,
                                       std::size_t& inner_programs) {
  const Expected<Tier> chosen = options.tier.empty() ? cpu::chosen() : cpu::find(options.tier);
  if (!chosen) return tl::unexpected<Error>(chosen.error());
  Program program;
  program.tier = *chosen;
  program.model = source;
  if (auto ok = run_passes(program.model, options.passes, *chosen, options.memory_limit); !ok) {
    return tl::unexpected<Error>(ok.error());
  }
  program.choose_threads(options);
  if (auto ok = program.place_tensors(options.memory_limit); !ok) return tl::unexpected<Error>(ok.error());
  if (auto ok = program.prepare_steps(options, InnerPrograms(options, inner_programs)); !ok) {
    return tl::unexpected<Error>(ok.error());
  }
  program.reset_state();
  return program;
}
}  // namespace detail

}  // namespace hone::graph
