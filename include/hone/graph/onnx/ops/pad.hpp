// Pad: constants, or copies of the elements inside, around a tensor.
#pragma once
#include "../walk.hpp"

namespace hone::graph::onnx::ops {

/// Where in 0 ... n - 1 the element for position i of an infinite tensor comes from.
inline Index reflected(Index i, Index n) {
  if (n == 1) return 0;
  const Index period = 2 * (n - 1);
  i = (i % period + period) % period;
  return i < n ? i : period - i;
}
inline Index padding_source(const std::string& mode, Index i, Index n) {
  if (mode == "edge") return std::clamp<Index>(i, 0, n - 1);
  if (mode == "wrap") return (i % n + n) % n;
  return reflected(i, n);
}

/// `pads`: before each axis, then after each; negative ones cut. Inputs since version 11, attributes before.
inline Results pad(Call& call) {
  const Value& x = call.in(0);
  const std::string mode = call.text("mode", "constant");
  std::vector<Index> pads = call.has_attribute("pads") ? call.integers("pads") : call.integers("paddings"), axes;
  if (call.has(1)) {
    HONE_TRY(given, call.integers_of(1));
    pads = std::move(given);
  }
  if (call.has(3)) {
    HONE_TRY(given, call.integers_of(3));
    HONE_TRY(checked, call.axes_of(std::move(given), x.rank()));
    axes = std::move(checked);
  } else {
    for (Index d = 0; d < x.rank(); ++d) axes.push_back(d);
  }
  if (mode != "constant" && mode != "edge" && mode != "wrap" && mode != "reflect") return call.fail("mode " + mode);
  if (pads.size() != 2 * axes.size()) {
    return call.fail(std::to_string(pads.size()) + " pads for " + std::to_string(axes.size()) + " axes");
  }
  std::vector<std::byte> constant(size_of(x.type));
  if (call.has(2)) {
    HONE_CHECK(call.same_types(0, 2));
    HONE_CHECK(call.count_input(2, 1));
    std::memcpy(constant.data(), call.in(2).data, constant.size());
  } else {
    const float value = call.real("value", 0);
    store(&value, 1, x.type, constant.data());
  }
  constexpr Index most = Index{1} << 40;
  Value y = x;
  for (std::size_t i = 0; i < axes.size(); ++i) {  // an axis at a time: each is one walk
    const auto d = static_cast<std::size_t>(axes[i]);
    const Index before = pads[i], after = pads[i + axes.size()], extent = y.shape[d];
    if (before == 0 && after == 0) continue;
    if (before > most || after > most || before < -most || after < -most || extent + before + after < 0 ||
        (extent == 0 && mode != "constant")) {
      return call.fail("pads " + std::to_string(before) + ", " + std::to_string(after) + " around " + describe(y));
    }
    Shape to = y.shape;
    to[d] = extent + before + after;
    HONE_TRY(padded, call.make(x.type, std::move(to)));
    const Index outer = product(padded.shape, 0, d), inner = product(padded.shape, d + 1, padded.shape.size()),
                bytes = inner * static_cast<Index>(size_of(x.type));
    for (Index o = 0; o < outer; ++o) {
      for (Index j = 0; j < padded.shape[d]; ++j) {
        std::byte* const target = padded.own + (o * padded.shape[d] + j) * bytes;
        const Index at = j - before;
        if (bytes == 0) continue;
        if (mode == "constant" && (at < 0 || at >= extent)) {
          fill(x.type, target, inner, constant.data());
        } else {
          const Index source = mode == "constant" ? at : padding_source(mode, at, extent);
          std::memcpy(target, y.data + (o * extent + source) * bytes, static_cast<std::size_t>(bytes));
        }
      }
    }
    y = std::move(padded);
  }
  return one(std::move(y));
}

}  // namespace hone::graph::onnx::ops
