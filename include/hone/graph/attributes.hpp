// What an operator is told beside its tensors: one structure an operator, or a family of them that differ in the function
// alone. The inputs and outputs of each are listed in its comment.
#pragma once
#include <array>
#include <cstdint>
#include <variant>
#include <vector>

namespace hone::graph {

/// Sizes of a tensor, outermost first. A scalar has none.
using Shape = std::vector<std::int64_t>;

/// Applied to a result before it is stored.
enum class Activation : std::uint8_t { none, relu, relu6, relu_n1_to_1, relu_0_to_1 };

/// Rows and columns of padding around an image.
struct Padding {
  std::int32_t top = 0, left = 0, bottom = 0, right = 0;
};

/// inputs: x NHWC, weights OHWI, bias [O] (or -1). SAME and VALID are resolved to explicit padding by the importer.
struct Conv2d {
  std::int32_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  Padding padding = {};
  Activation activation = Activation::none;
};
/// inputs: x NHWC, weights [1, h, w, c * multiplier], bias (or -1). Output channel c * multiplier + j reads channel c.
struct DepthwiseConv2d {
  std::int32_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1, multiplier = 1;
  Padding padding = {};
  Activation activation = Activation::none;
};
/// inputs: x [.., k], weights [n, k], bias [n] (or -1).
struct FullyConnected {
  bool keep_dims = false;
  Activation activation = Activation::none;
};
/// inputs: x NHWC. Padding counts in neither the average nor the maximum.
struct Pool2d {
  bool average = true;
  std::int32_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  Padding padding = {};
  Activation activation = Activation::none;
};
/// inputs: a, b (same shape, or one of them broadcast).
struct Add {
  Activation activation = Activation::none;
};
/// inputs: x; along the last axis.
struct Softmax {
  float beta = 1;
};
/// inputs: x. The output tensor's shape is the new one.
struct Reshape {};
/// What lies outside of a tensor: one value, or the tensor mirrored at its edge, without or with the edge itself.
enum class PadMode : std::uint8_t { constant, reflect, symmetric };
/// inputs: x, value (a scalar, or absent: real 0, which is the zero point). One (before, after) pair a dimension.
struct Pad {
  std::vector<std::array<std::int32_t, 2>> amounts;
  PadMode mode = PadMode::constant;
};
/// inputs: x. An activation on its own.
struct Activate {
  Activation activation = Activation::none;
};
/// inputs: x f32, s8 or u8; output s8 or u8.
struct Quantize {};
/// inputs: x s8, u8 or f16; output f32.
struct Dequantize {};

enum class UnaryOp : std::uint8_t {
  abs,
  neg,
  sign,
  square,
  sqrt,
  rsqrt,
  exp,
  log,
  sin,
  cos,
  floor,
  ceil,
  round,
  logistic,
  tanh,
  elu,
  gelu,
  gelu_tanh,
  hard_swish,
  leaky_relu,
  logical_not
};
/// inputs: x; y[i] = op(x[i]). round: halves to even. elu: x < 0 ? exp(x) - 1 : x. gelu: x * P(X <= x), X normal;
/// gelu_tanh: its approximation. hard_swish: x * min(max(x + 3, 0), 6) / 6. leaky_relu: x < 0 ? alpha * x : x.
struct Unary {
  UnaryOp op = UnaryOp::abs;
  float alpha = 0;
};
enum class BinaryOp : std::uint8_t {
  add,
  sub,
  mul,
  div,
  floor_div,
  floor_mod,
  maximum,
  minimum,
  pow,
  squared_difference,
  prelu,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or
};
constexpr bool is_comparison(BinaryOp op) { return op >= BinaryOp::equal && op <= BinaryOp::greater_equal; }
constexpr bool is_logical(BinaryOp op) { return op >= BinaryOp::logical_and; }
/// inputs: a, b, broadcast as NumPy does; y[i] = op(a[i], b[i]). floor_mod has the sign of b. prelu: a < 0 ? a * b : a.
/// Comparisons and logical operators have a bool output. The activation is for add to div alone.
struct Binary {
  BinaryOp op = BinaryOp::sub;
  Activation activation = Activation::none;
};
/// inputs: condition (bool), a, b, all three broadcast; y[i] = condition[i] ? a[i] : b[i]. A `leading` condition has the
/// first dimensions of the others, where broadcasting would take them for the last.
struct Select {
  bool leading = false;
};
/// inputs: x; y[i] = x[i] as the output's type, reals towards zero.
struct Cast {};

enum class ReduceOp : std::uint8_t { mean, sum, prod, max, min, any, all };
/// inputs: x. `axes` ascending, each once; the output has the other dimensions, or 1 in their place.
struct Reduce {
  ReduceOp op = ReduceOp::mean;
  std::vector<int> axes;
};
/// inputs: x; output s32 or s64: the index along `axis` of the first largest or smallest element.
struct ArgReduce {
  bool largest = true;
  int axis = 0;
};
/// inputs: x; sums along `axis` of what comes before each element, with it or (exclusive) without.
struct CumSum {
  int axis = 0;
  bool exclusive = false, reverse = false;
};
/// inputs: x; outputs: the largest elements of each row of the last axis, descending, and their indices; of equal ones
/// the first. How many: the outputs' last dimension.
struct TopK {};
/// inputs: x; x / sqrt(sum x^2) along the last axis.
struct L2Normalize {};
/// inputs: x; x - log(sum exp x) along the last axis.
struct LogSoftmax {};
/// inputs: a [.., m, k], b [.., k, n], the dimensions before broadcast; each stored with its last two exchanged if so said.
struct BatchMatMul {
  bool transpose_a = false, transpose_b = false;
};

/// inputs: x NHWC; the output's height and width are the new ones.
struct Resize {
  bool bilinear = true;  ///< else the nearest pixel
  bool align_corners = false, half_pixel_centers = false;
};
/// inputs: x NHWC, weights OHWI, bias [O] (or -1). The convolution's transpose: each input pixel adds a window of outputs;
/// padding is cut off the result.
struct TransposeConv {
  std::int32_t stride_h = 1, stride_w = 1;
  Padding padding = {};
  Activation activation = Activation::none;
};

/// inputs: x; y's dimension d is x's dimension order[d].
struct Transpose {
  std::vector<int> order;
};
/// Elements start + i * step, i < size, along each dimension of x.
struct Box {
  Shape start, size, step;
};
/// inputs: x; one output a box: its elements in x's order, whatever the output's own shape.
struct Slice {
  std::vector<Box> boxes;
};
/// inputs: any number. One after the other along `axis`; or stacked along a new dimension there.
struct Concat {
  int axis = 0;
  bool stack = false;
  Activation activation = Activation::none;
};
/// inputs: x. Repeated along each dimension until the output's size is reached; dimensions are aligned at the last.
struct Tile {};
/// inputs: x NHWC. Blocks of block x block pixels become channels, or (inverse) the other way.
struct SpaceToDepth {
  std::int32_t block = 1;
  bool inverse = false;
};
/// inputs: x [n, spatial.., rest..]. The spatial dimensions, padded, are cut into blocks, whose places move to the front
/// of the batch; or (inverse) back, and the padding is cut off.
struct SpaceToBatch {
  std::vector<std::int32_t> block;
  std::vector<std::array<std::int32_t, 2>> amounts;
  bool inverse = false;
};
/// inputs: x, indices s32 or s64. y[batch.., outer.., i.., inner..] = x[batch.., outer.., indices[batch.., i..], inner..],
/// where `axis` divides outer from inner.
struct Gather {
  int axis = 0, batch_dims = 0;
};
/// inputs: x, indices [.., r]: each row of indices picks x's element, or slice, at its first r dimensions.
struct GatherNd {};
/// inputs: indices s32 or s64, on, off (scalars). The output has one more dimension, `axis`.
struct OneHot {
  int axis = 0;
};
/// inputs: start, limit, delta (scalars): start + i * delta.
struct Range {};

/// inputs: x, then as TensorFlow Lite numbers them (see validate_state.hpp): four input weights [cells, inputs], four
/// recurrent ones [cells, outputs], three peephole weights, four biases (input, forget, cell and output gate), projection
/// weights and bias, the states of output and cell (variables), four layer-norm coefficients. Absent: -1.
struct Lstm {
  float cell_clip = 0, projection_clip = 0;
  bool time_major = false;
  float hidden_scale = 0;  ///< 8-bit ones: of what the projection takes, or what is the output without one
  std::int32_t hidden_zero = 0;
};
/// inputs: x [batch, inputs], feature weights [filters, inputs], time weights [filters, memory], bias [units] (or -1), the
/// state [batch, filters * memory] (a variable). Each unit is the sum of `rank` filters.
struct Svdf {
  std::int32_t rank = 1;
  Activation activation = Activation::none;
};
/// inputs: a variable; y is a copy of it.
struct ReadVariable {};
/// inputs: x, a variable; no outputs. The variable becomes a copy of x.
struct AssignVariable {};
/// inputs: condition (one bool), then those of either graph. Numbers of Model::graphs.
struct If {
  int then_graph = 0, else_graph = 0;
};
/// inputs and outputs: what both graphs take and the body returns. While condition(values): values = body(values).
struct While {
  int condition = 0, body = 0;
};

using Attributes =
    std::variant<Conv2d, DepthwiseConv2d, FullyConnected, Pool2d, Add, Softmax, Reshape, Pad, Activate, Quantize,
                 Dequantize, Unary, Binary, Select, Cast, Reduce, ArgReduce, CumSum, TopK, L2Normalize, LogSoftmax,
                 BatchMatMul, Resize, TransposeConv, Transpose, Slice, Concat, Tile, SpaceToDepth, SpaceToBatch, Gather,
                 GatherNd, OneHot, Range, Lstm, Svdf, ReadVariable, AssignVariable, If, While>;

}  // namespace hone::graph
