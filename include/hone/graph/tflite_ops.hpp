// The table of TensorFlow Lite's operators that Hone reads.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tflite_layout_ops.hpp"
#include "tflite_math_ops.hpp"
#include "tflite_state_ops.hpp"
#include "tflite_window_ops.hpp"

namespace hone::graph::tflite {

/// An operator: its name in the schema, which options it may carry, how many inputs and outputs it has there, how it is
/// translated.
struct OpRow {
  static constexpr std::size_t any = static_cast<std::size_t>(-1);
  std::string_view name;
  schema::Options options;
  std::size_t least, most;  // inputs
  bool (*translate)(Translation&);
  std::size_t outputs = 1;
};

namespace detail {
using O = schema::Options;
/// In the order of their names, which is how messages list them.
inline constexpr OpRow op_rows[] = {
    {"ABS", O::abs, 1, 1, unary<UnaryOp::abs>},
    {"ADD", O::add, 2, 2, add},
    {"ARG_MAX", O::arg_max, 2, 2, arg_reduce<true>},
    {"ARG_MIN", O::arg_min, 2, 2, arg_reduce<false>},
    {"ASSIGN_VARIABLE", O::assign_variable, 2, 2, assign_variable, 0},
    {"AVERAGE_POOL_2D", O::pool_2d, 1, 1, pool_2d<true>},
    {"BATCH_MATMUL", O::batch_matmul, 2, 2, batch_matmul},
    {"BATCH_TO_SPACE_ND", O::batch_to_space, 3, 3, space_to_batch<true>},
    {"BROADCAST_TO", O::broadcast_to, 2, 2, tile},
    {"CALL_ONCE", O::call_once, 0, 0, call_once, 0},
    {"CAST", O::cast, 1, 1, cast},
    {"CEIL", O::none, 1, 1, unary<UnaryOp::ceil>},
    {"CONCATENATION", O::concatenation, 1, OpRow::any, concatenation},
    {"CONV_2D", O::conv_2d, 2, 3, conv_2d},
    {"COS", O::cos, 1, 1, unary<UnaryOp::cos>},
    {"CUMSUM", O::cumsum, 2, 2, cumsum},
    {"DENSIFY", O::densify, 1, 1, densify},
    {"DEPTHWISE_CONV_2D", O::depthwise_conv_2d, 2, 3, depthwise_conv_2d},
    {"DEPTH_TO_SPACE", O::depth_to_space, 1, 1, space_to_depth<true>},
    {"DEQUANTIZE", O::dequantize, 1, 1, dequantize},
    {"DIV", O::div, 2, 2, arithmetic<BinaryOp::div>},
    {"ELU", O::none, 1, 1, unary<UnaryOp::elu>},
    {"EMBEDDING_LOOKUP", O::none, 2, 2, embedding_lookup},
    {"EQUAL", O::equal, 2, 2, binary<BinaryOp::equal>},
    {"EXP", O::exp, 1, 1, unary<UnaryOp::exp>},
    {"EXPAND_DIMS", O::expand_dims, 2, 2, same_elements},
    {"FILL", O::fill, 2, 2, fill},
    {"FLOOR", O::none, 1, 1, unary<UnaryOp::floor>},
    {"FLOOR_DIV", O::floor_div, 2, 2, binary<BinaryOp::floor_div>},
    {"FLOOR_MOD", O::floor_mod, 2, 2, binary<BinaryOp::floor_mod>},
    {"FULLY_CONNECTED", O::fully_connected, 2, 3, fully_connected},
    {"GATHER", O::gather, 2, 2, gather},
    {"GATHER_ND", O::gather_nd, 2, 2, gather_nd},
    {"GELU", O::gelu, 1, 1, gelu},
    {"GREATER", O::greater, 2, 2, binary<BinaryOp::greater>},
    {"GREATER_EQUAL", O::greater_equal, 2, 2, binary<BinaryOp::greater_equal>},
    {"HARD_SWISH", O::hard_swish, 1, 1, unary<UnaryOp::hard_swish>},
    {"IF", O::if_else, 1, OpRow::any, if_else, OpRow::any},
    {"L2_NORMALIZATION", O::l2_norm, 1, 1, l2_normalization},
    {"LEAKY_RELU", O::leaky_relu, 1, 1, leaky_relu},
    {"LESS", O::less, 2, 2, binary<BinaryOp::less>},
    {"LESS_EQUAL", O::less_equal, 2, 2, binary<BinaryOp::less_equal>},
    {"LOG", O::none, 1, 1, unary<UnaryOp::log>},
    {"LOGICAL_AND", O::logical_and, 2, 2, binary<BinaryOp::logical_and>},
    {"LOGICAL_NOT", O::logical_not, 1, 1, unary<UnaryOp::logical_not>},
    {"LOGICAL_OR", O::logical_or, 2, 2, binary<BinaryOp::logical_or>},
    {"LOGISTIC", O::none, 1, 1, unary<UnaryOp::logistic>},
    {"LOG_SOFTMAX", O::log_softmax, 1, 1, log_softmax},
    {"LSTM", O::lstm, 20, 24, lstm},
    {"MAXIMUM", O::maximum_minimum, 2, 2, binary<BinaryOp::maximum>},
    {"MAX_POOL_2D", O::pool_2d, 1, 1, pool_2d<false>},
    {"MEAN", O::reducer, 2, 2, reduce<ReduceOp::mean>},
    {"MINIMUM", O::maximum_minimum, 2, 2, binary<BinaryOp::minimum>},
    {"MIRROR_PAD", O::mirror_pad, 2, 2, mirror_pad},
    {"MUL", O::mul, 2, 2, arithmetic<BinaryOp::mul>},
    {"NEG", O::neg, 1, 1, unary<UnaryOp::neg>},
    {"NOT_EQUAL", O::not_equal, 2, 2, binary<BinaryOp::not_equal>},
    {"ONE_HOT", O::one_hot, 4, 4, one_hot},
    {"PACK", O::pack, 1, OpRow::any, pack},
    {"PAD", O::pad, 2, 2, pad},
    {"PADV2", O::pad_v2, 3, 3, pad},
    {"POW", O::pow, 2, 2, binary<BinaryOp::pow>},
    {"PRELU", O::none, 2, 2, binary<BinaryOp::prelu>},
    {"QUANTIZE", O::quantize, 1, 1, quantize},
    {"RANGE", O::range, 3, 3, range},
    {"RANK", O::rank, 1, 1, rank_of},
    {"READ_VARIABLE", O::read_variable, 1, 1, read_variable},
    {"REDUCE_ALL", O::reducer, 2, 2, reduce<ReduceOp::all>},
    {"REDUCE_ANY", O::reducer, 2, 2, reduce<ReduceOp::any>},
    {"REDUCE_MAX", O::reducer, 2, 2, reduce<ReduceOp::max>},
    {"REDUCE_MIN", O::reducer, 2, 2, reduce<ReduceOp::min>},
    {"REDUCE_PROD", O::reducer, 2, 2, reduce<ReduceOp::prod>},
    {"RELU", O::none, 1, 1, activate<Activation::relu>},
    {"RELU6", O::none, 1, 1, activate<Activation::relu6>},
    {"RELU_0_TO_1", O::none, 1, 1, activate<Activation::relu_0_to_1>},
    {"RELU_N1_TO_1", O::none, 1, 1, activate<Activation::relu_n1_to_1>},
    {"RESHAPE", O::reshape, 1, 2, reshape},
    {"RESIZE_BILINEAR", O::resize_bilinear, 2, 2, resize<true>},
    {"RESIZE_NEAREST_NEIGHBOR", O::resize_nearest_neighbor, 2, 2, resize<false>},
    {"REVERSE_V2", O::reverse_v2, 2, 2, reverse},
    {"ROUND", O::none, 1, 1, unary<UnaryOp::round>},
    {"RSQRT", O::none, 1, 1, unary<UnaryOp::rsqrt>},
    {"SELECT", O::select, 3, 3, select<false>},
    {"SELECT_V2", O::select_v2, 3, 3, select<true>},
    {"SHAPE", O::shape, 1, 1, shape_of},
    {"SIGN", O::sign, 1, 1, unary<UnaryOp::sign>},
    {"SIN", O::none, 1, 1, unary<UnaryOp::sin>},
    {"SLICE", O::slice, 3, 3, slice},
    {"SOFTMAX", O::softmax, 1, 1, softmax},
    {"SPACE_TO_BATCH_ND", O::space_to_batch, 3, 3, space_to_batch<false>},
    {"SPACE_TO_DEPTH", O::space_to_depth, 1, 1, space_to_depth<false>},
    {"SPLIT", O::split, 2, 2, split, OpRow::any},
    {"SPLIT_V", O::split_v, 3, 3, split_v, OpRow::any},
    {"SQRT", O::none, 1, 1, unary<UnaryOp::sqrt>},
    {"SQUARE", O::square, 1, 1, unary<UnaryOp::square>},
    {"SQUARED_DIFFERENCE", O::squared_difference, 2, 2, binary<BinaryOp::squared_difference>},
    {"SQUEEZE", O::squeeze, 1, 1, same_elements},
    {"STRIDED_SLICE", O::strided_slice, 4, 4, strided_slice},
    {"SUB", O::sub, 2, 2, arithmetic<BinaryOp::sub>},
    {"SUM", O::reducer, 2, 2, reduce<ReduceOp::sum>},
    {"SVDF", O::svdf, 5, 5, svdf},
    {"TANH", O::none, 1, 1, unary<UnaryOp::tanh>},
    {"TILE", O::tile, 2, 2, tile},
    {"TOPK_V2", O::top_k_v2, 2, 2, top_k, 2},
    {"TRANSPOSE", O::transpose, 2, 2, transpose},
    {"TRANSPOSE_CONV", O::transpose_conv, 3, 4, transpose_conv},
    {"UNIDIRECTIONAL_SEQUENCE_LSTM", O::unidirectional_sequence_lstm, 20, 24, sequence_lstm},
    {"UNPACK", O::unpack, 1, 1, unpack, OpRow::any},
    {"VAR_HANDLE", O::var_handle, 0, 0, var_handle},
    {"WHILE", O::while_loop, 1, OpRow::any, while_loop, OpRow::any},
    {"ZEROS_LIKE", O::zeros_like, 1, 1, zeros_like},
};
}  // namespace detail

/// The row of an operator by its number in the schema, or null.
inline const OpRow* find_op(std::int32_t code) {
  const std::string_view name = schema::operator_names[static_cast<std::size_t>(code)];
  for (const OpRow& row : detail::op_rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

inline std::string supported_ops() {
  std::string text;
  for (const OpRow& row : detail::op_rows) {
    text += text.empty() ? "" : ", ";
    text += row.name;
  }
  return text;
}

}  // namespace hone::graph::tflite
