// The geometry of convolutions and pooling: a window that steps over one to three dimensions of an image. Fewer than
// three are padded with dimensions of 1 in front, so there is one case.
#pragma once
#include "walk.hpp"

namespace hone::graph::onnx {

using Triple = std::array<Index, 3>;

struct Geometry {
  std::size_t dims = 0;  ///< spatial dimensions of the tensors themselves
  Triple in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, before{0, 0, 0},
      after{0, 0, 0};

  Index in_size() const { return in[0] * in[1] * in[2]; }
  Index out_size() const { return out[0] * out[1] * out[2]; }
  /// Taps visited for all of `planes` outputs: rows and columns of the window outside the image are passed over.
  double work(Index planes) const {
    double steps = static_cast<double>(planes);
    for (std::size_t d = 0; d < 3; ++d) steps *= static_cast<double>(out[d]) * static_cast<double>(kernel[d]);
    return steps;
  }
  Index kernel_size() const { return kernel[0] * kernel[1] * kernel[2]; }
  /// n x c and the spatial sizes.
  Shape out_shape(Index n, Index c) const {
    Shape shape{n, c};
    shape.insert(shape.end(), out.end() - static_cast<Index>(dims), out.end());
    return shape;
  }
};

/// The position in the image that tap k of the window at output o reads along one dimension; outside it, negative or at
/// least in[d].
inline Index tap(const Geometry& g, std::size_t d, Index o, Index k) {
  return o * g.stride[d] + k * g.dilation[d] - g.before[d];
}
/// Calls visit(offset, k) for each tap of the window at output position o that lies inside the image.
template <class Visit> void for_each_tap(const Geometry& g, const Triple& o, Visit&& visit) {
  for (Index a = 0; a < g.kernel[0]; ++a) {
    const Index z = tap(g, 0, o[0], a);
    if (z < 0 || z >= g.in[0]) continue;
    for (Index b = 0; b < g.kernel[1]; ++b) {
      const Index y = tap(g, 1, o[1], b);
      if (y < 0 || y >= g.in[1]) continue;
      for (Index c = 0; c < g.kernel[2]; ++c) {
        const Index x = tap(g, 2, o[2], c);
        if (x >= 0 && x < g.in[2]) visit((z * g.in[1] + y) * g.in[2] + x, (a * g.kernel[1] + b) * g.kernel[2] + c);
      }
    }
  }
}
template <class Visit> void for_each_position(const Triple& size, Visit&& visit) {
  Triple at{};
  for (at[0] = 0; at[0] < size[0]; ++at[0]) {
    for (at[1] = 0; at[1] < size[1]; ++at[1]) {
      for (at[2] = 0; at[2] < size[2]; ++at[2]) visit(at, (at[0] * size[1] + at[1]) * size[2] + at[2]);
    }
  }
}

/// Sizes, strides, dilations and padding from a node's attributes, each checked; output sizes not yet.
inline Expected<Geometry> read_geometry(Call& call, const Shape& x, const std::vector<Index>& kernel) {
  Geometry g;
  constexpr Index most = Index{1} << 24;
  if (x.size() < 3 || x.size() > 5) {
    return call.fail("x is of shape " + to_string(x) + "; 1 to 3 spatial dimensions are supported",
                     ErrorCode::unsupported);
  }
  g.dims = x.size() - 2;
  const std::size_t lead = 3 - g.dims;
  const auto stride = call.integers("strides", std::vector<Index>(g.dims, 1)),
             dilation = call.integers("dilations", std::vector<Index>(g.dims, 1)),
             pads = call.integers("pads", std::vector<Index>(2 * g.dims, 0));
  if (kernel.size() != g.dims || stride.size() != g.dims || dilation.size() != g.dims || pads.size() != 2 * g.dims) {
    return call.fail("kernel_shape, strides, dilations or pads are not for " + std::to_string(g.dims) + " dimensions");
  }
  for (std::size_t d = 0; d < g.dims; ++d) {
    const Index values[] = {kernel[d], stride[d], dilation[d], pads[d] + 1, pads[d + g.dims] + 1};
    for (const Index v : values) {
      if (v < 1 || v > most) return call.fail("a window's size, stride, dilation or padding of " + std::to_string(v));
    }
    g.in[lead + d] = x[d + 2];
    g.kernel[lead + d] = kernel[d];
    g.stride[lead + d] = stride[d];
    g.dilation[lead + d] = dilation[d];
    g.before[lead + d] = pads[d];
    g.after[lead + d] = pads[d + g.dims];
  }
  if (call.text("auto_pad", "NOTSET") == "VALID") g.before = g.after = {};
  return g;
}
/// Output sizes of a convolution or pooling; auto_pad SAME pads so that they are in / stride, rounded up.
inline Expected<Geometry> window_geometry(Call& call, const Shape& x, const std::vector<Index>& kernel) {
  HONE_TRY(g, read_geometry(call, x, kernel));
  const std::string auto_pad = call.text("auto_pad", "NOTSET");
  const bool ceil = call.integer("ceil_mode") != 0;
  for (std::size_t d = 3 - g.dims; d < 3; ++d) {
    const Index window = (g.kernel[d] - 1) * g.dilation[d] + 1;
    if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
      g.out[d] = (g.in[d] + g.stride[d] - 1) / g.stride[d];
      const Index total = std::max<Index>(0, (g.out[d] - 1) * g.stride[d] + window - g.in[d]);
      g.before[d] = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      g.after[d] = total - g.before[d];
      continue;
    }
    const Index room = g.in[d] + g.before[d] + g.after[d] - window;
    if (room < 0)
      return call.fail("a window of " + std::to_string(window) + " on " + to_string(x) + " with its padding");
    g.out[d] = (room + (ceil ? g.stride[d] - 1 : 0)) / g.stride[d] + 1;
    // A last window that would start in the padding behind the image does not count.
    if (ceil && (g.out[d] - 1) * g.stride[d] >= g.in[d] + g.before[d]) --g.out[d];
  }
  return g;
}

}  // namespace hone::graph::onnx
