// Takes samples of all cases, interleaved, with Google Benchmark, and keeps those of a quiet machine.
//
// The cores of a shared machine have neighbours. What takes the core away shows in CPU time over wall time; what a sibling
// thread takes shows in neither clock. So a fixed loop, the canary, runs before and after each sample, and the sample counts
// only when both took at most 3 % longer than the canary's best.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <memory>

#include "bench.hpp"

#ifdef HONE_HAVE_BENCHMARK
#include <benchmark/benchmark.h>
#endif

namespace hone::bench {

#ifdef HONE_HAVE_BENCHMARK
namespace {

constexpr double slowest_canary = 1.03, least_cpu_share = 0.97;
constexpr int enough = 3;  // quiet samples of a row

/// CPU time of this thread: being interrupted does not count. Where there is no such clock, wall time.
double cpu_now() {
#ifdef CLOCK_THREAD_CPUTIME_ID
  timespec t = {};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0)
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
#endif
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// About 1 ms of f32 products on data in the first-level cache: dense in instructions, so that a busy sibling shows. Of
/// the narrowest tier with multiply-adds, because wide vectors issue few instructions and hardly notice a sibling.
class Canary {
 public:
  Canary() {
    Tier tier = Tier::baseline;
    for (const cpu::TierInfo& t : cpu::tiers()) {
      if (t.usable() && tier == Tier::baseline) tier = t.tier;
    }
    table_ = cpu::kernels<kernels::GemmF32Kernels>(tier);
    gemm_.m = 12;
    gemm_.n = table_->nr;
    gemm_.k = 128;
    b_ = random_data<float>(gemm_.k * gemm_.n * 2, 2);
    gemm_.a = a_->data();
    gemm_.lda = gemm_.k;
    gemm_.b = b_->data();
    gemm_.c = c_->data();
    gemm_.ldc = gemm_.n;
    gemm_.lo = -1e30F;
    gemm_.hi = 1e30F;
    while (run() < 0.7e-3) rounds_ *= 2;
    best_ = 1e9;
    for (int i = 0; i < 20; ++i) run();
  }
  double run() {
    const double start = cpu_now();
    for (int i = 0; i < rounds_; ++i) table_->run(gemm_, {0, gemm_.m}, {0, 1}, nullptr);
    const double seconds = cpu_now() - start;
    best_ = std::min(best_, seconds);
    return seconds;
  }
  /// Runs until it is quick, or the deadline has passed. Returns the last time over the best.
  double wait(double deadline) {
    double ratio = run() / best_;
    while (ratio > slowest_canary && now() < deadline) ratio = run() / best_;
    return ratio;
  }
  double best() const { return best_; }

 private:
  const kernels::GemmF32Kernels* table_ = nullptr;
  kernels::GemmF32 gemm_;
  std::shared_ptr<Buffer<float>> a_ = random_data<float>(12 * 128, 1), b_, c_ = random_data<float>(12 * 256, 3);
  int rounds_ = 16;
  double best_ = 1e9;
};

struct Sample {
  double ns, cpu_over_wall, canary;  // canary: the slower of both, in seconds
};

/// Collects the samples that Google Benchmark reports; it prints nothing.
class Collector : public benchmark::BenchmarkReporter {
 public:
  Collector(const std::vector<Case>& cases, std::vector<std::vector<Sample>>& samples)
      : cases_(cases), samples_(samples) {}
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.iterations == 0) continue;
      const double wall = run.real_accumulated_time, cpu = run.cpu_accumulated_time;
      const auto number = static_cast<std::size_t>(run.counters.at("case"));
      const std::size_t threads = cases_[number].row.threads;
      // One thread's own clock leaves out what interrupted it; several threads are done when the last one is.
      const double seconds = threads == 1 && cpu > 0 ? cpu : wall;
      samples_[number].push_back({seconds / static_cast<double>(run.iterations) * 1e9,
                                  wall > 0 ? cpu / wall / static_cast<double>(threads) : 1, run.counters.at("canary")});
    }
  }

 private:
  const std::vector<Case>& cases_;
  std::vector<std::vector<Sample>>& samples_;
};

void force(Tier tier) { must(cpu::force(tier)); }

/// Runs in one sample: the fewest that last `seconds`.
std::int64_t runs_for(Case& c, double seconds) {
  force(c.tier);
  c.run();  // brings code and data in
  double best = 1e9;
  for (int i = 0; i < 3 && best > seconds / 100; ++i) {
    const double start = now();
    c.run();
    best = std::min(best, now() - start);
  }
  std::int64_t runs = 1;
  if (best > seconds / 100) return std::max<std::int64_t>(1, std::llround(std::ceil(seconds / best)));
  for (double took = 0; took < seconds / 10; runs *= 2) {  // too short to be timed singly
    const double start = now();
    for (std::int64_t i = 0; i < runs; ++i) c.run();
    took = now() - start;
    best = took / static_cast<double>(runs);
  }
  return std::max<std::int64_t>(1, std::llround(seconds / best));
}

void finish(Row& row, const std::vector<Sample>& samples, double best_canary) {
  const auto good = [&](const Sample& s) {
    // Several threads wait for each other, and sleep where there is too little to share: their clocks say nothing.
    return s.canary <= slowest_canary * best_canary && (row.threads > 1 || s.cpu_over_wall >= least_cpu_share);
  };
  std::vector<Sample> kept;
  std::copy_if(samples.begin(), samples.end(), std::back_inserter(kept), good);
  row.samples = static_cast<int>(kept.size());
  row.dropped = static_cast<int>(samples.size() - kept.size());
  row.quiet = !kept.empty();
  if (kept.empty()) {  // none: the quarter taken while it was least busy
    kept = samples;
    std::sort(kept.begin(), kept.end(), [](const Sample& a, const Sample& b) { return a.canary < b.canary; });
    kept.resize((kept.size() + 3) / 4);
  }
  std::sort(kept.begin(), kept.end(), [](const Sample& a, const Sample& b) { return a.ns < b.ns; });
  row.min_ns = kept.front().ns;
  row.median_ns = (kept[kept.size() / 2].ns + kept[(kept.size() - 1) / 2].ns) / 2;
  double share = 0;
  for (const Sample& s : kept) share += s.cpu_over_wall;
  row.cpu_over_wall = share / static_cast<double>(kept.size());
}

}  // namespace

SampleTotals take_samples(std::vector<Case>& cases, const SampleOptions& options,
                          const std::function<void(double)>& progress) {
  const double deadline = now() + options.limit_seconds;
  Canary canary;
  std::vector<std::vector<Sample>> samples(cases.size());
  std::vector<std::int64_t> runs;
  runs.reserve(cases.size());
  for (Case& c : cases) runs.push_back(runs_for(c, options.sample_seconds));

  std::vector<std::size_t> wanting(cases.size());
  for (std::size_t i = 0; i < wanting.size(); ++i) wanting[i] = i;
  // Rows that got too few quiet samples are measured again, as long as there is time.
  for (int round = 0; round < 4 && !wanting.empty() && (round == 0 || now() < deadline); ++round) {
    int done = 0;
    const double total = static_cast<double>(wanting.size()) * options.repetitions;
    benchmark::ClearRegisteredBenchmarks();
    for (const std::size_t i : wanting) {
      const auto body = [&, i](benchmark::State& state) {
        force(cases[i].tier);
        cases[i].run();  // the others have been here since
        // A round may wait a third of the time that is left.
        const double before = canary.wait(now() + std::max(0.0, deadline - now()) / 3 / total * 2) * canary.best();
        for (auto _ : state) cases[i].run();
        state.counters["canary"] = std::max(before, canary.run());
        state.counters["case"] = static_cast<double>(i);
        progress(static_cast<double>(++done) / total);
      };
      auto* registered = benchmark::RegisterBenchmark(("case" + std::to_string(i)).c_str(), body);
      registered->Iterations(runs[i])->Repetitions(options.repetitions)->ReportAggregatesOnly(false);
      if (cases[i].row.threads > 1) registered->MeasureProcessCPUTime();
    }
    char name[] = "hone", interleave[] = "--benchmark_enable_random_interleaving=true";
    char* arguments[] = {name, interleave, nullptr};
    int count = 2;
    benchmark::Initialize(&count, arguments);
    Collector collector(cases, samples);
    benchmark::RunSpecifiedBenchmarks(&collector);

    std::erase_if(wanting, [&](std::size_t i) {
      finish(cases[i].row, samples[i], canary.best());
      return cases[i].row.samples >= enough;
    });
  }
  benchmark::ClearRegisteredBenchmarks();
  cpu::unforce();

  SampleTotals totals;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    finish(cases[i].row, samples[i], canary.best());
    totals.samples += cases[i].row.samples + cases[i].row.dropped;
    totals.dropped += cases[i].row.dropped;
    totals.rows_without_quiet += !cases[i].row.quiet;
  }
  return totals;
}

bool can_sample() { return true; }
#else
SampleTotals take_samples(std::vector<Case>&, const SampleOptions&, const std::function<void(double)>&) { return {}; }
bool can_sample() { return false; }
#endif

}  // namespace hone::bench
