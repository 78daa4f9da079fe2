#include "peaks.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "../include/hone/buffer.hpp"
#include "../tools/machine.hpp"
#include "peak.hpp"

#define HONE_TIER_EXTRA "../../bench/peak.inl.hpp"
#include "../backends/cpu/tiers.hpp"

namespace hone::bench {
namespace {

const PeakLoops* loops_of(Tier tier) {
  switch (tier) {
    case Tier::baseline: return &baseline::peak_loops;
#if !defined(HONE_SIMD_SCALAR) && !defined(HONE_STATIC_ARCH) && !defined(HONE_BASELINE_ONLY)
#define HONE_CASE(with, name, made_for, detected) \
  case Tier::name: return &name::peak_loops;
      HONE_TIERS(HONE_CASE, )
#undef HONE_CASE
#endif
    default: return nullptr;
  }
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

volatile float sink;

/// Something whose best rate is sought: run(rounds) does rounds * work.
struct Probe {
  double Peaks::*peak;
  double work;  // a round: operations or bytes
  std::int64_t rounds;

  template <class Run> void sample(Peaks& peaks, Run&& run) {
    const double start = now();
    sink = static_cast<float>(run(rounds));
    const double seconds = now() - start;
    // Short enough to fall between interruptions, long enough that reading the clock is nothing.
    if (seconds < 100e-6)
      rounds *= seconds < 10e-6 ? 10 : 2;
    else
      peaks.*peak = std::max(peaks.*peak, work * static_cast<double>(rounds) / seconds * 1e-9);
  }
};

/// Memory for the reading loops: four times the last cache, so that coming round again nothing is left in it.
struct Memory {
  std::size_t l1 = tools::cache_bytes(1, 32 << 10), l2 = tools::cache_bytes(2, 256 << 10),
              l3 = tools::cache_bytes(3, 0);
  std::size_t bytes = std::clamp<std::size_t>(4 * std::max(l2, l3), 32 << 20, 128 << 20);
  Buffer<std::int32_t> data;

  Memory() {
    // Half as much where memory is short.
    for (;; bytes /= 2) {
      if (auto made = Buffer<std::int32_t>::make(bytes / 4)) {
        data = std::move(*made);
        return;
      }
    }
  }
};

}  // namespace

Peaks measure_peaks(Tier tier, double seconds) {
  static const Memory memory;
  const PeakLoops& loops = *loops_of(tier);
  constexpr std::size_t chunk = 4 << 20;
  const std::int32_t* data = memory.data.data();
  const auto part = [](std::size_t bytes) { return std::max<std::size_t>(bytes / 1024 * 1024, 1024); };
  const std::size_t in_l1 = part(memory.l1 / 2), in_l2 = part(memory.l2 / 2);
  const std::size_t in_l3 = memory.l3 >= 4 * memory.l2 ? part(std::min(2 * memory.l2, chunk)) : 0;
  std::vector<std::int8_t> bytes(8192, 1);
  const float x[] = {0.999F, 0.001F};

  Peaks peaks;
  Probe f32{&Peaks::f32_gflops, loops.f32_operations, 1000}, i8{&Peaks::i8_gops, loops.i8_operations, 1000};
  Probe l1{&Peaks::l1_gbps, static_cast<double>(in_l1), 1}, l2{&Peaks::l2_gbps, static_cast<double>(in_l2), 1};
  Probe l3{&Peaks::l3_gbps, static_cast<double>(in_l3), 1}, dram{&Peaks::dram_gbps, static_cast<double>(chunk), 1};
  Probe bf16{&Peaks::bf16_gflops, loops.bf16_operations, 1000};
  const bool has_bf16 = loops.bf16_operations > 0 && cpu::has_bf16_dot(tier);
  std::size_t at = 0;
  const double end = now() + seconds;
  // Interleaved: a neighbour's busy moment takes a sample of each, not all the samples of one.
  for (int pass = 0; pass < 12 || now() < end; ++pass) {
    f32.sample(peaks, [&](std::int64_t rounds) { return loops.f32(rounds, x); });
    i8.sample(peaks, [&](std::int64_t rounds) { return loops.i8(rounds, bytes.data()); });
    if (has_bf16) bf16.sample(peaks, [&](std::int64_t rounds) { return loops.bf16(rounds, x); });
    for (int twice = 0; twice < 2; ++twice) {  // the first brings the data into the cache
      l1.sample(peaks, [&](std::int64_t rounds) { return loops.read(rounds, data, in_l1); });
    }
    for (int twice = 0; twice < 2; ++twice) {
      l2.sample(peaks, [&](std::int64_t rounds) { return loops.read(rounds, data, in_l2); });
    }
    for (int twice = 0; twice < 2 && in_l3 > 0; ++twice) {
      l3.sample(peaks, [&](std::int64_t rounds) { return loops.read(rounds, data, in_l3); });
    }
    at = at + 2 * chunk > memory.bytes ? 0 : at + chunk;
    dram.sample(peaks, [&](std::int64_t) { return loops.read(1, data + at / 4, chunk); });
    dram.rounds = 1;
  }
  return peaks;
}

Peaks best_of(const Peaks& a, const Peaks& b) {
  Peaks best = a;
  for (double Peaks::*peak : {&Peaks::f32_gflops, &Peaks::i8_gops, &Peaks::bf16_gflops, &Peaks::l1_gbps,
                              &Peaks::l2_gbps, &Peaks::l3_gbps, &Peaks::dram_gbps}) {
    best.*peak = std::max(a.*peak, b.*peak);
  }
  return best;
}

Limit limit_of(const Peaks& peaks, const std::string& dtype, double operations, double bytes, double footprint,
               std::size_t threads) {
  static const std::size_t l1 = tools::cache_bytes(1, 32 << 10), l2 = tools::cache_bytes(2, 256 << 10),
                           l3 = tools::cache_bytes(3, 0);
  const auto cores = static_cast<double>(threads);
  const bool is_bf16 = dtype == "bf16" && peaks.bf16_gflops > 0;
  const bool is_float = dtype == "f32" || dtype == "f16" || (dtype == "bf16" && !is_bf16);  // else widened to float32
  const double compute = (is_float ? peaks.f32_gflops : is_bf16 ? peaks.bf16_gflops : peaks.i8_gops) * cores;
  Limit limit{is_float  ? "f32_gflops"
              : is_bf16 ? "bf16_gflops"
                        : "i8_gops",
              compute > 0 ? operations * 1e-9 / compute : 0};
  Limit memory{"dram_gbps", bytes * 1e-9 / peaks.dram_gbps};
  if (footprint <= static_cast<double>(l1) * cores)
    memory = {"l1_gbps", bytes * 1e-9 / (peaks.l1_gbps * cores)};
  else if (footprint <= static_cast<double>(l2) * cores)
    memory = {"l2_gbps", bytes * 1e-9 / (peaks.l2_gbps * cores)};
  else if (footprint <= static_cast<double>(l3) / 2 && peaks.l3_gbps > 0) {  // which others share
    memory = {"l3_gbps", bytes * 1e-9 / (peaks.l3_gbps * cores)};
  }
  return memory.seconds > limit.seconds ? memory : limit;
}

}  // namespace hone::bench
