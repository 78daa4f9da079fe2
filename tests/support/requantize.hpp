// Requantisation parameters for tests, with the padding that kernels may read.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../../kernels/args.hpp"
#include "../../kernels/fixed_point.hpp"

namespace hone::test {

/// One scale a channel, in every form that a kernel may want.
class Scales {
 public:
  explicit Scales(const std::vector<double>& scales)
      : multiplier_(scales.size() + padding),
        left_(scales.size() + padding),
        right_(scales.size() + padding),
        scale_(scales.size() + padding) {
    for (std::size_t c = 0; c < scales.size(); ++c)
      set(c, kernels::to_fixed_point(scales[c]), static_cast<float>(scales[c]));
  }
  void set(std::size_t c, kernels::FixedPoint f, float scale) {
    multiplier_[c] = f.multiplier;
    left_[c] = f.shift > 0 ? f.shift : 0;
    right_[c] = f.shift < 0 ? -f.shift : 0;
    scale_[c] = scale;
    any_left_ = any_left_ || f.shift > 0;
  }
  int left(std::size_t c) const { return left_[c]; }
  int right(std::size_t c) const { return right_[c]; }
  std::int32_t multiplier(std::size_t c) const { return multiplier_[c]; }

  kernels::Requantize args(kernels::Rounding rounding, std::int32_t zero, std::int32_t lo, std::int32_t hi) const {
    kernels::Requantize q;
    q.rounding = rounding;
    q.multiplier = multiplier_.data(), q.left = left_.data(), q.right = right_.data(), q.scale = scale_.data();
    q.any_left = any_left_;
    q.zero = zero, q.lo = lo, q.hi = hi;
    return q;
  }

 private:
  static constexpr std::size_t padding = 64;
  std::vector<std::int32_t> multiplier_, left_, right_;
  std::vector<float> scale_;
  bool any_left_ = false;
};

inline constexpr kernels::Rounding roundings[] = {kernels::Rounding::tflite, kernels::Rounding::single,
                                                  kernels::Rounding::ort};

}  // namespace hone::test
