// UNIDIRECTIONAL_SEQUENCE_LSTM in f32.
//   i, f, g, o = W x + R h + (peephole * c) [+ layer norm] + b;  c = clip(s(f) * c + s(i) * tanh(g));  h = P (s(o) * tanh(c))
// A coupled cell (CIFG) has no input gate: i = 1 - f. The states of output (h) and cell (c) are variables.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#include "product.hpp"
#include "table8.hpp"

namespace hone::graph::ops {

/// TensorFlow Lite's numbering of the inputs; gates are in the order input, forget, cell, output.
namespace lstm_input {
inline constexpr std::size_t weights = 1, recurrent = 5, peephole = 9, bias = 12, projection = 16, projection_bias = 17,
                             output_state = 18, cell_state = 19, norm = 20;
}
enum LstmGate : std::size_t { input_gate, forget_gate, cell_gate, output_gate };
/// The peephole weights of a gate; the cell gate has none.
inline constexpr std::size_t peephole_of(std::size_t gate) {
  return lstm_input::peephole + (gate == output_gate ? 2 : gate);
}

/// Sizes, and how the sequence is walked: sample b at time t is row b * batch_step + t * time_step of x and y.
struct LstmSizes {
  std::int64_t batch = 1, time = 1, inputs = 0, cells = 0, outputs = 0, batch_step = 1, time_step = 1;
  LstmSizes() = default;
  LstmSizes(const PrepareContext& context, const Node& node, const Lstm& lstm) {
    const Shape& x = context.input(node, 0)->shape;
    const bool sequence = x.size() == 3;
    batch = sequence ? x[lstm.time_major ? 1 : 0] : x[0];
    time = sequence ? x[lstm.time_major ? 0 : 1] : 1;
    inputs = x.back();
    cells = context.input(node, lstm_input::weights + output_gate)->shape[0];
    outputs = context.input(node, lstm_input::recurrent + output_gate)->shape[1];
    batch_step = lstm.time_major ? 1 : time;
    time_step = lstm.time_major ? batch : 1;
  }
  std::int64_t operations() const { return 2 * batch * time * 4 * cells * (inputs + outputs + 1); }
};

struct LstmF32Step : Step {
  LstmSizes sizes;
  const float* x = nullptr;
  float *y = nullptr, *output_state = nullptr, *cell_state = nullptr;
  const float *weights[4] = {}, *recurrent[4] = {}, *peephole[4] = {}, *bias[4] = {}, *norm[4] = {};
  const float *projection = nullptr, *projection_bias = nullptr;
  float cell_clip = 0, projection_clip = 0;

  void run(const RunContext& context) const override {
    auto* const scratch = reinterpret_cast<float*>(context.scratch);
    for (std::int64_t b = 0; b < sizes.batch; ++b) {
      for (std::int64_t t = 0; t < sizes.time; ++t) {
        const std::int64_t row = b * sizes.batch_step + t * sizes.time_step;
        float* const h = output_state + b * sizes.outputs;
        step(x + row * sizes.inputs, cell_state + b * sizes.cells, h, scratch);
        std::memcpy(y + row * sizes.outputs, h, static_cast<std::size_t>(sizes.outputs) * sizeof(float));
      }
    }
  }
  std::size_t scratch_bytes(std::size_t) const override {
    return static_cast<std::size_t>(4 * sizes.cells) * sizeof(float);
  }

 private:
  /// sum of a[i] * b[i], in four interleaved sums.
  static float dot(const float* a, const float* b, std::int64_t n) {
    float sum[4] = {};
    std::int64_t i = 0;
    for (; i + 4 <= n; i += 4) {
      for (int k = 0; k < 4; ++k) sum[k] += a[i + k] * b[i + k];
    }
    for (; i < n; ++i) sum[0] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }
  static float clip(float value, float bound) {
    return bound <= 0 ? value : value < -bound ? -bound : value > bound ? bound : value;
  }
  /// What a gate is before its activation; `c` for its peephole, null without.
  void gate(std::size_t g, const float* in, const float* h, const float* c, float* out) const {
    const std::int64_t n = sizes.cells;
    for (std::int64_t i = 0; i < n; ++i) {
      float sum = norm[g] == nullptr && bias[g] != nullptr ? bias[g][i] : 0;
      sum += dot(weights[g] + i * sizes.inputs, in, sizes.inputs);
      sum += dot(recurrent[g] + i * sizes.outputs, h, sizes.outputs);
      if (c != nullptr && peephole[g] != nullptr) sum += peephole[g][i] * c[i];
      out[i] = sum;
    }
    if (norm[g] == nullptr) return;
    float mean = 0, variance = 0;
    for (std::int64_t i = 0; i < n; ++i) mean += out[i];
    mean /= static_cast<float>(n);
    for (std::int64_t i = 0; i < n; ++i) variance += (out[i] - mean) * (out[i] - mean);
    const float inverse = 1 / std::sqrt(variance / static_cast<float>(n) + 1e-8F);
    for (std::int64_t i = 0; i < n; ++i) {
      out[i] = (out[i] - mean) * inverse * norm[g][i] + (bias[g] == nullptr ? 0 : bias[g][i]);
    }
  }
  void step(const float* in, float* c, float* h, float* scratch) const {
    const std::int64_t n = sizes.cells;
    float *const i = scratch, *const f = scratch + n, *const g = scratch + 2 * n, *const o = scratch + 3 * n;
    if (weights[input_gate] != nullptr) gate(input_gate, in, h, c, i);
    gate(forget_gate, in, h, c, f);
    gate(cell_gate, in, h, nullptr, g);
    for (std::int64_t k = 0; k < n; ++k) {
      const float forget = logistic(f[k]), add = weights[input_gate] != nullptr ? logistic(i[k]) : 1 - forget;
      c[k] = clip(forget * c[k] + add * std::tanh(g[k]), cell_clip);
    }
    gate(output_gate, in, h, c, o);
    for (std::int64_t k = 0; k < n; ++k) o[k] = logistic(o[k]) * std::tanh(c[k]);
    for (std::int64_t k = 0; k < sizes.outputs; ++k) {
      if (projection == nullptr) {
        h[k] = o[k];
      } else {
        const float start = projection_bias == nullptr ? 0 : projection_bias[k];
        h[k] = clip(start + dot(projection + k * n, o, n), projection_clip);
      }
    }
  }
};

inline Prepared make_lstm_f32(const PrepareContext& context, const Node& node, const Lstm& lstm) {
  auto step = std::make_unique<LstmF32Step>();
  const auto optional = [&](std::size_t i) {
    return context.input(node, i) == nullptr ? nullptr : context.in<float>(node, i);
  };
  step->sizes = LstmSizes(context, node, lstm);
  step->x = context.in<float>(node, 0);
  step->y = context.out<float>(node);
  for (std::size_t g = 0; g < 4; ++g) {
    step->weights[g] = optional(lstm_input::weights + g);
    step->recurrent[g] = optional(lstm_input::recurrent + g);
    if (g != cell_gate) step->peephole[g] = optional(peephole_of(g));
    step->bias[g] = optional(lstm_input::bias + g);
    step->norm[g] = optional(lstm_input::norm + g);
  }
  step->projection = optional(lstm_input::projection);
  step->projection_bias = optional(lstm_input::projection_bias);
  step->output_state = context.state<float>(node, lstm_input::output_state);
  step->cell_state = context.state<float>(node, lstm_input::cell_state);
  step->cell_clip = lstm.cell_clip;
  step->projection_clip = lstm.projection_clip;
  describe(*step, context, node, "lstm_f32", step->sizes.operations());
  return step;
}

}  // namespace hone::graph::ops
