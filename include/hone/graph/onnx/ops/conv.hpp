// Convolutions. One and two spatial dimensions in f32 and f16 run on Hone's kernels, in NHWC order: the tensors are
// turned on the way in and out, the weights once. The rest is the definition.
#pragma once
#include "../../../depthwise.hpp"
#include "../window.hpp"
#include "unary.hpp"

namespace hone::graph::onnx::ops {

/// A convolution's operands, checked: x N x C x ..., w O x C / group x kernel.
struct ConvShape {
  Geometry g;
  Index n = 0, c = 0, o = 0, group = 1;
  Index group_c() const { return c / group; }
  Index group_o() const { return o / group; }
};
inline Expected<ConvShape> conv_shape(Call& call, const Value& x, const Value& w) {
  if (w.rank() != x.rank() || w.rank() < 3) return call.fail("x is " + describe(x) + ", w is " + describe(w));
  std::vector<Index> kernel(w.shape.begin() + 2, w.shape.end());
  if (call.has_attribute("kernel_shape") && call.integers("kernel_shape") != kernel) {
    return call.fail("kernel_shape is not that of w, " + describe(w));
  }
  ConvShape s;
  HONE_TRY(g, window_geometry(call, x.shape, kernel));
  s.g = g;
  s.n = x.shape[0];
  s.c = x.shape[1];
  s.o = w.shape[0];
  s.group = call.integer("group", 1);
  if (s.group < 1 || s.c % s.group != 0 || s.o % s.group != 0 || w.shape[1] != s.c / s.group) {
    return call.fail("x is " + describe(x) + ", w is " + describe(w) + ", group " + std::to_string(s.group));
  }
  return s;
}

/// y[n,o,p] = sum over c and taps of x * w, plus bias[o]: the definition. X is read with x_zero taken off.
template <class W> void convolve(const ConvShape& s, const W* x, const W* w, const W* bias, W* y) {
  const Index in = s.g.in_size(), out = s.g.out_size(), taps = s.g.kernel_size(), each = s.group_c() * taps;
  for (Index n = 0; n < s.n; ++n) {
    for (Index o = 0; o < s.o; ++o) {
      const W* const from = x + (n * s.c + o / s.group_o() * s.group_c()) * in;
      for_each_position(s.g.out, [&](const Triple& at, Index p) {
        W sum = bias == nullptr ? W{} : bias[o];
        for_each_tap(s.g, at, [&](Index offset, Index k) {
          for (Index c = 0; c < s.group_c(); ++c) {
            sum = add_numbers(sum, multiply_numbers(from[c * in + offset], w[o * each + c * taps + k]));
          }
        });
        y[(n * s.o + o) * out + p] = sum;
      });
    }
  }
}

/// N x C x P to N x P x C, and back with the two swapped; in tiles that stay in the first cache.
inline void turn_pixels(const float* from, float* to, Index batch, Index rows, Index columns) {
  constexpr Index tile = 16;
  for (Index n = 0; n < batch; ++n, from += rows * columns, to += rows * columns) {
    for (Index r = 0; r < rows; r += tile) {
      for (Index c = 0; c < columns; c += tile) {
        for (Index i = r; i < std::min(r + tile, rows); ++i) {
          for (Index j = c; j < std::min(c + tile, columns); ++j) to[j * rows + i] = from[i * columns + j];
        }
      }
    }
  }
}

struct PackedConv {
  std::vector<PackedFilter<float>> groups;
  std::optional<PackedDepthwise<float>> depthwise;
};
/// The filters of `s` packed for the kernels: OCHW to OHWC a group, or taps x channels.
inline Expected<PackedConv> pack_conv(const Call& call, const ConvShape& s, const Value& w) {
  PackedConv packed;
  const Index taps = s.g.kernel_size(), h = s.g.kernel[1], v = s.g.kernel[2];
  std::vector<float> turned(static_cast<std::size_t>(w.count()));
  if (s.group_c() == 1 && s.group > 1) {
    turn_pixels(w.as<float>(), turned.data(), 1, s.o, taps);
    HONE_TRY(made, PackedDepthwise<float>::make(call.session.tier, h, v, s.o, turned.data()));
    packed.depthwise = std::move(made);
    return packed;
  }
  turn_pixels(w.as<float>(), turned.data(), s.o, s.group_c(), taps);
  const Index k = taps * s.group_c();
  for (Index g = 0; g < s.group; ++g) {
    HONE_TRY(matrix, PackedMatrix<float>::make(call.session.tier, k, s.group_o(), turned.data() + g * s.group_o() * k,
                                               1, k, 0));
    packed.groups.push_back({std::move(matrix), h, v, s.group_c()});
  }
  return packed;
}

/// y N x P x O from x N x P x C, with the kernels.
inline Expected<void> run_conv(const Call& call, const ConvShape& s, const PackedConv& packed, const float* x, float* y,
                               std::span<const float> bias) {
  const Geometry& g = s.g;
  const ImageView<const float> all(x, s.n, g.in[1], g.in[2], s.c);
  const ImageView<float> result(y, s.n, g.out[1], g.out[2], s.o);
  const Conv2dParams params{g.stride[1], g.stride[2], g.dilation[1], g.dilation[2], g.before[1], g.before[2]};
  if (packed.depthwise)
    return depthwise_conv2d(all, *packed.depthwise, result, params, Bias{bias}, call.session.parallel);
  for (Index i = 0; i < s.group; ++i) {
    ImageView<const float> part = all;
    ImageView<float> to = result;
    part.data += i * s.group_c();
    part.c = s.group_c();
    to.data += i * s.group_o();
    to.c = s.group_o();
    const auto own =
        bias.empty() ? bias
                     : bias.subspan(static_cast<std::size_t>(i * s.group_o()), static_cast<std::size_t>(s.group_o()));
    HONE_CHECK(conv2d(part, packed.groups[static_cast<std::size_t>(i)], to, params, Bias{own}, call.session.parallel));
  }
  return {};
}

inline Results conv(Call& call) {
  HONE_CHECK(call.float_input(0));
  HONE_CHECK(call.same_types(0, 1));
  const Value &x = call.in(0), &w = call.in(1);
  HONE_TRY(s, conv_shape(call, x, w));
  if (call.has(2)) {
    HONE_CHECK(call.same_types(0, 2));
    HONE_CHECK(call.count_input(2, s.o));
  }
  HONE_TRY(y, call.make(x.type, s.g.out_shape(s.n, s.o)));
  call.node.operations = 2 * y.count() * s.g.kernel_size() * s.group_c();
  if (y.count() == 0) return one(std::move(y));
  if (x.type == DType::f64 || s.g.dims == 3 || s.c == 0) {
    HONE_CHECK(call.check_work(s.g.work(s.n * s.o) * static_cast<double>(s.group_c() + 1)));
    visit_computed(x.type, [&]<class W>(W) {
      const auto from = elements_as<W>(x), by = elements_as<W>(w);
      const auto bias = call.has(2) ? elements_as<W>(call.in(2)) : std::vector<W>{};
      std::vector<W> to(static_cast<std::size_t>(y.count()));
      convolve<W>(s, from.data(), by.data(), call.has(2) ? bias.data() : nullptr, to.data());
      store(to.data(), y.count(), y.type, y.own);
    });
    return one(std::move(y));
  }
  auto& packed = call.state<std::optional<PackedConv>>();
  if (!packed || !call.is_constant(1)) {
    HONE_TRY(weights, cast_to(call, w, DType::f32));
    HONE_TRY(made, pack_conv(call, s, weights));
    packed = std::move(made);
    call.node.state_bytes = packed->depthwise ? packed->depthwise->bytes() : 0;
    for (const auto& f : packed->groups) call.node.state_bytes += f.matrix.bytes();
  }
  const auto bias = call.has(2) ? elements_as<float>(call.in(2)) : std::vector<float>{};
  HONE_TRY(in, cast_to(call, x, DType::f32));
  HONE_TRY(turned, call.make(DType::f32, in.shape));
  HONE_TRY(out, call.make(DType::f32, y.shape));
  turn_pixels(in.as<float>(), turned.out<float>(), s.n, s.c, s.g.in_size());
  HONE_CHECK(run_conv(call, s, *packed, turned.as<float>(), out.out<float>(), bias));
  if (y.type == DType::f32) {
    turn_pixels(out.as<float>(), y.out<float>(), s.n, s.g.out_size(), s.o);
    return one(std::move(y));
  }
  HONE_TRY(back, call.make(DType::f32, y.shape));
  turn_pixels(out.as<float>(), back.out<float>(), s.n, s.g.out_size(), s.o);
  return one(cast_to(call, back, y.type));
}

/// y[n, o, i * stride + k * dilation - before] += x[n, c, i] * w[c, o, k].
inline Results conv_transpose(Call& call) {
  HONE_CHECK(call.float_input(0));
  HONE_CHECK(call.same_types(0, 1));
  const Value &x = call.in(0), &w = call.in(1);
  if (w.rank() != x.rank() || w.rank() < 3) return call.fail("x is " + describe(x) + ", w is " + describe(w));
  HONE_TRY(g, read_geometry(call, x.shape, {w.shape.begin() + 2, w.shape.end()}));
  const Index group = call.integer("group", 1), c = x.shape[1];
  if (group < 1 || c % group != 0 || w.shape[0] != c) return call.fail("x is " + describe(x) + ", w is " + describe(w));
  const Index per_group = w.shape[1], o = per_group * group, each = c / group;
  const auto extra = call.integers("output_padding", std::vector<Index>(g.dims, 0)),
             asked = call.integers("output_shape");
  if (extra.size() != g.dims || (!asked.empty() && asked.size() < g.dims))
    return call.fail("output_padding, output_shape");
  const std::string auto_pad = call.text("auto_pad", "NOTSET");
  const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  for (std::size_t i = 0, d = 3 - g.dims; i < g.dims; ++i, ++d) {
    if (extra[i] < 0 || extra[i] > (Index{1} << 24)) return call.fail("output_padding of " + std::to_string(extra[i]));
    const Index full = g.stride[d] * (g.in[d] - 1) + extra[i] + (g.kernel[d] - 1) * g.dilation[d] + 1;
    if (!asked.empty() || same) {
      g.out[d] = asked.empty() ? g.in[d] * g.stride[d] : asked[asked.size() - g.dims + i];
      const Index total = std::max<Index>(0, full - g.out[d]);
      g.before[d] = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
    } else {
      g.out[d] = full - g.before[d] - g.after[d];
    }
    if (g.out[d] < 0) return call.fail("an output of " + std::to_string(g.out[d]) + " along a dimension");
  }
  if (call.has(2)) HONE_CHECK(call.count_input(2, o));
  HONE_TRY(y, call.make(x.type, g.out_shape(x.shape[0], o)));
  call.node.operations = 2 * x.count() * per_group * g.kernel_size();
  HONE_CHECK(call.check_work(static_cast<double>(x.count()) * static_cast<double>(per_group) *
                             static_cast<double>(g.kernel_size())));
  // Seen from the output this is a window over it, each tap of which belongs to one input position.
  Geometry over = g;
  std::swap(over.in, over.out);
  const Index in = g.in_size(), out = g.out_size(), taps = g.kernel_size();
  visit_computed(x.type, [&]<class W>(W) {
    const auto from = elements_as<W>(x), by = elements_as<W>(w);
    std::vector<W> to(static_cast<std::size_t>(y.count()));
    const auto bias = call.has(2) ? elements_as<W>(call.in(2)) : std::vector<W>(static_cast<std::size_t>(o));
    for (Index n = 0; n < x.shape[0]; ++n) {
      for (Index k = 0; k < o; ++k) {
        W* const plane = to.data() + (n * o + k) * out;
        std::fill(plane, plane + out, bias[static_cast<std::size_t>(k)]);
        for (Index i = k / per_group * each; i < (k / per_group + 1) * each; ++i) {
          const W* const source = from.data() + (n * c + i) * in;
          const W* const filter = by.data() + (i * per_group + k % per_group) * taps;
          for_each_position(g.in, [&](const Triple& at, Index p) {
            for_each_tap(over, at, [&](Index offset, Index t) {
              plane[offset] = add_numbers(plane[offset], multiply_numbers(source[p], filter[t]));
            });
          });
        }
      }
    }
    store(to.data(), y.count(), y.type, y.own);
  });
  return one(std::move(y));
}

}  // namespace hone::graph::onnx::ops
