// Passes: what each changes, what it leaves alone, and that the answers stay the same.
#include <catch2/catch_test_macros.hpp>
#include <hone/graph/executor.hpp>

#include <cmath>
#include <cstring>
#include <vector>

#include "support/model_builder.hpp"

using namespace hone;
using graph::Model;
using graph::Shape;
using graph::TensorQuantization;
using test::ModelBuilder;
using test::one_scale;

namespace {

constexpr graph::PassOptions no_passes{false, false, false, false, false, false, false};

std::vector<std::byte> answer(const Model& model, const graph::PassOptions& passes) {
  auto run = graph::Executor::make(model, {.passes = passes});
  if (!run) FAIL(run.error().message);
  for (std::size_t i = 0; i < run->input_count(); ++i) test::fill(run->input_bytes(i), run->input_info(i).type, i + 7);
  REQUIRE((*run)());
  std::vector<std::byte> all;
  for (std::size_t o = 0; o < run->output_count(); ++o) {
    all.insert(all.end(), run->output_bytes(o).begin(), run->output_bytes(o).end());
  }
  return all;
}

/// The outputs with all passes are those without any: byte for byte, or within 1e-5 for floats.
void check_same_answer(const Model& model) {
  const std::vector<std::byte> plain = answer(model, no_passes), changed = answer(model, {});
  REQUIRE(plain.size() == changed.size());
  if (model.tensors[static_cast<std::size_t>(model.outputs[0])].type != DType::f32) {
    CHECK(plain == changed);
    return;
  }
  float worst = 0;
  for (std::size_t i = 0; i < plain.size(); i += sizeof(float)) {
    float a = 0, b = 0;
    std::memcpy(&a, plain.data() + i, sizeof a);
    std::memcpy(&b, changed.data() + i, sizeof b);
    worst = std::fmax(worst, std::fabs(a - b));
  }
  CHECK(worst <= 1e-5F);
}

/// A padded convolution; what follows PAD and what is around it can be bent.
struct PaddedConv {
  ModelBuilder b;
  int x, padded, y;
  graph::Pad pad{{{0, 0}, {1, 1}, {0, 2}, {0, 0}}};

  template <class T>
  void build(const TensorQuantization& q, const TensorQuantization& padded_q, const TensorQuantization& y_q) {
    x = b.input({1, 5, 6, 3}, dtype_of<T>, q);
    padded = b.tensor({1, 7, 8, 3}, dtype_of<T>, padded_q);
    y = b.tensor({1, 5, 6, 4}, dtype_of<T>, y_q);
    b.node("PAD", pad, {x}, padded);
    const int w = b.random_constant<T>({4, 3, 3, 3}, q.scales.empty() ? TensorQuantization{} : one_scale(0.02F, 0));
    b.node("CONV_2D", graph::Conv2d{}, {padded, w}, y);
  }
};

}  // namespace

TEST_CASE("fuse_pad: the convolution pads") {
  PaddedConv f32, i8;
  f32.build<float>({}, {}, {});
  i8.build<std::int8_t>(one_scale(0.1F, 5), one_scale(0.1F, 5), one_scale(0.3F, -7));
  for (PaddedConv* c : {&f32, &i8}) {
    Model model = c->b.finish({c->y});
    check_same_answer(model);
    REQUIRE(graph::fuse_pad(model));
    REQUIRE(model.nodes.size() == 1);
    const auto& conv = std::get<graph::Conv2d>(model.nodes[0].attributes);
    CHECK((conv.padding.top == 1 && conv.padding.bottom == 1 && conv.padding.left == 0 && conv.padding.right == 2));
    CHECK(graph::validate(model));
    CHECK(!graph::fuse_pad(model));
  }
}

TEST_CASE("fuse_pad leaves alone what it may not change") {
  SECTION("the padded image is an output") {
    PaddedConv c;
    c.build<float>({}, {}, {});
    Model model = c.b.finish({c.y, c.padded});
    CHECK(!graph::fuse_pad(model));
  }
  SECTION("somebody else reads it") {
    PaddedConv c;
    c.build<float>({}, {}, {});
    const int z = c.b.tensor({1, 7, 8, 3});
    c.b.node("RELU", graph::Activate{graph::Activation::relu}, {c.padded}, z);
    Model model = c.b.finish({c.y, z});
    CHECK(!graph::fuse_pad(model));
    check_same_answer(model);
  }
  SECTION("channels are padded") {
    ModelBuilder b;
    const int x = b.input({1, 4, 4, 2}), padded = b.tensor({1, 4, 4, 3}), y = b.tensor({1, 4, 4, 1});
    b.node("PAD", graph::Pad{{{0, 0}, {0, 0}, {0, 0}, {0, 1}}}, {x}, padded);
    b.node("CONV_2D", graph::Conv2d{}, {padded, b.random_constant<float>({1, 1, 1, 3})}, y);
    Model model = b.finish({y});
    CHECK(!graph::fuse_pad(model));
    check_same_answer(model);
  }
  SECTION("whole windows would lie in the padding") {
    ModelBuilder b;
    const int x = b.input({1, 4, 4, 2}), padded = b.tensor({1, 6, 6, 2}), y = b.tensor({1, 6, 6, 1});
    b.node("PAD", graph::Pad{{{0, 0}, {1, 1}, {1, 1}, {0, 0}}}, {x}, padded);
    b.node("CONV_2D", graph::Conv2d{}, {padded, b.random_constant<float>({1, 1, 1, 2})}, y);
    Model model = b.finish({y});
    CHECK(!graph::fuse_pad(model));
    check_same_answer(model);
  }
  SECTION("the maximum of a window counts the zeros of PAD, not its own padding") {
    ModelBuilder b;
    const int x = b.input({1, 4, 4, 2}), padded = b.tensor({1, 6, 6, 2}), y = b.tensor({1, 4, 4, 2});
    b.node("PAD", graph::Pad{{{0, 0}, {1, 1}, {1, 1}, {0, 0}}}, {x}, padded);
    b.node("MAX_POOL_2D", graph::Pool2d{.average = false, .kernel_h = 3, .kernel_w = 3}, {padded}, y);
    Model model = b.finish({y});
    CHECK(!graph::fuse_pad(model));
  }
}

TEST_CASE("fuse_activation: the operator before it clamps") {
  const auto build = [](const TensorQuantization& conv_q, const TensorQuantization& relu_q, graph::Activation own,
                        bool i8) {
    ModelBuilder b;
    const int x = i8 ? b.input({1, 4, 4, 3}, DType::i8, one_scale(0.1F, 3)) : b.input({1, 4, 4, 3});
    const int w =
        i8 ? b.random_constant<std::int8_t>({5, 1, 1, 3}, one_scale(0.05F, 0)) : b.random_constant<float>({5, 1, 1, 3});
    const DType type = i8 ? DType::i8 : DType::f32;
    const int y = b.tensor({1, 4, 4, 5}, type, conv_q), z = b.tensor({1, 4, 4, 5}, type, relu_q);
    b.node("CONV_2D", graph::Conv2d{.activation = own}, {x, w}, y);
    b.node("RELU6", graph::Activate{graph::Activation::relu6}, {y}, z);
    return b.finish({z});
  };
  using graph::Activation;
  SECTION("alike") {
    for (const bool i8 : {false, true}) {
      const TensorQuantization q = i8 ? one_scale(0.2F, -10) : TensorQuantization{};
      for (const Activation own : {Activation::none, Activation::relu, Activation::relu6}) {
        Model model = build(q, q, own, i8);
        check_same_answer(model);
        REQUIRE(graph::fuse_activation(model));
        REQUIRE(model.nodes.size() == 1);
        CHECK(std::get<graph::Conv2d>(model.nodes[0].attributes).activation == Activation::relu6);
        CHECK(graph::validate(model));
      }
    }
  }
  SECTION("another scale is another rounding") {
    Model model = build(one_scale(0.2F, -10), one_scale(0.1F, -128), Activation::none, true);
    check_same_answer(model);
    CHECK(!graph::fuse_activation(model));
  }
  SECTION("no activation is both") {
    Model model = build({}, {}, Activation::relu_n1_to_1, false);
    check_same_answer(model);
    CHECK(!graph::fuse_activation(model));
  }
}

TEST_CASE("fuse_bias: the product adds it") {
  const auto build = [](const Shape& bias, graph::Activation own, bool has_bias) {
    ModelBuilder b;
    const int x = b.input({1, 3, 4, 3}), w = b.random_constant<float>({5, 1, 1, 3});
    const int y = b.tensor({1, 3, 4, 5}), z = b.tensor({1, 3, 4, 5});
    const int c = b.random_constant<float>(bias), old = has_bias ? b.random_constant<float>({5}) : -1;
    b.node("CONV_2D", graph::Conv2d{.activation = own}, {x, w, old}, y);
    b.node("ADD", graph::Add{graph::Activation::relu}, {c, y}, z);
    return b.finish({z});
  };
  using graph::Activation;
  for (const Shape& shape : {Shape{5}, Shape{1, 1, 5}, Shape{1, 1, 1, 5}}) {
    Model model = build(shape, Activation::none, false);
    check_same_answer(model);
    REQUIRE(graph::fuse_bias(model));
    REQUIRE(model.nodes.size() == 1);
    CHECK(std::get<graph::Conv2d>(model.nodes[0].attributes).activation == Activation::relu);
    CHECK(graph::validate(model));
  }
  for (Model model :
       {build({5}, Activation::relu, false), build({5}, Activation::none, true), build({1}, Activation::none, false),
        build({4, 5}, Activation::none, false), build({1, 3, 4, 5}, Activation::none, false)}) {
    check_same_answer(model);
    CHECK(!graph::fuse_bias(model));
  }
}

TEST_CASE("depthwise_to_conv: one input channel") {
  const auto build = [](auto zero, const TensorQuantization& q, const TensorQuantization& wq,
                        const TensorQuantization& yq, std::int64_t channels) {
    using T = decltype(zero);
    ModelBuilder b;
    const auto m = static_cast<std::int32_t>(6 / channels);
    const int x = b.input({2, 5, 4, channels}, dtype_of<T>, q), y = b.tensor({2, 3, 2, 6}, dtype_of<T>, yq);
    const int w = b.random_constant<T>({1, 3, 2, 6}, wq);
    const int bias = q.empty() ? b.random_constant<float>({6}) : b.random_constant<std::int32_t>({6});
    b.node("DEPTHWISE_CONV_2D",
           graph::DepthwiseConv2d{.stride_h = 2, .stride_w = 2, .multiplier = m, .padding = {1, 0, 1, 0}}, {x, w, bias},
           y);
    return b.finish({y});
  };
  const TensorQuantization scales{{0.01F, 0.02F, 0.03F, 0.04F, 0.05F, 0.06F}, {0, 0, 0, 0, 0, 0}, 3};
  Model f32 = build(0.0F, {}, {}, {}, 1);
  Model i8 = build(std::int8_t{}, one_scale(0.1F, 9), scales, one_scale(0.2F, 1), 1);
  Model u8 = build(std::uint8_t{}, one_scale(0.1F, 9), one_scale(0.02F, 131), one_scale(0.2F, 120), 1);
  for (Model* model : {&f32, &i8, &u8}) {
    check_same_answer(*model);
    const auto changed = graph::depthwise_to_conv(*model);
    REQUIRE(changed);
    CHECK(*changed);
    CHECK(std::holds_alternative<graph::Conv2d>(model->nodes[0].attributes));
    CHECK(graph::validate(*model));
  }
  Model two = build(0.0F, {}, {}, {}, 2);
  CHECK(graph::depthwise_to_conv(two) == false);
}

TEST_CASE("drop_reshapes: of constants, and those that change nothing") {
  ModelBuilder b;
  const int x = b.input({2, 3}), same = b.tensor({2, 3}), other = b.tensor({3, 2}), c = b.random_constant<float>({6});
  const int shaped = b.tensor({3, 2}), y = b.tensor({3, 2});
  b.node("RESHAPE", graph::Reshape{}, {x}, same);
  b.node("RESHAPE", graph::Reshape{}, {same}, other);
  b.node("RESHAPE", graph::Reshape{}, {c}, shaped);
  b.node("ADD", graph::Add{}, {other, shaped}, y);
  Model model = b.finish({y});
  check_same_answer(model);
  REQUIRE(graph::drop_reshapes(model));
  REQUIRE(model.nodes.size() == 2);
  CHECK(model.nodes[0].inputs[0] == x);
  CHECK(graph::validate(model));
  CHECK(!graph::drop_reshapes(model));
}

TEST_CASE("remove_dead: what no output needs") {
  ModelBuilder b;
  const int x = b.input({4}), unused = b.input({5});
  const int dead = b.tensor({4}), deader = b.tensor({4}), y = b.tensor({4}), c = b.random_constant<float>({4});
  b.node("ADD", graph::Add{}, {x, c}, dead);
  b.node("RELU", graph::Activate{graph::Activation::relu}, {dead}, deader);
  b.node("RELU", graph::Activate{graph::Activation::relu}, {x}, y);
  Model model = b.finish({y});
  check_same_answer(model);
  REQUIRE(graph::remove_dead(model));
  CHECK(model.nodes.size() == 1);
  CHECK(model.tensors.size() == 3);
  CHECK(model.inputs.size() == 2);
  CHECK(model.tensors[static_cast<std::size_t>(model.inputs[1])].shape == Shape{5});
  CHECK(graph::validate(model));
  CHECK(!graph::remove_dead(model));
  (void)unused;
}

TEST_CASE("constants: what depends on them alone is computed once") {
  ModelBuilder b;
  const int x = b.input({2, 3});
  const int w = b.random_constant<float>({4, 3}), turned = b.tensor({3, 4}), root = b.tensor({3, 4}),
            y = b.tensor({2, 4});
  b.node("TRANSPOSE", graph::Transpose{{1, 0}}, {w}, turned);
  b.node("SQUARE", graph::Unary{graph::UnaryOp::square}, {turned}, root);
  b.node("BATCH_MATMUL", graph::BatchMatMul{}, {x, root}, y);
  const Model model = b.finish({y});
  Model changed = model;
  REQUIRE(graph::run_passes(changed, {}, Tier::baseline, 1000));
  REQUIRE(changed.nodes.size() == 1);
  CHECK(changed.nodes[0].op == "BATCH_MATMUL");
  CHECK(graph::validate(changed).has_value());
  check_same_answer(model);

  Model kept = model;  // 48 bytes each: there is room for one result
  REQUIRE(graph::run_passes(kept, {}, Tier::baseline, 60));
  CHECK(kept.nodes.size() == 2);
  Model off = model;
  REQUIRE(graph::run_passes(off, {.fold_constants = false}, Tier::baseline, 1000));
  CHECK(off.nodes.size() == 3);
}

TEST_CASE("constants: outputs of the graph, and bad indices, stay nodes") {
  ModelBuilder b;
  b.input({1});
  const int table = b.random_constant<float>({4}), y = b.tensor({1}), z = b.tensor({1}), sum = b.tensor({1});
  b.node("GATHER", graph::Gather{}, {table, b.constant<std::int32_t>({1}, {2})}, y);
  b.node("GATHER", graph::Gather{}, {table, b.constant<std::int32_t>({1}, {4})}, z);
  b.node("SQUARE", graph::Unary{graph::UnaryOp::square}, {z}, sum);
  Model model = b.finish({y, sum});
  REQUIRE(graph::run_passes(model, {}, Tier::baseline, 1000));
  CHECK(model.nodes.size() == 3);
  auto run = graph::Executor::make(model);
  REQUIRE(run);
  const auto done = (*run)();
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::invalid_argument);
  CHECK(done.error().message == "test: node 1 GATHER 't3': an index is out of range");
}
