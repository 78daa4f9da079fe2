// ADD, with broadcasting as NumPy defines it.
#pragma once
#include "../../elementwise.hpp"
#include "binary.hpp"

namespace hone::graph::ops {

template <class Args, class Element> struct AddStep : Step {
  using Kernel = void (*)(const Args&, kernels::Range);
  Kernel kernel = nullptr;
  Args args;
  Broadcast<2> broadcast;
  explicit AddStep(const Broadcast<2>& b) : broadcast(b) {}

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
    const auto at = broadcast.offsets(number);
    part.a = static_cast<const Element*>(args.a) + at[0];
    part.b = static_cast<const Element*>(args.b) + at[1];
    part.out = static_cast<Element*>(args.out) + number * broadcast.inner;
    kernel(part, {0, broadcast.inner});
  }
};

template <class Element, class Args>
Prepared finish_add(const PrepareContext& context, const Node& node, Args args,
                    void (*kernel)(const Args&, kernels::Range), const char* name) {
  const Tensor& y = context.output(node);
  auto step = std::make_unique<AddStep<Args, Element>>(
      Broadcast<2>({&context.input(node, 0)->shape, &context.input(node, 1)->shape}, y.shape));
  args.a = context.in<Element>(node, 0);
  args.b = context.in<Element>(node, 1);
  args.a_scalar = step->broadcast.scalar[0];
  args.b_scalar = step->broadcast.scalar[1];
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
  if (y.type == DType::i32 || y.type == DType::i64)
    return prepare(context, node, Binary{BinaryOp::add, add.activation});
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
