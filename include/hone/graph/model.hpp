// The intermediate representation: what a model file says, in Hone's own terms. Importers make a Model, passes change
// it, a Plan lays it out, an Executor runs it.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "../error.hpp"
#include "../tensor.hpp"

namespace hone::graph {

/// Sizes of a tensor, outermost first. A scalar has none.
using Shape = std::vector<std::int64_t>;

inline std::string to_string(const Shape& shape) {
  std::string text;
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : "x") + std::to_string(shape[i]);
  return text.empty() ? "scalar" : text;
}

/// Elements of a shape, or -1 when a size is negative or the product does not fit int64.
inline std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) return -1;
  }
  return count;
}

/// real = scale * (q - zero_point); one pair for the tensor, or one for each index along `axis`.
struct TensorQuantization {
  std::vector<float> scales;
  std::vector<std::int32_t> zero_points;
  int axis = 0;
  bool empty() const { return scales.empty(); }
};

struct Tensor {
  std::string name;
  DType type = DType::f32;
  Shape shape;
  TensorQuantization quantization;
  std::span<const std::byte> data;  ///< of a constant: element_count(shape) elements; empty for an activation
  bool constant = false;

  std::int64_t elements() const { return element_count(shape); }
  std::size_t bytes() const { return static_cast<std::size_t>(elements()) * size_of(type); }
};

/// Applied to a result before it is stored.
enum class Activation : std::uint8_t { none, relu, relu6, relu_n1_to_1 };

/// Rows and columns of padding around an image.
struct Padding {
  std::int32_t top = 0, left = 0, bottom = 0, right = 0;
};

// Attributes, one structure an operator; the inputs and outputs of each are listed in its comment.

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
/// inputs: x. One (before, after) pair a dimension; pads with real 0 (the zero point).
struct Pad {
  std::vector<std::array<std::int32_t, 2>> amounts;
};
/// inputs: x. An activation on its own.
struct Activate {
  Activation activation = Activation::none;
};
/// inputs: x f32, s8 or u8; output s8 or u8.
struct Quantize {};
/// inputs: x s8, u8 or f16; output f32.
struct Dequantize {};

using Attributes = std::variant<Conv2d, DepthwiseConv2d, FullyConnected, Pool2d, Add, Softmax, Reshape, Pad, Activate,
                                Quantize, Dequantize>;

struct Node {
  std::string op;           ///< the operator's name in its own format: CONV_2D
  int index = 0;            ///< its number in the file
  std::vector<int> inputs;  ///< tensor numbers; -1 for an optional input that is absent
  std::vector<int> outputs;
  Attributes attributes;
};

/// A network. Copies share the bytes of the constants.
struct Model {
  std::string format;  ///< "tflite"
  std::string source;  ///< the file it came from
  std::vector<Tensor> tensors;
  std::vector<Node> nodes;           ///< in an order in which they can run
  std::vector<int> inputs, outputs;  ///< tensor numbers
  std::vector<std::string> notes;    ///< what the importer accepted although the file is not quite right
  std::vector<std::shared_ptr<const void>> storage;  ///< keeps what Tensor::data points into alive
};

}  // namespace hone::graph
