// Models put together by hand, for the tests of what comes after an importer.
#pragma once
#include <hone/graph/model.hpp>

#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "random.hpp"

namespace hone::test {

using graph::Shape;
using graph::TensorQuantization;

inline TensorQuantization one_scale(float scale, std::int32_t zero) { return {{scale}, {zero}, 0}; }

class ModelBuilder {
 public:
  explicit ModelBuilder(std::uint64_t seed = 1) : random(seed) {
    model_.format = "test";
    model_.source = "test";
  }

  int input(Shape shape, DType type = DType::f32, TensorQuantization q = {}) {
    const int t = tensor(std::move(shape), type, std::move(q));
    model_.inputs.push_back(t);
    return t;
  }
  /// The output of a node to come.
  int tensor(Shape shape, DType type = DType::f32, TensorQuantization q = {}) {
    graph::Tensor t;
    t.name = "t" + std::to_string(model_.tensors.size());
    t.type = type;
    t.shape = std::move(shape);
    t.quantization = std::move(q);
    model_.tensors.push_back(std::move(t));
    return static_cast<int>(model_.tensors.size()) - 1;
  }
  template <class T> int constant(const Shape& shape, const std::vector<T>& values, const TensorQuantization& q = {}) {
    const int number = tensor(shape, dtype_of<T>, q);
    const auto owned = std::make_shared<std::vector<T>>(values);
    model_.storage.push_back(owned);
    graph::Tensor& t = model_.tensors[static_cast<std::size_t>(number)];
    t.constant = true;
    t.data = std::as_bytes(std::span<const T>(*owned));
    return number;
  }
  /// Random values: reals in [-1, 1), integers over the whole type, 32-bit ones in [-1000, 1000].
  template <class T> int random_constant(const Shape& shape, const TensorQuantization& q = {}) {
    std::vector<T> values(static_cast<std::size_t>(graph::element_count(shape)));
    for (T& v : values) v = value<T>(random);
    return constant<T>(shape, values, q);
  }
  void node(std::string op, graph::Attributes attributes, std::vector<int> inputs, int output) {
    graph::Node n;
    n.op = std::move(op);
    n.index = static_cast<int>(model_.nodes.size());
    n.attributes = std::move(attributes);
    n.inputs = std::move(inputs);
    n.outputs = {output};
    model_.nodes.push_back(std::move(n));
  }
  /// A node without outputs.
  void effect(std::string op, graph::Attributes attributes, std::vector<int> inputs) {
    node(std::move(op), std::move(attributes), std::move(inputs), -1);
    model_.nodes.back().outputs.clear();
  }
  /// The tensor is state, zeros at first.
  void variable(int tensor) { model_.tensors[static_cast<std::size_t>(tensor)].variable = true; }
  /// Its number among the graphs that IF and WHILE run.
  int graph(graph::Model inner) {
    model_.graphs.push_back(std::make_shared<const graph::Model>(std::move(inner)));
    return static_cast<int>(model_.graphs.size()) - 1;
  }
  graph::Model finish(std::vector<int> outputs) {
    model_.outputs = std::move(outputs);
    return model_;
  }

  template <class T> static T value(Random& r) {
    if constexpr (std::is_same_v<T, float>)
      return r.real();
    else if constexpr (sizeof(T) == 1)
      return static_cast<T>(r.integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    else
      return static_cast<T>(r.integer(-1000, 1000));
  }

  Random random;

 private:
  graph::Model model_;
};

/// Fills a tensor of any type with random values; the same for the same seed.
inline void fill(std::span<std::byte> bytes, DType type, std::uint64_t seed) {
  Random random(seed);
  if (type == DType::f32) {
    for (std::size_t i = 0; i + sizeof(float) <= bytes.size(); i += sizeof(float)) {
      const float value = random.real();
      std::memcpy(bytes.data() + i, &value, sizeof value);
    }
  } else {
    for (std::byte& b : bytes) b = static_cast<std::byte>(random.bits() >> 32);
  }
}

}  // namespace hone::test
