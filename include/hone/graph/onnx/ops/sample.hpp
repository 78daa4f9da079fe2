// Images read at points between their pixels: GridSample, and AffineGrid, which makes such points.
#pragma once
#include "resize.hpp"

namespace hone::graph::onnx::ops {

enum class Outside : std::uint8_t { zeros, border, reflection };

/// Coordinate x mirrored at the ends until it lies between them.
inline double mirrored(double x, double lo, double hi) {
  const double range = hi - lo;
  if (range <= 0 || !std::isfinite(x)) return lo;
  double rest = std::fmod(x - lo, 2 * range);
  if (rest < 0) rest += 2 * range;
  return lo + (rest > range ? 2 * range - rest : rest);
}

/// Along one axis: which pixels (-1: outside, 0) a coordinate reads, and their weights.
inline Taps sample_taps(double x, Index n, const std::string& mode, Outside outside, bool align) {
  const double lo = align ? 0 : -0.5, hi = static_cast<double>(n) + (align ? -1 : -0.5);
  if (!std::isfinite(x)) x = lo - 1;
  x = std::clamp(x, -0x1p40, 0x1p40);
  if (mode == "nearest") x = std::nearbyint(x);
  if (x < lo || x > hi) {
    if (outside == Outside::border) x = std::clamp(x, 0.0, static_cast<double>(n - 1));
    if (outside == Outside::reflection) x = mirrored(x, lo, hi);
  }
  Taps taps;
  const double floor = std::floor(x), rest = x - floor;
  const auto first = static_cast<Index>(floor);
  if (mode == "nearest") {
    taps.at = {first};
    taps.weights = {1};
  } else if (mode == "cubic") {
    for (Index k = -1; k <= 2; ++k) {
      taps.at.push_back(first + k);
      taps.weights.push_back(cubic_weight(static_cast<double>(k) - rest, -0.75));
    }
  } else {
    taps.at = {first, first + 1};
    taps.weights = {1 - rest, rest};
  }
  for (Index& at : taps.at) {
    if (at >= 0 && at < n) continue;
    if (outside == Outside::border)
      at = std::clamp<Index>(at, 0, n - 1);
    else if (outside == Outside::reflection)
      at = std::clamp<Index>(static_cast<Index>(mirrored(static_cast<double>(at), lo, hi)), 0, n - 1);
    else
      at = -1;
  }
  return taps;
}

/// sum of weights * pixels over the taps of each axis, outermost first.
inline double sampled(const float* plane, const std::vector<Index>& sizes, const std::vector<Taps>& taps,
                      std::size_t axis) {
  double sum = 0;
  Index inner = 1;
  for (std::size_t d = axis + 1; d < sizes.size(); ++d) inner *= sizes[d];
  for (std::size_t k = 0; k < taps[axis].at.size(); ++k) {
    const Index at = taps[axis].at[k];
    if (at < 0 || taps[axis].weights[k] == 0) continue;
    const float* const from = plane + at * inner;
    sum += taps[axis].weights[k] *
           (axis + 1 == sizes.size() ? static_cast<double>(*from) : sampled(from, sizes, taps, axis + 1));
  }
  return sum;
}

/// x: N x C x ..., grid: N x (output sizes) x dims, its last axis (x, y[, z]) in -1 ... 1.
inline Results grid_sample(Call& call) {
  HONE_CHECK(call.float_input(0));
  HONE_CHECK(call.float_input(1));
  HONE_CHECK(call.rank_input(0, 3, 65));
  const Value &x = call.in(0), &grid = call.in(1);
  const std::size_t dims = x.shape.size() - 2;
  if (grid.rank() != x.rank() || grid.shape.back() != static_cast<Index>(dims) || grid.shape[0] != x.shape[0] ||
      x.count() == 0) {
    return call.fail(call.input_name(0) + ", " + call.input_name(1));
  }
  std::string mode = call.text("mode", "linear");
  if (mode == "bicubic") mode = "cubic";
  const std::string padding = call.text("padding_mode", "zeros");
  const Outside outside = padding == "border"       ? Outside::border
                          : padding == "reflection" ? Outside::reflection
                                                    : Outside::zeros;
  const bool align = call.integer("align_corners") != 0;
  const std::vector<Index> sizes(x.shape.begin() + 2, x.shape.end());
  Shape to{x.shape[0], x.shape[1]};
  to.insert(to.end(), grid.shape.begin() + 1, grid.shape.end() - 1);
  HONE_TRY(y, call.make(x.type, std::move(to)));
  const auto from = elements_as<float>(x), points = elements_as<float>(grid);
  const Index in = product(x.shape, 2, x.shape.size()), out = product(y.shape, 2, y.shape.size()), c = x.shape[1];
  std::vector<float> results(static_cast<std::size_t>(y.count()));
  std::vector<Taps> taps(dims);
  for (Index n = 0; n < x.shape[0]; ++n) {
    for (Index p = 0; p < out; ++p) {
      for (std::size_t d = 0; d < dims; ++d) {
        const float v = points[static_cast<std::size_t>(n * out + p) * dims + dims - 1 - d];
        const auto length = static_cast<float>(sizes[d]);
        const float at = align ? (v + 1) / 2 * (length - 1) : ((v + 1) * length - 1) / 2;
        taps[d] = sample_taps(static_cast<double>(at), sizes[d], mode, outside, align);
      }
      for (Index k = 0; k < c; ++k) {
        results[static_cast<std::size_t>((n * c + k) * out + p)] =
            static_cast<float>(sampled(from.data() + (n * c + k) * in, sizes, taps, 0));
      }
    }
  }
  store(results.data(), y.count(), y.type, y.own);
  return one(std::move(y));
}

/// theta: N x dims x (dims + 1); size: N, C and the sizes of the grid. Points theta * (x, y[, z], 1).
inline Results affine_grid(Call& call) {
  HONE_CHECK(call.float_input(0));
  HONE_CHECK(call.rank_input(0, 3, 3));
  HONE_TRY(size, call.integers_of(1));
  const std::size_t dims = size.size() > 2 ? size.size() - 2 : 0;
  const Index n = call.in(0).shape[0];
  if (dims < 1 || dims > 3 || element_count(size) < 0 || size[0] != n ||
      call.in(0).shape != Shape{n, static_cast<Index>(dims), static_cast<Index>(dims) + 1}) {
    return call.fail(call.input_name(0) + " for a grid of " + to_string(size));
  }
  const bool align = call.integer("align_corners") != 0;
  Shape to{n};
  to.insert(to.end(), size.begin() + 2, size.end());
  to.push_back(static_cast<Index>(dims));
  HONE_TRY(y, call.make(call.in(0).type, std::move(to)));
  const auto theta = elements_as<double>(call.in(0));
  const Index points = product(size, 2, size.size());
  std::vector<double> results(static_cast<std::size_t>(y.count())), at(dims + 1, 1);
  for (Index b = 0; b < n; ++b) {
    for (Index p = 0; p < points; ++p) {
      for (std::size_t d = dims, rest = static_cast<std::size_t>(p); d-- > 0;) {
        const auto length = static_cast<std::size_t>(size[d + 2]);
        const auto i = static_cast<double>(rest % length), extent = static_cast<double>(length);
        rest /= length;
        at[dims - 1 - d] = align ? (length > 1 ? -1 + 2 * i / (extent - 1) : -1) : -1 + (2 * i + 1) / extent;
      }
      for (std::size_t r = 0; r < dims; ++r) {
        double sum = 0;
        for (std::size_t k = 0; k <= dims; ++k)
          sum += theta[(static_cast<std::size_t>(b) * dims + r) * (dims + 1) + k] * at[k];
        results[static_cast<std::size_t>(b * points + p) * dims + r] = sum;
      }
    }
  }
  store(results.data(), y.count(), y.type, y.own);
  return one(std::move(y));
}

}  // namespace hone::graph::onnx::ops
