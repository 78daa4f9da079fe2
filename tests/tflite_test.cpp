// What the TensorFlow Lite importer makes of files that are right. Those that are not: tflite_hostile_test.cpp.
#include <hone/graph/tflite.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "support/tflite_builder.hpp"
#include "support/tflite_files.hpp"

using namespace hone;
using graph::Model;

namespace {
template <class T> std::vector<T> values(const graph::Tensor& t) {
  std::vector<T> result(t.data.size() / sizeof(T));
  std::memcpy(result.data(), t.data.data(), t.data.size());
  return result;
}
Model loaded(const test::Bytes& bytes) {
  auto model = graph::load_tflite(bytes, "test");
  INFO((model ? "" : model.error().message));
  REQUIRE(model);
  return std::move(*model);
}
std::string edge(const graph::Padding& p) {
  return std::to_string(p.top) + std::to_string(p.left) + std::to_string(p.bottom) + std::to_string(p.right);
}
}  // namespace

TEST_CASE("tflite: an int8 net in the intermediate representation") {
  const test::Bytes bytes = test::build(test::int8_net());
  const Model m = loaded(bytes);
  CHECK(m.format == "tflite");
  CHECK(m.source == "test");
  CHECK(m.inputs == std::vector<int>{0});
  CHECK(m.outputs == std::vector<int>{13});
  CHECK(m.storage.empty());  // nothing copied: the constants lie in `bytes`
  REQUIRE(m.tensors.size() == 14);
  CHECK(m.tensors[0].type == DType::i8);
  CHECK(m.tensors[0].shape == graph::Shape{1, 6, 6, 2});
  CHECK(m.tensors[0].quantization.scales == std::vector<float>{0.5f});
  CHECK(m.tensors[0].quantization.zero_points == std::vector<std::int32_t>{3});
  CHECK_FALSE(m.tensors[0].constant);
  CHECK(m.tensors[1].constant);
  CHECK(m.tensors[1].name == "conv/w");
  CHECK(values<std::int8_t>(m.tensors[1]) == test::ramp<std::int8_t>(72, -50, 7));
  CHECK(m.tensors[1].data.data() > bytes.data());
  CHECK(m.tensors[1].data.data() < bytes.data() + bytes.size());
  CHECK(m.tensors[4].quantization.axis == 3);
  CHECK(values<std::int32_t>(m.tensors[2]) == test::ramp<std::int32_t>(4, -20, 33));

  REQUIRE(m.nodes.size() == 6);
  CHECK(m.nodes[0].op == "CONV_2D");
  const auto& conv = std::get<graph::Conv2d>(m.nodes[0].attributes);
  CHECK(conv.stride_h == 2);
  CHECK(conv.dilation_w == 1);
  CHECK(conv.activation == graph::Activation::relu);
  CHECK(edge(conv.padding) == "0011");  // 6 -> 3 by 3x3 at stride 2: one row and column, at the end
  const auto& depthwise = std::get<graph::DepthwiseConv2d>(m.nodes[1].attributes);
  CHECK(depthwise.multiplier == 1);
  CHECK(edge(depthwise.padding) == "1111");
  const auto& pool = std::get<graph::Pool2d>(m.nodes[2].attributes);
  CHECK(pool.average);
  CHECK(pool.kernel_h == 3);
  CHECK(edge(pool.padding) == "0000");
  CHECK(m.nodes[3].inputs == std::vector<int>{7});  // the shape is not an input
  CHECK(m.nodes[4].inputs == std::vector<int>{9, 10, 11});
  CHECK(std::get<graph::Softmax>(m.nodes[5].attributes).beta == 1);
  CHECK(m.notes.empty());
}

TEST_CASE("tflite: widened, sparse and padded constants") {
  const Model m = loaded(test::build(test::float_net()));
  CHECK(m.storage.size() == 2);
  CHECK(values<float>(m.tensors[4]) == std::vector<float>{1, -1, 2, 0.5f, 0, 0x1p-24f, 0x1.554p-2f, 65504});
  std::vector<float> dense(24, 0.0f);
  dense[1] = 1;
  dense[6] = 2;
  dense[16] = 3;
  dense[23] = 4;
  CHECK(values<float>(m.tensors[10]) == dense);
  CHECK(reinterpret_cast<std::uintptr_t>(m.tensors[10].data.data()) % 64 == 0);
  // DEQUANTIZE and DENSIFY of constants are gone; the numbers of the others are the file's.
  std::vector<int> numbers;
  for (const graph::Node& n : m.nodes) numbers.push_back(n.index);
  CHECK(numbers == std::vector<int>{0, 2, 3, 4, 5, 7, 8, 9, 10});
  const auto& pad = std::get<graph::Pad>(m.nodes[0].attributes);
  REQUIRE(pad.amounts.size() == 4);
  CHECK(pad.amounts[1] == std::array<std::int32_t, 2>{1, 0});
  CHECK(pad.amounts[2] == std::array<std::int32_t, 2>{0, 1});
  CHECK(m.nodes[1].inputs == std::vector<int>{2, 4, -1});
  CHECK(std::get<graph::Activate>(m.nodes[2].attributes).activation == graph::Activation::relu6);
  CHECK_FALSE(std::get<graph::Pool2d>(m.nodes[3].attributes).average);
  CHECK(std::get<graph::Add>(m.nodes[6].attributes).activation == graph::Activation::relu);
}

TEST_CASE("tflite: SAME padding is TensorFlow's") {
  struct Case {
    std::int32_t in, kernel, stride, dilation, out, before, after;
  };
  for (const Case& c : {Case{49, 10, 2, 1, 25, 4, 5},
                        {10, 4, 2, 1, 5, 1, 1},
                        {96, 3, 2, 1, 48, 0, 1},
                        {7, 3, 1, 2, 7, 2, 2},
                        {5, 1, 3, 1, 2, 0, 0},
                        {3, 5, 1, 1, 3, 2, 2},
                        {4, 2, 1, 1, 4, 0, 1},
                        {1, 3, 2, 1, 1, 1, 1}}) {
    CAPTURE(c.in, c.kernel, c.stride, c.dilation);
    test::FileSpec f;
    f.tensors = {
        {"x", 0, {1, c.in, 1, 1}, {}},
        {"w", 0, {1, c.kernel, 1, 1}, test::bytes_of(test::ramp<float>(static_cast<std::size_t>(c.kernel), 1, 1))},
        {"y", 0, {1, c.out, 1, 1}, {}}};
    f.nodes = {{3, {0, 1}, {2}, 1, {{0, std::int8_t{0}}, {1, std::int32_t{1}}, {2, c.stride}, {5, c.dilation}}, {}}};
    f.inputs = {0};
    f.outputs = {2};
    const Model m = loaded(test::build(f));
    const auto& p = std::get<graph::Conv2d>(m.nodes[0].attributes).padding;
    CHECK(p.top == c.before);
    CHECK(p.bottom == c.after);
    CHECK(p.left == 0);
    CHECK(p.right == 0);
  }
}

TEST_CASE("tflite: half precision widens exactly") {
  for (std::uint32_t half = 0; half < 65536; ++half) {
    const int exponent = static_cast<int>(half >> 10 & 31);
    const double fraction = (half & 1023) / 1024.0;
    const float got = graph::tflite::half_to_float(static_cast<std::uint16_t>(half));
    if (exponent == 31 && fraction != 0) {
      REQUIRE(std::isnan(got));
      continue;
    }
    const double magnitude = exponent == 31  ? HUGE_VAL
                             : exponent == 0 ? std::ldexp(fraction, -14)
                                             : std::ldexp(1 + fraction, exponent - 15);
    const double expected = half >> 15 ? -magnitude : magnitude;
    REQUIRE((got == expected && std::signbit(got) == (half >> 15 == 1)));
  }
}

TEST_CASE("tflite: constants of 8 bits are dequantised per channel") {
  test::FileSpec f = test::float_net();
  f.tensors[3] = {"w8",   9, {2, 2, 2, 1}, test::bytes_of<std::int8_t>({1, 2, 3, 4, -1, -2, -128, 127}), {0.5f, 2},
                  {0, 1}, 0};
  CHECK(values<float>(loaded(test::build(f)).tensors[4]) == std::vector<float>{0.5f, 1, 1.5f, 2, -4, -6, -258, 252});
}

TEST_CASE("tflite: block-sparse constants, every index width") {
  // 4x4 in blocks of 2x2: block rows dense, block columns sparse; blocks (0,1), (1,0).
  for (const std::uint8_t width : {1, 2, 3}) {
    test::FileSpec f = test::float_net();
    test::TensorSpec& t = f.tensors[9];
    t.shape = {4, 4};
    t.data = test::bytes_of<float>({1, 2, 3, 4, 5, 6, 7, 8});
    t.sparsity = {{{0, 1, 2, 3},
                   {0, 1},
                   {{0, 2, 1, {}, {}}, {1, 0, width, {0, 1, 2}, {1, 0}}, {0, 2, 1, {}, {}}, {0, 2, 1, {}, {}}}}};
    f.tensors[10].shape = {4, 4};
    f.tensors[8].shape = {2, 4};
    f.nodes[5].options = {{0, std::vector<std::int32_t>{2, 4}}};
    for (const std::size_t i : {11, 13, 14, 15}) f.tensors[i].shape = {2, 4};
    f.tensors[12] = {"offset", 0, {4}, test::bytes_of<float>({0, 0, 0, 0})};
    const Model m = loaded(test::build(f));
    CHECK(values<float>(m.tensors[10]) == std::vector<float>{0, 0, 1, 2, 0, 0, 3, 4, 5, 6, 0, 0, 7, 8, 0, 0});
  }
}

TEST_CASE("tflite: a traversal order other than the shape's") {
  // Columns first: column 0 has row 2, column 2 has rows 0 and 1.
  const graph::SparseLayout layout{{1, 0}, {}, {{true, 3, {}, {}}, {false, 0, {0, 1, 1, 3}, {2, 0, 1}}}};
  const std::vector<std::int16_t> stored{7, 8, 9};
  std::vector<std::int16_t> dense(9);
  REQUIRE(
      graph::densify(layout, {3, 3}, 2, std::as_bytes(std::span(stored)), std::as_writable_bytes(std::span(dense))));
  CHECK(dense == std::vector<std::int16_t>{0, 0, 8, 0, 0, 9, 7, 0, 0});
}

TEST_CASE("tflite: misaligned bytes are read, and copied where they must be") {
  const test::Bytes bytes = test::build(test::int8_net());
  test::Bytes shifted(bytes.size() + 1);
  std::memcpy(shifted.data() + 1, bytes.data(), bytes.size());
  auto m = graph::load_tflite(std::span(shifted).subspan(1), "shifted");
  REQUIRE(m);
  CHECK(m->storage.size() == 4);  // what is int32: int8 data may lie anywhere
  CHECK(values<std::int32_t>(m->tensors[2]) == test::ramp<std::int32_t>(4, -20, 33));
}

TEST_CASE("tflite: notes on what is accepted although it is not right") {
  test::FileSpec f = test::int8_net();
  f.tensors[2].axis = 3;
  f.subgraphs = 2;
  f.nodes[1].options[3] = {3, std::int32_t{5}};
  const Model m = loaded(test::build(f));
  REQUIRE(m.notes.size() == 3);
  CHECK(m.notes[0] == "2 subgraphs, 1 of them used, the main one included");
  CHECK(m.notes[1] == "tensor 2 'conv/b' (i32 4): quantized_dimension 3 is out of range, expected 0 to 0; read as 0");
  CHECK(m.notes[2] == "node 1 DEPTHWISE_CONV_2D: depth_multiplier 5 ignored, the shapes say 1");
}

TEST_CASE("tflite: names are made fit for a terminal") {
  test::FileSpec f = test::int8_net();
  f.tensors[0].name = "a\n\x1b[31m\xc3\xa9\xff\xe2\x82 \xed\xa0\x80z";
  CHECK(loaded(test::build(f)).tensors[0].name == "a??[31m\xc3\xa9??? ???z");
}

TEST_CASE("tflite: a file's bytes live as long as the model") {
  const test::TemporaryFile file(test::build(test::float_net()));
  Model copy;
  {
    auto m = graph::load_tflite(file.path());
    REQUIRE(m);
    CHECK(m->source == file.path());
    copy = *m;
  }
  CHECK(values<float>(copy.tensors[12]) == std::vector<float>{0.5f, -1, 2});
}

TEST_CASE("tflite: the models of the shared folder") {
  const auto folder = test::shared_models();
  if (folder.empty()) SKIP("no folder of shared models: set HONE_SHARED_MODELS");
  struct Case {
    const char* file;
    std::size_t nodes, notes;
    const char* error;
  };
  for (const Case& c : {Case{"kws_ds_cnn_int8/kws_ref_model.tflite", 13, 0, ""},
                        {"person_detect_int8/person_detect.tflite", 31, 14, ""},
                        {"resnet8_cifar_int8/pretrainedResnet_quant.tflite", 16, 0, ""},
                        {"resnet8_cifar_f32/pretrainedResnet.tflite", 16, 0, ""},
                        {"mobilenet_v1_025_128_u8/mobilenet_v1_0.25_128_quant.tflite", 31, 0, ""}}) {
    CAPTURE(c.file);
    const auto m = graph::load_tflite((folder / c.file).string());
    INFO((m ? "" : m.error().message));
    REQUIRE(m);
    CHECK(m->nodes.size() == c.nodes);
    CHECK(m->notes.size() == c.notes);
    CHECK(m->storage.size() == 1);  // the file: no constant was copied
  }
}
