// The microbenchmarks: a group is a function that adds cases, the sampler times them, the command prints and saves
// rows.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "../include/hone/buffer.hpp"
#include "../include/hone/cpu.hpp"
#include "../include/hone/parallel.hpp"

namespace hone::bench {

/// One measured figure.
struct Row {
  std::string group, op, dtype, shape;
  std::string tier;
  std::size_t threads = 1;
  std::string backend = "cpu", library = "hone";
  double operations = 0;  ///< 2 for each multiply-add that is done: zeros that are skipped do not count
  double bytes = 0;       ///< of inputs, weights and outputs, each once

  double median_ns = 0, min_ns = 0;
  double cpu_over_wall = 0;  ///< CPU time of a thread over wall time; below 1 it was interrupted, or waited for others
  int samples = 0, dropped = 0;
  bool quiet = false;  ///< the figures are of samples taken while the machine was quiet

  std::string peak;     ///< what bounds it: the field of Peaks
  double fraction = 0;  ///< of the time at that bound over the median
  double gops() const { return median_ns > 0 ? operations / median_ns : 0; }
  double gbps() const { return median_ns > 0 ? bytes / median_ns : 0; }
};

struct Case {
  Row row;
  Tier tier = Tier::baseline;
  std::function<void()> run;  ///< owns the memory it works on
};

/// What a group makes its cases for.
struct Setup {
  Tier tier = Tier::baseline;  ///< forced while the group makes its cases, and while they run
  Parallel parallel;
  bool quick = false;
};
class Cases {
 public:
  explicit Cases(const Setup& setup) : setup_(setup) {}
  const Setup& setup() const { return setup_; }
  void add(const char* group, std::string op, std::string dtype, std::string shape, double operations, double bytes,
           std::function<void()> run);
  std::vector<Case> take() { return std::move(cases_); }

 private:
  Setup setup_;
  std::vector<Case> cases_;
};

struct Group {
  const char* name;
  const char* what;
  void (*add)(Cases& cases);
};
/// All groups, in the order in which they are reported.
const std::vector<Group>& groups();

struct SampleOptions {
  int repetitions = 7;
  double sample_seconds = 0.004;
  double limit_seconds = 120;  ///< waiting for a quiet machine ends here
};
struct SampleTotals {
  int samples = 0, dropped = 0, rows_without_quiet = 0;
};
/// Whether this build has Google Benchmark, which times the samples.
bool can_sample();
/// Fills in the measured part of each case's row. `progress` is told how much is done, from 0 to 1.
SampleTotals take_samples(std::vector<Case>& cases, const SampleOptions& options,
                          const std::function<void(double)>& progress);

// For the groups.

/// The value of something that cannot fail with the sizes a benchmark uses; the program ends where it does.
template <class T> T must(Expected<T> expected) {
  if (!expected) {
    std::fprintf(stderr, "hone: a benchmark is wrong: %s\n", expected.error().message.c_str());
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return std::move(*expected);
}

/// `size` reproducible values: floats in [-1, 1), integers over their whole range.
template <class T> std::shared_ptr<Buffer<T>> random_data(std::ptrdiff_t size, std::uint32_t seed) {
  auto data = std::make_shared<Buffer<T>>(must(Buffer<T>::make(static_cast<std::size_t>(size))));
  std::uint32_t state = seed * 2654435761u + 1;
  for (std::size_t i = 0; i < data->size(); ++i) {
    state = state * 1664525u + 1013904223u;
    if constexpr (std::is_floating_point_v<T>)
      (*data)[i] = static_cast<T>(state >> 8) * T(2.0 / (1 << 24)) - 1;
    else
      (*data)[i] = static_cast<T>(state >> 24);
  }
  return data;
}

}  // namespace hone::bench
