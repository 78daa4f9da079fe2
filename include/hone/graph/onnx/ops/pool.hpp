// Pooling over windows, and its inverse.
#pragma once
#include "../window.hpp"
#include "reduce.hpp"

namespace hone::graph::onnx::ops {

/// Calls f(plane of x, plane of y) for each of the N x C planes, as W.
template <class W, class F> void for_each_plane(const Value& x, const Value& y, Index in, Index out, F f) {
  std::vector<W> from(static_cast<std::size_t>(in)), to(static_cast<std::size_t>(out));
  const Index planes = x.shape[0] * x.shape[1];
  for (Index p = 0; p < planes; ++p) {
    load(x.type, x.data + p * in * static_cast<Index>(size_of(x.type)), 1, in, from.data());
    f(from.data(), to.data(), p);
    store(to.data(), out, y.type, y.own + p * out * static_cast<Index>(size_of(y.type)));
  }
}

/// The largest of each window, and where in x it was (in row-major or column-major order).
inline Results max_pool(Call& call) {
  const Value& x = call.in(0);
  HONE_TRY(g, window_geometry(call, x.shape, call.integers("kernel_shape")));
  HONE_TRY(y, call.make(x.type, g.out_shape(x.shape[0], x.shape[1])));
  HONE_CHECK(call.check_work(g.work(x.shape[0] * x.shape[1])));
  const bool column_major = call.integer("storage_order") != 0;
  Value places;
  if (call.wants(1)) {
    HONE_TRY(made, call.make(DType::i64, y.shape));
    places = std::move(made);
  }
  visit_computed(x.type, [&]<class W>(W) {
    for_each_plane<W>(x, y, g.in_size(), g.out_size(), [&](const W* from, W* to, Index plane) {
      for_each_position(g.out, [&](const Triple& at, Index p) {
        Index best = -1;
        for_each_tap(g, at, [&](Index offset, Index) {
          if (best < 0 || from[offset] > from[best] || (not_a_number(from[offset]) && !not_a_number(from[best]))) {
            best = offset;
          }
        });
        to[p] = best >= 0 ? from[best] : W{};
        if (!places.exists()) return;
        if (column_major && best >= 0) {
          const Index row = best / g.in[2] % g.in[1], column = best % g.in[2], depth = best / (g.in[1] * g.in[2]);
          best = (column * g.in[1] + row) * g.in[0] + depth;
        }
        places.out<Index>()[plane * g.out_size() + p] = best < 0 ? 0 : plane * g.in_size() + best;
      });
    });
  });
  Values results;
  results.push_back(std::move(y));
  if (places.exists()) results.push_back(std::move(places));
  return results;
}

/// finish(sum over the window of step(x), positions that count).
template <class Step, class Finish> Results pool(Call& call, bool count_padding, Step step, Finish finish) {
  HONE_CHECK(call.float_input(0));
  const Value& x = call.in(0);
  HONE_TRY(g, window_geometry(call, x.shape, call.integers("kernel_shape")));
  HONE_TRY(y, call.make(x.type, g.out_shape(x.shape[0], x.shape[1])));
  HONE_CHECK(call.check_work(g.work(x.shape[0] * x.shape[1])));
  for_each_plane<double>(x, y, g.in_size(), g.out_size(), [&](const double* from, double* to, Index) {
    for_each_position(g.out, [&](const Triple& at, Index p) {
      double sum = 0;
      Index count = 0;
      for_each_tap(g, at, [&](Index offset, Index) {
        sum += step(from[offset]);
        ++count;
      });
      if (count_padding) count = g.kernel_size();
      to[p] = finish(sum, static_cast<double>(count));
    });
  });
  return one(std::move(y));
}
inline Results average_pool(Call& call) {
  return pool(
      call, call.integer("count_include_pad") != 0, [](double x) { return x; },
      [](double sum, double count) { return count > 0 ? sum / count : 0; });
}
inline Results lp_pool(Call& call) {
  const auto p = static_cast<double>(call.integer("p", 2));
  return pool(
      call, false, [p](double x) { return std::pow(std::fabs(x), p); },
      [p](double sum, double) { return std::pow(sum, 1 / p); });
}

/// Over all spatial dimensions.
template <class W, class F> Results global_pool(Call& call, F f) {
  HONE_CHECK(call.float_input(0));
  HONE_CHECK(call.rank_input(0, 2, 65));
  const Value& x = call.in(0);
  Shape to = x.shape;
  std::fill(to.begin() + 2, to.end(), 1);
  HONE_TRY(y, call.make(x.type, std::move(to)));
  const Index in = product(x.shape, 2, x.shape.size());
  for_each_plane<W>(x, y, in, 1, [&](const W* from, W* result, Index) { result[0] = f(from, in); });
  return one(std::move(y));
}
inline Results global_average_pool(Call& call) {
  return global_pool<double>(call, [](const double* x, Index count) {
    double sum = 0;
    for (Index i = 0; i < count; ++i) sum += x[i];
    return sum / static_cast<double>(count);
  });
}
inline Results global_max_pool(Call& call) {
  return global_pool<double>(call, [](const double* x, Index count) {
    double top = -std::numeric_limits<double>::infinity();
    for (Index i = 0; i < count; ++i) top = larger(top, x[i]);
    return top;
  });
}
inline Results global_lp_pool(Call& call) {
  const auto p = static_cast<double>(call.integer("p", 2));
  return global_pool<double>(call, [p](const double* x, Index count) {
    double sum = 0;
    for (Index i = 0; i < count; ++i) sum += std::pow(std::fabs(x[i]), p);
    return std::pow(sum, 1 / p);
  });
}

/// Puts each element where MaxPool found it; 0 elsewhere.
inline Results max_unpool(Call& call) {
  const Value &x = call.in(0), &places = call.in(1);
  HONE_TRY(g, read_geometry(call, x.shape, call.integers("kernel_shape")));
  HONE_CHECK(call.type_input(1, DType::i64));
  HONE_CHECK(call.count_input(1, x.count()));
  for (std::size_t d = 3 - g.dims; d < 3; ++d) {
    g.out[d] = (g.in[d] - 1) * g.stride[d] - g.before[d] - g.after[d] + g.kernel[d];
  }
  const Shape tight = g.out_shape(x.shape[0], x.shape[1]);
  Shape to = tight;
  if (call.has(2)) {
    HONE_TRY(given, call.integers_of(2));
    to = std::move(given);
  }
  if (to.size() != tight.size()) return call.fail("output_shape " + to_string(to) + " for " + describe(x));
  HONE_TRY(y, call.make(x.type, to));
  fill(y.type, y.own, y.count());
  // The places count within the tight result; a larger one leaves rows and columns free behind it.
  const Shape from = strides_of(tight), strides = strides_of(to);
  const Index size = static_cast<Index>(size_of(x.type)), count = element_count(tight);
  for (Index i = 0; i < x.count(); ++i) {
    const Index place = places.as<Index>()[i];
    if (count < 0 || place < 0 || place >= count) return call.fail("index " + std::to_string(place));
    Index offset = 0;
    for (std::size_t d = 0; d < to.size(); ++d) {
      const Index at = place / from[d] % tight[d];
      if (at >= to[d]) return call.fail("index " + std::to_string(place) + " for a result of shape " + to_string(to));
      offset += at * strides[d];
    }
    std::memcpy(y.own + offset * size, x.data + i * size, static_cast<std::size_t>(size));
  }
  return one(std::move(y));
}

}  // namespace hone::graph::onnx::ops
