// The intermediate representation: what a model file says, in Hone's own terms. Importers make a Model, passes change
// it, a Plan lays it out, an Executor runs it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../error.hpp"
#include "../tensor.hpp"
#include "attributes.hpp"

namespace hone::graph {

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
  bool variable = false;  ///< state, kept from run to run: starts as `data`, or as zeros where that is empty

  std::int64_t elements() const { return element_count(shape); }
  std::size_t bytes() const { return static_cast<std::size_t>(elements()) * size_of(type); }
};

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
  std::vector<Node> nodes;                           ///< in an order in which they can run
  std::vector<int> inputs, outputs;                  ///< tensor numbers
  std::vector<std::shared_ptr<const Model>> graphs;  ///< what IF and WHILE run; they have no variables
  std::vector<std::string> notes;  ///< what the importer accepted although the file is not quite right
  std::vector<std::shared_ptr<const void>> storage;  ///< keeps what Tensor::data points into alive
};

}  // namespace hone::graph
