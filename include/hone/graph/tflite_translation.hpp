// What translating an operator of TensorFlow Lite needs: the node, its options, its constants.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model.hpp"
#include "tflite_constants.hpp"
#include "tflite_reader.hpp"
#include "tflite_schema.hpp"
#include "validate_node.hpp"

namespace hone::graph::tflite {

/// The graphs of the file beside the one that is being imported.
class GraphSource {
 public:
  virtual ~GraphSource() = default;
  /// Graph `index` of the file, not validated yet; null after recording an error.
  virtual std::shared_ptr<const Model> import(std::int32_t index, const std::string& who) = 0;
};

/// Resource variables: VAR_HANDLE names one, READ_VARIABLE and ASSIGN_VARIABLE say what it holds. Each becomes a tensor of
/// the model when it is first read or assigned.
struct Variables {
  struct Variable {
    std::string name;
    int tensor = -1;
  };
  std::vector<Variable> all;
  std::map<int, std::size_t> handles;                          // tensor of type RESOURCE -> variable
  std::vector<std::pair<std::string, const Tensor*>> initial;  // by CALL_ONCE
};

/// An operator while it is translated. Its tensor numbers are in range; its arity is what the table says.
struct Translation {
  Model& model;
  Reader& reader;
  Constants& constants;
  Node& node;
  Variables& variables;
  std::map<int, int>& widened;  // constants that are there in f32 too
  GraphSource& graphs;
  Table options;                       // absent when the file leaves them out: all defaults
  Values<std::int32_t> intermediates;  // tensors that hold scales alone
  bool drop = false;                   // set when the result is a constant and no node is needed

  bool wrong(const std::string& what, ErrorCode code = ErrorCode::bad_model) {
    return reader.fail(code, describe(node) + ": " + what);
  }
  bool unsupported(const std::string& what) { return wrong(what, ErrorCode::unsupported); }
  Tensor& in(std::size_t i) { return model.tensors[static_cast<std::size_t>(node.inputs[i])]; }
  Tensor& out(std::size_t i = 0) { return model.tensors[static_cast<std::size_t>(node.outputs[i])]; }
  std::string who_out() { return "output, " + describe(model, node.outputs[0]); }
  std::string who(std::size_t i) { return "input " + std::to_string(i) + ", " + describe(model, node.inputs[i]); }
  bool has(std::size_t i) const { return i < node.inputs.size() && node.inputs[i] >= 0; }
  /// Scales and zero points of an 8-bit constant fit its shape.
  bool has_scales(std::size_t i) {
    const Tensor& x = in(i);
    const TensorQuantization& q = x.quantization;
    const auto axis = static_cast<std::size_t>(q.axis);
    return (q.zero_points.size() == q.scales.size() && !q.scales.empty() &&
            (q.scales.size() == 1 || (axis < x.shape.size() && std::size_t(x.shape[axis]) == q.scales.size()))) ||
           wrong(who(i) + ": " + std::to_string(q.scales.size()) + " scales and " +
                 std::to_string(q.zero_points.size()) + " zero points do not fit its shape");
  }
};

namespace detail {

inline bool activation(Translation& t, std::int8_t value, Activation& result) {
  using From = schema::Activation;
  switch (static_cast<From>(value)) {
    case From::none: result = Activation::none; return true;
    case From::relu: result = Activation::relu; return true;
    case From::relu_n1_to_1: result = Activation::relu_n1_to_1; return true;
    case From::relu6: result = Activation::relu6; return true;
    case From::tanh: return t.unsupported("fused activation TANH");
    case From::sign_bit: return t.unsupported("fused activation SIGN_BIT");
  }
  return t.wrong("fused activation " + std::to_string(value) + ", expected 0 to 5");
}

/// SAME and VALID as explicit padding, TensorFlow's way: what is odd goes to the end. (ComputePaddingHeightWidth in
/// tensorflow/lite/kernels/padding.h.)
inline bool padding(Translation& t, std::int8_t mode, const Shape& x, std::int64_t kernel_h, std::int64_t kernel_w,
                    std::int32_t stride_h, std::int32_t stride_w, std::int32_t dilation_h, std::int32_t dilation_w,
                    Padding& result) {
  if (mode == static_cast<std::int8_t>(schema::Padding::valid)) return true;
  if (mode != static_cast<std::int8_t>(schema::Padding::same)) {
    return t.wrong("padding mode " + std::to_string(mode) + ", expected 0 (SAME) or 1 (VALID)");
  }
  const auto total = [](std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t dilation) {
    // Out of these ranges validate() refuses the node; here they only must not overflow.
    if (kernel < 1 || stride < 1 || dilation < 1 || kernel > 32767 || dilation > 32767) return std::int64_t{0};
    const std::int64_t out = (in + stride - 1) / stride;
    return std::max<std::int64_t>((out - 1) * stride + (kernel - 1) * dilation + 1 - in, 0);
  };
  const std::int64_t h = total(x[1], kernel_h, stride_h, dilation_h);
  const std::int64_t w = total(x[2], kernel_w, stride_w, dilation_w);
  result = {static_cast<std::int32_t>(h / 2), static_cast<std::int32_t>(w / 2), static_cast<std::int32_t>(h - h / 2),
            static_cast<std::int32_t>(w - w / 2)};
  return true;
}

inline bool rank_4(Translation& t, std::size_t i) {
  return t.in(i).shape.size() == 4 || t.wrong(t.who(i) + ": expected 4 dimensions");
}

/// The elements of a constant integer tensor.
inline bool integers(Translation& t, std::size_t i, std::vector<std::int64_t>& result) {
  const Tensor& from = t.in(i);
  const bool wide = from.type == DType::i64;
  if (!wide && from.type != DType::i32) return t.wrong(t.who(i) + ": expected i32 or i64");
  if (!from.constant) return from.elements() == 0 || t.unsupported(t.who(i) + ": only a constant is supported here");
  for (std::size_t at = 0; at < from.data.size(); at += size_of(from.type)) {
    result.push_back(wide ? load<std::int64_t>(from.data.data() + at) : load<std::int32_t>(from.data.data() + at));
  }
  return true;
}

/// An axis given as a constant or an option; negative ones count from the end of `rank` dimensions.
inline bool axis(Translation& t, std::int64_t given, std::size_t rank, int& result) {
  const auto dimensions = static_cast<std::int64_t>(rank);
  if (given < -dimensions || given >= dimensions) {
    return t.wrong("axis " + std::to_string(given) + " of " + std::to_string(rank) + " dimensions");
  }
  result = static_cast<int>(given < 0 ? given + dimensions : given);
  return true;
}
/// The one element of a constant integer tensor.
inline bool integer(Translation& t, std::size_t i, std::int64_t& result) {
  std::vector<std::int64_t> values;
  if (t.in(i).elements() != 1) return t.wrong(t.who(i) + ": expected one element");
  if (!integers(t, i, values)) return false;
  result = values[0];
  return true;
}
inline bool small_integers(Translation& t, std::size_t i, std::vector<std::int64_t>& result) {
  if (t.in(i).elements() > 8) return t.wrong(t.who(i) + ": at most 8 elements expected");
  return integers(t, i, result);
}

/// A new constant of the model's; its number, or -1 after recording an error.
inline int add_constant(Translation& t, const Tensor& like, std::size_t bytes, const void* data) {
  const std::span<std::byte> own = t.constants.own(bytes, t.who_out());
  if (own.size() != bytes) return -1;
  if (data != nullptr) std::memcpy(own.data(), data, bytes);
  Tensor tensor = like;
  tensor.constant = true;
  tensor.data = own;
  t.model.tensors.push_back(std::move(tensor));
  return static_cast<int>(t.model.tensors.size()) - 1;
}

/// Weights in 8 bits beside activations in f32 (dynamic-range models) are widened when the model is loaded. TensorFlow
/// Lite rounds the activations to 8 bits in every run instead, which costs accuracy.
inline bool widen_weights(Translation& t, std::size_t i) {
  if (!t.has(i) || !t.in(i).constant || (t.in(i).type != DType::i8 && t.in(i).type != DType::u8)) return true;
  const int number = t.node.inputs[i];
  const auto known = t.widened.find(number);
  if (known != t.widened.end()) {
    t.node.inputs[i] = known->second;
    return true;
  }
  if (!t.has_scales(i)) return false;
  Tensor wide;
  wide.name = t.in(i).name;
  wide.shape = t.in(i).shape;
  if (!t.constants.widen(t.in(i), wide, t.who(i))) return false;
  t.model.tensors.push_back(std::move(wide));
  t.node.inputs[i] = static_cast<int>(t.model.tensors.size()) - 1;
  t.widened[number] = t.node.inputs[i];
  return true;
}

}  // namespace detail
}  // namespace hone::graph::tflite
