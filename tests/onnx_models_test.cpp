// Real .onnx models against onnxruntime's answers. They are not part of the repository (tests/support/tflite_files.hpp).
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <hone/graph/onnx.hpp>

#include "support/tflite_files.hpp"

using namespace hone;

namespace {

struct Case {
  const char *folder, *model;
  std::vector<std::pair<const char*, const char*>> inputs;  // name, file
  std::vector<std::pair<std::string, graph::Shape>> shapes;
  const char* gold;    // of output 0, f32: as many elements as the first sample has
  float cosine, most;  // at least, and the largest difference
};

float f32_at(std::span<const std::byte> bytes, std::size_t i) {
  float value = 0;
  std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
  return value;
}

void check(const Case& c) {
  const auto folder = test::shared_models() / c.folder;
  INFO(c.folder);
  if (test::shared_models().empty() || !std::filesystem::exists(folder / c.model)) SKIP("no model");
  if (std::getenv("HONE_EMULATED") != nullptr) SKIP("too slow under emulation");
  const auto model = graph::load_onnx((folder / c.model).string());
  if (!model) FAIL(model.error().message);
  for (const std::size_t threads : {1, 2}) {
    auto run = graph::OnnxExecutor::make(*model, {.threads = threads, .shapes = c.shapes});
    if (!run) FAIL(run.error().message);
    for (const auto& [name, file] : c.inputs) {
      const auto at = run->find_input(name);
      REQUIRE(at);
      const auto bytes = test::contents(folder / file);
      REQUIRE(bytes.size() >= run->input_bytes(*at).size());
      REQUIRE(run->set_input(*at, std::span(bytes).first(run->input_bytes(*at).size())));
    }
    for (int turn = 0; turn < 2; ++turn) {  // what the first run keeps must serve the second
      if (auto ok = (*run)(); !ok) FAIL(ok.error().message);
      const auto got = run->output_bytes(0);
      const auto gold = test::contents(folder / c.gold);
      REQUIRE(gold.size() >= got.size());
      double worst = 0, product = 0, a = 0, b = 0;
      for (std::size_t i = 0; i < got.size() / sizeof(float); ++i) {
        const auto x = static_cast<double>(f32_at(got, i)), y = static_cast<double>(f32_at(gold, i));
        worst = std::fmax(worst, std::fabs(x - y));
        product += x * y, a += x * x, b += y * y;
      }
      CHECK(worst <= static_cast<double>(c.most));
      CHECK(product >= static_cast<double>(c.cosine) * std::sqrt(a * b));
    }
  }
}

}  // namespace

TEST_CASE("onnx models: speech_embedding") {
  check({"speech_embedding_f32",
         "embedding_model.onnx",
         {{"input_1", "in0.bin"}},
         {},
         "gold_embeddings.bin",
         0.9999F,
         1e-3F});
}
TEST_CASE("onnx models: basic_pitch") {
  check({"basic_pitch_f32",
         "nmp.onnx",
         {{"serving_default_input_2:0", "in0.bin"}},
         {},
         "gold_onnx_0.bin",
         0.9999F,
         2e-4F});
}
TEST_CASE("onnx models: magika") {
  check({"magika_v3_3", "model.onnx", {{"bytes", "in0.bin"}}, {}, "gold_target_label.bin", 0.9999F, 1e-4F});
}
TEST_CASE("onnx models: yunet in 8 bits") {
  check({"yunet_n_qdq_int8", "yunet_n_320_320_qdq.onnx", {{"input", "in0.bin"}}, {}, "gold_cls_8.bin", 0.9999F, 1e-5F});
}
TEST_CASE("onnx models: silero_vad, with graphs in graphs and an LSTM") {
  check({"silero_vad_v6_lstm",
         "silero_vad_v6.onnx",
         {{"input", "in0.bin"}, {"sr", "sr_i64.bin"}},
         {{"input", {1, 576}}, {"state", {2, 1, 128}}},
         "gold_prob.bin",
         0.9999F,
         1e-3F});
}
TEST_CASE("onnx models: a sentence transformer in 8 bits") {
  // Most differs: activations are quantised at run time, and a last bit becomes a step.
  check({"minilm_l6_distilled",
         "minilm_l6_int8.onnx",
         {{"input_ids", "in0_input_ids.bin"},
          {"attention_mask", "in1_attention_mask.bin"},
          {"token_type_ids", "in2_token_type_ids.bin"}},
         {{"input_ids", {8, 32}}, {"attention_mask", {8, 32}}, {"token_type_ids", {8, 32}}},
         "gold_int8.bin",
         0.99F,
         0.1F});
}
