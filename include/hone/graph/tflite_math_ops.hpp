// TensorFlow Lite's operators that compute element by element or along dimensions, and conversions, in Hone's terms.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tflite_translation.hpp"

namespace hone::graph::tflite::detail {

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

template <UnaryOp op> bool unary(Translation& t) {
  t.node.attributes.emplace<Unary>().op = op;
  return true;
}
inline bool leaky_relu(Translation& t) {
  t.node.attributes.emplace<Unary>() = {UnaryOp::leaky_relu, t.options.get(schema::LeakyReluOptions::alpha)};
  return true;
}
inline bool gelu(Translation& t) {
  const bool approximate = t.options.get(schema::GeluOptions::approximate) != 0;
  t.node.attributes.emplace<Unary>().op = approximate ? UnaryOp::gelu_tanh : UnaryOp::gelu;
  return true;
}
template <BinaryOp op> bool binary(Translation& t) {
  t.node.attributes.emplace<Binary>().op = op;
  return true;
}
/// MUL, SUB and DIV carry an activation, in the first field of their options as ADD does.
template <BinaryOp op> bool arithmetic(Translation& t) {
  auto& binary = t.node.attributes.emplace<Binary>();
  binary.op = op;
  return activation(t, t.options.get(schema::AddOptions::activation), binary.activation);
}
/// SELECT's condition may be one for each slice along the first dimension; SELECT_V2's is broadcast.
template <bool broadcasts> bool select(Translation& t) {
  const std::size_t rank = t.in(1).shape.size();
  t.node.attributes.emplace<Select>().leading = !broadcasts && t.in(0).shape.size() == 1 && rank > 1;
  return true;
}
inline bool cast(Translation& t) {
  t.node.attributes.emplace<Cast>();
  return true;
}
template <ReduceOp op> bool reduce(Translation& t) {
  auto& reduce = t.node.attributes.emplace<Reduce>();
  reduce.op = op;
  std::vector<std::int64_t> given;
  if (!small_integers(t, 1, given)) return false;
  for (const std::int64_t d : given) {
    int at = 0;
    if (!axis(t, d, t.in(0).shape.size(), at)) return false;
    reduce.axes.push_back(at);
  }
  std::sort(reduce.axes.begin(), reduce.axes.end());
  reduce.axes.erase(std::unique(reduce.axes.begin(), reduce.axes.end()), reduce.axes.end());
  t.node.inputs.resize(1);
  return true;
}
template <bool largest> bool arg_reduce(Translation& t) {
  auto& arg = t.node.attributes.emplace<ArgReduce>();
  std::int64_t given = 0;
  if (!integer(t, 1, given)) return false;
  arg.largest = largest;
  t.node.inputs.resize(1);
  return axis(t, given, t.in(0).shape.size(), arg.axis);
}
inline bool cumsum(Translation& t) {
  auto& cumsum = t.node.attributes.emplace<CumSum>();
  std::int64_t given = 0;
  if (!integer(t, 1, given)) return false;
  cumsum.exclusive = t.options.get(schema::CumsumOptions::exclusive) != 0;
  cumsum.reverse = t.options.get(schema::CumsumOptions::reverse) != 0;
  t.node.inputs.resize(1);
  return axis(t, given, t.in(0).shape.size(), cumsum.axis);
}
inline bool top_k(Translation& t) {
  t.node.attributes.emplace<TopK>();
  t.node.inputs.resize(1);
  return true;
}
inline bool l2_normalization(Translation& t) {
  t.node.attributes.emplace<L2Normalize>();
  return t.options.get(schema::AddOptions::activation) == 0 || t.unsupported("a fused activation");
}
inline bool log_softmax(Translation& t) {
  t.node.attributes.emplace<LogSoftmax>();
  return true;
}
inline bool batch_matmul(Translation& t) {
  auto& product = t.node.attributes.emplace<BatchMatMul>();
  product.transpose_a = t.options.get(schema::BatchMatMulOptions::adj_x) != 0;
  product.transpose_b = t.options.get(schema::BatchMatMulOptions::adj_y) != 0;
  return t.in(0).type != DType::f32 || widen_weights(t, 1);
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
  if (eight_bit && !t.has_scales(0)) return false;
  return becomes_constant(t) && t.constants.widen(x, t.out(), t.who_out());
}

}  // namespace hone::graph::tflite::detail
