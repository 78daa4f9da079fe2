// The part of TensorFlow Lite's schema that Hone reads: field numbers, enum values and operator names of
// tensorflow/compiler/mlir/lite/schema/schema.fbs, version 3. A field's number is its place in the table, where a union
// counts twice: its type, then its value.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tflite_reader.hpp"

namespace hone::graph::tflite::schema {

template <std::size_t count> constexpr std::array<std::string_view, count> split(std::string_view words) {
  std::array<std::string_view, count> result;
  for (std::string_view& word : result) {
    word = words.substr(0, words.find(' '));
    words.remove_prefix(word.size() < words.size() ? word.size() + 1 : words.size());
  }
  return result;
}

inline constexpr std::string_view file_identifier = "TFL3";  // at byte 4
inline constexpr std::uint32_t version = 3;

struct Model {
  static constexpr Scalar<std::uint32_t> version{0, "version"};
  static constexpr Children operator_codes{1, "operator_codes"}, subgraphs{2, "subgraphs"}, buffers{4, "buffers"};
};
struct OperatorCode {
  static constexpr Scalar<std::int8_t> deprecated_builtin_code{0, "deprecated_builtin_code"};  // 127: see builtin_code
  static constexpr Text custom_code{1, "custom_code"};
  static constexpr Scalar<std::int32_t> builtin_code{3, "builtin_code"};
};
struct SubGraph {
  static constexpr Children tensors{0, "tensors"}, operators{3, "operators"};
  static constexpr Vector<std::int32_t> inputs{1, "inputs"}, outputs{2, "outputs"};
};
struct Tensor {
  static constexpr Vector<std::int32_t> shape{0, "shape"};
  static constexpr Scalar<std::int8_t> type{1, "type"};
  static constexpr Scalar<std::uint32_t> buffer{2, "buffer"};
  static constexpr Text name{3, "name"};
  static constexpr Child quantization{4, "quantization"}, sparsity{6, "sparsity"};
  static constexpr Scalar<std::uint8_t> is_variable{5, "is_variable"};
};
struct Operator {
  static constexpr Scalar<std::uint32_t> opcode_index{0, "opcode_index"};
  static constexpr Vector<std::int32_t> inputs{1, "inputs"}, outputs{2, "outputs"};
  static constexpr Scalar<std::uint8_t> builtin_options_type{3, "builtin_options_type"};
  static constexpr Child builtin_options{4, "builtin_options"};
  static constexpr Vector<std::int32_t> intermediates{8, "intermediates"};
};
struct Buffer {
  static constexpr Vector<std::uint8_t> data{0, "data"};
  // Where data lies when it is outside the tables; an offset of 0 or 1: it is not.
  static constexpr Scalar<std::uint64_t> offset{1, "offset"}, size{2, "size"};
};
struct QuantizationParameters {
  static constexpr Vector<float> scale{2, "scale"};
  static constexpr Vector<std::int64_t> zero_point{3, "zero_point"};
  static constexpr Scalar<std::int32_t> quantized_dimension{6, "quantized_dimension"};
};
struct SparsityParameters {
  static constexpr Vector<std::int32_t> traversal_order{0, "traversal_order"}, block_map{1, "block_map"};
  static constexpr Children dim_metadata{2, "dim_metadata"};
};
struct DimensionMetadata {
  static constexpr Scalar<std::int8_t> format{0, "format"};
  static constexpr Scalar<std::int32_t> dense_size{1, "dense_size"};
  static constexpr Scalar<std::uint8_t> array_segments_type{2, "array_segments_type"};
  static constexpr Child array_segments{3, "array_segments"};
  static constexpr Scalar<std::uint8_t> array_indices_type{4, "array_indices_type"};
  static constexpr Child array_indices{5, "array_indices"};
};
struct Int32Vector {
  static constexpr Vector<std::int32_t> values{0, "values"};
};
struct Uint16Vector {
  static constexpr Vector<std::uint16_t> values{0, "values"};
};
struct Uint8Vector {
  static constexpr Vector<std::uint8_t> values{0, "values"};
};

struct Conv2DOptions {
  static constexpr Scalar<std::int8_t> padding{0, "padding"}, activation{3, "fused_activation_function"};
  static constexpr Scalar<std::int32_t> stride_w{1, "stride_w"}, stride_h{2, "stride_h"};
  static constexpr Scalar<std::int32_t> dilation_w{4, "dilation_w_factor", 1}, dilation_h{5, "dilation_h_factor", 1};
};
struct DepthwiseConv2DOptions {
  static constexpr Scalar<std::int8_t> padding{0, "padding"}, activation{4, "fused_activation_function"};
  static constexpr Scalar<std::int32_t> stride_w{1, "stride_w"}, stride_h{2, "stride_h"};
  static constexpr Scalar<std::int32_t> multiplier{3, "depth_multiplier"};
  static constexpr Scalar<std::int32_t> dilation_w{5, "dilation_w_factor", 1}, dilation_h{6, "dilation_h_factor", 1};
};
struct Pool2DOptions {
  static constexpr Scalar<std::int8_t> padding{0, "padding"}, activation{5, "fused_activation_function"};
  static constexpr Scalar<std::int32_t> stride_w{1, "stride_w"}, stride_h{2, "stride_h"};
  static constexpr Scalar<std::int32_t> filter_w{3, "filter_width"}, filter_h{4, "filter_height"};
};
struct FullyConnectedOptions {
  static constexpr Scalar<std::int8_t> activation{0, "fused_activation_function"}, weights_format{1, "weights_format"};
  static constexpr Scalar<std::uint8_t> keep_num_dims{2, "keep_num_dims"};
};
struct AddOptions {
  static constexpr Scalar<std::int8_t> activation{0, "fused_activation_function"};
};
struct ConcatenationOptions {
  static constexpr Scalar<std::int32_t> axis{0, "axis"};
  static constexpr Scalar<std::int8_t> activation{1, "fused_activation_function"};
};
struct PackOptions {
  static constexpr Scalar<std::int32_t> axis{1, "axis"};
};
struct UnpackOptions {
  static constexpr Scalar<std::int32_t> axis{1, "axis"};
};
struct GatherOptions {
  static constexpr Scalar<std::int32_t> axis{0, "axis"}, batch_dims{1, "batch_dims"};
};
struct OneHotOptions {
  static constexpr Scalar<std::int32_t> axis{0, "axis"};
};
struct StridedSliceOptions {
  static constexpr Scalar<std::int32_t> begin_mask{0, "begin_mask"}, end_mask{1, "end_mask"},
      ellipsis_mask{2, "ellipsis_mask"}, new_axis_mask{3, "new_axis_mask"}, shrink_axis_mask{4, "shrink_axis_mask"};
  static constexpr Scalar<std::uint8_t> offset{5, "offset"};
};
struct MirrorPadOptions {
  static constexpr Scalar<std::int8_t> mode{0, "mode"};
};
struct SpaceToDepthOptions {
  static constexpr Scalar<std::int32_t> block_size{0, "block_size"};
};
struct ResizeBilinearOptions {  // 0 and 1 are deprecated
  static constexpr Scalar<std::uint8_t> align_corners{2, "align_corners"}, half_pixel_centers{3, "half_pixel_centers"};
};
struct ResizeNearestNeighborOptions {
  static constexpr Scalar<std::uint8_t> align_corners{0, "align_corners"}, half_pixel_centers{1, "half_pixel_centers"};
};
struct TransposeConvOptions {
  static constexpr Scalar<std::int8_t> padding{0, "padding"}, activation{3, "fused_activation_function"};
  static constexpr Scalar<std::int32_t> stride_w{1, "stride_w"}, stride_h{2, "stride_h"};
};
struct CumsumOptions {
  static constexpr Scalar<std::uint8_t> exclusive{0, "exclusive"}, reverse{1, "reverse"};
};
struct BatchMatMulOptions {
  static constexpr Scalar<std::uint8_t> adj_x{0, "adj_x"}, adj_y{1, "adj_y"};
};
struct LeakyReluOptions {
  static constexpr Scalar<float> alpha{0, "alpha"};
};
struct GeluOptions {
  static constexpr Scalar<std::uint8_t> approximate{0, "approximate"};
};
struct SVDFOptions {
  static constexpr Scalar<std::int32_t> rank{0, "rank"};
  static constexpr Scalar<std::int8_t> activation{1, "fused_activation_function"};
};
struct LSTMOptions {
  static constexpr Scalar<std::int8_t> activation{0, "fused_activation_function"}, kernel_type{3, "kernel_type"};
  static constexpr Scalar<float> cell_clip{1, "cell_clip"}, proj_clip{2, "proj_clip"};
};
struct UnidirectionalSequenceLSTMOptions {
  static constexpr Scalar<std::int8_t> activation{0, "fused_activation_function"};
  static constexpr Scalar<float> cell_clip{1, "cell_clip"}, proj_clip{2, "proj_clip"};
  static constexpr Scalar<std::uint8_t> time_major{3, "time_major"},
      diagonal_recurrent_tensors{5, "diagonal_recurrent_tensors"};
};
struct VarHandleOptions {
  static constexpr Text container{0, "container"}, shared_name{1, "shared_name"};
};
struct CallOnceOptions {
  static constexpr Scalar<std::int32_t> init_subgraph_index{0, "init_subgraph_index"};
};
struct IfOptions {
  static constexpr Scalar<std::int32_t> then_subgraph_index{0, "then_subgraph_index"},
      else_subgraph_index{1, "else_subgraph_index"};
};
struct WhileOptions {
  static constexpr Scalar<std::int32_t> cond_subgraph_index{0, "cond_subgraph_index"},
      body_subgraph_index{1, "body_subgraph_index"};
};
struct SoftmaxOptions {
  static constexpr Scalar<float> beta{0, "beta"};
};
struct ReshapeOptions {
  static constexpr Vector<std::int32_t> new_shape{0, "new_shape"};
};

enum class TensorType : std::int8_t {
  float32 = 0,
  float16 = 1,
  int32 = 2,
  uint8 = 3,
  int64 = 4,
  boolean = 6,
  int16 = 7,
  int8 = 9,
  resource = 13,
  bfloat16 = 18
};
inline constexpr auto type_names = split<19>(
    "FLOAT32 FLOAT16 INT32 UINT8 INT64 STRING BOOL INT16 COMPLEX64 INT8 FLOAT64 COMPLEX128 "
    "UINT64 RESOURCE VARIANT UINT32 UINT16 INT4 BFLOAT16");
static_assert(type_names.back() == "BFLOAT16");

enum class Activation : std::int8_t { none = 0, relu = 1, relu_n1_to_1 = 2, relu6 = 3, tanh = 4, sign_bit = 5 };
enum class Padding : std::int8_t { same = 0, valid = 1 };
enum class DimensionType : std::int8_t { dense = 0, sparse_csr = 1 };
enum class SparseIndexVector : std::uint8_t { none = 0, int32 = 1, uint16 = 2, uint8 = 3 };

/// Which table Operator.builtin_options is.
enum class Options : std::uint8_t {
  none = 0,
  conv_2d = 1,
  depthwise_conv_2d = 2,
  pool_2d = 5,
  svdf = 6,
  fully_connected = 8,
  softmax = 9,
  concatenation = 10,
  add = 11,
  l2_norm = 12,
  lstm = 14,
  resize_bilinear = 15,
  reshape = 17,
  space_to_depth = 19,
  mul = 21,
  pad = 22,
  gather = 23,
  batch_to_space = 24,
  space_to_batch = 25,
  transpose = 26,
  reducer = 27,
  sub = 28,
  div = 29,
  squeeze = 30,
  strided_slice = 32,
  exp = 33,
  top_k_v2 = 34,
  split = 35,
  log_softmax = 36,
  cast = 37,
  dequantize = 38,
  maximum_minimum = 39,
  arg_max = 40,
  less = 41,
  neg = 42,
  pad_v2 = 43,
  greater = 44,
  greater_equal = 45,
  less_equal = 46,
  select = 47,
  slice = 48,
  transpose_conv = 49,
  tile = 51,
  expand_dims = 52,
  equal = 53,
  not_equal = 54,
  shape = 55,
  pow = 56,
  arg_min = 57,
  pack = 59,
  logical_or = 60,
  one_hot = 61,
  logical_and = 62,
  logical_not = 63,
  unpack = 64,
  floor_div = 65,
  square = 66,
  zeros_like = 67,
  fill = 68,
  unidirectional_sequence_lstm = 71,
  floor_mod = 72,
  range = 73,
  resize_nearest_neighbor = 74,
  leaky_relu = 75,
  squared_difference = 76,
  mirror_pad = 77,
  abs = 78,
  split_v = 79,
  reverse_v2 = 81,
  gather_nd = 83,
  cos = 84,
  rank = 86,
  quantize = 89,
  hard_swish = 91,
  if_else = 92,
  while_loop = 93,
  depth_to_space = 94,
  select_v2 = 98,
  densify = 99,
  batch_matmul = 101,
  cumsum = 102,
  call_once = 103,
  broadcast_to = 104,
  var_handle = 111,
  read_variable = 112,
  assign_variable = 113,
  gelu = 116,
  sign = 123
};
/// Names of BuiltinOperator, in the order of its values.
inline constexpr auto operator_names = split<209>(
    "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR "
    "FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC "
    "LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH "
    "SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN "
    "GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM "
    "STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM "
    "CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN "
    "TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT "
    "REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY "
    "SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS "
    "SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE "
    "MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 "
    "DENSIFY SEGMENT_SUM BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D "
    "IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE "
    "VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM "
    "MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX "
    "UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT STABLEHLO_LOGISTIC "
    "STABLEHLO_ADD STABLEHLO_DIVIDE STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM STABLEHLO_RESHAPE STABLEHLO_CLAMP "
    "STABLEHLO_CONCATENATE STABLEHLO_BROADCAST_IN_DIM STABLEHLO_CONVOLUTION STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL "
    "STABLEHLO_REDUCE STABLEHLO_ABS STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR "
    "STABLEHLO_LOG STABLEHLO_MINIMUM STABLEHLO_NEGATE STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER "
    "STABLEHLO_RSQRT STABLEHLO_SELECT STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER STABLEHLO_COMPARE "
    "STABLEHLO_CONVERT STABLEHLO_DYNAMIC_SLICE STABLEHLO_DYNAMIC_UPDATE_SLICE STABLEHLO_PAD STABLEHLO_IOTA "
    "STABLEHLO_DOT_GENERAL STABLEHLO_REDUCE_WINDOW STABLEHLO_SORT STABLEHLO_WHILE STABLEHLO_GATHER "
    "STABLEHLO_TRANSPOSE DILATE STABLEHLO_RNG_BIT_GENERATOR REDUCE_WINDOW STABLEHLO_COMPOSITE STABLEHLO_SHIFT_LEFT "
    "STABLEHLO_CBRT");
static_assert(operator_names.back() == "STABLEHLO_CBRT");

}  // namespace hone::graph::tflite::schema
