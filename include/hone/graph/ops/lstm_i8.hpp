// UNIDIRECTIONAL_SEQUENCE_LSTM in integers: s8 input, output and weights, s16 cell state and gates; TensorFlow Lite's
// reference bit for bit. Gates are Q3.12 before their activation and Q0.15 after; the cell state's scale is a power of two.
// Source: tensorflow/lite/kernels/lstm_eval.cc, unidirectional_sequence_lstm.cc.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#include "fixed16.hpp"
#include "lstm.hpp"

namespace hone::graph::ops {

/// out += scale * (W x), saturated. The zero point of x is in the bias.
struct LstmProduct {
  const std::int8_t* weights = nullptr;
  Buffer<std::int32_t> bias;
  kernels::FixedPoint factor;

  static Expected<LstmProduct> make(const std::int8_t* weights, std::int64_t rows, std::int64_t columns,
                                    const std::int32_t* bias, std::int32_t zero, double factor) {
    auto folded = Buffer<std::int32_t>::make(static_cast<std::size_t>(rows));
    if (!folded) return tl::unexpected<Error>(folded.error());
    for (std::int64_t r = 0; r < rows; ++r) {
      std::int64_t sum = 0, magnitude = 0;
      for (std::int64_t c = 0; c < columns; ++c) {
        const std::int64_t w = weights[r * columns + c];
        sum += w;
        magnitude += w < 0 ? -w : w;
      }
      const std::int64_t value = (bias == nullptr ? 0 : bias[r]) - sum * zero;
      if (std::abs(value) + 128 * magnitude > INT32_MAX) {
        return fail(ErrorCode::unsupported, "the sums of row " + std::to_string(r) + " could leave 32 bits");
      }
      (*folded)[static_cast<std::size_t>(r)] = static_cast<std::int32_t>(value);
    }
    LstmProduct product;
    product.weights = weights;
    product.bias = std::move(*folded);
    product.factor = kernels::to_fixed_point(factor);
    return product;
  }
  std::int32_t row(std::int64_t r, const std::int8_t* x, std::int64_t columns) const {
    std::int32_t sum = bias[static_cast<std::size_t>(r)];
    const std::int8_t* const w = weights + r * columns;
    for (std::int64_t c = 0; c < columns; ++c) sum += x[c] * w[c];
    return kernels::multiply(sum, factor);
  }
};

struct LstmI8Step : Step {
  LstmSizes sizes;
  const std::int8_t* x = nullptr;
  std::int8_t *y = nullptr, *output_state = nullptr;
  std::int16_t* cell_state = nullptr;
  LstmProduct weights[4], recurrent[4], projection;
  const std::int16_t* peephole[4] = {};
  kernels::FixedPoint peephole_factor[4], hidden_factor;
  bool coupled = false, projected = false;
  std::int32_t cell_clip = 0, projection_clip = 0, hidden_zero = 0, output_zero = 0;
  int cell_log2 = 0;  // of the cell state's scale

  void run(const RunContext& context) const override {
    const std::int64_t n = sizes.cells;
    auto* const gates = reinterpret_cast<std::int16_t*>(context.scratch);
    auto* const hidden = reinterpret_cast<std::int8_t*>(gates + 4 * n);
    for (std::int64_t b = 0; b < sizes.batch; ++b) {
      for (std::int64_t t = 0; t < sizes.time; ++t) {
        const std::int64_t row = b * sizes.batch_step + t * sizes.time_step;
        std::int8_t* const h = output_state + b * sizes.outputs;
        cell_step(x + row * sizes.inputs, cell_state + b * n, h, gates, hidden);
        std::memcpy(h, hidden, static_cast<std::size_t>(sizes.outputs));
        std::memcpy(y + row * sizes.outputs, h, static_cast<std::size_t>(sizes.outputs));
      }
    }
  }
  std::size_t scratch_bytes(std::size_t) const override {
    return static_cast<std::size_t>(4 * sizes.cells) * sizeof(std::int16_t) +
           static_cast<std::size_t>(2 * (sizes.cells + sizes.outputs));
  }

 private:
  void gate(std::size_t g, const std::int8_t* in, const std::int8_t* h, const std::int16_t* c,
            std::int16_t* out) const {
    for (std::int64_t i = 0; i < sizes.cells; ++i) {
      std::int16_t sum = fixed16::saturate(weights[g].row(i, in, sizes.inputs));
      sum = add(recurrent[g].row(i, h, sizes.outputs), sum);
      if (c != nullptr && peephole[g] != nullptr) {
        sum = add(kernels::multiply(std::int32_t{peephole[g][i]} * c[i], peephole_factor[g]), sum);
      }
      out[i] = sum;
    }
  }
  static std::int16_t add(std::int32_t a, std::int16_t b) {
    const std::int64_t sum = std::int64_t{a} + b;
    return static_cast<std::int16_t>(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
  }
  static std::int16_t product(std::int16_t a, std::int16_t b, int shift) {
    return static_cast<std::int16_t>(kernels::rounding_divide(std::int32_t{a} * b, shift));
  }
  void cell_step(const std::int8_t* in, std::int16_t* c, const std::int8_t* h, std::int16_t* scratch,
                 std::int8_t* out) const {
    const std::int64_t n = sizes.cells;
    std::int16_t *const i = scratch, *const f = scratch + n, *const g = scratch + 2 * n, *const o = scratch + 3 * n;
    gate(forget_gate, in, h, c, f);
    gate(cell_gate, in, h, nullptr, g);
    if (!coupled) gate(input_gate, in, h, c, i);
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int16_t forget = fixed16::logistic(f[k], 3), value = fixed16::tanh(g[k], 3);
      const std::int16_t open = coupled ? static_cast<std::int16_t>(32767 - forget) : fixed16::logistic(i[k], 3);
      const std::int32_t sum = product(forget, c[k], 15) + product(open, value, 30 + cell_log2);
      c[k] = fixed16::saturate(sum);
      if (cell_clip > 0)
        c[k] = static_cast<std::int16_t>(std::min(std::max<std::int32_t>(c[k], -cell_clip), cell_clip));
    }
    gate(output_gate, in, h, c, o);
    std::int8_t* const hidden = projected ? out + sizes.outputs : out;
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int32_t value = std::int32_t{fixed16::logistic(o[k], 3)} * fixed16::tanh(c[k], 15 + cell_log2);
      hidden[k] = to_8(std::int64_t{kernels::multiply(value, hidden_factor)} + hidden_zero);
    }
    if (!projected) return;
    for (std::int64_t r = 0; r < sizes.outputs; ++r) {
      out[r] = to_8(std::int64_t{projection.row(r, hidden, n)} + output_zero);
      if (projection_clip > 0) {
        out[r] = static_cast<std::int8_t>(std::min(std::max<std::int32_t>(out[r], -projection_clip), projection_clip));
      }
    }
  }
  static std::int8_t to_8(std::int64_t x) { return static_cast<std::int8_t>(x > 127 ? 127 : x < -128 ? -128 : x); }
};

/// A clip in units of `scale`, cut to `most`; 0: none.
inline std::int32_t quantized_clip(float clip, float scale, float most) {
  return clip > 0 ? static_cast<std::int32_t>(std::fmin(clip / scale, most)) : 0;
}

inline Prepared make_lstm_i8(const PrepareContext& context, const Node& node, const Lstm& lstm) {
  namespace at = lstm_input;
  const auto scale = [&](std::size_t i) { return context.input(node, i)->quantization.scales[0]; };
  const auto zero = [&](std::size_t i) { return context.input(node, i)->quantization.zero_points[0]; };
  const auto has = [&](std::size_t i) { return context.input(node, i) != nullptr; };
  auto step = std::make_unique<LstmI8Step>();
  const LstmSizes sizes(context, node, lstm);
  step->sizes = sizes;
  step->x = context.in<std::int8_t>(node, 0);
  step->y = context.out<std::int8_t>(node);
  step->output_state = context.state<std::int8_t>(node, at::output_state);
  step->cell_state = context.state<std::int16_t>(node, at::cell_state);
  step->coupled = !has(at::weights + input_gate);
  step->projected = has(at::projection);
  const float gate_unit = 1.0F / 4096;  // Q3.12
  const int exponent = std::ilogb(scale(at::cell_state));
  step->cell_log2 = exponent;
  for (std::size_t g = step->coupled ? forget_gate : input_gate; g < 4; ++g) {
    const auto* const bias = has(at::bias + g) ? context.in<std::int32_t>(node, at::bias + g) : nullptr;
    auto w = LstmProduct::make(context.in<std::int8_t>(node, at::weights + g), sizes.cells, sizes.inputs, bias, zero(0),
                               double{scale(at::weights + g) * scale(0) / gate_unit});
    if (!w) return tl::unexpected<Error>(w.error());
    step->weights[g] = std::move(*w);
    auto r = LstmProduct::make(context.in<std::int8_t>(node, at::recurrent + g), sizes.cells, sizes.outputs, nullptr,
                               zero(at::output_state),
                               double{scale(at::recurrent + g) * scale(at::output_state) / gate_unit});
    if (!r) return tl::unexpected<Error>(r.error());
    step->recurrent[g] = std::move(*r);
    if (g == cell_gate || !has(peephole_of(g))) continue;
    step->peephole[g] = context.in<std::int16_t>(node, peephole_of(g));
    const auto unit = static_cast<float>(std::ldexp(1.0, exponent));
    step->peephole_factor[g] = kernels::to_fixed_point(double{unit * scale(peephole_of(g)) / gate_unit});
  }
  step->hidden_factor = kernels::to_fixed_point(double{static_cast<float>(0x1p-15 / lstm.hidden_scale * 0x1p-15)});
  step->hidden_zero = step->projected ? lstm.hidden_zero : zero(at::output_state);
  step->output_zero = zero(at::output_state);
  if (step->projected) {
    const auto* const bias = has(at::projection_bias) ? context.in<std::int32_t>(node, at::projection_bias) : nullptr;
    auto p = LstmProduct::make(context.in<std::int8_t>(node, at::projection), sizes.outputs, sizes.cells, bias,
                               lstm.hidden_zero,
                               double{scale(at::projection) * lstm.hidden_scale / scale(at::output_state)});
    if (!p) return tl::unexpected<Error>(p.error());
    step->projection = std::move(*p);
  }
  step->cell_clip = quantized_clip(lstm.cell_clip, scale(at::cell_state), 32767);
  step->projection_clip = quantized_clip(lstm.projection_clip, scale(at::output_state), 127);
  step->operations_per_nanosecond = 4;
  describe(*step, context, node, "lstm_i8", sizes.operations());
  return step;
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Lstm& lstm) {
  return context.input(node, 0)->type == DType::f32 ? make_lstm_f32(context, node, lstm)
                                                    : make_lstm_i8(context, node, lstm);
}

}  // namespace hone::graph::ops
