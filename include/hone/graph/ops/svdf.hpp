// SVDF: each filter is a product over the input, then one over the last `memory` results of it; a unit adds `rank` filters.
// Source: tensorflow/lite/kernels/svdf.cc, internal/reference/svdf.h.
#pragma once
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "lstm_i8.hpp"

namespace hone::graph::ops {

/// The state [batch, filters, memory] moves by one, oldest first, and takes the new results at its end. T f32: all in f32;
/// s8: s8 input and feature weights, s16 state and time weights, bit for bit.
template <class T> struct SvdfStep : Step {
  static constexpr bool real = std::is_same_v<T, float>;
  using State = std::conditional_t<real, float, std::int16_t>;
  using Sum = std::conditional_t<real, float, std::int32_t>;
  const T *x = nullptr, *feature = nullptr;
  const State* time = nullptr;
  const Sum* bias = nullptr;
  State* state = nullptr;
  T* y = nullptr;
  std::int64_t batch = 0, inputs = 0, filters = 0, memory = 0, rank = 1;
  Clamp clamp;
  std::int32_t x_zero = 0, y_zero = 0;
  kernels::FixedPoint feature_factor, time_factor;

  void run(const RunContext&) const override {
    for (std::int64_t b = 0; b < batch; ++b) {
      for (std::int64_t f = 0; f < filters; ++f) {
        State* const s = state + (b * filters + f) * memory;
        std::memmove(s, s + 1, static_cast<std::size_t>(memory - 1) * sizeof(State));
        s[memory - 1] = product(x + b * inputs, feature + f * inputs);
      }
      for (std::int64_t u = 0; u < filters / rank; ++u) y[b * (filters / rank) + u] = unit(b, u);
    }
  }

 private:
  State product(const T* in, const T* w) const {
    Sum sum = 0;
    if constexpr (real) {
      for (std::int64_t i = 0; i < inputs; ++i) sum += in[i] * w[i];
      return sum;
    } else {
      for (std::int64_t i = 0; i < inputs; ++i) sum += (in[i] - x_zero) * w[i];
      return fixed16::saturate(kernels::multiply(sum, feature_factor));
    }
  }
  T unit(std::int64_t b, std::int64_t u) const {
    Sum sum = bias == nullptr ? Sum{0} : bias[u];
    for (std::int64_t f = u * rank; f < (u + 1) * rank; ++f) {
      const State *const s = state + (b * filters + f) * memory, *const w = time + f * memory;
      if constexpr (real) {
        for (std::int64_t m = 0; m < memory; ++m) sum += s[m] * w[m];
      } else {  // wraps, as it would there
        std::uint32_t part = 0;
        for (std::int64_t m = 0; m < memory; ++m) part += static_cast<std::uint32_t>(std::int32_t{s[m]} * w[m]);
        sum = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) + part);
      }
    }
    if constexpr (real) {
      return sum < clamp.lo ? clamp.lo : sum > clamp.hi ? clamp.hi : sum;
    } else {
      const std::int64_t value = std::int64_t{kernels::multiply(sum, time_factor)} + y_zero;
      return static_cast<T>(value > 127 ? 127 : value < -128 ? -128 : value);
    }
  }
};

template <class T> Prepared make_svdf(const PrepareContext& context, const Node& node, const Svdf& svdf) {
  const Tensor &x = *context.input(node, 0), &feature = *context.input(node, 1), &time = *context.input(node, 2);
  using S = SvdfStep<T>;
  auto step = std::make_unique<S>();
  step->x = context.in<T>(node, 0);
  step->feature = context.in<T>(node, 1);
  step->time = context.in<typename S::State>(node, 2);
  if (context.input(node, 3) != nullptr) step->bias = context.in<typename S::Sum>(node, 3);
  step->state = context.state<typename S::State>(node, 4);
  step->y = context.out<T>(node);
  step->batch = x.shape[0];
  step->inputs = x.shape[1];
  step->filters = feature.shape[0];
  step->memory = time.shape[1];
  step->rank = svdf.rank;
  step->clamp = clamp_of(svdf.activation);
  if constexpr (!S::real) {
    const auto scale = [&](const Tensor& t) { return t.quantization.scales[0]; };
    const Tensor &state = *context.input(node, 4), &y = context.output(node);
    step->x_zero = x.quantization.zero_points[0];
    step->y_zero = y.quantization.zero_points[0];
    step->feature_factor = kernels::to_fixed_point(double{scale(feature) * scale(x) / scale(state)});
    step->time_factor = kernels::to_fixed_point(double{scale(state) * scale(time) / scale(y)});
  }
  step->operations_per_nanosecond = 4;
  describe(*step, context, node, std::string("svdf_") + name_of(x.type),
           2 * step->batch * step->filters * (step->inputs + step->memory));
  return step;
}
inline Prepared prepare(const PrepareContext& context, const Node& node, const Svdf& svdf) {
  return context.input(node, 0)->type == DType::f32 ? make_svdf<float>(context, node, svdf)
                                                    : make_svdf<std::int8_t>(context, node, svdf);
}

}  // namespace hone::graph::ops
