// hone run: a model on files of raw samples.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>

#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "outputs.hpp"
#include "profile.hpp"
#include "samples.hpp"

namespace hone::tools {
namespace {

using Clock = std::chrono::steady_clock;

struct RunOptions {
  std::string model, output, rounding, sparse = "auto", backend = "cpu";
  std::vector<std::string> inputs, shapes, feeds;
  std::size_t threads = 1, repeat = 0;
  bool reset_state = false, profile = false, json = false;
};

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::size_t peak_rss_bytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
  return static_cast<std::size_t>(usage.ru_maxrss);
#else
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
#endif
}

/// On stderr, when that is a terminal and the work is long.
class Progress {
 public:
  explicit Progress(std::size_t runs) : runs_(runs), shown_(isatty(STDERR_FILENO) != 0) {}
  void show(std::size_t run) {
    if (!shown_ || milliseconds_since(last_) < 500) return;
    std::fprintf(stderr, "\rrun %zu of %zu", run, runs_);
    last_ = Clock::now();
    any_ = true;
  }
  ~Progress() {
    if (any_) std::fputs("\r\033[K", stderr);
  }

 private:
  std::size_t runs_;
  bool shown_, any_ = false;
  Clock::time_point last_ = Clock::now();
};

void run(const RunOptions& o) {
  if (o.backend == "opencl" || o.backend == "vulkan") {
    throw Stop(no_device, "--backend " + o.backend + ": no such device; this build runs on the CPU");
  }
  graph::ExecutorOptions options;
  options.threads = o.threads;
  options.profile = o.profile;
  if (o.rounding == "tflite") options.rounding = Rounding::tflite;
  if (o.rounding == "single") options.rounding = Rounding::single;
  if (o.rounding == "ort") options.rounding = Rounding::ort;

  if (o.sparse == "off") options.sparse = graph::Sparse::never;
  if (o.sparse == "force") options.sparse = graph::Sparse::always;
  if (o.sparse != "auto" && is_onnx(o.model)) {
    throw Stop(bad_usage, "--sparse: the weights of ONNX models are multiplied dense");
  }

  const Clock::time_point start = Clock::now();
  const std::unique_ptr<Network> network = make_network(o.model, options, o.shapes);
  Network& executor = *network;
  const double load_ms = milliseconds_since(start);
  Samples samples(executor, o.inputs, o.feeds);
  OutputFiles files(o.output, executor.output_count());

  const std::size_t runs = samples.count() + o.repeat;
  std::vector<double> times;
  times.reserve(runs);
  Profile profile(o.profile ? runs : 0);
  {
    Progress progress(runs);
    for (std::size_t i = 0; i < runs; ++i) {
      if (i < samples.count()) samples.load(i, o.reset_state);
      const Clock::time_point before = Clock::now();
      model_value(executor.run());
      times.push_back(milliseconds_since(before));
      profile.add(executor);
      if (i < samples.count()) files.write(executor);
      samples.feed_back();
      progress.show(i + 1);
    }
  }
  files.close();

  const double first = times.front();
  std::sort(times.begin(), times.end());
  const std::size_t p95 = (times.size() * 95 + 99) / 100 - 1;
  const double median = (times[times.size() / 2] + times[(times.size() - 1) / 2]) / 2;
  const std::size_t memory = peak_rss_bytes();  // before the profile's own buffers
  if (o.json) {
    Json j = {{"load_ms", load_ms},
              {"first_ms", first},
              {"median_ms", median},
              {"min_ms", times.front()},
              {"p95_ms", times[p95]},
              {"runs", times.size()},
              {"threads", executor.threads()},
              {"tier", cpu::name_of(executor.tier())},
              {"backend", "cpu"},
              {"arena_bytes", executor.arena_bytes()},
              {"weights_bytes", executor.weights_bytes()},
              {"peak_rss_bytes", memory}};
    if (o.profile) j["profile"] = profile.json(executor);
    std::puts(json_text(j).c_str());
    return;
  }
  if (o.output.empty()) print_outputs(executor);
  std::printf("%zu run%s, tier %s, %zu thread%s: median %s ms, min %s, p95 %s, first %s; load %s ms\n", runs,
              runs == 1 ? "" : "s", cpu::name_of(executor.tier()), executor.threads(),
              executor.threads() == 1 ? "" : "s", short_text(median).c_str(), short_text(times.front()).c_str(),
              short_text(times[p95]).c_str(), short_text(first).c_str(), short_text(load_ms).c_str());
  std::printf("arena %s, weights %s, peak memory of the process %s\n", size_text(executor.arena_bytes()).c_str(),
              size_text(executor.weights_bytes()).c_str(), size_text(memory).c_str());
  if (o.profile) profile.print(executor);
}

}  // namespace

void add_run(CLI::App& app) {
  CLI::App* command = app.add_subcommand("run", "Run a model on files of raw samples");
  auto o = std::make_shared<RunOptions>();
  command->add_option("MODEL", o->model, "A .tflite or .onnx file")->required();
  // allow_extra_args(false): each takes one value, so that the model may follow.
  command->add_option("--input", o->inputs, "[NAME=]FILE: little-endian samples of an input; not given: zeros")
      ->allow_extra_args(false);
  command->add_option("--shape", o->shapes, "NAME=1x3x48x320: fixes an input's dynamic dimensions")
      ->allow_extra_args(false);
  command->add_option("--output", o->output, "Folder for out0.bin, out1.bin, ...");
  command->add_option("--feed", o->feeds, "OUTPUT=INPUT: copy an output back to an input after each run")
      ->allow_extra_args(false);
  command->add_flag("--reset-state", o->reset_state, "Start every sample from the initial state");
  command->add_option("--rounding", o->rounding, "Requantisation: tflite, single or ort (default: the format's)")
      ->check(CLI::IsMember({"tflite", "single", "ort"}));
  command
      ->add_option("--sparse", o->sparse,
                   "Skip zeros of pruned weights: auto where that is faster, off or force (default auto)")
      ->check(CLI::IsMember({"auto", "off", "force"}));
  command->add_option("--threads", o->threads, "Threads (default 1)")->check(CLI::Range(1, 1024));
  command->add_option("--backend", o->backend, "cpu, opencl, vulkan or auto (default cpu)")
      ->check(CLI::IsMember({"cpu", "opencl", "vulkan", "auto"}));
  command->add_option("--repeat", o->repeat, "Time this many more runs")->check(CLI::Range(0, 1000000000));
  command->add_flag("--profile", o->profile, "Time each operator");
  command->add_flag("--json", o->json, "Print JSON");
  command->callback([o] { run(*o); });
}

}  // namespace hone::tools
