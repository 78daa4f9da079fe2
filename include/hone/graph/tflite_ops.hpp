// TensorFlow Lite's operators in Hone's terms: one function an operator, one table of them.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "model.hpp"
#include "tflite_constants.hpp"
#include "tflite_reader.hpp"
#include "tflite_schema.hpp"
#include "validate_node.hpp"

namespace hone::graph::tflite {

/// An operator while it is translated. Its tensor numbers are in range; its arity is what the table says.
struct Translation {
  Model& model;
  Reader& reader;
  Constants& constants;
  Node& node;
  Table options;      // absent when the file leaves them out: all defaults
  bool drop = false;  // set when the result is a constant and no node is needed

  bool wrong(const std::string& what, ErrorCode code = ErrorCode::bad_model) {
    return reader.fail(code, describe(node) + ": " + what);
  }
  bool unsupported(const std::string& what) { return wrong(what, ErrorCode::unsupported); }
  Tensor& in(std::size_t i) { return model.tensors[static_cast<std::size_t>(node.inputs[i])]; }
  Tensor& out() { return model.tensors[static_cast<std::size_t>(node.outputs[0])]; }
  std::string who_out() { return "output, " + describe(model, node.outputs[0]); }
  std::string who(std::size_t i) { return "input " + std::to_string(i) + ", " + describe(model, node.inputs[i]); }
  bool has(std::size_t i) const { return i < node.inputs.size() && node.inputs[i] >= 0; }
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
inline bool padding(Translation& t, std::int8_t mode, std::int64_t kernel_h, std::int64_t kernel_w,
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
  const std::int64_t h = total(t.in(0).shape[1], kernel_h, stride_h, dilation_h);
  const std::int64_t w = total(t.in(0).shape[2], kernel_w, stride_w, dilation_w);
  result = {static_cast<std::int32_t>(h / 2), static_cast<std::int32_t>(w / 2), static_cast<std::int32_t>(h - h / 2),
            static_cast<std::int32_t>(w - w / 2)};
  return true;
}

inline bool rank_4(Translation& t, std::size_t i) {
  return t.in(i).shape.size() == 4 || t.wrong(t.who(i) + ": expected 4 dimensions");
}

// Conv2DOptions and DepthwiseConv2DOptions name the same fields.
template <class Options, class Conv> bool convolution(Translation& t, Conv& conv) {
  if (!rank_4(t, 0) || !rank_4(t, 1)) return false;
  conv.stride_h = t.options.get(Options::stride_h);
  conv.stride_w = t.options.get(Options::stride_w);
  conv.dilation_h = t.options.get(Options::dilation_h);
  conv.dilation_w = t.options.get(Options::dilation_w);
  return activation(t, t.options.get(Options::activation), conv.activation) &&
         padding(t, t.options.get(Options::padding), t.in(1).shape[1], t.in(1).shape[2], conv.stride_h, conv.stride_w,
                 conv.dilation_h, conv.dilation_w, conv.padding);
}
inline bool conv_2d(Translation& t) {
  return convolution<schema::Conv2DOptions>(t, t.node.attributes.emplace<Conv2d>());
}
inline bool depthwise_conv_2d(Translation& t) {
  auto& conv = t.node.attributes.emplace<DepthwiseConv2d>();
  if (!convolution<schema::DepthwiseConv2DOptions>(t, conv)) return false;
  // TensorFlow Lite takes the multiplier from the shapes; so does Hone, and says when the option differs.
  const std::int64_t c = t.in(0).shape[3], stated = t.options.get(schema::DepthwiseConv2DOptions::multiplier);
  conv.multiplier = static_cast<std::int32_t>(c > 0 ? std::min<std::int64_t>(t.in(1).shape[3] / c, 1 << 30) : 0);
  if (stated != conv.multiplier) {
    t.model.notes.push_back(describe(t.node) + ": depth_multiplier " + std::to_string(stated) +
                            " ignored, the shapes say " + std::to_string(conv.multiplier));
  }
  return true;
}

inline bool fully_connected(Translation& t) {
  using Options = schema::FullyConnectedOptions;
  auto& fc = t.node.attributes.emplace<FullyConnected>();
  fc.keep_dims = t.options.get(Options::keep_num_dims) != 0;
  if (t.options.get(Options::weights_format) != 0) return t.unsupported("shuffled weights (weights_format)");
  return activation(t, t.options.get(Options::activation), fc.activation);
}

template <bool average> bool pool_2d(Translation& t) {
  using Options = schema::Pool2DOptions;
  auto& pool = t.node.attributes.emplace<Pool2d>();
  if (!rank_4(t, 0)) return false;
  pool.average = average;
  pool.kernel_h = t.options.get(Options::filter_h);
  pool.kernel_w = t.options.get(Options::filter_w);
  pool.stride_h = t.options.get(Options::stride_h);
  pool.stride_w = t.options.get(Options::stride_w);
  return activation(t, t.options.get(Options::activation), pool.activation) &&
         padding(t, t.options.get(Options::padding), pool.kernel_h, pool.kernel_w, pool.stride_h, pool.stride_w, 1, 1,
                 pool.padding);
}

inline bool add(Translation& t) {
  return activation(t, t.options.get(schema::AddOptions::activation), t.node.attributes.emplace<Add>().activation);
}
inline bool softmax(Translation& t) {
  t.node.attributes.emplace<Softmax>().beta = t.options.get(schema::SoftmaxOptions::beta);
  return true;
}
template <Activation which> bool activate(Translation& t) {
  t.node.attributes.emplace<Activate>().activation = which;
  return true;
}
inline bool quantize(Translation& t) {
  t.node.attributes.emplace<Quantize>();
  return true;
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

inline bool reshape(Translation& t) {
  t.node.attributes.emplace<Reshape>();
  std::vector<std::int64_t> shape;
  const Values<std::int32_t> option = t.options.get(schema::ReshapeOptions::new_shape);
  bool given = option.size() > 0;
  if (t.has(1)) {
    if (t.in(1).elements() > 8) return t.wrong(t.who(1) + ": at most 8 elements expected");
    if (!integers(t, 1, shape)) return false;
    given = true;
  } else {
    if (option.size() > 8)
      return t.wrong("new_shape has " + std::to_string(option.size()) + " sizes, at most 8 expected");
    for (std::size_t i = 0; i < option.size(); ++i) shape.push_back(option[i]);
    if (shape == std::vector<std::int64_t>{0}) shape.clear();  // how old converters write a scalar
  }
  t.node.inputs.resize(1);
  if (!given) return true;
  // One -1 stands for what is left; the output tensor must say the same.
  const Shape& y = t.out().shape;
  const auto free = std::count(shape.begin(), shape.end(), -1);
  bool same = shape.size() == y.size() && free <= 1;
  for (std::size_t d = 0; same && d < y.size(); ++d) same = shape[d] == -1 || shape[d] == y[d];
  return same || t.wrong("new shape " + to_string(shape) + " for the output, " + describe(t.model, t.node.outputs[0]));
}

inline bool pad(Translation& t) {
  auto& amounts = t.node.attributes.emplace<Pad>().amounts;
  const std::size_t rank = t.in(0).shape.size();
  std::vector<std::int64_t> flat;
  if (rank > 8 || t.in(1).shape != Shape{static_cast<std::int64_t>(rank), 2}) {
    return t.wrong(t.who(1) + ": expected " + std::to_string(rank) + "x2, a pair for each dimension of input 0");
  }
  if (!integers(t, 1, flat)) return false;
  for (const std::int64_t amount : flat) {
    if (amount < 0 || amount > std::numeric_limits<std::int32_t>::max()) {
      return t.wrong(t.who(1) + ": padding " + std::to_string(amount) + ", expected 0 to 2147483647");
    }
  }
  for (std::size_t d = 0; d + 1 < flat.size(); d += 2) {
    amounts.push_back({static_cast<std::int32_t>(flat[d]), static_cast<std::int32_t>(flat[d + 1])});
  }
  t.node.inputs.resize(1);
  return true;
}

/// A constant that takes the place of an activation: DENSIFY and DEQUANTIZE of constants happen here, once.
inline bool becomes_constant(Translation& t) {
  t.drop = true;
  if (t.out().shape != t.in(0).shape) return t.wrong(t.who_out() + ": expected the shape of " + t.who(0));
  return !t.out().constant || t.wrong(t.who_out() + " is a constant already");
}
inline bool densify(Translation& t) {
  if (!t.in(0).constant) return t.unsupported(t.who(0) + ": only a constant is supported here");
  if (!becomes_constant(t)) return false;
  if (t.out().type != t.in(0).type) return t.wrong(t.who_out() + ": expected the type of " + t.who(0));
  t.out().data = t.in(0).data;
  t.out().constant = true;
  t.out().quantization = t.in(0).quantization;
  return true;
}
inline bool dequantize(Translation& t) {
  t.node.attributes.emplace<Dequantize>();
  const Tensor& x = t.in(0);
  const bool eight_bit = x.type == DType::i8 || x.type == DType::u8;
  if (!x.constant || t.out().type != DType::f32 || (x.type != DType::f16 && !eight_bit)) return true;  // for validate()
  const TensorQuantization& q = x.quantization;
  const auto axis = static_cast<std::size_t>(q.axis);
  if (eight_bit &&
      (q.zero_points.size() != q.scales.size() || q.scales.empty() ||
       (q.scales.size() > 1 && (axis >= x.shape.size() || std::size_t(x.shape[axis]) != q.scales.size())))) {
    return t.wrong(t.who(0) + ": " + std::to_string(q.scales.size()) + " scales and " +
                   std::to_string(q.zero_points.size()) + " zero points do not fit its shape");
  }
  return becomes_constant(t) && t.constants.widen(x, t.out(), t.who_out());
}

}  // namespace detail

/// An operator that Hone reads: its code, which options it may carry, how many inputs, how it is translated.
struct OpRow {
  schema::Op code;
  schema::Options options;
  std::size_t least, most;
  bool (*translate)(Translation&);
};
/// In the order of their names, which is how messages list them.
inline constexpr std::array<OpRow, 15> op_rows{{
    {schema::Op::add, schema::Options::add, 2, 2, detail::add},
    {schema::Op::average_pool_2d, schema::Options::pool_2d, 1, 1, detail::pool_2d<true>},
    {schema::Op::conv_2d, schema::Options::conv_2d, 2, 3, detail::conv_2d},
    {schema::Op::densify, schema::Options::densify, 1, 1, detail::densify},
    {schema::Op::depthwise_conv_2d, schema::Options::depthwise_conv_2d, 2, 3, detail::depthwise_conv_2d},
    {schema::Op::dequantize, schema::Options::dequantize, 1, 1, detail::dequantize},
    {schema::Op::fully_connected, schema::Options::fully_connected, 2, 3, detail::fully_connected},
    {schema::Op::max_pool_2d, schema::Options::pool_2d, 1, 1, detail::pool_2d<false>},
    {schema::Op::pad, schema::Options::pad, 2, 2, detail::pad},
    {schema::Op::quantize, schema::Options::quantize, 1, 1, detail::quantize},
    {schema::Op::relu, schema::Options::none, 1, 1, detail::activate<Activation::relu>},
    {schema::Op::relu6, schema::Options::none, 1, 1, detail::activate<Activation::relu6>},
    {schema::Op::relu_n1_to_1, schema::Options::none, 1, 1, detail::activate<Activation::relu_n1_to_1>},
    {schema::Op::reshape, schema::Options::reshape, 1, 2, detail::reshape},
    {schema::Op::softmax, schema::Options::softmax, 1, 1, detail::softmax},
}};

inline const OpRow* find_op(std::int32_t code) {
  for (const OpRow& row : op_rows) {
    if (static_cast<std::int32_t>(row.code) == code) return &row;
  }
  return nullptr;
}

inline std::string supported_ops() {
  std::string text;
  for (const OpRow& row : op_rows) {
    text += text.empty() ? "" : ", ";
    text += schema::operator_names[static_cast<std::size_t>(row.code)];
  }
  return text;
}

}  // namespace hone::graph::tflite
