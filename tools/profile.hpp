// Times of each operator of a network, over its runs.
#pragma once
#include <vector>

#include "model_file.hpp"

namespace hone::tools {

class Profile {
 public:
  /// `runs` = 0: keeps nothing.
  explicit Profile(std::size_t runs);
  /// After a run.
  void add(const Network& executor);
  /// A row per operator: index, name, op, kernel, tier, ms (the median), gops, gbps, fraction (of the operator's limit,
  /// measured here and now).
  Json json(const Network& executor) const;
  void print(const Network& executor) const;

 private:
  std::size_t most_ = 0;                   // times kept of each step
  std::vector<std::vector<float>> times_;  // of each step, ms
};

}  // namespace hone::tools
