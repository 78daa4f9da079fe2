// What an .onnx file says, as structures: the parts of onnx.proto3 that running a model needs.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "value.hpp"

namespace hone::graph::onnx {

struct Graph;

/// A named attribute of a node: the kind it was stored as, and the one field that kind uses.
struct Attribute {
  enum class Kind : std::uint8_t { none, f, i, s, tensor, graph, floats, ints, strings, other };
  std::string name, reference;  ///< reference: in a function's body, the caller's attribute of that name
  Kind kind = Kind::none;
  float f = 0;
  Index i = 0;
  std::string s;
  std::vector<float> floats;
  std::vector<Index> ints;
  std::vector<std::string> strings;
  Value tensor;
  std::shared_ptr<const Graph> graph;
};

struct NodeDef {
  std::string op, domain, name;
  std::vector<std::string> inputs, outputs;  ///< "" for an optional one that is absent
  std::vector<Attribute> attributes;
};

/// A graph input or output. `dims`: a size, or -1 with the name of a size that is open.
struct ValueInfo {
  std::string name;
  std::optional<DType> type;  ///< empty for what is no tensor, or of a type Hone lacks
  bool has_shape = false;
  std::vector<Index> dims;
  std::vector<std::string> dim_names;
};

struct Graph {
  std::string name;
  std::vector<NodeDef> nodes;
  std::vector<std::pair<std::string, Value>> initializers;
  std::vector<ValueInfo> inputs, outputs;
};

/// An operator defined in the model, by a graph of others.
struct Function {
  std::string name, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<NodeDef> nodes;
  std::vector<Attribute> defaults;
  Index opset = 0;
};

/// A model as its file says it. Copies share the bytes of the constants.
struct ModelDef {
  std::string source;  ///< the file's name
  Index opset = 1;     ///< of the default domain
  Graph graph;
  std::vector<Function> functions;
  std::vector<std::string> notes;
  std::vector<std::shared_ptr<const void>> storage;
};

/// ONNX's number of an element type, or nothing where Hone has none.
inline std::optional<DType> dtype_of_number(Index number) {
  switch (number) {
    case 1: return DType::f32;
    case 2: return DType::u8;
    case 3: return DType::i8;
    case 4: return DType::u16;
    case 5: return DType::i16;
    case 6: return DType::i32;
    case 7: return DType::i64;
    case 9: return DType::boolean;
    case 10: return DType::f16;
    case 11: return DType::f64;
    case 12: return DType::u32;
    case 13: return DType::u64;
    case 16: return DType::bf16;
    default: return {};
  }
}

}  // namespace hone::graph::onnx
