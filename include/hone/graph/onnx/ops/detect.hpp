// Boxes: RoiAlign and NonMaxSuppression.
#pragma once
#include "resize.hpp"

namespace hone::graph::onnx::ops {

/// The part of x in each box pooled to a fixed size from points sampled between pixels.
inline Results roi_align(Call& call) {
  HONE_CHECK(call.float_input(0));
  HONE_CHECK(call.rank_input(0, 4, 4));
  HONE_CHECK(call.rank_input(1, 2, 2));
  const Value& x = call.in(0);
  const Index c = x.shape[1], height = x.shape[2], width = x.shape[3], rois = call.in(1).shape[0];
  HONE_CHECK(call.count_input(1, rois * 4));
  HONE_CHECK(call.count_input(2, rois));
  HONE_TRY(batches, call.integers_of(2));
  const Index h = call.integer("output_height", 1), w = call.integer("output_width", 1),
              ratio = call.integer("sampling_ratio", 0);
  const auto scale = static_cast<double>(call.real("spatial_scale", 1));
  const bool half = call.node.opset >= 16 && call.text("coordinate_transformation_mode", "half_pixel") == "half_pixel";
  const bool largest = call.text("mode", "avg") == "max";
  if (h < 1 || w < 1 || ratio < 0 || ratio > 4096 || x.count() == 0) return call.fail("sizes for " + describe(x));
  HONE_TRY(y, call.make(x.type, {rois, c, h, w}));
  HONE_CHECK(call.check_work(static_cast<double>(y.count()) * static_cast<double>(std::max<Index>(ratio * ratio, 1))));
  const auto from = elements_as<double>(x), boxes = elements_as<double>(call.in(1));
  const Index size = static_cast<Index>(size_of(y.type));
  for (Index r = 0; r < rois; ++r) {
    const Index batch = batches[static_cast<std::size_t>(r)];
    if (batch < 0 || batch >= x.shape[0]) return call.fail("batch index " + std::to_string(batch));
    const double* const box = boxes.data() + 4 * r;
    const double shift = half ? 0.5 : 0, x0 = box[0] * scale - shift, y0 = box[1] * scale - shift;
    double box_w = box[2] * scale - shift - x0, box_h = box[3] * scale - shift - y0;
    if (!half) box_w = std::max(box_w, 1.0), box_h = std::max(box_h, 1.0);
    const double bin_h = box_h / static_cast<double>(h), bin_w = box_w / static_cast<double>(w);
    if (!(std::fabs(bin_h) < 4096 && std::fabs(bin_w) < 4096))
      return call.fail("box " + std::to_string(r) + " is too large");
    const Index rows = ratio > 0 ? ratio : static_cast<Index>(std::ceil(bin_h)),
                columns = ratio > 0 ? ratio : static_cast<Index>(std::ceil(bin_w));
    for (Index k = 0; k < c; ++k) {
      const double* const plane = from.data() + (batch * c + k) * height * width;
      for (Index p = 0; p < h * w; ++p) {
        double sum = 0, top = -std::numeric_limits<double>::infinity();
        for (Index i = 0; i < rows * columns; ++i) {
          const Index row = p / w, sample_row = i / columns;
          double v = y0 + static_cast<double>(row) * bin_h +
                     (static_cast<double>(sample_row) + 0.5) * bin_h / static_cast<double>(rows);
          double u = x0 + static_cast<double>(p % w) * bin_w +
                     (static_cast<double>(i % columns) + 0.5) * bin_w / static_cast<double>(columns);
          double parts[4] = {0, 0, 0, 0};
          if (v >= -1 && v <= static_cast<double>(height) && u >= -1 && u <= static_cast<double>(width)) {
            v = std::clamp(v, 0.0, static_cast<double>(height - 1));
            u = std::clamp(u, 0.0, static_cast<double>(width - 1));
            const auto a = static_cast<Index>(v), b = static_cast<Index>(u);
            const Index a1 = std::min(a + 1, height - 1), b1 = std::min(b + 1, width - 1);
            const double dv = v - static_cast<double>(a), du = u - static_cast<double>(b);
            parts[0] = (1 - dv) * (1 - du) * plane[a * width + b];
            parts[1] = (1 - dv) * du * plane[a * width + b1];
            parts[2] = dv * (1 - du) * plane[a1 * width + b];
            parts[3] = dv * du * plane[a1 * width + b1];
          }
          for (const double part : parts) {
            sum += part;
            top = std::max(top, part);  // of the weighted pixels, as ONNX defines it
          }
        }
        const double result = rows * columns < 1 ? 0 : largest ? top : sum / static_cast<double>(rows * columns);
        store(&result, 1, y.type, y.own + ((r * c + k) * h * w + p) * size);
      }
    }
  }
  return one(std::move(y));
}

struct Box {
  double y0, x0, y1, x1;
  double area() const { return (y1 - y0) * (x1 - x0); }
};
inline double overlap(const Box& a, const Box& b) {
  const double h = std::min(a.y1, b.y1) - std::max(a.y0, b.y0), w = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  if (h <= 0 || w <= 0 || a.area() <= 0 || b.area() <= 0) return 0;
  return h * w / (a.area() + b.area() - h * w);
}

/// boxes: N x B x 4, scores: N x classes x B. Of each class the best-scored boxes that overlap no better one by
/// more than the threshold, as rows (batch, class, box).
inline Results non_max_suppression(Call& call) {
  HONE_CHECK(call.rank_input(0, 3, 3));
  HONE_CHECK(call.rank_input(1, 3, 3));
  const Shape &b = call.in(0).shape, &s = call.in(1).shape;
  if (b[2] != 4 || s[0] != b[0] || s[2] != b[1]) return call.fail(call.input_name(0) + ", " + call.input_name(1));
  const bool centered = call.integer("center_point_box") != 0;
  Index most = 0;
  double threshold = 0, least = -std::numeric_limits<double>::infinity();
  if (call.has(2)) {
    HONE_TRY(given, call.scalar_of<Index>(2));
    most = given;
  }
  if (call.has(3)) {
    HONE_TRY(given, call.scalar_of<double>(3));
    threshold = given;
  }
  if (call.has(4)) {
    HONE_TRY(given, call.scalar_of<double>(4));
    least = given;
  }
  const auto corners = elements_as<double>(call.in(0)), scores = elements_as<double>(call.in(1));
  const auto box_at = [&](Index batch, Index i) {
    const double* const p = corners.data() + (batch * b[1] + i) * 4;
    if (centered) return Box{p[1] - p[3] / 2, p[0] - p[2] / 2, p[1] + p[3] / 2, p[0] + p[2] / 2};
    return Box{std::min(p[0], p[2]), std::min(p[1], p[3]), std::max(p[0], p[2]), std::max(p[1], p[3])};
  };
  std::vector<Index> rows;
  for (Index batch = 0; batch < s[0]; ++batch) {
    for (Index label = 0; label < s[1]; ++label) {
      const double* const score = scores.data() + (batch * s[1] + label) * s[2];
      std::vector<Index> order;
      for (Index i = 0; i < s[2]; ++i) {
        if (!call.has(4) || score[i] > least) order.push_back(i);
      }
      std::stable_sort(order.begin(), order.end(), [&](Index p, Index q) { return score[p] > score[q]; });
      std::vector<Box> kept;
      for (const Index i : order) {
        if (static_cast<Index>(kept.size()) >= most) break;
        const Box box = box_at(batch, i);
        if (std::any_of(kept.begin(), kept.end(), [&](const Box& k) { return overlap(k, box) > threshold; })) continue;
        kept.push_back(box);
        rows.insert(rows.end(), {batch, label, i});
      }
    }
  }
  HONE_TRY(y, call.make(DType::i64, {static_cast<Index>(rows.size() / 3), 3}));
  store(rows.data(), y.count(), DType::i64, y.own);
  return one(std::move(y));
}

}  // namespace hone::graph::onnx::ops
