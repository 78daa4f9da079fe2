// TensorFlow Lite's convolutions, poolings and other operators on images in Hone's terms.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>

#include "tflite_translation.hpp"

namespace hone::graph::tflite::detail {

// Conv2DOptions and DepthwiseConv2DOptions name the same fields.
template <class Options, class Conv> bool convolution(Translation& t, Conv& conv) {
  if (!rank_4(t, 0) || !rank_4(t, 1)) return false;
  if (t.in(0).type == DType::f32 && !widen_weights(t, 1)) return false;
  conv.stride_h = t.options.get(Options::stride_h);
  conv.stride_w = t.options.get(Options::stride_w);
  conv.dilation_h = t.options.get(Options::dilation_h);
  conv.dilation_w = t.options.get(Options::dilation_w);
  return activation(t, t.options.get(Options::activation), conv.activation) &&
         padding(t, t.options.get(Options::padding), t.in(0).shape, t.in(1).shape[1], t.in(1).shape[2], conv.stride_h,
                 conv.stride_w, conv.dilation_h, conv.dilation_w, conv.padding);
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
  if (t.in(0).type == DType::f32 && !widen_weights(t, 1)) return false;
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
         padding(t, t.options.get(Options::padding), t.in(0).shape, pool.kernel_h, pool.kernel_w, pool.stride_h,
                 pool.stride_w, 1, 1, pool.padding);
}

/// inputs there: the output's shape, weights, x, bias.
inline bool transpose_conv(Translation& t) {
  using Options = schema::TransposeConvOptions;
  auto& conv = t.node.attributes.emplace<TransposeConv>();
  std::vector<int>& inputs = t.node.inputs;
  inputs[0] = inputs[2];
  inputs[2] = inputs.size() > 3 ? inputs[3] : -1;
  inputs.resize(3);
  if (!rank_4(t, 0) || !rank_4(t, 1)) return false;
  if (t.out().shape.size() != 4) return t.wrong(t.who_out() + ": expected 4 dimensions");
  if (t.in(0).type == DType::f32 && !widen_weights(t, 1)) return false;
  conv.stride_h = t.options.get(Options::stride_h);
  conv.stride_w = t.options.get(Options::stride_w);
  return activation(t, t.options.get(Options::activation), conv.activation) &&
         padding(t, t.options.get(Options::padding), t.out().shape, t.in(1).shape[1], t.in(1).shape[2], conv.stride_h,
                 conv.stride_w, 1, 1, conv.padding);
}

template <bool bilinear> bool resize(Translation& t) {
  // The second table leaves out the two deprecated fields of the first.
  using Bilinear = schema::ResizeBilinearOptions;
  using Nearest = schema::ResizeNearestNeighborOptions;
  auto& resize = t.node.attributes.emplace<Resize>();
  resize.bilinear = bilinear;
  resize.align_corners = t.options.get(bilinear ? Bilinear::align_corners : Nearest::align_corners) != 0;
  resize.half_pixel_centers = t.options.get(bilinear ? Bilinear::half_pixel_centers : Nearest::half_pixel_centers) != 0;
  t.node.inputs.resize(1);  // the output's shape says the size
  return true;
}

template <bool inverse> bool space_to_depth(Translation& t) {
  auto& attributes = t.node.attributes.emplace<SpaceToDepth>();
  attributes.block = t.options.get(schema::SpaceToDepthOptions::block_size);
  attributes.inverse = inverse;
  return true;
}

}  // namespace hone::graph::tflite::detail
