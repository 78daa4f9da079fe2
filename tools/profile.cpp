#include "profile.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "../bench/peaks.hpp"

namespace hone::tools {
namespace {

double median(std::vector<float> times) {
  if (times.empty()) return 0;
  std::sort(times.begin(), times.end());
  return (static_cast<double>(times[times.size() / 2]) + static_cast<double>(times[(times.size() - 1) / 2])) / 2;
}

/// Whose peak bounds a kernel: "gemm_f32 6x16", "add_i8".
std::string dtype_of_kernel(const std::string& kernel) {
  return kernel.find("f32") != std::string::npos ? "f32" : "i8";
}

}  // namespace

Profile::Profile(std::size_t runs) : most_(std::min<std::size_t>(runs, 1000)) {}  // more would only cost memory

void Profile::add(const Network& executor) {
  if (most_ == 0) return;
  times_.resize(executor.steps().size());  // those of an .onnx model are known when it has run
  for (std::size_t s = 0; s < times_.size(); ++s) {
    if (times_[s].empty()) times_[s].reserve(most_);
    if (times_[s].size() == most_) continue;
    times_[s].push_back(static_cast<float>(static_cast<double>(executor.steps()[s].nanoseconds) * 1e-6));
  }
}

Json Profile::json(const Network& executor) const {
  const bench::Peaks peaks = bench::measure_peaks(executor.tier(), 0.1);
  Json rows = Json::array();
  for (std::size_t s = 0; s < times_.size(); ++s) {
    const graph::StepInfo& step = executor.steps()[s];
    const double ms = median(times_[s]), seconds = ms * 1e-3;
    const auto operations = static_cast<double>(step.operations), bytes = static_cast<double>(step.bytes);
    const bench::Limit limit =
        bench::limit_of(peaks, dtype_of_kernel(step.kernel), operations, bytes, bytes, executor.threads());
    rows.push_back({{"index", s},
                    {"name", step.name},
                    {"op", step.op},
                    {"kernel", step.kernel},
                    {"tier", step.tier},
                    {"ms", ms},
                    {"gops", seconds > 0 ? operations * 1e-9 / seconds : 0},
                    {"gbps", seconds > 0 ? bytes * 1e-9 / seconds : 0},
                    {"fraction", seconds > 0 ? limit.seconds / seconds : 0}});
  }
  return rows;
}

void Profile::print(const Network& executor) const {
  const Json all = json(executor);
  double sum = 0;
  for (const Json& row : all) sum += row["ms"].get<double>();
  std::vector<std::vector<std::string>> rows = {
      {"", "op", "kernel", "shapes", "us", "share", "GOP/s", "GB/s", "of the limit"}};
  for (std::size_t s = 0; s < all.size(); ++s) {
    const Json& row = all[s];
    const double fraction = row["fraction"], ms = row["ms"];
    rows.push_back({std::to_string(s), row["op"], row["kernel"], executor.steps()[s].shapes, short_text(ms * 1e3),
                    short_text(sum > 0 ? 100 * ms / sum : 0) + " %", short_text(row["gops"]), short_text(row["gbps"]),
                    short_text(100 * fraction) + " % " + bar(fraction, 10)});
  }
  std::puts("");
  print_table(rows, "rlllrrrrl");
}

}  // namespace hone::tools
