// Resize and Upsample: one axis at a time, each output a weighted sum of a few inputs.
#pragma once
#include "../map.hpp"

namespace hone::graph::onnx::ops {

struct ResizeOptions {
  std::string mode, coordinates, nearest;
  bool antialias = false, exclude_outside = false;
  double cubic_a = -0.75;
};
/// Inputs and weights of one output along an axis; `outside`: the output is the extrapolation value.
struct Taps {
  std::vector<Index> at;
  std::vector<double> weights;
  bool outside = false;
};

/// Where output o falls along an axis of `in` elements scaled by `scale` to `out`; roi: the part of it that is shown.
inline double source_of(const ResizeOptions& options, Index o, Index in, Index out, double scale, double first,
                        double last) {
  const auto x = static_cast<double>(o), n = static_cast<double>(in), width = scale * n;
  const std::string& mode = options.coordinates;
  if (mode == "align_corners") return width == 1 ? 0 : x * (n - 1) / (width - 1);
  if (mode == "asymmetric") return x / scale;
  if (mode == "tf_crop_and_resize") {
    return first * (n - 1) + (width == 1 ? (last - first) * (n - 1) / 2 : x * (last - first) * (n - 1) / (width - 1));
  }
  if (mode == "pytorch_half_pixel" && width == 1) return -0.5;
  const double half = (x + 0.5) / scale - 0.5;
  if (mode == "half_pixel_symmetric") return n / 2 * (1 - static_cast<double>(out) / width) + half;
  return half;
}

inline double cubic_weight(double x, double a) {
  x = std::fabs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}
inline Taps taps_of(const ResizeOptions& options, double source, Index in, double scale) {
  Taps taps;
  if (options.mode == "nearest") {
    const double floor = std::floor(source), rest = source - floor;
    const bool up = options.nearest == "ceil"                ? rest > 0
                    : options.nearest == "floor"             ? false
                    : options.nearest == "round_prefer_ceil" ? rest >= 0.5
                                                             : rest > 0.5;
    taps.at = {std::clamp<Index>(static_cast<Index>(floor) + (up ? 1 : 0), 0, in - 1)};
    taps.weights = {1};
    return taps;
  }
  const bool cubic = options.mode == "cubic";
  const double stretch = options.antialias ? std::min(scale, 1.0) : 1, reach = (cubic ? 2 : 1) / stretch;
  double sum = 0;
  for (auto i = static_cast<Index>(std::floor(source - reach)) + 1; static_cast<double>(i) < source + reach; ++i) {
    const double d = (static_cast<double>(i) - source) * stretch;
    double w = cubic ? cubic_weight(d, options.cubic_a) : std::max(0.0, 1 - std::fabs(d));
    if (options.exclude_outside && (i < 0 || i >= in)) w = 0;
    taps.at.push_back(std::clamp<Index>(i, 0, in - 1));
    taps.weights.push_back(w);
    sum += w;
  }
  for (double& w : taps.weights) w /= sum;
  return taps;
}

/// Along dimension d, with `taps` for each output.
template <class W>
std::vector<W> resize_axis(const std::vector<W>& x, Index outer, Index in, Index inner, const std::vector<Taps>& taps,
                           W extrapolation) {
  const auto out = static_cast<Index>(taps.size());
  std::vector<W> y(static_cast<std::size_t>(outer * out * inner));
  for (Index o = 0; o < outer; ++o) {
    for (Index j = 0; j < out; ++j) {
      const Taps& t = taps[static_cast<std::size_t>(j)];
      W* const to = y.data() + (o * out + j) * inner;
      if (t.outside) std::fill(to, to + inner, extrapolation);
      for (std::size_t k = 0; !t.outside && k < t.at.size(); ++k) {
        const W* const from = x.data() + (o * in + t.at[k]) * inner;
        const W w = static_cast<W>(t.weights[k]);
        for (Index i = 0; i < inner; ++i) to[i] += w * from[i];
      }
    }
  }
  return y;
}

inline Results resize_to(Call& call, const Value& x, const ResizeOptions& options, const Shape& to,
                         const std::vector<double>& scales, const std::vector<double>& roi, float extrapolation) {
  HONE_TRY(y, call.make(x.type, to));
  if (y.count() == 0) return one(std::move(y));
  if (x.count() == 0) return call.fail("nothing to make " + describe(y) + " from");
  const std::size_t rank = x.shape.size();
  Value part = x;
  for (std::size_t d = 0; d < rank; ++d) {
    const Index in = x.shape[d], out = to[d];
    const double first = roi.empty() ? 0 : roi[d], last = roi.empty() ? 1 : roi[d + rank];
    const bool crops = options.coordinates == "tf_crop_and_resize" && (first != 0 || last != 1);
    if (in == out && scales[d] == 1 && !crops) continue;
    if (options.antialias && std::min(scales[d], 1.0) * 65536 < 1)
      return call.fail("a scale of " + std::to_string(scales[d]));
    std::vector<Taps> taps;
    for (Index o = 0; o < out; ++o) {
      const double source = source_of(options, o, in, out, scales[d], first, last);
      if (!(std::fabs(source) < 0x1p40)) return call.fail("a scale of " + std::to_string(scales[d]));
      taps.push_back(taps_of(options, source, in, scales[d]));
      taps.back().outside =
          options.coordinates == "tf_crop_and_resize" && (source < 0 || source > static_cast<double>(in - 1));
    }
    const std::size_t width = taps.empty() ? 0 : taps[0].at.size();
    HONE_CHECK(call.check_work(static_cast<double>(part.count()) / static_cast<double>(in) * static_cast<double>(out) *
                               static_cast<double>(width)));
    Shape shape = part.shape;
    shape[d] = out;
    HONE_TRY(next, call.make(x.type, std::move(shape)));
    const Index outer = product(part.shape, 0, d), inner = product(part.shape, d + 1, rank);
    const auto along = [&]<class W>(W value) {
      const auto result = resize_axis<W>(elements_as<W>(part), outer, in, inner, taps, value);
      store(result.data(), next.count(), x.type, next.own);
    };
    if (x.type == DType::f32 || x.type == DType::f16 || x.type == DType::bf16)
      along(extrapolation);
    else
      along(static_cast<double>(extrapolation));
    part = std::move(next);
  }
  return one(part);
}

/// Scales or sizes for all axes or for those named. Inputs: x, roi, scales, sizes; before version 11: x, scales.
inline Results resize(Call& call) {
  const Value& x = call.in(0);
  const std::size_t rank = x.shape.size();
  ResizeOptions options;
  const bool old = call.node.opset < 11;
  options.mode = call.text("mode", "nearest");
  if (options.mode == "bilinear") options.mode = "linear";
  options.coordinates = old ? "asymmetric" : call.text("coordinate_transformation_mode", "half_pixel");
  options.nearest = old ? "floor" : call.text("nearest_mode", "round_prefer_floor");
  options.antialias = call.integer("antialias") != 0;
  options.exclude_outside = call.integer("exclude_outside") != 0;
  options.cubic_a = static_cast<double>(call.real("cubic_coeff_a", -0.75F));
  if (options.mode != "nearest" && options.mode != "linear" && options.mode != "cubic")
    return call.fail("mode " + options.mode);
  HONE_TRY(axes, call.axes_of(call.integers("axes"), x.rank()));
  if (axes.empty()) {
    for (Index d = 0; d < x.rank(); ++d) axes.push_back(d);
  }
  const std::size_t scales_at = old ? 1 : 2;
  const auto given = [&](std::size_t i) { return call.has(i) && call.in(i).count() > 0; };
  std::vector<double> scales(rank, 1), roi;
  Shape to = x.shape;
  if (given(scales_at)) {
    HONE_CHECK(call.count_input(scales_at, static_cast<Index>(axes.size())));
    const auto all = elements_as<double>(call.in(scales_at));
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto d = static_cast<std::size_t>(axes[i]);
      const double size = std::floor(all[i] * static_cast<double>(x.shape[d]));
      if (!(all[i] > 0) || !(size < 0x1p40)) return call.fail("a scale of " + std::to_string(all[i]));
      scales[d] = all[i];
      to[d] = static_cast<Index>(size);
    }
  } else if (!old && given(3)) {
    HONE_CHECK(call.count_input(3, static_cast<Index>(axes.size())));
    HONE_TRY(all, call.integers_of(3));
    const std::string policy = call.text("keep_aspect_ratio_policy", "stretch");
    double least = std::numeric_limits<double>::infinity(), most = 0;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto d = static_cast<std::size_t>(axes[i]);
      if (all[i] < 0 || x.shape[d] == 0)
        return call.fail("a size of " + std::to_string(all[i]) + " for " + describe(x));
      to[d] = all[i];
      scales[d] = static_cast<double>(all[i]) / static_cast<double>(x.shape[d]);
      least = std::min(least, scales[d]);
      most = std::max(most, scales[d]);
    }
    for (const Index axis : axes) {
      if (policy == "stretch") break;
      const auto d = static_cast<std::size_t>(axis);
      scales[d] = policy == "not_larger" ? least : most;
      const double size = scales[d] * static_cast<double>(x.shape[d]) + 0.5;
      if (!(size < 0x1p40)) return call.fail("a scale of " + std::to_string(scales[d]));
      to[d] = static_cast<Index>(size);
    }
  } else {
    return call.fail("neither scales nor sizes");
  }
  if (options.coordinates == "tf_crop_and_resize") {
    if (!call.has(1)) return call.fail("tf_crop_and_resize without a roi");
    HONE_CHECK(call.count_input(1, 2 * static_cast<Index>(axes.size())));
    const auto all = elements_as<double>(call.in(1));
    roi.assign(rank, 0);
    roi.resize(2 * rank, 1);
    for (std::size_t i = 0; i < axes.size(); ++i) {
      roi[static_cast<std::size_t>(axes[i])] = all[i];
      roi[static_cast<std::size_t>(axes[i]) + rank] = all[i + axes.size()];
    }
  }
  return resize_to(call, x, options, to, scales, roi, call.real("extrapolation_value", 0));
}
/// The older name; scales are an attribute before version 9.
inline Results upsample(Call& call) {
  if (call.has(1)) return resize(call);
  const Value& x = call.in(0);
  const Attribute* scales = call.find("scales", Attribute::Kind::floats);
  if (scales == nullptr || scales->floats.size() != x.shape.size())
    return call.fail("scales are not for " + describe(x));
  ResizeOptions options{call.text("mode", "nearest"), "asymmetric", "floor"};
  Shape to;
  std::vector<double> factors(scales->floats.begin(), scales->floats.end());
  for (std::size_t d = 0; d < factors.size(); ++d) {
    const double size = std::floor(factors[d] * static_cast<double>(x.shape[d]));
    if (!(factors[d] > 0) || !(size < 0x1p40)) return call.fail("a scale of " + std::to_string(factors[d]));
    to.push_back(static_cast<Index>(size));
  }
  return resize_to(call, x, options, to, factors, {}, 0);
}

}  // namespace hone::graph::onnx::ops
