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

/// Under emulation a run takes twenty times as long: one way, and the first sample alone.
bool emulated() { return std::getenv("HONE_EMULATED") != nullptr; }

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

/// Output `output` for all samples of the input, one after the other, each from the initial state where `anew`.
std::vector<std::byte> run_samples(Executor& run, std::span<const std::byte> samples, std::size_t output = 0,
                                   bool anew = false) {
  std::vector<std::byte> all;
  const std::size_t size = run.input_bytes(0).size();
  REQUIRE(samples.size() % size == 0);
  run.reset_state();
  for (std::size_t at = 0; at < samples.size(); at += size) {
    if (anew) run.reset_state();
    REQUIRE(run.set_input(0, samples.subspan(at, size)));
    REQUIRE(run());
    all.insert(all.end(), run.output_bytes(output).begin(), run.output_bytes(output).end());
  }
  return all;
}

/// The low byte of each 64-bit integer.
std::vector<std::byte> low_bytes(std::span<const std::byte> integers) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < integers.size(); i += sizeof(std::int64_t)) bytes.push_back(integers[i]);
  return bytes;
}

/// What a model of the folder must answer, and what is known of it.
struct Expected {
  std::vector<const char*> gold;  // of each output
  float allowed = 0;
  bool large = false;     // a second sample or way would take long
  bool anew = false;      // each sample starts from the initial state
  double over_bound = 1;  // bytes of the arena, of the least that any could do with
};

void check_model(const char* folder, const char* file, const Expected& expected) {
  const fs::path path = models_folder() / folder;
  if (!fs::exists(path)) SKIP("no " << path.string());
  const auto model = graph::load_tflite((path / file).string());
  if (!model) FAIL(model.error().message);
  std::vector<std::byte> samples = read(path / "in0.bin");
  std::vector<std::vector<std::byte>> gold;
  for (const char* name : expected.gold) gold.push_back(read(path / name));
  const auto check = [&](Executor& run) {
    std::span<const std::byte> some = samples;
    if (emulated() && expected.large) some = some.first(run.input_bytes(0).size());
    REQUIRE(run.output_count() == gold.size());
    for (std::size_t o = 0; o < gold.size(); ++o) {
      std::vector<std::byte> answers = run_samples(run, some, o, expected.anew);
      const DType type = run.output_info(o).type;
      if (type == DType::i64) answers = low_bytes(answers);  // golds of class numbers are bytes
      REQUIRE(answers.size() <= gold[o].size());
      CHECK(difference(answers, std::span(gold[o]).first(answers.size()), type) <= expected.allowed);
    }
    CHECK(static_cast<double>(run.arena_bytes()) <= expected.over_bound * static_cast<double>(run.plan().lower_bound));
  };
  if (emulated() && expected.large) {
    auto run = Executor::make(*model);
    if (!run) FAIL(run.error().message);
    check(*run);
  } else {
    for_each_way(*model, check);
  }
}

}  // namespace

TEST_CASE("kws_ds_cnn_int8 equals TensorFlow's reference kernels") {
  check_model("kws_ds_cnn_int8", "kws_ref_model.tflite", {{"gold_tflite_reference.out0.bin"}});
}
TEST_CASE("person_detect_int8 equals TensorFlow's reference kernels") {
  check_model("person_detect_int8", "person_detect.tflite", {{"gold_tflite_reference.out0.bin"}});
}
TEST_CASE("resnet8_cifar_int8 equals TensorFlow's reference kernels") {
  check_model("resnet8_cifar_int8", "pretrainedResnet_quant.tflite", {{"gold_tflite_reference.out0.bin"}});
}
TEST_CASE("resnet8_cifar_f32 is near TensorFlow's answers") {
  check_model("resnet8_cifar_f32", "pretrainedResnet.tflite", {{"gold_pretrainedResnet.out0.bin"}, 1e-4F});
}
TEST_CASE("mobilenet_v1_025_128_u8 equals TensorFlow's reference kernels") {
  check_model("mobilenet_v1_025_128_u8", "mobilenet_v1_0.25_128_quant.tflite", {{"gold_tflite_reference.out0.bin"}});
}
TEST_CASE("mobilenet_v2_224_int8_ptq equals TensorFlow's reference kernels") {
  check_model("mobilenet_v2_224_int8_ptq", "tf2_mobilenet_v2_1.0_224_ptq.tflite",
              {.gold = {"gold_tflite_reference.out0.bin"}, .large = true});
}
TEST_CASE("deeplabv3_dm05_u8 equals TensorFlow's reference kernels") {
  check_model("deeplabv3_dm05_u8", "deeplabv3_mnv2_dm05_pascal_quant.tflite",
              {.gold = {"gold_tflite_reference.out0.bin"}, .large = true});
}
TEST_CASE("blazeface_short_f16 is near TensorFlow's answers") {
  check_model("blazeface_short_f16", "face_detection_short_range.tflite",
              {{"gold_face_detection_short_range.out0.bin", "gold_face_detection_short_range.out1.bin"}, 1e-3F, true});
}
TEST_CASE("blazeface_full_sparse_f16 is near TensorFlow's answers") {
  check_model(
      "blazeface_full_sparse_f16", "face_detection_full_range_sparse.tflite",
      {.gold = {"gold_face_detection_full_range_sparse.out0.bin", "gold_face_detection_full_range_sparse.out1.bin"},
       .allowed = 1e-3F,
       .large = true,
       .over_bound = 1.1});
}
TEST_CASE("microwakeword_alexa_int8 equals TensorFlow's reference kernels") {
  check_model("microwakeword_alexa_int8", "alexa.tflite", {{"gold_tflite_reference.out0.bin"}});
}
TEST_CASE("mnist_lstm_f32 is near TensorFlow's answers") {
  check_model("mnist_lstm_f32", "trained_lstm.tflite",
              {.gold = {"gold_trained_lstm.out0.bin"}, .allowed = 1e-5F, .anew = true});
}
TEST_CASE("mnist_lstm_int8 equals TensorFlow's reference kernels") {
  check_model("mnist_lstm_int8", "trained_lstm_int8.tflite",
              {.gold = {"gold_tflite_reference.out0.bin"}, .anew = true});
}
TEST_CASE("speech_embedding_f32 is near TensorFlow's answers") {
  check_model("speech_embedding_f32", "embedding_model.tflite", {{"gold_embedding_model.out0.bin"}, 1e-3F, true});
}
TEST_CASE("basic_pitch_f32 is near TensorFlow's answers") {
  check_model("basic_pitch_f32", "nmp.tflite",
              {.gold = {"gold_nmp.out0.bin", "gold_nmp.out1.bin", "gold_nmp.out2.bin"},
               .allowed = 2e-4F,
               .large = true,
               .over_bound = 1.09});
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
    auto baseline = Executor::make(*model, {.tier = "baseline",
                                            .sparse = graph::Sparse::never,
                                            .passes = {false, false, false, false, false, false, false}});
    REQUIRE(baseline);
    const DType type = baseline->output_info(0).type;
    std::vector<std::byte> samples((emulated() ? 3 : 20) * baseline->input_bytes(0).size());
    test::fill(samples, baseline->input_info(0).type, 11);
    const auto expected = run_samples(*baseline, samples);
    for_each_way(*model, [&](Executor& run) {
      CHECK(difference(run_samples(run, samples), expected, type) <= (type == DType::f32 ? 1e-4F : 0));
    });
  }
  if (found == 0) SKIP("no networks in " << folder.string());
}
