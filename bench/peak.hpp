// The table of loops that peak.inl.hpp fills for each tier.
#pragma once
#include <cstddef>
#include <cstdint>

namespace hone::bench {

struct PeakLoops {
  double f32_operations;  ///< a round of `f32`
  float (*f32)(std::int64_t rounds, const float* x);
  double i8_operations;
  std::int32_t (*i8)(std::int64_t rounds, const std::int8_t* data);
  double bf16_operations;  // 0: the tier multiplies bfloat16 as float32 only
  float (*bf16)(std::int64_t rounds, const float* x);
  std::int32_t (*read)(std::int64_t rounds, const std::int32_t* data, std::size_t bytes);
};

}  // namespace hone::bench
