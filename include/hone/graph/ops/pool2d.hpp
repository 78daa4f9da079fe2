// AVERAGE_POOL_2D and MAX_POOL_2D.
#pragma once
#include "../../pool.hpp"
#include "conv2d.hpp"

namespace hone::graph::ops {

template <class Args> struct PoolStep : Step {
  const kernels::PoolKernels* table = nullptr;
  Args args;
  bool average = true;
  kernels::Index batch = 0;

  void run(const RunContext& context) const override {
    hone::detail::run_pool(*table, args, average, context.parallel, batch);
  }
};

template <class T>
Prepared prepare_pool(const PrepareContext& context, const Node& node, const Pool2d& pool,
                      const hone::detail::EitherOptions& options, const char* type) {
  const Tensor& output = context.output(node);
  const auto x = PrepareContext::image(context.in<T>(node, 0), *context.input(node, 0));
  const auto y = PrepareContext::image(context.out<T>(node), output);
  auto args = hone::detail::pool_args(x.data, y.data, options);
  args.window = hone::detail::make_window(x, y, pool.kernel_h, pool.kernel_w, window_params(pool));
  args.ldc = y.stride_w;
  if (auto ok = hone::detail::check_pool_windows(args.window); !ok) return tl::unexpected<Error>(ok.error());
  auto step = std::make_unique<PoolStep<decltype(args)>>();
  step->table = cpu::kernels<kernels::PoolKernels>(context.tier);
  step->args = args;
  step->average = pool.average;
  step->batch = y.n;
  describe(*step, context, node, (pool.average ? "average_" : "max_") + std::string(type),
           output.elements() * pool.kernel_h * pool.kernel_w);
  return step;
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Pool2d& pool) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  hone::detail::EitherOptions options;
  options.clamp = clamp_of(pool.activation);
  if (x.type == DType::f32 && y.type == DType::f32) return prepare_pool<float>(context, node, pool, options, "f32");
  if (!is_8_bit(x) || x.type != y.type) return unsupported_types(context, node);
  const Expected<Quantization> q = quantization_of(y);
  if (!q) return tl::unexpected<Error>(q.error());
  options.integer_clamp = clamp_of(pool.activation, *q);
  return x.type == DType::u8 ? prepare_pool<std::uint8_t>(context, node, pool, options, "i8")
                             : prepare_pool<std::int8_t>(context, node, pool, options, "i8");
}

}  // namespace hone::graph::ops
