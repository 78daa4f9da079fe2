// Damaged and hostile ONNX files: each gives an error that says what and where, or a model that can be run; none
// crashes, hangs, reads outside the file (run under ASan and UBSan) or takes memory beyond its limit.
#include <cstdlib>
#include <filesystem>
#include <random>

#include <catch2/catch_test_macros.hpp>

#include "support/guarded.hpp"
#include "support/onnx_builder.hpp"
#include "support/onnx_data.hpp"
#include "support/tflite_files.hpp"

using namespace hone;
using namespace hone::test::onnx;

namespace {

using Bytes = std::vector<std::byte>;

/// Loads and runs. True when it could be loaded.
bool survives(std::span<const std::byte> bytes) {
  const auto model = graph::load_onnx(bytes, "t.onnx");
  if (!model) {
    CHECK(model.error().message.starts_with("t.onnx: "));
    return false;
  }
  graph::OnnxOptions options;
  options.memory_limit = std::size_t{64} << 20;
  if (auto run = graph::OnnxExecutor::make(*model, options)) {
    if (auto ok = (*run)(); !ok) CHECK(ok.error().message.starts_with("t.onnx: "));
  } else {
    CHECK_FALSE(run.error().message.empty());
  }
  return true;
}

/// Models of the suite with a bit of everything: control, recurrence, quantisation, windows, indices.
std::vector<Bytes> models() {
  std::vector<Bytes> all;
  const auto data = test::onnx_data();
  if (data.empty()) return all;
  for (const char* name :
       {"node/test_loop11", "node/test_scan9_sum", "node/test_if", "node/test_lstm_with_peepholes",
        "node/test_qlinearconv", "node/test_maxpool_2d_ceil", "node/test_resize_upsample_scales_cubic",
        "node/test_einsum_batch_matmul", "node/test_gathernd_example_float32", "node/test_slice",
        "node/test_pad_constant", "node/test_gru_defaults", "node/test_layer_normalization_4d_axis1_expanded_ver18",
        "node/test_convtranspose_pads", "node/test_dft", "node/test_center_crop_pad_crop_axes_chw_expanded",
        "node/test_nonmaxsuppression_two_classes", "pytorch-operator/test_operator_reduced_mean_keepdim",
        "pytorch-converted/test_Conv2d_groups"}) {
    if (std::filesystem::exists(data / name / "model.onnx")) all.push_back(test::contents(data / name / "model.onnx"));
  }
  return all;
}

}  // namespace

TEST_CASE("onnx hostile: truncation") {
  std::vector<Bytes> all = models();
  const auto shared = test::shared_models();
  for (const char* name : {"silero_vad_v6_lstm/silero_vad_v6.onnx", "speech_embedding_f32/embedding_model.onnx",
                           "yunet_n_f32/yunet_n_320_320.onnx"}) {
    if (!shared.empty() && std::filesystem::exists(shared / name)) all.push_back(test::contents(shared / name));
  }
  if (all.empty()) SKIP("no models");
  const bool slow = std::getenv("HONE_EMULATED") != nullptr;
  for (const Bytes& whole : all) {
    // What there is ends at a page that cannot be touched, so a read beyond it ends the test, sanitizer or not.
    test::Guarded<std::byte> page(static_cast<std::ptrdiff_t>(whole.size()));
    std::byte* const end = page.data() + whole.size();
    const std::size_t step = whole.size() < 64 * 1024 ? (slow ? 13 : 1)
                             : slow                   ? whole.size() / 20
                                                      : 64 * (whole.size() / 200'000 + 1);
    for (std::size_t size = 0; size < whole.size(); size += step) {
      std::memcpy(end - size, whole.data(), size);
      survives(std::span(end - size, size));
    }
  }
}

TEST_CASE("onnx hostile: seeded byte flips") {
  const std::vector<Bytes> all = models();
  if (all.empty()) SKIP("no models");
  std::mt19937 random(20251117);
  const int rounds = std::getenv("HONE_EMULATED") != nullptr ? 20 : 600;
  int loaded = 0;
  for (const Bytes& whole : all) {
    for (int round = 0; round < rounds; ++round) {
      Bytes bytes = whole;
      for (std::size_t flips = random() % 6 + 1; flips > 0; --flips) {
        std::byte& at = bytes[random() % bytes.size()];
        at =
            static_cast<std::byte>(random() % 4 == 0 ? random() : std::to_integer<unsigned>(at) ^ (1u << random() % 8));
      }
      loaded += survives(bytes) ? 1 : 0;
    }
  }
  CHECK(loaded > rounds);  // else the flips would only ever find the first check
}

TEST_CASE("onnx hostile: errors say what is wrong and where") {
  const Message x = value_info("x", 1, {2}), y = value_info("y", 1, {2});
  CHECK(error_of(Message().text(1, "not a model")).find("no graph") != std::string::npos);
  CHECK(graph::load_onnx(std::as_bytes(std::span("x", 1)), "t.onnx").error().message ==
        "t.onnx: not an ONNX model, or damaged");
  CHECK(error_of(model({{}, {}, {x}, {y}})) == "t.onnx: output 'y' is computed by no node");
  CHECK(error_of(model({{node("Add", {"x", "b"}, {"a"}), node("Add", {"a", "x"}, {"b"})}, {}, {x}, {y}})) ==
        "t.onnx: node 0 'Add': its input 'b' is computed by no node before it");
  CHECK(error_of(model({{node("Relu", {"x"}, {"x"})}, {}, {x}, {x}})) == "t.onnx: value 'x' is defined twice");
  CHECK(error_of(model({{node("Frobnicate", {"x"}, {"y"})}, {}, {x}, {y}}))
            .starts_with("t.onnx: node 0 'Frobnicate': operator Frobnicate is not supported; supported: Abs, "));
  CHECK(error_of(model({{node("Relu", {"x"}, {"y"})}, {}, {x}, {y}}, 99)).find("operator set 99 is not supported") !=
        std::string::npos);
  CHECK(error_of(model({{node("Add", {"x"}, {"y"})}, {}, {x}, {y}})) == "t.onnx: node 0 'Add': input 1 is absent");
  CHECK(error_of(model({{node("Relu", {"x", "x"}, {"y"})}, {}, {x}, {y}})).find("2 inputs, expected at most 1") !=
        std::string::npos);
  CHECK(error_of(model({{node("Add", {"x", "w"}, {"y"})}, {tensor<float>("w", 1, {3}, {1, 2, 3})}, {x}, {y}})) ==
        "t.onnx: node 0 'Add': shapes 2 and 3 do not fit together");
  CHECK(error_of(model({{node("Add", {"x", "w"}, {"y"})}, {tensor<std::int64_t>("w", 7, {1}, {1})}, {x}, {y}})) ==
        "t.onnx: node 0 'Add': input 0 is 2 f32, input 1 is 1 i64; expected the same type");
  CHECK(error_of(model({{node("Add", {"x", "w"}, {"y"})}, {tensor<float>("w", 1, {3}, {1, 2})}, {x}, {y}}))
            .find("tensor 'w': 8 bytes for 3 f32, expected 12") != std::string::npos);
  CHECK(error_of(model({{node("Add", {"x", "w"}, {"y"})}, {tensor<float>("w", 1, {-3}, {1, 2})}, {x}, {y}}))
            .find("cannot be") != std::string::npos);
  CHECK(
      error_of(
          model({{node("Add", {"x", "w"}, {"y"})}, {tensor<float>("w", 1, {1LL << 40, 1LL << 40}, {1, 2})}, {x}, {y}}))
          .find("cannot be") != std::string::npos);
  CHECK(error_of(model({{node("Relu", {"x"}, {"y"})}, {}, {value_info("x", 1, {1LL << 31, 1LL << 31})}, {y}}))
            .find("input 0 'x'") != std::string::npos);
  CHECK(error_of(model({{node("Softmax", {"x"}, {"y"}, {attribute("axis", std::int64_t{7})})}, {}, {x}, {y}})) ==
        "t.onnx: node 0 'Softmax': axis 7 of a tensor of 1 dimensions");
  CHECK(error_of(model(
            {{node("Softmax", {"x"}, {"y"}, {Message().text(1, "axis").real(2, 1).integer(20, 1)})}, {}, {x}, {y}})) ==
        "t.onnx: node 0 'Softmax': attribute 'axis' is of another type than it should be");
}

TEST_CASE("onnx hostile: what is small in the file stays bounded") {
  const Message x = value_info("x", 1, {2}), y = value_info("y", 1, {2});
  const auto sizes = [&](const std::vector<std::int64_t>& values) {
    const auto count = static_cast<std::int64_t>(values.size());
    return error_of(model({{node("ConstantOfShape", {"s"}, {"c"}), node("ReduceSum", {"c"}, {"y"})},
                           {tensor<std::int64_t>("s", 7, {count}, values)},
                           {x},
                           {y}}));
  };
  CHECK(sizes({1 << 20, 1 << 20}).find("the limit is") != std::string::npos);
  CHECK(sizes({-1}).find("cannot be") != std::string::npos);
  CHECK(sizes({1LL << 32, 1LL << 32}).find("cannot be") != std::string::npos);
  // Graphs within graphs.
  Message inner = make_graph({{node("Identity", {"x"}, {"r"})}, {}, {}, {value_info("r", 1, {2})}});
  for (int depth = 0; depth < 200; ++depth) {
    inner =
        make_graph({{node("If", {"c"}, {"r"},
                          {attribute("then_branch", inner), attribute("else_branch", make_graph({{}, {}, {}, {}}))})},
                    {},
                    {},
                    {value_info("r", 1, {2})}});
  }
  const Message deep =
      model({{node("If", {"c"}, {"y"}, {attribute("then_branch", inner)})}, {tensor<char>("c", 9, {}, {1})}, {x}, {y}});
  CHECK(error_of(deep).find("nested more than 64 deep") != std::string::npos);
  // Functions that call functions: f0 calls f1 twice, f1 calls f2 twice, ...
  Message m = Message().integer(1, 8).message(7, make_graph({{node("f0", {"x"}, {"y"}, {}, "own")}, {}, {x}, {y}}));
  m.message(8, Message().text(1, "").integer(2, 17));
  for (int i = 0; i < 40; ++i) {
    const std::string name = "f" + std::to_string(i), next = i == 39 ? "f0" : "f" + std::to_string(i + 1);
    Message function = Message().text(1, name).text(4, "a").text(5, "b").text(10, "own");
    function.message(7, node(next, {"a"}, {"m"}, {}, "own")).message(7, node(next, {"m"}, {"b"}, {}, "own"));
    m.message(25, function);
  }
  CHECK(error_of(m).find("functions nested more than 64 deep") != std::string::npos);
}
