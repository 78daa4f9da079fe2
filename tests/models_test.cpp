// Real models against the answers of TensorFlow's reference kernels, on every tier, with one and two threads.
//
// They are not part of the repository: the folder is HONE_SHARED_MODELS, else ../shared/models beside the checkout.
#include <catch2/catch_test_macros.hpp>
#include <hone/graph/executor.hpp>
#include <hone/graph/tflite.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/model_builder.hpp"

#ifndef HONE_SOURCE_DIR
#define HONE_SOURCE_DIR "."
#endif

using namespace hone;
using graph::Executor;
namespace fs = std::filesystem;

namespace {

fs::path models_folder() {
  const char* folder = std::getenv("HONE_SHARED_MODELS");
  return folder != nullptr ? fs::path(folder) : fs::path(HONE_SOURCE_DIR) / ".." / "shared" / "models";
}

std::vector<std::byte> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  INFO(path.string());
  REQUIRE(file);
  const std::vector<char> chars{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::byte> bytes(chars.size());
  if (!chars.empty()) std::memcpy(bytes.data(), chars.data(), chars.size());
  return bytes;
}

float as_float(const std::byte* p) {
  float value = 0;
  std::memcpy(&value, p, sizeof value);
  return value;
}

/// The largest difference: of floats, or 1 where integers differ at all.
float difference(std::span<const std::byte> a, std::span<const std::byte> b, DType type) {
  REQUIRE(a.size() == b.size());
  if (type != DType::f32) return std::ranges::equal(a, b) ? 0.0F : 1.0F;
  float worst = 0;
  for (std::size_t i = 0; i < a.size(); i += sizeof(float)) {
    worst = std::fmax(worst, std::fabs(as_float(a.data() + i) - as_float(b.data() + i)));
  }
  return worst;
}

template <class Test> void for_each_way(const graph::Model& model, Test&& test) {
  for (const cpu::TierInfo& tier : cpu::tiers()) {
    if (!tier.usable()) continue;
    for (const std::size_t threads : {1, 2}) {
      INFO(tier.name << ", " << threads << " threads");
      auto run = Executor::make(model, {.threads = threads, .tier = tier.name});
      if (!run) FAIL(run.error().message);
      test(*run);
    }
  }
}

/// The outputs for all samples of the input, one after the other.
std::vector<std::byte> run_samples(Executor& run, std::span<const std::byte> samples) {
  std::vector<std::byte> all;
  const std::size_t size = run.input_bytes(0).size();
  REQUIRE(samples.size() % size == 0);
  for (std::size_t at = 0; at < samples.size(); at += size) {
    REQUIRE(run.set_input(0, samples.subspan(at, size)));
    REQUIRE(run());
    all.insert(all.end(), run.output_bytes(0).begin(), run.output_bytes(0).end());
  }
  return all;
}

void check_model(const char* folder, const char* file, const char* gold) {
  const fs::path path = models_folder() / folder;
  if (!fs::exists(path)) SKIP("no " << path.string());
  const auto model = graph::load_tflite((path / file).string());
  if (!model) FAIL(model.error().message);
  const auto samples = read(path / "in0.bin"), expected = read(path / gold);
  for_each_way(*model, [&](Executor& run) {
    const float allowed = run.output_info(0).type == DType::f32 ? 1e-4F : 0;
    CHECK(difference(run_samples(run, samples), expected, run.output_info(0).type) <= allowed);
    // Measured: none of these needs more than its lower bound.
    CHECK(run.arena_bytes() == run.plan().lower_bound);
  });
}

}  // namespace

TEST_CASE("kws_ds_cnn_int8 equals TensorFlow's reference kernels") {
  check_model("kws_ds_cnn_int8", "kws_ref_model.tflite", "gold_tflite_reference.out0.bin");
}
TEST_CASE("person_detect_int8 equals TensorFlow's reference kernels") {
  check_model("person_detect_int8", "person_detect.tflite", "gold_tflite_reference.out0.bin");
}
TEST_CASE("resnet8_cifar_int8 equals TensorFlow's reference kernels") {
  check_model("resnet8_cifar_int8", "pretrainedResnet_quant.tflite", "gold_tflite_reference.out0.bin");
}
TEST_CASE("resnet8_cifar_f32 is within 1e-4 of TensorFlow") {
  check_model("resnet8_cifar_f32", "pretrainedResnet.tflite", "gold_pretrainedResnet.out0.bin");
}
TEST_CASE("mobilenet_v1_025_128_u8 equals TensorFlow's reference kernels") {
  check_model("mobilenet_v1_025_128_u8", "mobilenet_v1_0.25_128_quant.tflite", "gold_tflite_reference.out0.bin");
}

TEST_CASE("the demo's networks answer alike on every tier, dense or sparse") {
  const fs::path folder = fs::path(HONE_SOURCE_DIR) / "examples" / "fashion";
  if (!fs::exists(folder)) SKIP("no " << folder.string());
  int found = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".tflite") continue;
    ++found;
    INFO(entry.path().string());
    const auto model = graph::load_tflite(entry.path().string());
    if (!model) FAIL(model.error().message);
    auto baseline = Executor::make(
        *model,
        {.tier = "baseline", .sparse = graph::Sparse::never, .passes = {false, false, false, false, false, false, false}});
    REQUIRE(baseline);
    const DType type = baseline->output_info(0).type;
    std::vector<std::byte> samples(20 * baseline->input_bytes(0).size());
    test::fill(samples, baseline->input_info(0).type, 11);
    const auto expected = run_samples(*baseline, samples);
    for_each_way(*model, [&](Executor& run) {
      CHECK(difference(run_samples(run, samples), expected, type) <= (type == DType::f32 ? 1e-4F : 0));
    });
  }
  if (found == 0) SKIP("no networks in " << folder.string());
}
