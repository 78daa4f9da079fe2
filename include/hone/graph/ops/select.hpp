// SELECT and SELECT_V2: one of two values, by a condition.
#pragma once
#include "broadcast.hpp"

namespace hone::graph::ops {

template <class T> struct SelectStep : Step {
  Broadcast<3> broadcast;
  const std::byte* condition = nullptr;
  const T *a = nullptr, *b = nullptr;
  T* y = nullptr;

  void run(const RunContext& context) const override {
    const std::int64_t step_c = broadcast.scalar[0] ? 0 : 1, step_a = broadcast.scalar[1] ? 0 : 1,
                       step_b = broadcast.scalar[2] ? 0 : 1;
    broadcast.for_each(context.parallel, [&](const auto& at, std::int64_t to, std::int64_t n) {
      for (std::int64_t i = 0; i < n; ++i) {
        const bool first = condition[at[0] + i * step_c] != std::byte{0};
        y[to + i] = first ? a[at[1] + i * step_a] : b[at[2] + i * step_b];
      }
    });
  }
};

template <class T> Prepared make_select(const PrepareContext& context, const Node& node, const Select& select) {
  const Tensor& y = context.output(node);
  Shape condition = context.input(node, 0)->shape;
  if (select.leading) condition.resize(y.shape.size(), 1);
  auto step = std::make_unique<SelectStep<T>>();
  step->broadcast = Broadcast<3>({&condition, &context.input(node, 1)->shape, &context.input(node, 2)->shape}, y.shape);
  step->condition = context.in(node, 0);
  step->a = context.in<T>(node, 1);
  step->b = context.in<T>(node, 2);
  step->y = context.out<T>(node);
  step->operations_per_nanosecond = 2;
  describe(*step, context, node, "select", y.elements());
  return step;
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Select& select) {
  switch (size_of(context.output(node).type)) {
    case 1: return make_select<std::uint8_t>(context, node, select);
    case 2: return make_select<std::uint16_t>(context, node, select);
    case 4: return make_select<std::uint32_t>(context, node, select);
    default: return make_select<std::uint64_t>(context, node, select);
  }
}

}  // namespace hone::graph::ops
