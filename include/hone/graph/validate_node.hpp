// Checks that the rules of several operators share: arity, ranks, types, quantisation. See validate.hpp.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>

#include "../error.hpp"
#include "model.hpp"

namespace hone::graph {

/// 'name' for a message; long names are cut, between two characters of UTF-8.
inline std::string quoted(const std::string& name) {
  std::size_t size = name.size();
  if (size > 80) {
    for (size = 77; size > 0 && (static_cast<unsigned char>(name[size]) & 0xc0) == 0x80;) --size;
  }
  return "'" + name.substr(0, size) + (size < name.size() ? "...'" : "'");
}
/// A real number in as many digits as tell it apart at sight: 1e-09, not 0.000000.
inline std::string decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}
/// "tensor 3 'conv1/weights'"
inline std::string label(const Model& model, int tensor) {
  return "tensor " + std::to_string(tensor) + " " + quoted(model.tensors[static_cast<std::size_t>(tensor)].name);
}
/// "tensor 3 'conv1/weights' (i8 16x3x3x3)"
inline std::string describe(const Model& model, int tensor) {
  const Tensor& t = model.tensors[static_cast<std::size_t>(tensor)];
  return label(model, tensor) + " (" + name_of(t.type) + " " + to_string(t.shape) + ")";
}
/// "node 7 CONV_2D"
inline std::string describe(const Node& node) { return "node " + std::to_string(node.index) + " " + node.op; }

namespace detail {

/// A node and the first thing found wrong with it; what the operators' rules have in common. Each check is false after it
/// recorded an error. The tensors that the node names exist, are defined and have elements.
class NodeCheck {
 public:
  NodeCheck(const Model& model, const Node& node) : model_(model), node_(node) {}

  const Error& error() const { return error_; }

 protected:
  bool wrong(const std::string& what, ErrorCode code = ErrorCode::bad_model) {
    error_ = {code, model_.source + ": " + describe(node_) + ": " + what};
    return false;
  }
  bool unsupported(const std::string& what) { return wrong(what, ErrorCode::unsupported); }

  const Tensor& tensor(int number) const { return model_.tensors[static_cast<std::size_t>(number)]; }
  bool has(std::size_t input) const { return input < node_.inputs.size() && node_.inputs[input] >= 0; }
  const Tensor& in(std::size_t i) const { return tensor(node_.inputs[i]); }
  const Tensor& out() const { return tensor(node_.outputs[0]); }
  std::string name_in(std::size_t i) const {
    return "input " + std::to_string(i) + ", " + describe(model_, node_.inputs[i]);
  }
  std::string name_out() const { return "output, " + describe(model_, node_.outputs[0]); }

  /// Inputs that must be there, how many there may be, and outputs.
  bool arity(std::size_t least, std::size_t most, std::size_t outputs = 1) {
    const auto absent = [this](std::size_t i) { return !has(i); };
    for (std::size_t i = 0; i < least; ++i) {
      if (absent(i)) return wrong("input " + std::to_string(i) + " is absent");
    }
    if (node_.inputs.size() > most) {
      return wrong(std::to_string(node_.inputs.size()) + " inputs, at most " + std::to_string(most) + " expected");
    }
    return node_.outputs.size() == outputs ||
           wrong(std::to_string(node_.outputs.size()) + " outputs, " + std::to_string(outputs) + " expected");
  }
  bool rank(std::size_t i, std::size_t expected, const char* layout) {
    return in(i).shape.size() == expected ||
           wrong(name_in(i) + ": expected " + std::to_string(expected) + " dimensions, " + layout);
  }
  bool output_is(const Shape& shape) {
    return out().shape == shape || wrong(name_out() + ": expected " + to_string(shape));
  }
  bool constant(std::size_t i) {
    return in(i).constant || unsupported(name_in(i) + ": only a constant is supported here");
  }
  bool same_type() { return in(0).type == out().type || wrong(name_out() + ": expected the type of " + name_in(0)); }
  bool type_among(std::size_t i, std::initializer_list<DType> types) {
    if (std::find(types.begin(), types.end(), in(i).type) != types.end()) return true;
    return unsupported(name_in(i) + ": supported are " + list(types));
  }
  static std::string list(std::initializer_list<DType> types) {
    std::string text;
    for (const DType type : types) text += (text.empty() ? "" : ", ") + std::string(name_of(type));
    return text;
  }

  static bool is_8_bit(DType type) { return type == DType::i8 || type == DType::u8; }
  /// Scales and zero points of an 8-bit tensor are usable; `counts` is how many there may be.
  bool quantized(int number, std::int64_t most = 1) {
    const Tensor& t = tensor(number);
    const TensorQuantization& q = t.quantization;
    const auto count = static_cast<std::int64_t>(q.scales.size());
    if ((count != 1 && count != most) || q.zero_points.size() != q.scales.size()) {
      return wrong(describe(model_, number) + ": " + std::to_string(count) + " scales and " +
                   std::to_string(q.zero_points.size()) + " zero points, expected 1" +
                   (most == 1 ? "" : " or " + std::to_string(most)) + " of each");
    }
    const std::int32_t lo = t.type == DType::u8 ? 0 : -128;
    for (std::size_t c = 0; c < q.scales.size(); ++c) {
      const std::string at = q.scales.size() == 1 ? "" : " " + std::to_string(c);
      if (!std::isfinite(q.scales[c]) || q.scales[c] <= 0) {
        return wrong(describe(model_, number) + ": scale" + at + " is " + decimal(q.scales[c]) +
                     ", expected a positive number");
      }
      if (q.zero_points[c] < lo || q.zero_points[c] > lo + 255) {
        return wrong(describe(model_, number) + ": zero point" + at + " is " + std::to_string(q.zero_points[c]) +
                     ", expected " + std::to_string(lo) + " to " + std::to_string(lo + 255));
      }
    }
    return true;
  }
  bool quantized_if_8_bit(int number) { return !is_8_bit(tensor(number).type) || quantized(number); }
  float scale(int number) const { return tensor(number).quantization.scales[0]; }
  std::int32_t zero(int number) const { return tensor(number).quantization.zero_points[0]; }
  /// The operator passes values on unchanged, so both sides must mean the same by them where they are quantised.
  bool same_quantization() { return same_meaning(node_.inputs[0], node_.outputs[0], name_out()); }
  bool same_meaning(int a, int y, const std::string& who) {
    if (!is_8_bit(tensor(y).type)) return true;
    if (tensor(a).quantization.empty() && tensor(y).quantization.empty()) return true;  // plain integers
    if (!quantized(a) || !quantized(y)) return false;
    return (std::abs(scale(a) - scale(y)) <= 1e-6f && zero(a) == zero(y)) ||
           wrong(who + ": expected the scale and zero point of " + describe(model_, a));
  }

  /// x, weights and bias of the matrix products; output channels are dimension `axis` of the weights.
  bool product(int axis) {
    const DType type = in(0).type;
    if (!type_among(0, {DType::f32, DType::i8, DType::u8}) || !same_type() || !constant(1)) return false;
    if (in(1).type != type) {
      return unsupported(name_in(1) + ": with " + name_of(type) + " activations, " + name_of(type) +
                         " weights are supported");
    }
    const std::int64_t channels = in(1).shape[static_cast<std::size_t>(axis)];
    if (has(2)) {
      const DType bias = type == DType::f32 ? DType::f32 : DType::i32;
      if (!constant(2)) return false;
      if (in(2).type != bias)
        return unsupported(name_in(2) + ": a bias of type " + name_of(bias) + " is supported here");
      if (in(2).elements() != channels) return wrong(name_in(2) + ": expected " + std::to_string(channels) + " values");
      for (const std::int32_t z : in(2).quantization.zero_points) {
        if (bias == DType::i32 && z != 0)
          return wrong(name_in(2) + ": zero point " + std::to_string(z) + ", expected 0");
      }
    }
    if (type == DType::f32) return true;
    const int w = node_.inputs[1];
    if (!quantized(node_.inputs[0]) || !quantized(node_.outputs[0]) || !quantized(w, channels)) return false;
    const TensorQuantization& q = in(1).quantization;
    if (type == DType::u8)
      return q.scales.size() == 1 || unsupported(name_in(1) + ": per-channel scales of u8 weights");
    for (const std::int32_t z : q.zero_points) {
      if (z != 0) return unsupported(name_in(1) + ": zero point " + std::to_string(z) + ", expected 0 for i8 weights");
    }
    return q.scales.size() == 1 || q.axis == axis ||
           wrong(name_in(1) + ": its scales are along dimension " + std::to_string(q.axis) + ", expected " +
                 std::to_string(axis));
  }

  const Model& model_;
  const Node& node_;
  Error error_;
};

}  // namespace detail
}  // namespace hone::graph
