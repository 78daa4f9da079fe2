// Small TensorFlow Lite files that are whole but wrong, each in one way: the error must say what, where and what was
// expected. Damaged bytes: tflite_hostile_test.cpp.
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "support/tflite_builder.hpp"
#include "support/tflite_hostile.hpp"

using namespace hone;
using test::FileSpec;

namespace {

/// A good file; each call bends a copy of it and expects a message that contains `expected`.
class Refusals {
 public:
  explicit Refusals(FileSpec good) : good_(std::move(good)) { REQUIRE(test::survives(test::build(good_))); }
  template <class Bend> void operator()(const std::string& expected, const Bend& bend) const {
    FileSpec bent = good_;
    bend(bent);
    const test::Bytes bytes = test::build(bent);
    const std::string text = test::error_of(bytes);
    INFO("expected: " << expected << "\n     got: " << text);
    CHECK_FALSE(test::survives(bytes));
    CHECK(text.find(expected) != std::string::npos);
  }

 private:
  FileSpec good_;
};

constexpr std::int32_t huge = std::numeric_limits<std::int32_t>::max();
test::Option i32(std::uint16_t id, std::int32_t v) { return {id, v}; }
test::Option i8(std::uint16_t id, int v) { return {id, static_cast<std::int8_t>(v)}; }

}  // namespace

TEST_CASE("tflite refuses: the graph") {
  const Refusals refuses(test::int8_net());
  refuses("node 0 CONV_2D: inputs: number 0 is tensor 99, expected 0 to 13",
          [](FileSpec& f) { f.nodes[0].inputs[0] = 99; });
  refuses("number 0 is tensor -2", [](FileSpec& f) { f.nodes[0].inputs[0] = -2; });
  refuses("input 0 is absent", [](FileSpec& f) { f.nodes[0].inputs[0] = -1; });
  refuses("outputs: number 0 is tensor 14", [](FileSpec& f) { f.nodes[0].outputs[0] = 14; });
  refuses("outputs: number 0 is tensor -1", [](FileSpec& f) { f.nodes[0].outputs[0] = -1; });
  refuses("graph inputs: number 0 is tensor -1", [](FileSpec& f) { f.inputs = {-1}; });
  refuses("graph outputs: number 0 is tensor 14", [](FileSpec& f) { f.outputs = {14}; });
  refuses("neither constant, nor an input of the graph", [](FileSpec& f) { f.nodes[0].inputs[0] = 3; });
  refuses("neither constant, nor an input of the graph", [](FileSpec& f) { f.nodes[0].inputs[0] = 6; });
  refuses("neither constant, nor an input of the graph", [](FileSpec& f) { f.inputs = {}; });
  refuses("neither constant, nor an input of the graph", [](FileSpec& f) { std::swap(f.nodes[0], f.nodes[1]); });
  refuses("'conv' (i8 1x3x3x4) is written by an earlier node", [](FileSpec& f) { f.nodes[1].outputs = {3}; });
  refuses("is an input of the graph", [](FileSpec& f) { f.nodes[0].outputs = {0}; });
  refuses("'conv/w' (i8 4x3x3x2) is a constant", [](FileSpec& f) { f.nodes[0].outputs = {1}; });
  refuses("graph output 0: tensor 0 'input' (i8 1x6x6x2) is written by no node", [](FileSpec& f) { f.outputs = {0}; });
  refuses("is written by no node", [](FileSpec& f) { f.outputs = {1}; });
  refuses("no outputs", [](FileSpec& f) { f.outputs = {}; });
  refuses("graph input 1: tensor 0 'input' (i8 1x6x6x2) is an input already", [](FileSpec& f) { f.inputs = {0, 0}; });
  refuses("graph input 1: tensor 1 'conv/w' (i8 4x3x3x2) is a constant", [](FileSpec& f) { f.inputs = {0, 1}; });
  refuses("'Model.subgraphs' is empty", [](FileSpec& f) { f.subgraphs = 0; });
  refuses("schema version 2, expected 3", [](FileSpec& f) { f.version = 2; });
  refuses("node 3: operator RNN is not supported; supported: ABS, ADD, ARG_MAX,",
          [](FileSpec& f) { f.nodes[3].op = 24; });
  refuses("operator STABLEHLO_CBRT is not supported", [](FileSpec& f) { f.nodes[3].op = 208; });
  refuses("node 3: operator number 209 is not known; supported: ABS", [](FileSpec& f) { f.nodes[3].op = 209; });
  refuses("operator number -7 is not known", [](FileSpec& f) { f.nodes[3].op = -7; });
  refuses("operator 'My?Op' (custom) is not supported; supported: ABS", [](FileSpec& f) {
    f.nodes[3].op = 32;
    f.nodes[3].custom = "My\nOp";
  });
  refuses("1 inputs and 1 outputs, expected 2 to 3 and 1", [](FileSpec& f) { f.nodes[0].inputs = {0}; });
  refuses("4 inputs and 1 outputs", [](FileSpec& f) { f.nodes[0].inputs = {0, 1, 2, 2}; });
  refuses("and 0 outputs", [](FileSpec& f) { f.nodes[0].outputs = {}; });
  refuses("options of type 5, expected 1", [](FileSpec& f) { f.nodes[0].options_type = 5; });
}

TEST_CASE("tflite refuses: sizes") {
  const Refusals refuses(test::int8_net());
  refuses("dimension 1 is -1, expected", [](FileSpec& f) { f.tensors[0].shape[1] = -1; });
  refuses("dimension 1 is -2147483648, expected", [](FileSpec& f) { f.tensors[0].shape[1] = -huge - 1; });
  refuses("takes 2 GiB or more", [](FileSpec& f) { f.tensors[0].shape = {1, huge, huge, 2}; });
  refuses("takes 2 GiB or more", [](FileSpec& f) { f.tensors[0].shape = {huge, huge, huge, huge}; });
  refuses("takes 2 GiB or more", [](FileSpec& f) { f.tensors[0].shape = {1, 1 << 16, 1 << 14, 2}; });
  refuses("too many elements", [](FileSpec& f) { f.tensors[1].shape = {huge, huge, 3, 2}; });
  refuses("output, tensor 3 'conv' (i8 1x3x3x4): expected 1x1073741824x1x4", [](FileSpec& f) {
    f.tensors[0].shape = {1, huge, 1, 1};
    f.tensors[1].shape = {4, 18, 1, 1};
  });
  refuses("has no elements", [](FileSpec& f) { f.tensors[0].shape = {1, 0, 6, 2}; });
  refuses("has no elements", [](FileSpec& f) { f.tensors[3].shape[3] = 0; });
  refuses("72 bytes of data, expected 0", [](FileSpec& f) { f.tensors[1].shape[0] = 0; });
  refuses("9 dimensions, at most 8", [](FileSpec& f) {
    f.tensors.push_back({"deep", 9, std::vector<std::int32_t>(9, 1)});
  });
  refuses("buffer 999 of 15", [](FileSpec& f) { f.tensors[1].buffer = 999; });
  refuses("71 bytes of data, expected 72", [](FileSpec& f) { f.tensors[1].data.pop_back(); });
  refuses("neither constant, nor", [](FileSpec& f) { f.tensors[1].data.clear(); });
  refuses("neither constant, nor", [](FileSpec& f) { f.tensors[1].buffer = 0; });
  refuses("only a constant is supported here", [](FileSpec& f) {
    f.tensors[1].data.clear();
    f.inputs = {0, 1};
  });
  refuses("its names, shapes and scales", [](FileSpec& f) {
    f.tensors.push_back({std::string(50000, 'n'), 0, {1}});
    f.repeat_last = 30000;
  });
  refuses("its names, shapes and scales", [](FileSpec& f) {
    f.tensors.push_back({"s", 9, {1}, {}, std::vector<float>(9000, 1.0f)});
    f.repeat_last = 30000;
  });
}

TEST_CASE("tflite refuses: operators") {
  {
    const Refusals refuses(test::int8_net());
    refuses("padding mode 7, expected 0 (SAME) or 1 (VALID)", [](FileSpec& f) { f.nodes[0].options[0] = i8(0, 7); });
    refuses("fused activation 9, expected 0 to 5", [](FileSpec& f) { f.nodes[0].options[3] = i8(3, 9); });
    refuses("fused activation TANH", [](FileSpec& f) { f.nodes[0].options[3] = i8(3, 4); });
    refuses("fused activation -1", [](FileSpec& f) { f.nodes[0].options[3] = i8(3, -1); });
    refuses("stride_w 0, expected 1 to", [](FileSpec& f) { f.nodes[0].options[1] = i32(1, 0); });
    refuses("stride_h -1, expected 1 to", [](FileSpec& f) { f.nodes[0].options[2] = i32(2, -1); });
    refuses("stride_h 2147483647, expected", [](FileSpec& f) { f.nodes[0].options[2] = i32(2, huge); });
    refuses("dilation_w 0, expected", [](FileSpec& f) { f.nodes[0].options.push_back(i32(4, 0)); });
    refuses("dilation_h 2147483647, expected", [](FileSpec& f) { f.nodes[0].options.push_back(i32(5, huge)); });
    refuses("kernel height 0", [](FileSpec& f) { f.nodes[2].options[4] = i32(4, 0); });
    refuses("kernel width 2147483647", [](FileSpec& f) { f.nodes[2].options[3] = i32(3, huge); });
    refuses("kernel width -3", [](FileSpec& f) {
      f.nodes[2].options[3] = i32(3, -3);
      f.nodes[2].options[0] = i8(0, 0);
    });
    refuses("smaller than the window, 4 x 3", [](FileSpec& f) { f.nodes[2].options[4] = i32(4, 4); });
    refuses("stride_h 0", [](FileSpec& f) { f.nodes[0].options_type = 0; });
    refuses("expected 4 dimensions", [](FileSpec& f) { f.tensors[1].shape = {4, 9, 2}; });
    refuses("expected 4 dimensions", [](FileSpec& f) { f.tensors[0].shape = {72}; });
    refuses("expected 4 dimensions", [](FileSpec& f) { f.tensors[6].shape = {1, 9, 4}; });
    refuses("expected 2 input channels", [](FileSpec& f) { f.tensors[1].shape = {4, 3, 2, 3}; });
    refuses("groups are not supported", [](FileSpec& f) { f.tensors[1].shape = {4, 6, 3, 1}; });
    refuses("expected 4 values", [](FileSpec& f) {
      f.tensors[2].shape = {3};
      f.tensors[2].data.resize(12);
    });
    refuses("a bias of type i32", [](FileSpec& f) { f.tensors[2].type = 0; });
    refuses("expected 1x3x3x4", [](FileSpec& f) { f.tensors[3].shape = {1, 3, 3, 5}; });
    refuses("expected 1x3x3x4", [](FileSpec& f) { f.tensors[3].shape = {1, 4, 3, 4}; });
    refuses("channels times multiplier", [](FileSpec& f) { f.tensors[4].shape = {3, 1, 3, 4}; });
    refuses("expected 3 values", [](FileSpec& f) { f.tensors[4].shape = {1, 3, 4, 3}; });
    refuses("expected the type of input 0", [](FileSpec& f) {
      f.tensors[3].type = 3;
      f.tensors[3].zero_points = {0};
    });
    refuses("supported are f32, i8, u8", [](FileSpec& f) { f.tensors[0].type = 7; });
    refuses("is of type STRING, which is not supported", [](FileSpec& f) { f.tensors[0].type = 5; });
    refuses("'conv/w', is of type INT4, which", [](FileSpec& f) { f.tensors[1].type = 17; });
    refuses("type 19, expected 0 to 18", [](FileSpec& f) { f.tensors[0].type = 19; });
    refuses("type -1, expected 0 to 18", [](FileSpec& f) { f.tensors[0].type = -1; });
    refuses("rows of 4 elements", [](FileSpec& f) {
      f.tensors[9].shape = {1, 3};
      f.tensors[7].shape = {1, 1, 1, 3};
      f.tensors[6].shape = f.tensors[3].shape = {1, 3, 3, 3};
      f.tensors[8].data = test::bytes_of<std::int32_t>({1, 3});
      f.tensors[1].shape[0] = 3;
      f.tensors[1].data.resize(54);
      f.tensors[4].shape[3] = 3;
      f.tensors[4].data.resize(27);
      for (std::size_t t : {1, 4}) {
        f.tensors[t].scales = {1};
        f.tensors[t].zero_points = {0};
      }
      for (std::size_t t : {2, 5}) {
        f.tensors[t].shape = {3};
        f.tensors[t].data.resize(12);
        f.tensors[t].scales = {};
        f.tensors[t].zero_points = {};
      }
      f.nodes[1].options[3] = i32(3, 1);
    });
    refuses("new shape -1x5 for the output", [](FileSpec& f) {
      f.tensors[8].data = test::bytes_of<std::int32_t>({-1, 5});
    });
    refuses("new shape -1x-1 for", [](FileSpec& f) { f.tensors[8].data = test::bytes_of<std::int32_t>({-1, -1}); });
    refuses("expected as many elements", [](FileSpec& f) { f.tensors[9].shape = {2, 4}; });
    refuses("beta 0, expected", [](FileSpec& f) { f.nodes[5].options = {{0, 0.0f}}; });
    refuses("beta nan", [](FileSpec& f) { f.nodes[5].options = {{0, std::numeric_limits<float>::quiet_NaN()}}; });
    refuses("expected 1/256", [](FileSpec& f) { f.tensors[13].scales = {0.01f}; });
    refuses("is too small", [](FileSpec& f) { f.tensors[12].scales = {1e-9f}; });
  }
  {
    const Refusals refuses(test::float_net());
    refuses("padding -1, expected 0 to", [](FileSpec& f) {
      f.tensors[1].data = test::bytes_of<std::int32_t>({0, 0, -1, 2, 0, 1, 0, 0});
    });
    refuses("expected 1x2147483652x5x1", [](FileSpec& f) {
      f.tensors[1].data = test::bytes_of<std::int32_t>({0, 0, huge, 1, 0, 1, 0, 0});
    });
    refuses("expected 4x2, a pair", [](FileSpec& f) { f.tensors[1].shape = {2, 4}; });
    refuses("expected i32 or i64", [](FileSpec& f) { f.tensors[1].type = 0; });
    refuses("only a constant", [](FileSpec& f) { f.tensors[1].data.clear(); });
    refuses("only a constant", [](FileSpec& f) {
      f.tensors[9].data.clear();
      f.tensors[9].sparsity.clear();
    });
    refuses("at most 8", [](FileSpec& f) { f.nodes[5].options = {{0, std::vector<std::int32_t>(9, 1)}}; });
    refuses("shapes that do not broadcast", [](FileSpec& f) {
      f.tensors[12].shape = {2};
      f.tensors[12].data.resize(8);
    });
    refuses("output, tensor 13 'sum' (f32 1x3): expected 3x3", [](FileSpec& f) { f.tensors[12].shape = {3, 1}; });
    refuses("expected the shape of", [](FileSpec& f) { f.tensors[4].shape = {2, 2, 1, 2}; });
    refuses("is a constant already", [](FileSpec& f) {
      f.nodes[1].outputs = {12};
      f.tensors[3].shape = {3};
      f.tensors[3].data.resize(6);
    });
    refuses("only a constant is supported", [](FileSpec& f) {
      f.nodes.erase(f.nodes.begin() + 1);
      f.inputs = {0, 4};
    });
    refuses("i8 and u8 are supported", [](FileSpec& f) { f.tensors[14].type = 7; });
  }
}

TEST_CASE("tflite refuses: quantisation") {
  const float inf = std::numeric_limits<float>::infinity();
  const Refusals refuses(test::int8_net());
  refuses("tensor 0 'input' (i8 1x6x6x2): 0 scales and 0 zero points", [](FileSpec& f) { f.tensors[0].scales = {}; });
  refuses("2 scales and 2 zero points, expected 1", [](FileSpec& f) {
    f.tensors[0].scales = {1, 1};
    f.tensors[0].zero_points = {0, 0};
  });
  refuses("scale is 0, expected", [](FileSpec& f) { f.tensors[0].scales = {0}; });
  refuses("scale is -1, expected", [](FileSpec& f) { f.tensors[0].scales = {-1}; });
  refuses("scale is inf", [=](FileSpec& f) { f.tensors[0].scales = {inf}; });
  refuses("scale 2 is nan", [](FileSpec& f) { f.tensors[1].scales[2] = std::numeric_limits<float>::quiet_NaN(); });
  refuses("zero point is 128, expected -128 to 127", [](FileSpec& f) { f.tensors[0].zero_points = {128}; });
  refuses("zero point is -129", [](FileSpec& f) { f.tensors[3].zero_points = {-129}; });
  refuses("does not fit 32 bits", [](FileSpec& f) { f.tensors[0].zero_points = {std::int64_t{1} << 40}; });
  refuses("4 scales, 3 zero points", [](FileSpec& f) { f.tensors[1].zero_points = {0, 0, 0}; });
  refuses("3 scales and 3 zero points, expected 1 or 4", [](FileSpec& f) {
    f.tensors[1].scales.pop_back();
    f.tensors[1].zero_points.pop_back();
  });
  refuses("zero point 1, expected 0 for i8 weights", [](FileSpec& f) { f.tensors[1].zero_points[1] = 1; });
  refuses("along dimension 3, expected 0", [](FileSpec& f) { f.tensors[1].axis = 3; });
  refuses("quantized_dimension 4, expected 0 to 3", [](FileSpec& f) { f.tensors[1].axis = 4; });
  refuses("quantized_dimension -1, expected 0 to 3", [](FileSpec& f) { f.tensors[1].axis = -1; });
  refuses("expected the scale and zero point of", [](FileSpec& f) { f.tensors[7].scales = {0.3f}; });
}

TEST_CASE("tflite refuses: sparse constants") {
  const auto dims = [](FileSpec& f) -> std::vector<test::SparseDimSpec>& { return f.tensors[9].sparsity[0].dims; };
  const auto order = [](FileSpec& f) -> test::SparsitySpec& { return f.tensors[9].sparsity[0]; };
  const Refusals refuses(test::float_net());
  refuses("expected each dimension once", [=](FileSpec& f) { order(f).traversal = {0, 0}; });
  refuses("expected each dimension once", [=](FileSpec& f) { order(f).traversal = {0, 2}; });
  refuses("expected each dimension once", [=](FileSpec& f) { order(f).traversal = {-1, 0}; });
  refuses("expected levels = order", [=](FileSpec& f) { order(f).traversal = {0}; });
  refuses("expected levels = order", [=](FileSpec& f) { order(f).block_map = {0}; });
  refuses("expected levels = order", [=](FileSpec& f) {
    dims(f).clear();
    order(f).traversal = {};
  });
  refuses("17 levels", [=](FileSpec& f) { dims(f).resize(17); });
  refuses("level 0: 4 indices, expected 3", [=](FileSpec& f) { dims(f)[0].dense_size = 4; });
  refuses("level 0: -1 indices", [=](FileSpec& f) { dims(f)[0].dense_size = -1; });
  refuses("5 segments for 4 indices", [=](FileSpec& f) { dims(f)[1].segments = {0, 2, 2, 2, 4}; });
  refuses("3 segments for 4 indices", [=](FileSpec& f) { dims(f)[1].segments = {0, 2, 4}; });
  refuses("0 segments", [=](FileSpec& f) { dims(f)[1].segments = {}; });
  refuses("from 0 to the number", [=](FileSpec& f) { dims(f)[1].segments = {1, 2, 2, 4}; });
  refuses("from 0 to the number", [=](FileSpec& f) { dims(f)[1].segments = {0, 2, 2, 5}; });
  refuses("segment 1 is from 2 to 1", [=](FileSpec& f) { dims(f)[1].segments = {0, 2, 1, 4}; });
  refuses("segment 0 is from 0 to 9", [=](FileSpec& f) { dims(f)[1].segments = {0, 9, 9, 4}; });
  refuses("segment 0 is from 0 to -5", [=](FileSpec& f) {
    dims(f)[1].index_type = 1;
    dims(f)[1].segments = {0, -5, 2, 4};
  });
  refuses("index 1 is 8, expected ascending from 0, below 8", [=](FileSpec& f) { dims(f)[1].indices[1] = 8; });
  refuses("index 1 is 1, expected ascending", [=](FileSpec& f) { dims(f)[1].indices[1] = 1; });
  refuses("index 0 is -1, expected", [=](FileSpec& f) {
    dims(f)[1].index_type = 1;
    dims(f)[1].indices[0] = -1;
  });
  refuses("12 bytes of values, expected 4 x 4", [=](FileSpec& f) { f.tensors[9].data.resize(12); });
  refuses("0 bytes of values, expected 4 x 4", [=](FileSpec& f) { f.tensors[9].data.clear(); });
  refuses("dimension type 2", [=](FileSpec& f) { dims(f)[1].format = 2; });
  refuses("index vector of type 0", [=](FileSpec& f) { dims(f)[1].index_type = 0; });
  refuses("of no elements", [=](FileSpec& f) { f.tensors[9].shape = {0, 8}; });
  refuses("too many elements", [=](FileSpec& f) { f.tensors[9].shape = {huge, huge}; });
  refuses("the limit is 256 times the file", [=](FileSpec& f) { f.tensors[9].shape = {1 << 15, 1 << 15}; });
  refuses("block 2 divides dimension 2", [=](FileSpec& f) {
    order(f).traversal = {0, 1, 2};
    order(f).block_map = {2};
    dims(f).push_back({0, 2});
  });
  refuses("block size 5 of dimension 1", [=](FileSpec& f) {
    order(f).traversal = {0, 1, 2};
    order(f).block_map = {1};
    dims(f).push_back({0, 5});
  });
  refuses("block size 0 of dimension 1", [=](FileSpec& f) {
    order(f).traversal = {0, 1, 2};
    order(f).block_map = {1};
    dims(f).push_back({0, 0});
  });
}
