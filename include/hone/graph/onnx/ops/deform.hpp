// Col2Im, the inverse of unfolding, and DeformConv, a convolution whose taps move.
#pragma once
#include "../window.hpp"
#include "sample.hpp"

namespace hone::graph::onnx::ops {

/// x: N x (C * product of block_shape) x blocks; overlapping blocks are added up.
inline Results col2im(Call& call) {
  HONE_CHECK(call.rank_input(0, 3, 3));
  const Value& x = call.in(0);
  HONE_TRY(image, call.integers_of(1));
  HONE_TRY(kernel, call.integers_of(2));
  const std::size_t dims = image.size();
  const auto strides = call.integers("strides", std::vector<Index>(dims, 1)),
             dilations = call.integers("dilations", std::vector<Index>(dims, 1)),
             pads = call.integers("pads", std::vector<Index>(2 * dims, 0));
  constexpr Index most = Index{1} << 24;
  if (kernel.size() != dims || strides.size() != dims || dilations.size() != dims || pads.size() != 2 * dims ||
      dims == 0) {
    return call.fail("image_shape, block_shape and attributes are not for the same dimensions");
  }
  Shape blocks;
  for (std::size_t d = 0; d < dims; ++d) {
    for (const Index v : {image[d], kernel[d], strides[d], dilations[d], pads[d] + 1, pads[d + dims] + 1}) {
      if (v < 1 || v > most) return call.fail("a size, stride, dilation or padding of " + std::to_string(v));
    }
    const Index room = image[d] + pads[d] + pads[d + dims] - (kernel[d] - 1) * dilations[d] - 1;
    blocks.push_back(room < 0 ? 0 : room / strides[d] + 1);
  }
  const Index taps = element_count(kernel), count = element_count(blocks), pixels = element_count(image);
  if (taps < 1 || count < 0 || pixels < 0 || x.shape[1] % taps != 0 || x.shape[2] != count) {
    return call.fail(call.input_name(0) + " for blocks of " + to_string(kernel) + " in " + to_string(image));
  }
  const Index c = x.shape[1] / taps;
  Shape to{x.shape[0], c};
  to.insert(to.end(), image.begin(), image.end());
  HONE_TRY(y, call.make(x.type, std::move(to)));
  // Where a tap of a block lies, or -1.
  const Shape image_strides = strides_of(image);
  const auto place = [&](Index tap, Index at) {
    Index offset = 0;
    for (std::size_t d = dims; d-- > 0;) {
      const Index p = at % blocks[d] * strides[d] - pads[d] + tap % kernel[d] * dilations[d];
      if (p < 0 || p >= image[d]) return Index{-1};
      offset += p * image_strides[d];
      at /= blocks[d];
      tap /= kernel[d];
    }
    return offset;
  };
  visit_computed(x.type, [&]<class W>(W) {
    const auto from = elements_as<W>(x);
    std::vector<W> sums(static_cast<std::size_t>(y.count()));
    for (Index tap = 0; tap < taps; ++tap) {
      for (Index at = 0; at < count; ++at) {
        const Index offset = place(tap, at);
        if (offset < 0) continue;
        for (Index p = 0; p < x.shape[0] * c; ++p) {
          W& sum = sums[static_cast<std::size_t>(p * pixels + offset)];
          sum = add_numbers(sum, from[static_cast<std::size_t>((p * taps + tap) * count + at)]);
        }
      }
    }
    store(sums.data(), y.count(), y.type, y.own);
  });
  return one(std::move(y));
}

/// y[n,o,p] = sum over c, k of w * mask * x sampled at p * stride + k * dilation - pad + offset, plus bias; 2-D.
inline Results deform_conv(Call& call) {
  HONE_CHECK(call.float_input(0));
  for (const std::size_t i : {0, 1, 2}) HONE_CHECK(call.rank_input(i, 4, 4));
  const Value &x = call.in(0), &w = call.in(1), &offset = call.in(2);
  HONE_TRY(g, window_geometry(call, x.shape, {w.shape[2], w.shape[3]}));
  const Index n = x.shape[0], c = x.shape[1], o = w.shape[0], group = call.integer("group", 1),
              offset_group = call.integer("offset_group", 1), taps = g.kernel_size(), out = g.out_size();
  if (group < 1 || offset_group < 1 || c % group != 0 || o % group != 0 || c % offset_group != 0 ||
      w.shape[1] != c / group || offset.shape != Shape{n, offset_group * taps * 2, g.out[1], g.out[2]} ||
      x.count() == 0) {
    return call.fail(call.input_name(0) + ", " + call.input_name(1) + ", " + call.input_name(2));
  }
  if (call.has(3)) HONE_CHECK(call.count_input(3, o));
  if (call.has(4)) HONE_CHECK(call.count_input(4, n * offset_group * taps * out));
  HONE_TRY(y, call.make(x.type, {n, o, g.out[1], g.out[2]}));
  HONE_CHECK(call.check_work(g.work(n * c) * (static_cast<double>(o) / static_cast<double>(group) + 8)));
  const auto from = elements_as<float>(x), filter = elements_as<float>(w), moves = elements_as<float>(offset),
             bias = call.has(3) ? elements_as<float>(call.in(3)) : std::vector<float>(static_cast<std::size_t>(o)),
             mask = call.has(4) ? elements_as<float>(call.in(4)) : std::vector<float>{};
  std::vector<double> sums(static_cast<std::size_t>(y.count()));
  for (std::size_t i = 0; i < sums.size(); ++i)
    sums[i] = static_cast<double>(bias[i / static_cast<std::size_t>(out) % bias.size()]);
  std::vector<Taps> at(2);
  for (Index b = 0; b < n; ++b) {
    for (Index i = 0; i < c; ++i) {
      const Index part = b * offset_group + i / (c / offset_group), first = i / (c / group) * (o / group);
      const float* const plane = from.data() + (b * c + i) * g.in_size();
      for_each_position(g.out, [&](const Triple& position, Index p) {
        for (Index k = 0; k < taps; ++k) {
          const float* const move = moves.data() + (part * taps + k) * 2 * out;
          for (std::size_t d = 0; d < 2; ++d) {
            const Index tap_at = tap(g, d + 1, position[d + 1], d == 0 ? k / g.kernel[2] : k % g.kernel[2]);
            at[d] =
                sample_taps(static_cast<double>(tap_at) + static_cast<double>(move[static_cast<Index>(d) * out + p]),
                            g.in[d + 1], "linear", Outside::zeros, true);
          }
          double v = sampled(plane, {g.in[1], g.in[2]}, at, 0);
          if (!mask.empty()) v *= static_cast<double>(mask[static_cast<std::size_t>((part * taps + k) * out + p)]);
          for (Index f = first; f < first + o / group; ++f) {
            sums[static_cast<std::size_t>((b * o + f) * out + p)] +=
                v *
                static_cast<double>(filter[static_cast<std::size_t>((f * (c / group) + i % (c / group)) * taps + k)]);
          }
        }
      });
    }
  }
  store(sums.data(), y.count(), y.type, y.own);
  return one(std::move(y));
}

}  // namespace hone::graph::onnx::ops
