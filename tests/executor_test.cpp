// The executor's interface: inputs, outputs, errors, options, what it tells about its steps.
#include <catch2/catch_test_macros.hpp>
#include <hone/graph/executor.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "support/model_builder.hpp"

using namespace hone;
using graph::Executor;
using graph::Model;
using graph::Shape;
using test::ModelBuilder;
using test::one_scale;

namespace {

/// 'x' 1 x 49 x 10 x 1 int8 -> convolution -> pool -> 12 classes.
Model keyword_like() {
  ModelBuilder b;
  const int x = b.input({1, 49, 10, 1}, DType::i8, one_scale(0.5F, 83));
  const int conv = b.tensor({1, 25, 5, 16}, DType::i8, one_scale(0.9F, -128));
  const int pooled = b.tensor({1, 1, 1, 16}, DType::i8, one_scale(0.9F, -128));
  const int flat = b.tensor({1, 16}, DType::i8, one_scale(0.9F, -128));
  const int scores = b.tensor({1, 12}, DType::i8, one_scale(0.5F, 14));
  const int y = b.tensor({1, 12}, DType::i8, one_scale(1 / 256.0F, -128));
  const graph::Conv2d conv2d{
      .stride_h = 2, .stride_w = 2, .padding = {4, 1, 5, 1}, .activation = graph::Activation::relu};
  b.node(
      "CONV_2D", conv2d,
      {x, b.random_constant<std::int8_t>({16, 10, 4, 1}, one_scale(0.01F, 0)), b.random_constant<std::int32_t>({16})},
      conv);
  b.node("AVERAGE_POOL_2D", graph::Pool2d{.kernel_h = 25, .kernel_w = 5}, {conv}, pooled);
  b.node("RESHAPE", graph::Reshape{}, {pooled}, flat);
  b.node("FULLY_CONNECTED", graph::FullyConnected{},
         {flat, b.random_constant<std::int8_t>({12, 16}, one_scale(0.01F, 0)), -1}, scores);
  b.node("SOFTMAX", graph::Softmax{}, {scores}, y);
  return b.finish({y});
}

/// y = x * w^T, w 40 x 64 of which `zeros` percent are 0, over 300 rows.
Model product(int zeros, std::size_t height = 1) {
  ModelBuilder b;
  std::vector<float> weights(40 * 64);
  for (std::size_t block = 0; block < 40 / height; ++block) {
    for (std::size_t i = block * height * 64; i < (block * height + 1) * 64; ++i) {
      const bool kept = b.random.integer(0, 99) >= zeros;
      for (std::size_t o = 0; kept && o < height; ++o) weights[i + o * 64] = b.random.real();
    }
  }
  const int x = b.input({300, 64}), y = b.tensor({300, 40});
  b.node("FULLY_CONNECTED", graph::FullyConnected{}, {x, b.constant<float>({40, 64}, weights)}, y);
  return b.finish({y});
}

}  // namespace

TEST_CASE("a model runs: set inputs, run, read outputs") {
  ModelBuilder b;
  const int x = b.input({2, 3}), y = b.tensor({2, 2});
  b.node("FULLY_CONNECTED", graph::FullyConnected{},
         {x, b.constant<float>({2, 3}, {1, 2, 3, 0, 0, 1}), b.constant<float>({2}, {10, 20})}, y);
  Executor run(b.finish({y}), {.threads = 1});
  REQUIRE(run.error() == nullptr);
  CHECK((run.input_count() == 1 && run.output_count() == 1 && run.threads() == 1));
  CHECK(run.input_info(0).shape == Shape{2, 3});
  CHECK(run.output_info(0).name == "t1");
  CHECK(run.find_input("t0") == 0);
  CHECK(!run.find_input("t1"));
  CHECK(run.find_output("t1") == 0);

  run.input<float>(0) = std::vector<float>{1, 1, 1, 0, 0, 2};
  REQUIRE(run());
  const auto result = run.output<float>(0);
  CHECK(std::vector<float>(result.begin(), result.end()) == std::vector<float>{16, 21, 16, 22});

  run.input<float>(0)[2] = 3;  // the rest stays as it was
  REQUIRE(run());
  CHECK(run.output<float>(0)[0] == 22);
  const std::array<float, 6> array{0, 0, 0, 0, 0, 0};
  run.input<float>(0) = array;
  REQUIRE(run());
  CHECK(run.output<float>(0)[3] == 20);

  Executor moved = std::move(run);
  moved.input<float>(0) = std::vector<float>{1, 0, 0, 0, 0, 0};
  REQUIRE(moved());
  CHECK(moved.output<float>(0)[0] == 11);
}

TEST_CASE("wrong sizes and types are reported by the next run") {
  auto run = Executor::make(keyword_like());
  REQUIRE(run);
  run->input<std::int8_t>(0) = std::vector<std::int8_t>(4900);
  auto ok = (*run)();
  REQUIRE(!ok);
  CHECK(ok.error().code == ErrorCode::invalid_argument);
  CHECK(ok.error().message == "input 0 't0': 4,900 bytes given, 490 a sample; 49 x 10 x 1 x int8");
  CHECK((*run)());  // told once

  ok = run->set_input(0, std::vector<std::byte>(489));
  REQUIRE(!ok);
  CHECK(ok.error().message == "input 0 't0': 489 bytes given, 490 a sample; 49 x 10 x 1 x int8");
  CHECK(!run->set_input(1, {}));
  CHECK((*run)());

  CHECK(run->input<float>(0).size() == 0);
  ok = (*run)();
  REQUIRE(!ok);
  CHECK(ok.error().message == "input 0 't0': used as float32, it is 49 x 10 x 1 x int8");
  CHECK(run->output<std::uint8_t>(0).empty());
  CHECK(!(*run)());
  CHECK(run->input<std::int8_t>(3).size() == 0);
  ok = (*run)();
  REQUIRE(!ok);
  CHECK(ok.error().message == "no input 3: the model has 1 of them");
  CHECK((run->input_bytes(1).empty() && run->output_bytes(1).empty()));
  CHECK((*run)());
}

TEST_CASE("inputs are left as they are, and outputs do not depend on what ran before") {
  auto run = Executor::make(keyword_like());
  REQUIRE(run);
  std::vector<std::int8_t> first(490), second(490);
  test::fill(std::as_writable_bytes(std::span(first)), DType::i8, 1);
  test::fill(std::as_writable_bytes(std::span(second)), DType::i8, 2);
  const auto classify = [&] {
    REQUIRE((*run)());
    const auto y = run->output<std::int8_t>(0);
    return std::vector<std::int8_t>(y.begin(), y.end());
  };
  run->input<std::int8_t>(0) = first;
  const auto answer = classify();
  CHECK(classify() == answer);
  CHECK(std::ranges::equal(run->input<std::int8_t>(0), first));
  run->input<std::int8_t>(0) = second;
  classify();
  run->input<std::int8_t>(0) = first;
  CHECK(classify() == answer);
}

TEST_CASE("tiers, threads and the caller's own pool give the same integers") {
  ThreadPool pool(3);
  std::vector<std::byte> expected;
  for (const cpu::TierInfo& tier : cpu::tiers()) {
    if (!tier.usable()) continue;
    for (int way = 0; way < 3; ++way) {
      graph::ExecutorOptions options{.threads = way == 1 ? std::size_t{2} : 1, .tier = tier.name};
      if (way == 2) options.parallel = Parallel(pool, pool.threads());
      auto run = Executor::make(keyword_like(), options);
      REQUIRE(run);
      CHECK(run->tier() == tier.tier);
      CHECK(run->threads() == static_cast<std::size_t>(way + 1));
      test::fill(run->input_bytes(0), DType::i8, 5);
      REQUIRE((*run)());
      const auto y = run->output_bytes(0);
      if (expected.empty()) expected.assign(y.begin(), y.end());
      CHECK(std::ranges::equal(expected, y));
    }
  }
}

TEST_CASE("what an executor tells about itself") {
  auto run = Executor::make(keyword_like(), {.tier = "baseline", .profile = true});
  REQUIRE(run);
  REQUIRE((*run)());
  REQUIRE(run->steps().size() == 4);  // a reshape is no step
  const graph::StepInfo& conv = run->steps()[0];
  CHECK(conv.op == "CONV_2D");
  CHECK(conv.name == "t1");
  CHECK(conv.node == 0);
  CHECK(conv.tier == "baseline");
  CHECK(conv.kernel.starts_with("gemm_i8 "));
  CHECK(conv.shapes == "1x49x10x1 * 16x10x4x1 -> 1x25x5x16");
  CHECK(conv.operations == 2 * 25 * 5 * 16 * 10 * 4);
  CHECK(conv.bytes == 490 + 640 + 64 + 2000);
  CHECK(conv.nanoseconds > 0);
  CHECK(run->steps()[3].kernel == "softmax_i8");
  CHECK(run->steps()[3].node == 4);
  CHECK(run->arena_bytes() >= 490 + 2000);
  CHECK(run->arena_bytes() == run->plan().lower_bound);
  CHECK(run->weights_bytes() >= 640 + 192);
  CHECK(run->scratch_bytes() > 0);
  CHECK(run->model().nodes.size() == 5);
}

TEST_CASE("weights with zeros run on the sparse kernel where it pays, or as asked") {
  const auto kernel = [](const Model& model, graph::Sparse sparse) {
    auto run = Executor::make(model, {.sparse = sparse});
    REQUIRE(run);
    return run->steps()[0];
  };
  CHECK(kernel(product(95), graph::Sparse::automatic).kernel == "sparse_f32");
  CHECK(kernel(product(95), graph::Sparse::automatic).why == "sparse: 95 % zeros");
  CHECK(kernel(product(80, 4), graph::Sparse::automatic).kernel == "sparse_f32 4x1");
  CHECK(kernel(product(80, 4), graph::Sparse::automatic).why.ends_with(" % zeros, blocks of 4x1"));
  CHECK(kernel(product(80, 2), graph::Sparse::automatic).kernel == "sparse_f32 2x1");
  CHECK(kernel(product(0), graph::Sparse::automatic).kernel.starts_with("gemm_f32"));
  CHECK(kernel(product(0), graph::Sparse::automatic).why.empty());
  CHECK(kernel(product(95), graph::Sparse::never).kernel.starts_with("gemm_f32"));
  CHECK(kernel(product(0), graph::Sparse::always).kernel.starts_with("sparse_f32"));

  for (const std::size_t height : {1, 2, 4}) {
    auto dense = Executor::make(product(90, height), {.threads = 2, .sparse = graph::Sparse::never});
    auto sparse = Executor::make(product(90, height), {.threads = 2, .sparse = graph::Sparse::always});
    REQUIRE((dense && sparse));
    for (Executor* run : {&*dense, &*sparse}) {
      test::fill(run->input_bytes(0), DType::f32, 3);
      REQUIRE((*run)());
    }
    float worst = 0;
    for (std::size_t i = 0; i < 300 * 40; ++i) {
      worst = std::fmax(worst, std::fabs(dense->output<float>(0)[i] - sparse->output<float>(0)[i]));
    }
    CHECK(worst < 1e-5F);
  }
}

TEST_CASE("what cannot be made says why") {
  SECTION("tiers") {
    const auto run = Executor::make(keyword_like(), {.tier = "avx1024"});
    REQUIRE(!run);
    CHECK(run.error().message.starts_with("unknown tier 'avx1024'; usable here: baseline"));
  }
  SECTION("memory") {
    const auto run = Executor::make(keyword_like(), {.memory_limit = 1000});
    REQUIRE(!run);
    CHECK(run.error().code == ErrorCode::out_of_memory);
  }
  SECTION("models that contradict themselves") {
    Model model = keyword_like();
    model.nodes[4].inputs[0] = 1000;
    Executor run(model);
    REQUIRE(run.error() != nullptr);
    CHECK(run.error()->code == ErrorCode::bad_model);
    CHECK(run().error().message == run.error()->message);
    CHECK(!run.set_input(0, {}));
    CHECK(run.input<std::int8_t>(0).size() == 0);
    CHECK((run.input_count() == 0 && run.steps().empty()));
  }
  SECTION("sums that could overflow") {
    ModelBuilder b;
    const int x = b.input({1, 40000}, DType::u8, one_scale(1, 0)), y = b.tensor({1, 1}, DType::u8, one_scale(1, 0));
    const int w = b.constant<std::uint8_t>({1, 40000}, std::vector<std::uint8_t>(40000, 255), one_scale(1, 0));
    b.node("FULLY_CONNECTED", graph::FullyConnected{}, {x, w}, y);
    const auto run = Executor::make(b.finish({y}));
    REQUIRE(!run);
    CHECK(run.error().message.find("node 0 FULLY_CONNECTED 't1': channel 0: its int32 sum can reach") !=
          std::string::npos);
  }
}

TEST_CASE("the model may be gone: its constants are kept") {
  auto run = [] {
    Model model = product(0);
    return Executor::make(model, {.sparse = graph::Sparse::always});
  }();
  REQUIRE(run);
  REQUIRE((*run)());
}

TEST_CASE("broadcasting sums") {
  const auto check = [](const Shape& shape_a, const Shape& shape_b, const Shape& shape_y) {
    ModelBuilder b;
    const int a = b.input(shape_a), c = b.input(shape_b), y = b.tensor(shape_y);
    b.node("ADD", graph::Add{}, {a, c}, y);
    auto run = Executor::make(b.finish({y}), {.threads = 2});
    REQUIRE(run);
    test::fill(run->input_bytes(0), DType::f32, 1);
    test::fill(run->input_bytes(1), DType::f32, 2);
    REQUIRE((*run)());
    const auto at = [](std::span<const float> values, const Shape& shape, std::vector<std::int64_t> index) {
      std::int64_t place = 0;
      index.erase(index.begin(), index.end() - static_cast<std::ptrdiff_t>(shape.size()));
      for (std::size_t d = 0; d < shape.size(); ++d) place = place * shape[d] + (shape[d] == 1 ? 0 : index[d]);
      return values[static_cast<std::size_t>(place)];
    };
    const std::span<float> va = run->input<float>(0), vb = run->input<float>(1);
    const auto vy = run->output<float>(0);
    std::size_t wrong = 0;
    std::vector<std::int64_t> index(shape_y.size());
    for (std::size_t i = 0; i < vy.size(); ++i) {
      auto rest = static_cast<std::int64_t>(i);
      for (std::size_t d = shape_y.size(); d-- > 0; rest /= shape_y[d]) index[d] = rest % shape_y[d];
      wrong += vy[i] != at(va, shape_a, index) + at(vb, shape_b, index) ? 1 : 0;
    }
    CHECK(wrong == 0);
  };
  check({2, 3, 4, 5}, {2, 3, 4, 5}, {2, 3, 4, 5});
  check({2, 3, 4, 5}, {5}, {2, 3, 4, 5});
  check({2, 3, 4, 5}, {1, 3, 1, 5}, {2, 3, 4, 5});
  check({2, 3, 4, 5}, {2, 3, 1, 1}, {2, 3, 4, 5});
  check({2, 1, 4, 1}, {2, 3, 4, 5}, {2, 3, 4, 5});
  check({1}, {7, 130}, {7, 130});
  check({7, 130}, {}, {7, 130});
  check({200, 700}, {200, 1}, {200, 700});
  check({1, 1}, {1}, {1, 1});
}
