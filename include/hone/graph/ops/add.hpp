// ADD, with broadcasting as NumPy defines it.
#pragma once
#include "../../elementwise.hpp"
#include "context.hpp"

namespace hone::graph::ops {

/// How a sum with broadcasting falls apart into sums of flat arrays: `inner` elements each, at places that a loop over
/// the outer dimensions gives.
struct Broadcast {
  struct Loop {
    std::int64_t count, step_a, step_b;  // of elements
  };
  std::int64_t inner = 1;
  bool a_scalar = false, b_scalar = false;  // one element stands for the whole inner array
  std::vector<Loop> outer;                  // innermost first
  std::int64_t arrays = 1;

  /// Shapes that broadcast to `y`.
  Broadcast(const Shape& a, const Shape& b, const Shape& y) {
    const auto size = [&](const Shape& s, std::size_t axis) {  // counted from the last
      return axis < s.size() ? s[s.size() - 1 - axis] : 1;
    };
    std::int64_t stride_a = 1, stride_b = 1;
    bool flat = true;
    for (std::size_t axis = 0; axis < y.size(); ++axis) {
      const std::int64_t n = size(y, axis), na = size(a, axis), nb = size(b, axis);
      if (n == 1) continue;
      const bool repeat_a = na == 1, repeat_b = nb == 1;
      flat = flat && (inner == 1 || (repeat_a == a_scalar && repeat_b == b_scalar));
      if (flat) {
        a_scalar = repeat_a;
        b_scalar = repeat_b;
        inner *= n;
      } else {
        outer.push_back({n, repeat_a ? 0 : stride_a, repeat_b ? 0 : stride_b});
        arrays *= n;
      }
      stride_a *= na;
      stride_b *= nb;
    }
  }
};

template <class Args, class Element> struct AddStep : Step {
  using Kernel = void (*)(const Args&, kernels::Range);
  Kernel kernel = nullptr;
  Args args;
  Broadcast broadcast;
  explicit AddStep(const Broadcast& b) : broadcast(b) {}

  void run(const RunContext& context) const override {
    if (broadcast.arrays == 1) {
      hone::detail::split_elements(broadcast.inner, context.parallel,
                                   [&](kernels::Range range) { kernel(args, range); });
      return;
    }
    hone::detail::split(broadcast.arrays, 1, 0, context.parallel,
                        [&](kernels::Range range, kernels::Range, std::size_t) {
                          for (kernels::Index i = range.begin; i < range.end; ++i) run_array(i);
                        });
  }
  void run_array(kernels::Index number) const {
    Args part = args;
    std::int64_t a = 0, b = 0, rest = number;
    for (const Broadcast::Loop& loop : broadcast.outer) {
      a += rest % loop.count * loop.step_a;
      b += rest % loop.count * loop.step_b;
      rest /= loop.count;
    }
    part.a = static_cast<const Element*>(args.a) + a;
    part.b = static_cast<const Element*>(args.b) + b;
    part.out = static_cast<Element*>(args.out) + number * broadcast.inner;
    kernel(part, {0, broadcast.inner});
  }
};

template <class Element, class Args>
Prepared finish_add(const PrepareContext& context, const Node& node, Args args,
                    void (*kernel)(const Args&, kernels::Range), const char* name) {
  const Tensor& y = context.output(node);
  auto step = std::make_unique<AddStep<Args, Element>>(
      Broadcast(context.input(node, 0)->shape, context.input(node, 1)->shape, y.shape));
  args.a = context.in<Element>(node, 0);
  args.b = context.in<Element>(node, 1);
  args.a_scalar = step->broadcast.a_scalar;
  args.b_scalar = step->broadcast.b_scalar;
  args.out = context.out<Element>(node);
  step->args = args;
  step->kernel = kernel;
  describe(*step, context, node, name, y.elements());
  return step;
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Add& add) {
  const Tensor &a = *context.input(node, 0), &b = *context.input(node, 1), &y = context.output(node);
  const auto* table = cpu::kernels<kernels::AddKernels>(context.tier);
  if (a.type == DType::f32 && b.type == DType::f32 && y.type == DType::f32) {
    const Clamp clamp = clamp_of(add.activation);
    kernels::AddF32 args;
    args.lo = clamp.lo;
    args.hi = clamp.hi;
    return finish_add<float>(context, node, args, table->f32, "add_f32");
  }
  if (!is_8_bit(y) || a.type != y.type || b.type != y.type) return unsupported_types(context, node);
  const Expected<Quantization> qa = quantization_of(a);
  if (!qa) return tl::unexpected<Error>(qa.error());
  const Expected<Quantization> qb = quantization_of(b);
  if (!qb) return tl::unexpected<Error>(qb.error());
  const Expected<Quantization> qy = quantization_of(y);
  if (!qy) return tl::unexpected<Error>(qy.error());
  const auto args = hone::detail::add_args(*qa, *qb, *qy, clamp_of(add.activation, *qy));
  if (!args) return tl::unexpected<Error>(args.error());
  return finish_add<std::int8_t>(context, node, *args, table->i8, "add_i8");  // or u8: the same places
}

}  // namespace hone::graph::ops
