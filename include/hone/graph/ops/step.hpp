// A step: one kernel call, its arguments prepared when the executor is made and run as often as asked.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "../../parallel.hpp"

namespace hone::graph {

/// What a step does, for people: what was chosen, why, and what it costs.
struct StepInfo {
  std::string name;               ///< of the tensor it writes
  std::string op;                 ///< as the model's format calls it: CONV_2D
  int node = 0;                   ///< the node's number in the file
  std::string kernel;             ///< "gemm_f32 6x16", "sparse_f32", "depthwise_i8"
  std::string tier;               ///< whose kernels it runs
  std::string shapes;             ///< "1x25x5x64 * 64x1x1x64 -> 1x25x5x64"
  std::string why;                ///< the reason for the kernel where there was a choice
  std::int64_t operations = 0;    ///< 2 for each multiply-add, 1 for each other operation on an element
  std::int64_t bytes = 0;         ///< of tensors and weights read and written
  std::size_t weights_bytes = 0;  ///< packed weights and what goes with them, owned by the step
  std::int64_t nanoseconds = 0;   ///< of the last run, with ExecutorOptions::profile
};

namespace ops {

struct RunContext {
  std::byte* scratch;  ///< scratch_bytes(parallel.threads()) bytes, 64-byte aligned
  const Parallel& parallel;
  /// What is wrong with the data, where a step finds that something is (an index out of range, a division of integers by
  /// zero): a string literal. Its outputs then hold some values of their type; the run ends with an Error.
  const char*& problem;
};

/// Operators derive from this. `run` allocates nothing.
class Step {
 public:
  virtual ~Step() = default;
  virtual void run(const RunContext& context) const = 0;
  virtual std::size_t scratch_bytes(std::size_t /*threads*/) const { return 0; }

  StepInfo info;
  int operations_per_nanosecond = 32;  ///< of one thread, roughly: decides whether sharing the work out is worth it
};

}  // namespace ops
}  // namespace hone::graph
