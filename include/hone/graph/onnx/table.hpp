// The operators Hone has, by name.
#pragma once
#include <functional>
#include <string>

#include "ops/along.hpp"
#include "ops/binary.hpp"
#include "ops/control.hpp"
#include "ops/conv.hpp"
#include "ops/deform.hpp"
#include "ops/detect.hpp"
#include "ops/dropout.hpp"
#include "ops/einsum.hpp"
#include "ops/gather.hpp"
#include "ops/generate.hpp"
#include "ops/integer.hpp"
#include "ops/matmul.hpp"
#include "ops/normalize.hpp"
#include "ops/pad.hpp"
#include "ops/pool.hpp"
#include "ops/qlinear_conv.hpp"
#include "ops/quantize.hpp"
#include "ops/recurrent.hpp"
#include "ops/reduce.hpp"
#include "ops/resize.hpp"
#include "ops/sample.hpp"
#include "ops/shape.hpp"
#include "ops/signal.hpp"
#include "ops/unary.hpp"

namespace hone::graph::onnx {

inline constexpr int any_number = 1 << 30;

/// Name, fewest and most inputs, function.
inline constexpr Operator operators[] = {
    {"Abs", 1, 1, ops::abs},
    {"Acos", 1, 1, ops::acos},
    {"Acosh", 1, 1, ops::acosh},
    {"Add", 2, 2, ops::add},
    {"AffineGrid", 2, 2, ops::affine_grid},
    {"And", 2, 2, ops::logical_and},
    {"ArgMax", 1, 1, ops::arg_max},
    {"ArgMin", 1, 1, ops::arg_min},
    {"Asin", 1, 1, ops::asin},
    {"Asinh", 1, 1, ops::asinh},
    {"Atan", 1, 1, ops::atan},
    {"Atanh", 1, 1, ops::atanh},
    {"AveragePool", 1, 1, ops::average_pool},
    {"BatchNormalization", 5, 5, ops::batch_normalization},
    {"BitShift", 2, 2, ops::bit_shift},
    {"BitwiseAnd", 2, 2, ops::bitwise_and},
    {"BitwiseNot", 1, 1, ops::bitwise_not},
    {"BitwiseOr", 2, 2, ops::bitwise_or},
    {"BitwiseXor", 2, 2, ops::bitwise_xor},
    {"BlackmanWindow", 1, 1, ops::blackman_window},
    {"Cast", 1, 1, ops::cast},
    {"CastLike", 2, 2, ops::cast_like},
    {"Ceil", 1, 1, ops::ceil},
    {"Celu", 1, 1, ops::celu},
    {"CenterCropPad", 2, 2, ops::center_crop_pad},
    {"Clip", 1, 3, ops::clip},
    {"Col2Im", 3, 3, ops::col2im},
    {"Compress", 2, 2, ops::compress},
    {"Concat", 1, any_number, ops::concat},
    {"Constant", 0, 0, ops::constant},
    {"ConstantOfShape", 1, 1, ops::constant_of_shape},
    {"Conv", 2, 3, ops::conv},
    {"ConvInteger", 2, 4, ops::conv_integer},
    {"ConvTranspose", 2, 3, ops::conv_transpose},
    {"Cos", 1, 1, ops::cos},
    {"Cosh", 1, 1, ops::cosh},
    {"CumSum", 2, 2, ops::cum_sum},
    {"DFT", 1, 3, ops::dft},
    {"DeformConv", 3, 5, ops::deform_conv},
    {"DepthToSpace", 1, 1, ops::depth_to_space},
    {"DequantizeLinear", 2, 3, ops::dequantize_linear},
    {"Det", 1, 1, ops::determinant},
    {"Div", 2, 2, ops::div},
    {"Dropout", 1, 3, ops::dropout},
    {"DynamicQuantizeLinear", 1, 1, ops::dynamic_quantize_linear},
    {"Einsum", 1, any_number, ops::einsum},
    {"Elu", 1, 1, ops::elu},
    {"Equal", 2, 2, ops::equal},
    {"Erf", 1, 1, ops::erf},
    {"Exp", 1, 1, ops::exp},
    {"Expand", 2, 2, ops::expand},
    {"EyeLike", 1, 1, ops::eye_like},
    {"Flatten", 1, 1, ops::flatten},
    {"Floor", 1, 1, ops::floor},
    {"GRU", 3, 6, ops::gru},
    {"Gather", 2, 2, ops::gather},
    {"GatherElements", 2, 2, ops::gather_elements},
    {"GatherND", 2, 2, ops::gather_nd},
    {"Gelu", 1, 1, ops::gelu},
    {"Gemm", 2, 3, ops::gemm_op},
    {"GlobalAveragePool", 1, 1, ops::global_average_pool},
    {"GlobalLpPool", 1, 1, ops::global_lp_pool},
    {"GlobalMaxPool", 1, 1, ops::global_max_pool},
    {"Greater", 2, 2, ops::greater},
    {"GreaterOrEqual", 2, 2, ops::greater_or_equal},
    {"GridSample", 2, 2, ops::grid_sample},
    {"GroupNormalization", 3, 3, ops::group_normalization},
    {"HammingWindow", 1, 1, ops::hamming_window},
    {"HannWindow", 1, 1, ops::hann_window},
    {"HardSigmoid", 1, 1, ops::hard_sigmoid},
    {"HardSwish", 1, 1, ops::hard_swish},
    {"Hardmax", 1, 1, ops::hardmax},
    {"Identity", 1, 1, ops::identity},
    {"If", 1, 1, ops::if_op},
    {"InstanceNormalization", 3, 3, ops::instance_normalization},
    {"IsInf", 1, 1, ops::is_inf},
    {"IsNaN", 1, 1, ops::is_nan},
    {"LRN", 1, 1, ops::lrn},
    {"LSTM", 3, 8, ops::lstm},
    {"LayerNormalization", 2, 3, ops::layer_normalization},
    {"LeakyRelu", 1, 1, ops::leaky_relu},
    {"Less", 2, 2, ops::less},
    {"LessOrEqual", 2, 2, ops::less_or_equal},
    {"Log", 1, 1, ops::log},
    {"LogSoftmax", 1, 1, ops::log_softmax},
    {"Loop", 0, any_number, ops::loop},
    {"LpNormalization", 1, 1, ops::lp_normalization},
    {"LpPool", 1, 1, ops::lp_pool},
    {"MatMul", 2, 2, ops::mat_mul},
    {"MatMulInteger", 2, 4, ops::mat_mul_integer},
    {"Max", 1, any_number, ops::max},
    {"MaxPool", 1, 1, ops::max_pool},
    {"MaxUnpool", 2, 3, ops::max_unpool},
    {"Mean", 1, any_number, ops::mean},
    {"MeanVarianceNormalization", 1, 1, ops::mean_variance_normalization},
    {"MelWeightMatrix", 5, 5, ops::mel_weight_matrix},
    {"Min", 1, any_number, ops::min},
    {"Mish", 1, 1, ops::mish},
    {"Mod", 2, 2, ops::mod},
    {"Mul", 2, 2, ops::mul},
    {"Neg", 1, 1, ops::neg},
    {"NonMaxSuppression", 2, 5, ops::non_max_suppression},
    {"NonZero", 1, 1, ops::non_zero},
    {"Not", 1, 1, ops::logical_not},
    {"OneHot", 3, 3, ops::one_hot},
    {"Or", 2, 2, ops::logical_or},
    {"PRelu", 2, 2, ops::prelu},
    {"Pad", 1, 4, ops::pad},
    {"Pow", 2, 2, ops::pow},
    {"QLinearConv", 8, 9, ops::qlinear_conv},
    {"QLinearMatMul", 8, 8, ops::qlinear_mat_mul},
    {"QuantizeLinear", 2, 3, ops::quantize_linear},
    {"RMSNormalization", 2, 2, ops::rms_normalization},
    {"RNN", 3, 6, ops::rnn},
    {"Range", 3, 3, ops::range},
    {"Reciprocal", 1, 1, ops::reciprocal},
    {"ReduceL1", 1, 2, ops::reduce_l1},
    {"ReduceL2", 1, 2, ops::reduce_l2},
    {"ReduceLogSum", 1, 2, ops::reduce_log_sum},
    {"ReduceLogSumExp", 1, 2, ops::reduce_log_sum_exp},
    {"ReduceMax", 1, 2, ops::reduce_max},
    {"ReduceMean", 1, 2, ops::reduce_mean},
    {"ReduceMin", 1, 2, ops::reduce_min},
    {"ReduceProd", 1, 2, ops::reduce_prod},
    {"ReduceSum", 1, 2, ops::reduce_sum},
    {"ReduceSumSquare", 1, 2, ops::reduce_sum_square},
    {"Relu", 1, 1, ops::relu},
    {"Reshape", 1, 2, ops::reshape},
    {"Resize", 1, 4, ops::resize},
    {"ReverseSequence", 2, 2, ops::reverse_sequence},
    {"RoiAlign", 3, 3, ops::roi_align},
    {"Round", 1, 1, ops::round},
    {"STFT", 2, 4, ops::stft},
    {"Scan", 0, any_number, ops::scan},
    {"Scatter", 3, 3, ops::scatter_elements},
    {"ScatterElements", 3, 3, ops::scatter_elements},
    {"ScatterND", 3, 3, ops::scatter_nd},
    {"Selu", 1, 1, ops::selu},
    {"Shape", 1, 1, ops::shape},
    {"Shrink", 1, 1, ops::shrink},
    {"Sigmoid", 1, 1, ops::sigmoid},
    {"Sign", 1, 1, ops::sign},
    {"Sin", 1, 1, ops::sin},
    {"Sinh", 1, 1, ops::sinh},
    {"Size", 1, 1, ops::size},
    {"Slice", 1, 5, ops::slice},
    {"Softmax", 1, 1, ops::softmax},
    {"Softplus", 1, 1, ops::softplus},
    {"Softsign", 1, 1, ops::softsign},
    {"SpaceToDepth", 1, 1, ops::space_to_depth},
    {"Split", 1, 2, ops::split},
    {"Sqrt", 1, 1, ops::sqrt},
    {"Squeeze", 1, 2, ops::squeeze},
    {"Sub", 2, 2, ops::sub},
    {"Sum", 1, any_number, ops::sum},
    {"Tan", 1, 1, ops::tan},
    {"Tanh", 1, 1, ops::tanh},
    {"ThresholdedRelu", 1, 1, ops::thresholded_relu},
    {"Tile", 2, 2, ops::tile},
    {"TopK", 1, 2, ops::top_k},
    {"Transpose", 1, 1, ops::transpose},
    {"Trilu", 1, 2, ops::trilu},
    {"Unique", 1, 1, ops::unique},
    {"Unsqueeze", 1, 2, ops::unsqueeze},
    {"Upsample", 1, 2, ops::upsample},
    {"Where", 3, 3, ops::where},
    {"Xor", 2, 2, ops::logical_xor},
};

inline const Operator* find_operator(std::string_view name) {
  for (const Operator& o : operators) {
    if (o.name == name) return &o;
  }
  return nullptr;
}
inline std::string supported_operators() {
  std::string all;
  for (const Operator& o : operators) all += (all.empty() ? "" : ", ") + std::string(o.name);
  return all;
}

}  // namespace hone::graph::onnx
