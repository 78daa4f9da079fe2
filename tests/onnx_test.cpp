// The ONNX importer and interpreter: what the suite's single operators do not show.
#include <cmath>
#include <cstdlib>
#include <fstream>

#include <catch2/catch_test_macros.hpp>

#include "support/onnx_builder.hpp"
#include "support/tflite_files.hpp"

using namespace hone;
using namespace hone::test::onnx;

namespace {

std::vector<float> run(const Message& m, const std::vector<float>& x, const graph::OnnxOptions& options = {}) {
  const auto model = graph::load_onnx(m.span(), "t.onnx");
  if (!model) FAIL(model.error().message);
  auto executor = graph::OnnxExecutor::make(*model, options);
  if (!executor) FAIL(executor.error().message);
  REQUIRE(executor->set_input(0, std::as_bytes(std::span(x))));
  if (auto ok = (*executor)(); !ok) FAIL(ok.error().message);
  const auto y = executor->output<float>(0);
  return {y.begin(), y.end()};
}

}  // namespace

TEST_CASE("onnx: open sizes are bound by name, or 1") {
  const Message m =
      model({{node("Add", {"x", "x"}, {"y"})}, {}, {value_info("x", 1, {-1, 2})}, {value_info("y", 1, {-1, 2})}});
  CHECK(run(m, {1, 2}) == std::vector<float>{2, 4});
  CHECK(run(m, {1, 2, 3, 4}, {.shapes = {{"x", {2, 2}}}}) == std::vector<float>{2, 4, 6, 8});
  CHECK(error_of(m, {.shapes = {{"x", {2, 3}}}}).find("the model fixes input 'x'") != std::string::npos);
  CHECK(error_of(m, {.shapes = {{"z", {2, 3}}}}).find("no input 'z'; the model has 'x'") != std::string::npos);
}

TEST_CASE("onnx: subgraphs see the values around them") {
  const auto branch = [](const char* op) {
    return make_graph({{node(op, {"x", "two"}, {"r"})}, {}, {}, {value_info("r", 1, {2})}});
  };
  const Message m = model(
      {{node("Greater", {"x", "two"}, {"g"}), node("ReduceMin", {"gi"}, {"all"}),
        node("Cast", {"all"}, {"c"}, {attribute("to", std::int64_t{9})}),
        node("If", {"c"}, {"y"}, {attribute("then_branch", branch("Mul")), attribute("else_branch", branch("Add"))})},
       {tensor<float>("two", 1, {1}, {2})},
       {value_info("x", 1, {2})},
       {value_info("y", 1, {2})}});
  CHECK(error_of(m) == "t.onnx: node 1 'ReduceMin': its input 'gi' is computed by no node before it");
  const Message good = model(
      {{node("ReduceMin", {"x"}, {"least"}, {attribute("keepdims", std::int64_t{0})}),
        node("Greater", {"least", "zero"}, {"c"}),
        node("If", {"c"}, {"y"}, {attribute("then_branch", branch("Mul")), attribute("else_branch", branch("Add"))})},
       {tensor<float>("two", 1, {1}, {2}), tensor<float>("zero", 1, {}, {0})},
       {value_info("x", 1, {2})},
       {value_info("y", 1, {2})}});
  CHECK(run(good, {3, 4}) == std::vector<float>{6, 8});
  CHECK(run(good, {-3, 4}) == std::vector<float>{-1, 6});
}

TEST_CASE("onnx: the model's own functions") {
  // twice(x) = x + x, with its own name for it; called twice.
  Message function = Message().text(1, "Twice").text(4, "a").text(5, "b");
  function.message(7, node("Add", {"a", "a"}, {"b"})).message(9, Message().text(1, "").integer(2, 17)).text(10, "own");
  const Message m =
      Message()
          .integer(1, 8)
          .message(7, make_graph({{node("Twice", {"x"}, {"t"}, {}, "own"), node("Twice", {"t"}, {"y"}, {}, "own")},
                                  {},
                                  {value_info("x", 1, {2})},
                                  {value_info("y", 1, {2})}}))
          .message(8, Message().text(1, "").integer(2, 17))
          .message(25, function);
  CHECK(run(m, {1, 5}) == std::vector<float>{4, 20});
}

TEST_CASE("onnx: quantised graphs run on integers, with onnxruntime's bits") {
  // y = dq(q(relu(conv(dq(q(x)), dq(w))))): 1 x 1 filters -1 and 2, scales 0.5 and 0.25.
  const auto q = [](const char* x, const char* s, const char* y) {
    return node("QuantizeLinear", {x, s, "zero"}, {y});
  };
  const auto dq = [](const char* x, const char* s, const char* y) {
    return node("DequantizeLinear", {x, s, "zero"}, {y});
  };
  const Message m =
      model({{q("x", "sx", "xq"), dq("xq", "sx", "xd"), dq("w", "sw", "wd"), node("Conv", {"xd", "wd"}, {"c"}),
              node("Relu", {"c"}, {"r"}), q("r", "sy", "rq"), dq("rq", "sy", "y")},
             {tensor<std::int8_t>("w", 3, {2, 1, 1, 1}, {-4, 8}), tensor<std::int8_t>("zero", 3, {}, {0}),
              tensor<float>("sx", 1, {}, {0.5F}), tensor<float>("sw", 1, {}, {0.25F}), tensor<float>("sy", 1, {}, {1})},
             {value_info("x", 1, {1, 1, 1, 3})},
             {value_info("y", 1, {1, 2, 1, 3})}});
  // 2 * 0.5 = 1 and 2 * 1.5 = 3 exactly; -1 * -2.5 = 2.5 rounds to the even 2.
  CHECK(run(m, {0.5F, 1.5F, -2.5F}) == std::vector<float>{0, 0, 2, 1, 3, 0});
}

TEST_CASE("onnx: external data lies in the model's folder or nowhere") {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("hone_onnx_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / "in");
  const std::vector<float> w{10, 20, 30};
  std::ofstream(folder / "in" / "w.bin", std::ios::binary).write(reinterpret_cast<const char*>(w.data()), 12);
  std::ofstream(folder / "outside.bin", std::ios::binary).write(reinterpret_cast<const char*>(w.data()), 12);
  const auto with = [&](const char* location, const char* offset) {
    const auto entry = [](const char* key, const char* value) { return Message().text(1, key).text(2, value); };
    Message t = Message().integer(1, 2).integer(2, 1).text(8, "w").integer(14, 1);
    t.message(13, entry("location", location)).message(13, entry("offset", offset)).message(13, entry("length", "8"));
    const Message m =
        model({{node("Add", {"x", "w"}, {"y"})}, {t}, {value_info("x", 1, {2})}, {value_info("y", 1, {2})}});
    const std::string path = (folder / "in" / "model.onnx").string();
    std::ofstream(path, std::ios::binary) << m.bytes();
    return graph::load_onnx(path);
  };
  const auto good = with("w.bin", "4");
  if (!good) FAIL(good.error().message);
  auto executor = graph::OnnxExecutor::make(*good);
  REQUIRE(executor);
  REQUIRE((*executor)());
  CHECK(executor->output<float>(0)[1] == 30);
  CHECK(with("w.bin", "8").error().message.find("it has 12") != std::string::npos);
  for (const char* location : {"../outside.bin", "/etc/passwd", "x/../../outside.bin", "."}) {
    const auto refused = with(location, "0");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::bad_model);
    CHECK(refused.error().message.find("outside the model's folder") != std::string::npos);
  }
  std::filesystem::create_symlink(folder / "outside.bin", folder / "in" / "link.bin");
  CHECK_FALSE(with("link.bin", "0"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("onnx: every tier answers alike, with two threads") {
  const std::filesystem::path path = test::shared_models() / "yunet_n_qdq_int8" / "yunet_n_320_320_qdq.onnx";
  if (!std::filesystem::exists(path)) SKIP("no " << path.string());
  if (std::getenv("HONE_EMULATED") != nullptr) SKIP("too slow under emulation");
  const auto model = graph::load_onnx(path.string());
  REQUIRE(model);
  const auto input = test::contents(path.parent_path() / "in0.bin");
  std::vector<std::vector<std::byte>> first;
  for (const cpu::TierInfo& tier : cpu::tiers()) {
    if (!tier.usable()) continue;
    INFO(tier.name);
    auto executor = graph::OnnxExecutor::make(*model, {.threads = 2, .tier = tier.name});
    REQUIRE(executor);
    REQUIRE(executor->set_input(0, input));
    REQUIRE((*executor)());
    for (std::size_t i = 0; i < executor->output_count(); ++i) {
      const auto bytes = executor->output_bytes(i);
      if (first.size() <= i) first.emplace_back(bytes.begin(), bytes.end());
      // The last layers are float; a step of the integer ones before them would be a thousand times this.
      float worst = 0;
      for (std::size_t e = 0; e < bytes.size() / sizeof(float); ++e) {
        float a = 0, b = 0;
        std::memcpy(&a, first[i].data() + e * sizeof a, sizeof a);
        std::memcpy(&b, bytes.data() + e * sizeof b, sizeof b);
        worst = std::fmax(worst, std::fabs(a - b));
      }
      CHECK(worst <= 1e-5F);
    }
  }
}
