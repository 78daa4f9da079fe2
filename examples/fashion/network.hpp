// One trained network of the demo: loads it, classifies images with it, keeps what was seen.
#pragma once
#include <hone/hone.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "idx.hpp"

namespace fashion {

/// What one network did on one tier.
struct Outcome {
  std::string name, what, tier;
  std::uintmax_t bytes = 0;  // of the file
  std::size_t arena_bytes = 0, right = 0, count = 0;
  double microseconds = 0;  // median of single images
  std::vector<std::uint8_t> predictions;
  double accuracy() const { return 100.0 * static_cast<double>(right) / static_cast<double>(count); }
};

class Network {
 public:
  static hone::Expected<Network> load(const std::filesystem::path& path, std::string what, const std::string& tier) {
    auto model = hone::graph::load_tflite(path.string());
    if (!model) return tl::unexpected<hone::Error>(model.error());
    auto run = hone::graph::Executor::make(*model, {.tier = tier});
    if (!run) return tl::unexpected<hone::Error>(run.error());
    const hone::graph::Tensor& in = run->input_info(0);
    const hone::graph::Tensor& out = run->output_info(0);
    if (in.elements() != pixels || out.elements() != static_cast<std::int64_t>(classes.size()) || in.type != out.type ||
        (in.type != hone::DType::f32 && in.type != hone::DType::i8)) {
      return hone::fail(hone::ErrorCode::unsupported,
                        path.string() + ": expected 28 x 28 pixels in and 10 classes out");
    }
    Network network(std::move(*run));
    network.outcome_.name = path.stem().string();
    network.outcome_.what = std::move(what);
    network.outcome_.tier = hone::cpu::name_of(network.run_.tier());
    network.outcome_.bytes = std::filesystem::file_size(path);
    network.outcome_.arena_bytes = network.run_.arena_bytes();
    return network;
  }

  /// Classifies one image, in 0 to 255, and takes the time from setting the input to having the scores.
  hone::Expected<void> classify(const std::uint8_t* image, std::uint8_t label) {
    const auto start = std::chrono::steady_clock::now();
    if (int8_) {
      const auto in = run_.input_bytes(0);
      for (std::size_t i = 0; i < pixels; ++i) in[i] = table_[image[i]];
    } else {
      float* in = reinterpret_cast<float*>(run_.input_bytes(0).data());
      for (std::size_t i = 0; i < pixels; ++i) in[i] = static_cast<float>(image[i]) * (1.0f / 255);
    }
    if (auto ok = run_(); !ok) return ok;
    const auto best = int8_ ? largest(run_.output<std::int8_t>(0)) : largest(run_.output<float>(0));
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    times_.push_back(took.count());
    outcome_.predictions.push_back(best);
    outcome_.right += best == label ? 1u : 0u;
    ++outcome_.count;
    return {};
  }

  const Outcome& finish() {
    std::nth_element(times_.begin(), times_.begin() + static_cast<std::ptrdiff_t>(times_.size() / 2), times_.end());
    outcome_.microseconds = times_[times_.size() / 2];
    return outcome_;
  }

 private:
  explicit Network(hone::graph::Executor run) : run_(std::move(run)) {
    const hone::graph::Tensor& in = run_.input_info(0);
    int8_ = in.type == hone::DType::i8;
    if (!int8_) return;
    for (int v = 0; v < 256; ++v) {  // all a pixel can be, quantised once
      const float q = std::round(static_cast<float>(v) / 255 / in.quantization.scales[0]);
      const int i8 = std::clamp(static_cast<int>(q) + in.quantization.zero_points[0], -128, 127);
      table_[static_cast<std::size_t>(v)] = static_cast<std::byte>(i8);
    }
  }
  template <class Scores> static std::uint8_t largest(const Scores& scores) {
    return static_cast<std::uint8_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
  }

  hone::graph::Executor run_;
  bool int8_ = false;
  std::array<std::byte, 256> table_{};
  Outcome outcome_;
  std::vector<double> times_;
};

}  // namespace fashion
