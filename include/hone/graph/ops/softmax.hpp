// SOFTMAX along the last axis.
#pragma once
#include "../../softmax.hpp"
#include "context.hpp"

namespace hone::graph::ops {

template <class Args> struct SoftmaxStep : Step {
  const kernels::SoftmaxKernels* table = nullptr;
  Args args;
  kernels::Index rows = 0;

  void run(const RunContext& context) const override {
    hone::detail::run_softmax(*table, args, rows, context.parallel);
  }
};

template <class Args>
Prepared finish_softmax(const PrepareContext& context, const Node& node, const Args& args, const char* kernel) {
  const Tensor& y = context.output(node);
  auto step = std::make_unique<SoftmaxStep<Args>>();
  step->table = cpu::kernels<kernels::SoftmaxKernels>(context.tier);
  step->args = args;
  step->rows = args.n == 0 ? 0 : y.elements() / args.n;
  constexpr std::int64_t operations = 5;  // maximum, difference, exponential, sum, quotient
  describe(*step, context, node, kernel, operations * y.elements());
  return step;
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Softmax& softmax) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  const kernels::Index n = x.shape.empty() ? 1 : x.shape.back();
  if (x.type == DType::f32 && y.type == DType::f32) {
    if (auto ok = hone::detail::check_beta(softmax.beta); !ok) return tl::unexpected<Error>(ok.error());
    const kernels::SoftmaxF32 args{n, context.in<float>(node, 0), n, context.out<float>(node), n, softmax.beta};
    return finish_softmax(context, node, args, "softmax_f32");
  }
  if (!is_8_bit(x) || x.type != y.type) return unsupported_types(context, node);
  const Expected<Quantization> from = quantization_of(x);
  if (!from) return tl::unexpected<Error>(from.error());
  const Expected<Quantization> to = quantization_of(y);
  if (!to) return tl::unexpected<Error>(to.error());
  Expected<kernels::SoftmaxI8> args = hone::detail::softmax_args(*from, *to, softmax.beta);
  if (!args) return tl::unexpected<Error>(args.error());
  args->n = args->lda = args->ldc = n;
  args->in = context.in(node, 0);
  args->out = context.out(node);
  return finish_softmax(context, node, *args, "softmax_i8");
}

}  // namespace hone::graph::ops
