// Normalisations: (x - mean) / sqrt(variance + epsilon), scaled and shifted, over different parts of a tensor.
#pragma once
#include "along.hpp"

namespace hone::graph::onnx::ops {

struct Moments {
  double mean = 0, inverse_deviation = 0;
};
template <class W> Moments moments_of(const W* row, Index count, double epsilon) {
  double sum = 0, squares = 0;
  for (Index i = 0; i < count; ++i) sum += static_cast<double>(row[i]);
  const double mean = sum / static_cast<double>(count);
  for (Index i = 0; i < count; ++i) {
    const double d = static_cast<double>(row[i]) - mean;
    squares += d * d;
  }
  return {mean, 1 / std::sqrt(squares / static_cast<double>(count) + epsilon)};
}

/// y = x * factor[c] + offset[c], c the second dimension.
inline Expected<Value> scale_channels(const Call& call, const Value& x, const std::vector<double>& factor,
                                      const std::vector<double>& offset) {
  HONE_TRY(y, call.make(x.type, x.shape));
  const Index channels = x.rank() > 1 ? x.shape[1] : 1,
              inner = product(x.shape, std::min<std::size_t>(2, x.shape.size()), x.shape.size());
  const Index size = static_cast<Index>(size_of(x.type));
  for (Index i = 0; inner > 0 && i < x.count() / inner; ++i) {
    const auto c = static_cast<std::size_t>(i % channels);
    Value from = x, to = y;
    from.shape = to.shape = {inner};
    from.data += i * inner * size;
    to.own += i * inner * size;
    visit_computed(x.type, [&]<class W>(W) {
      if constexpr (std::is_floating_point_v<W>) {
        map_into<W>(from, to,
                    [a = static_cast<W>(factor[c]), b = static_cast<W>(offset[c])](W v) { return v * a + b; });
      }
    });
  }
  return std::move(y);
}

/// Inference uses the running mean and variance; training those of the batch, and returns the updated running ones.
inline Results batch_normalization(Call& call) {
  HONE_CHECK(call.float_input(0));
  const Value& x = call.in(0);
  const Index channels = x.rank() > 1 ? x.shape[1] : 1;
  for (const std::size_t i : {1, 2, 3, 4}) HONE_CHECK(call.count_input(i, channels));
  const auto scale = elements_as<double>(call.in(1)), bias = elements_as<double>(call.in(2));
  auto mean = elements_as<double>(call.in(3)), variance = elements_as<double>(call.in(4));
  const auto epsilon = static_cast<double>(call.real("epsilon", 1e-5F)),
             momentum = static_cast<double>(call.real("momentum", 0.9F));
  const bool training = call.integer("training_mode") != 0;
  Values running;
  if (training) {
    std::vector<Index> all;
    for (Index d = 0; d < x.rank(); ++d) {
      if (d != 1) all.push_back(d);
    }
    HONE_TRY(rows, rows_of(call, x, all, false));
    const auto elements = elements_as<double>(rows.x);
    std::vector<double> next_mean = mean, next_variance = variance;
    for (std::size_t c = 0; c < mean.size(); ++c) {
      const Moments m = moments_of(elements.data() + static_cast<Index>(c) * rows.width, rows.width, 0);
      mean[c] = m.mean;
      variance[c] = 1 / (m.inverse_deviation * m.inverse_deviation);
      next_mean[c] = next_mean[c] * momentum + mean[c] * (1 - momentum);
      next_variance[c] = next_variance[c] * momentum + variance[c] * (1 - momentum);
    }
    for (const auto* values : {&next_mean, &next_variance}) {
      HONE_TRY(v, call.make(call.in(3).type, call.in(3).shape));
      store(values->data(), v.count(), v.type, v.own);
      running.push_back(std::move(v));
    }
  }
  std::vector<double> factor, offset;
  for (std::size_t c = 0; c < mean.size(); ++c) {
    factor.push_back(scale[c] / std::sqrt(variance[c] + epsilon));
    offset.push_back(bias[c] - mean[c] * factor[c]);
  }
  HONE_TRY(y, scale_channels(call, x, factor, offset));
  Values results;
  results.push_back(std::move(y));
  for (Value& v : running) results.push_back(std::move(v));
  return results;
}

/// Each of `groups` groups of channels of each sample on its own; scale and bias one a channel, or one a group.
inline Results normalize_groups(Call& call, Index groups, bool per_group) {
  HONE_CHECK(call.float_input(0));
  HONE_CHECK(call.rank_input(0, 2, 65));
  const Value& x = call.in(0);
  const Index channels = x.shape[1];
  if (groups < 1 || channels % groups != 0) return call.fail(std::to_string(groups) + " groups of " + describe(x));
  for (const std::size_t i : {1, 2}) HONE_CHECK(call.count_input(i, per_group ? groups : channels));
  const auto scale = elements_as<double>(call.in(1)), bias = elements_as<double>(call.in(2));
  const auto epsilon = static_cast<double>(call.real("epsilon", 1e-5F));
  HONE_TRY(y, call.make(x.type, x.shape));
  const Index pixels = product(x.shape, 2, x.shape.size()), each = channels / groups, width = each * pixels;
  std::vector<float> row(static_cast<std::size_t>(width));
  const Index bytes = width * static_cast<Index>(size_of(x.type));
  for (Index g = 0; width > 0 && g < x.shape[0] * groups; ++g) {
    load(x.type, x.data + g * bytes, 1, width, row.data());
    const Moments m = moments_of(row.data(), width, epsilon);
    for (Index i = 0; i < width; ++i) {
      const auto c = static_cast<std::size_t>(per_group ? g % groups : g % groups * each + i / pixels);
      float& v = row[static_cast<std::size_t>(i)];
      v = static_cast<float>((static_cast<double>(v) - m.mean) * m.inverse_deviation * scale[c] + bias[c]);
    }
    store(row.data(), width, x.type, y.own + g * bytes);
  }
  return one(std::move(y));
}
inline Results instance_normalization(Call& call) {
  return normalize_groups(call, call.in(0).rank() > 1 ? call.in(0).shape[1] : 0, false);
}
inline Results group_normalization(Call& call) {
  const bool per_group = call.node.opset < 21;
  return normalize_groups(call, call.integer("num_groups"), per_group);
}

/// Over all dimensions from `axis` on; also returns mean and inverse deviation.
inline Results layer_normalization(Call& call) {
  HONE_CHECK(call.float_input(0));
  const Value& x = call.in(0);
  HONE_TRY(axis, call.axis_of(call.integer("axis", -1), x.rank()));
  const auto cut = static_cast<std::size_t>(axis);
  const Index rows = product(x.shape, 0, cut), width = product(x.shape, cut, x.shape.size());
  const Shape inner(x.shape.begin() + axis, x.shape.end());
  const auto expanded = [&](std::size_t i) -> Expected<std::vector<float>> {
    HONE_TRY(shape, broadcast(call.in(i).shape, inner));
    if (shape != inner) return call.fail(call.input_name(i) + " for " + describe(x));
    HONE_TRY(all, gather_strided(call, call.in(i), inner, 0, broadcast_strides(call.in(i).shape, inner)));
    return elements_as<float>(all);
  };
  HONE_TRY(scale, expanded(1));
  std::vector<float> bias(static_cast<std::size_t>(width));
  if (call.has(2)) {
    HONE_TRY(given, expanded(2));
    bias = std::move(given);
  }
  const float epsilon = call.real("epsilon", 1e-5F);
  HONE_TRY(y, call.make(x.type, x.shape));
  Shape outer = x.shape;
  std::fill(outer.begin() + axis, outer.end(), 1);
  HONE_TRY(means, call.make(DType::f32, outer));
  HONE_TRY(deviations, call.make(DType::f32, outer));
  std::vector<float> row(static_cast<std::size_t>(width));
  const Index bytes = width * static_cast<Index>(size_of(x.type));
  for (Index r = 0; r < rows; ++r) {
    load(x.type, x.data + r * bytes, 1, width, row.data());
    const auto [mean, factor] =
        layer_norm_f32(row.data(), width, scale.data(), call.has(2) ? bias.data() : nullptr, epsilon);
    store(row.data(), width, x.type, y.own + r * bytes);
    means.out<float>()[r] = mean;
    deviations.out<float>()[r] = factor;
  }
  Values results;
  for (Value* v : {&y, &means, &deviations}) results.push_back(std::move(*v));
  return results;
}
/// x / sqrt(mean of x^2 + epsilon) * scale, over all dimensions from `axis` on.
inline Results rms_normalization(Call& call) {
  HONE_CHECK(call.float_input(0));
  const Value& x = call.in(0);
  HONE_TRY(axis, call.axis_of(call.integer("axis", -1), x.rank()));
  const Shape inner(x.shape.begin() + axis, x.shape.end());
  HONE_TRY(shape, broadcast(call.in(1).shape, inner));
  if (shape != inner) return call.fail(call.input_name(1) + " for " + describe(x));
  HONE_TRY(all, gather_strided(call, call.in(1), inner, 0, broadcast_strides(call.in(1).shape, inner)));
  const auto scale = elements_as<float>(all);
  std::vector<Index> axes;
  for (Index d = axis; d < x.rank(); ++d) axes.push_back(d);
  const auto epsilon = static_cast<double>(call.real("epsilon", 1e-5F));
  return one(rewrite_rows<float>(call, x, axes, [&](float* row, Index count) {
    double squares = 0;
    for (Index i = 0; i < count; ++i) squares += static_cast<double>(row[i]) * static_cast<double>(row[i]);
    const auto factor = static_cast<float>(1 / std::sqrt(squares / static_cast<double>(count) + epsilon));
    for (Index i = 0; i < count; ++i) row[i] *= factor * scale[static_cast<std::size_t>(i)];
  }));
}
inline Results mean_variance_normalization(Call& call) {
  HONE_CHECK(call.float_input(0));
  HONE_TRY(axes, call.axes_of(call.integers("axes", {0, 2, 3}), call.in(0).rank()));
  return one(rewrite_rows<float>(call, call.in(0), axes, [](float* row, Index count) {
    const Moments m = moments_of(row, count, 0);
    const double deviation = 1 / m.inverse_deviation + 1e-9;
    for (Index i = 0; i < count; ++i) row[i] = static_cast<float>((static_cast<double>(row[i]) - m.mean) / deviation);
  }));
}
inline Results lp_normalization(Call& call) {
  HONE_CHECK(call.float_input(0));
  HONE_TRY(axis, call.axis_of(call.integer("axis", -1), call.in(0).rank()));
  const bool squares = call.integer("p", 2) == 2;
  return one(rewrite_rows<float>(call, call.in(0), {axis}, [squares](float* row, Index count) {
    double norm = 0;
    for (Index i = 0; i < count; ++i) {
      const auto v = static_cast<double>(row[i]);
      norm += squares ? v * v : std::fabs(v);
    }
    if (squares) norm = std::sqrt(norm);
    for (Index i = 0; i < count && norm > 0; ++i) row[i] = static_cast<float>(static_cast<double>(row[i]) / norm);
  }));
}
/// x / (bias + alpha / size * sum of squares over `size` neighbouring channels) ^ beta.
inline Results lrn(Call& call) {
  HONE_CHECK(call.float_input(0));
  HONE_CHECK(call.rank_input(0, 2, 65));
  const Value& x = call.in(0);
  const Index channels = x.shape[1], around = call.integer("size", 1);
  if (around < 1) return call.fail("a size of " + std::to_string(around));
  const double alpha = static_cast<double>(call.real("alpha", 1e-4F)) / static_cast<double>(around),
               beta = static_cast<double>(call.real("beta", 0.75F)), bias = static_cast<double>(call.real("bias", 1));
  return one(rewrite_rows<float>(call, x, {1}, [=](float* row, Index) {
    std::vector<double> squares(static_cast<std::size_t>(channels));
    for (std::size_t c = 0; c < squares.size(); ++c)
      squares[c] = static_cast<double>(row[c]) * static_cast<double>(row[c]);
    for (Index c = 0; c < channels; ++c) {
      double sum = 0;
      const Index first = std::max<Index>(0, c - (around - 1) / 2), last = std::min(channels - 1, c + around / 2);
      for (Index k = first; k <= last; ++k) sum += squares[static_cast<std::size_t>(k)];
      row[c] = static_cast<float>(static_cast<double>(row[c]) / std::pow(bias + alpha * sum, beta));
    }
  }));
}

}  // namespace hone::graph::onnx::ops
