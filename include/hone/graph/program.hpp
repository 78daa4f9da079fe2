// A program: a model after the passes, its memory, and the kernel calls that compute it. What an Executor runs.
#pragma once
#include <algorithm>
#include <memory>
#include <optional>
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

  static Expected<Program> make(const Model& source, const ExecutorOptions& options);

 private:
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
  Expected<void> prepare_steps(const ExecutorOptions& options) {
    const Rounding format = model.format == "onnx" ? Rounding::ort : Rounding::tflite;
    const ops::PrepareContext context{model, memory, tier, options.rounding.value_or(format), options.sparse};
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

inline Expected<Program> Program::make(const Model& source, const ExecutorOptions& options) {
  if (auto ok = validate(source); !ok) return tl::unexpected<Error>(ok.error());
  const Expected<Tier> chosen = options.tier.empty() ? cpu::chosen() : cpu::find(options.tier);
  if (!chosen) return tl::unexpected<Error>(chosen.error());
  Program program;
  program.tier = *chosen;
  program.model = source;
  if (auto ok = run_passes(program.model, options.passes); !ok) return tl::unexpected<Error>(ok.error());
  program.choose_threads(options);
  if (auto ok = program.place_tensors(options.memory_limit); !ok) return tl::unexpected<Error>(ok.error());
  if (auto ok = program.prepare_steps(options); !ok) return tl::unexpected<Error>(ok.error());
  return program;
}
}  // namespace detail

}  // namespace hone::graph
