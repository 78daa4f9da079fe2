// Broadcasting as NumPy defines it: shapes are aligned at the last dimension, and a dimension of 1 stands for any.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "../../elementwise.hpp"
#include "context.hpp"

namespace hone::graph::ops {

/// How an operator on `n` broadcast operands falls apart into operators on flat arrays: `inner` elements each, at places
/// that a loop over the outer dimensions gives.
template <std::size_t n> struct Broadcast {
  struct Loop {
    std::int64_t count;
    std::array<std::int64_t, n> step;  // of elements
  };
  std::int64_t inner = 1;
  std::array<bool, n> scalar{};  // one element stands for the whole inner array
  std::vector<Loop> outer;       // innermost first
  std::int64_t arrays = 1;

  Broadcast() = default;
  /// Shapes that broadcast to `y`.
  Broadcast(const std::array<const Shape*, n>& operands, const Shape& y) {
    std::array<std::int64_t, n> stride;
    stride.fill(1);
    bool flat = true;
    for (std::size_t axis = 0; axis < y.size(); ++axis) {  // counted from the last
      const std::int64_t count = y[y.size() - 1 - axis];
      if (count == 1) continue;
      std::array<bool, n> repeated;
      Loop loop{count, {}};
      for (std::size_t i = 0; i < n; ++i) {
        const Shape& shape = *operands[i];
        const std::int64_t size = axis < shape.size() ? shape[shape.size() - 1 - axis] : 1;
        repeated[i] = size == 1;
        loop.step[i] = repeated[i] ? 0 : stride[i];
        stride[i] *= size;
      }
      flat = flat && (inner == 1 || repeated == scalar);
      if (flat) {
        scalar = repeated;
        inner *= count;
      } else {
        outer.push_back(loop);
        arrays *= count;
      }
    }
  }
  /// Where array `number` of each operand begins.
  std::array<std::int64_t, n> offsets(std::int64_t number) const {
    std::array<std::int64_t, n> at{};
    for (const Loop& loop : outer) {
      for (std::size_t i = 0; i < n; ++i) at[i] += number % loop.count * loop.step[i];
      number /= loop.count;
    }
    return at;
  }
  /// Calls run(offsets of the operands, offset of the output, count) for pieces that cover the output, shared out to
  /// threads. An operand that is `scalar` does not move within a piece.
  template <class Run> void for_each(const Parallel& parallel, Run&& run) const {
    if (arrays == 1) {
      hone::detail::split_elements(inner, parallel, [&](kernels::Range range) {
        std::array<std::int64_t, n> at{};
        for (std::size_t i = 0; i < n; ++i) at[i] = scalar[i] ? 0 : range.begin;
        run(at, range.begin, range.end - range.begin);
      });
      return;
    }
    hone::detail::split(arrays, 1, 0, parallel, [&](kernels::Range range, kernels::Range, std::size_t) {
      for (kernels::Index i = range.begin; i < range.end; ++i) run(offsets(i), i * inner, inner);
    });
  }
};

}  // namespace hone::graph::ops
