// What one core can do at most: the limits that every measured figure is held against.
#pragma once
#include <cstddef>
#include <string>

#include "../backends/cpu/detect.hpp"

namespace hone::bench {

/// 10^9 a second, of one core running a tier's instructions; 0 where the tier has none for it.
struct Peaks {
  double f32_gflops = 0;  ///< multiply-adds in independent chains, two operations each
  double i8_gops = 0;     ///< the tier's int8 dot product, likewise
  double bf16_gflops = 0;
  double l1_gbps = 0, l2_gbps = 0, l3_gbps = 0, dram_gbps = 0;  ///< reading, a buffer that fits the level; 0: no level
};

/// The best of several short runs, `seconds` long in all: about 0.1 is enough on a quiet machine.
Peaks measure_peaks(Tier tier, double seconds);

/// The better of both, figure by figure.
Peaks best_of(const Peaks& a, const Peaks& b);

/// What bounds some work, and the time it would take at that limit.
struct Limit {
  std::string peak;  ///< "f32_gflops", "l2_gbps": the field of Peaks
  double seconds = 0;
};
/// The roofline: operations at the peak of `dtype` ("f32", "f16", "bf16", "i8", "u8"), or bytes at the bandwidth of the level
/// that holds `footprint` bytes, whichever takes longer. Cores add up, but for the memory they share.
Limit limit_of(const Peaks& peaks, const std::string& dtype, double operations, double bytes, double footprint,
               std::size_t threads);

}  // namespace hone::bench
