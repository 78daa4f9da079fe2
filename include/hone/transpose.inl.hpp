// Definitions of transpose.hpp (see api.hpp).
#pragma once
#include "transpose.hpp"

namespace hone::detail {

HONE_API Expected<Permutation> plan_permutation(std::span<const std::ptrdiff_t> shape, std::span<const int> order,
                                                std::size_t elements, bool pairs) {
  const std::size_t rank = shape.size();
  if (rank > most_axes || order.size() != rank) {
    return invalid("permute: " + std::to_string(rank) + " axes, " + std::to_string(order.size()) +
                   " in their new order; expected as many, at most " + std::to_string(most_axes));
  }
  double total = 1;  // exact below 2^53; what is larger is more than a span can hold
  std::size_t seen = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    if (shape[i] < 0) return invalid("permute: axis " + std::to_string(i) + " has size " + std::to_string(shape[i]));
    total *= static_cast<double>(shape[i]);
    if (order[i] >= 0 && static_cast<std::size_t>(order[i]) < rank) seen |= std::size_t{1} << order[i];
  }
  if (seen + 1 != std::size_t{1} << rank)
    return invalid("permute: the order names some axis twice, or one there is not");
  if (total != static_cast<double>(elements)) {
    return invalid("permute: the shape's " + std::to_string(total) + " elements are not x's " +
                   std::to_string(elements));
  }

  using kernels::Index;
  Permutation p;
  Permutation::Axis all[most_axes + 1];
  int count = 0;
  Index stride[most_axes] = {};
  Index next = pairs ? 2 : 1;
  for (std::size_t i = rank; i-- > 0; next *= shape[i]) stride[i] = next;
  const auto append = [&](Index size, Index in) {
    if (size == 1) return;
    if (count > 0 && all[count - 1].in == size * in) {  // goes on where the axis before it ends
      all[count - 1].size *= size;
      all[count - 1].in = in;
    } else {
      all[count++] = {size, in, 0};
    }
  };
  for (std::size_t i = 0; i < rank; ++i) append(shape[order[i]], stride[order[i]]);
  if (pairs) append(2, 1);
  next = 1;
  for (int i = count; i-- > 0; next *= all[i].size) all[i].out = next;

  int column = -1;  // the axis along which the input is contiguous
  for (int i = 0; i < count; ++i) column = all[i].in == 1 ? i : column;
  if (column >= 0) p.cols = all[column];
  p.is_copy = column < 0 || column == count - 1;
  if (!p.is_copy) p.rows = all[count - 1];
  for (int i = 0; i < count; ++i) {
    if (i == column || (!p.is_copy && i == count - 1)) continue;
    p.axes[p.outer++] = all[i];
    p.count *= all[i].size;
  }
  return p;
}

HONE_API Expected<void> permute(const Permutation& p, std::size_t element, const std::byte* x, std::byte* y,
                                const Parallel& parallel) {
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  const auto* table = cpu::kernels<kernels::TransposeKernels>(*tier);
  const auto transpose = element == 1 ? table->bytes1 : element == 2 ? table->bytes2 : table->bytes4;
  const auto bytes = static_cast<kernels::Index>(element);
  const auto run = [&](kernels::Range some, kernels::Range rows) {
    for (kernels::Index i = some.begin; i < some.end; ++i) {
      kernels::Index from = 0, to = 0, rest = i;
      for (int axis = p.outer; axis-- > 0; rest /= p.axes[axis].size) {
        from += rest % p.axes[axis].size * p.axes[axis].in;
        to += rest % p.axes[axis].size * p.axes[axis].out;
      }
      const std::byte* in = x + from * bytes;
      std::byte* out = y + to * bytes;
      if (p.is_copy)
        std::memcpy(out, in, static_cast<std::size_t>(p.cols.size * bytes));
      else
        transpose({p.cols.size, in, p.rows.in, out, p.cols.out}, rows);
    }
  };
  // One piece a line of the output, where one transpose is all there is.
  if (p.count > 1)
    split(p.count, 1, 0, parallel, [&](kernels::Range some, kernels::Range, std::size_t) {
      run(some, {0, p.rows.size});
    });
  else
    split(p.rows.size, 64, 0, parallel, [&](kernels::Range rows, kernels::Range, std::size_t) { run({0, 1}, rows); });
  return {};
}

}  // namespace hone::detail
