// RNN, GRU and LSTM. x: steps x batch x inputs; w, r, b: directions x (gates * hidden) x .... The inputs' share of all
// steps is one matrix product on the kernels; each step then adds the state's.
#pragma once
#include "matmul.hpp"

namespace hone::graph::onnx::ops {

using Gate = float (*)(float x, float alpha, float beta);
struct Activation {
  Gate gate;
  float alpha, beta;
};
inline Expected<Activation> activation_named(const Call& call, const std::string& name) {
  static constexpr struct {
    const char* name;
    Gate gate;
    float alpha, beta;
  } known[] = {
      {"Sigmoid", [](float x, float, float) { return 1 / (1 + std::exp(-x)); }, 0, 0},
      {"Tanh", [](float x, float, float) { return std::tanh(x); }, 0, 0},
      {"Relu", [](float x, float, float) { return x > 0 ? x : 0; }, 0, 0},
      {"Affine", [](float x, float a, float b) { return a * x + b; }, 1, 0},
      {"LeakyRelu", [](float x, float a, float) { return x < 0 ? a * x : x; }, 0.01F, 0},
      {"ThresholdedRelu", [](float x, float a, float) { return x > a ? x : 0; }, 1, 0},
      {"ScaledTanh", [](float x, float a, float b) { return a * std::tanh(b * x); }, 1, 1},
      {"HardSigmoid", [](float x, float a, float b) { return std::fmin(std::fmax(a * x + b, 0.0F), 1.0F); }, 0.2F,
       0.5F},
      {"Elu", [](float x, float a, float) { return x < 0 ? a * std::expm1(x) : x; }, 1, 0},
      {"Softsign", [](float x, float, float) { return x / (1 + std::fabs(x)); }, 0, 0},
      {"Softplus", [](float x, float, float) { return x > 20 ? x : std::log1p(std::exp(x)); }, 0, 0},
  };
  const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
  for (const auto& k : known) {
    const std::string_view other = k.name;
    if (std::equal(name.begin(), name.end(), other.begin(), other.end(), same))
      return Activation{k.gate, k.alpha, k.beta};
  }
  return call.fail("activation '" + name + "' is not supported", ErrorCode::unsupported);
}

/// What the three have in common, checked.
struct Recurrent {
  Index steps = 0, batch = 0, inputs = 0, hidden = 0, directions = 1, gates = 1;
  bool batch_first = false, first_backward = false;
  float clip = std::numeric_limits<float>::infinity();
  std::vector<Activation> activations;  ///< for each direction
  std::vector<float> x;                 ///< steps x batch x inputs
  std::vector<Index> lengths;           ///< of each sequence of the batch
  Value w, r;
  std::vector<float> bias;  ///< directions x 2 x gates * hidden

  float limited(float v) const { return std::fmin(std::fmax(v, -clip), clip); }
};
struct PackedRecurrent {
  std::vector<PackedMatrix<float>> w, r;  // for each direction
};

inline Expected<Recurrent> read_recurrent(Call& call, Index gates, const std::vector<std::string>& defaults) {
  Recurrent c;
  HONE_CHECK(call.float_input(0));
  for (const std::size_t i : {0, 1, 2}) HONE_CHECK(call.rank_input(i, 3, 3));
  for (const std::size_t i : {1, 2}) HONE_CHECK(call.same_types(0, i));
  const std::string direction = call.text("direction", "forward");
  c.directions = direction == "bidirectional" ? 2 : 1;
  c.first_backward = direction == "reverse";
  c.batch_first = call.integer("layout") != 0;
  c.gates = gates;
  const Shape& x = call.in(0).shape;
  c.steps = x[c.batch_first ? 1 : 0];
  c.batch = x[c.batch_first ? 0 : 1];
  c.inputs = x[2];
  c.hidden = call.in(2).shape[2];
  const Index rows = gates * c.hidden;
  if (call.in(1).shape != Shape{c.directions, rows, c.inputs} ||
      call.in(2).shape != Shape{c.directions, rows, c.hidden} || call.integer("hidden_size", c.hidden) != c.hidden) {
    return call.fail(call.input_name(0) + ", " + call.input_name(1) + ", " + call.input_name(2) + " do not fit");
  }
  if (call.has(3)) HONE_CHECK(call.count_input(3, c.directions * 2 * rows));
  c.bias = call.has(3) ? elements_as<float>(call.in(3))
                       : std::vector<float>(static_cast<std::size_t>(c.directions * 2 * rows));
  c.lengths.assign(static_cast<std::size_t>(c.batch), c.steps);
  if (call.has(4)) {
    HONE_CHECK(call.count_input(4, c.batch));
    HONE_TRY(lengths, call.integers_of(4));
    c.lengths = std::move(lengths);
    for (const Index length : c.lengths) {
      if (length < 0 || length > c.steps) return call.fail("a length of " + std::to_string(length));
    }
  }
  if (call.has_attribute("clip")) c.clip = call.real("clip", 0);
  std::vector<std::string> names;
  if (const Attribute* a = call.find("activations", Attribute::Kind::strings)) names = a->strings;
  if (names.empty()) {
    for (Index d = 0; d < c.directions; ++d) names.insert(names.end(), defaults.begin(), defaults.end());
  }
  if (names.size() != static_cast<std::size_t>(c.directions) * defaults.size()) {
    return call.fail(std::to_string(names.size()) + " activations");
  }
  const Attribute *alpha = call.find("activation_alpha", Attribute::Kind::floats),
                  *beta = call.find("activation_beta", Attribute::Kind::floats);
  for (std::size_t i = 0; i < names.size(); ++i) {
    HONE_TRY(activation, activation_named(call, names[i]));
    if (alpha != nullptr && i < alpha->floats.size()) activation.alpha = alpha->floats[i];
    if (beta != nullptr && i < beta->floats.size()) activation.beta = beta->floats[i];
    c.activations.push_back(activation);
  }
  Value in = call.in(0);
  if (c.batch_first) {
    HONE_TRY(turned, transposed(call, in, {1, 0, 2}));
    in = std::move(turned);
  }
  c.x = elements_as<float>(in);
  HONE_TRY(w, cast_to(call, call.in(1), DType::f32));
  HONE_TRY(r, cast_to(call, call.in(2), DType::f32));
  c.w = std::move(w);
  c.r = std::move(r);
  auto& packed = call.state<PackedRecurrent>();
  if (packed.w.empty() || !call.is_constant(1) || !call.is_constant(2)) {
    packed = {};
    for (Index d = 0; d < c.directions; ++d) {
      HONE_TRY(pw, PackedMatrix<float>::make(call.session.tier, c.inputs, rows, c.w.as<float>() + d * rows * c.inputs,
                                             1, c.inputs, 0));
      HONE_TRY(pr, PackedMatrix<float>::make(call.session.tier, c.hidden, rows, c.r.as<float>() + d * rows * c.hidden,
                                             1, c.hidden, 0));
      call.node.state_bytes += pw.bytes() + pr.bytes();
      packed.w.push_back(std::move(pw));
      packed.r.push_back(std::move(pr));
    }
  }
  call.node.operations = 2 * c.directions * c.steps * c.batch * rows * (c.inputs + c.hidden);
  return c;
}
/// directions x batch x hidden from input i, or zeros.
inline Expected<std::vector<float>> state_input(const Call& call, const Recurrent& c, std::size_t i) {
  const Index count = c.directions * c.batch * c.hidden;
  if (!call.has(i)) return std::vector<float>(static_cast<std::size_t>(count));
  HONE_CHECK(call.count_input(i, count));
  Value v = call.in(i);
  if (c.batch_first) {
    HONE_TRY(turned, transposed(call, v.reshaped({c.batch, c.directions, c.hidden}), {1, 0, 2}));
    v = std::move(turned);
  }
  return elements_as<float>(v);
}
inline Expected<Value> state_output(const Call& call, const Recurrent& c, const std::vector<float>& state) {
  HONE_TRY(y, call.make(call.in(0).type, {c.directions, c.batch, c.hidden}));
  store(state.data(), y.count(), y.type, y.own);
  if (c.batch_first) return transposed(call, y, {1, 0, 2});
  return std::move(y);
}

/// Runs `cell(d, b, from_input, from_state, h)` for each step of each sequence in its direction: the two products, gates
/// * hidden values each without bias, and the state to be updated. Returns Y, Y_h and, where there is a cell state, Y_c.
template <class Cell>
Results run_recurrent(Call& call, const Recurrent& c, std::vector<float>* cell_state, Cell&& cell) {
  HONE_TRY(h, state_input(call, c, 5));
  const Index rows = c.gates * c.hidden;
  std::vector<float> all(static_cast<std::size_t>(c.steps * c.directions * c.batch * c.hidden)),
      from_input(static_cast<std::size_t>(c.steps * c.batch * rows)),
      from_state(static_cast<std::size_t>(c.batch * rows));
  auto& packed = call.state<PackedRecurrent>();
  for (Index d = 0; d < c.directions; ++d) {
    const auto at = static_cast<std::size_t>(d);
    float* const own = h.data() + d * c.batch * c.hidden;
    if (rows == 0 || c.batch == 0) break;
    HONE_CHECK(gemm(MatrixView<const float>(c.x.data(), c.steps * c.batch, c.inputs), packed.w[at],
                    MatrixView<float>(from_input.data(), c.steps * c.batch, rows), call.session.parallel));
    const bool backward = d == 1 || c.first_backward;
    for (Index i = 0; i < c.steps; ++i) {
      HONE_CHECK(gemm(MatrixView<const float>(own, c.batch, c.hidden), packed.r[at],
                      MatrixView<float>(from_state.data(), c.batch, rows)));
      for (Index b = 0; b < c.batch; ++b) {
        const Index length = c.lengths[static_cast<std::size_t>(b)];
        if (i >= length) continue;  // past the end: the state stays, the output is 0
        const Index t = backward ? length - 1 - i : i;
        float* const state = own + b * c.hidden;
        cell(d, b, from_input.data() + (t * c.batch + b) * rows, from_state.data() + b * rows, state);
        std::copy(state, state + c.hidden, all.data() + ((t * c.directions + d) * c.batch + b) * c.hidden);
      }
    }
  }
  Values results;
  HONE_TRY(y, call.make(call.in(0).type, {c.steps, c.directions, c.batch, c.hidden}));
  store(all.data(), y.count(), y.type, y.own);
  if (c.batch_first) {
    HONE_TRY(turned, transposed(call, y, {2, 0, 1, 3}));
    y = std::move(turned);
  }
  results.push_back(std::move(y));
  HONE_TRY(last, state_output(call, c, h));
  results.push_back(std::move(last));
  if (cell_state != nullptr) {
    HONE_TRY(last_cell, state_output(call, c, *cell_state));
    results.push_back(std::move(last_cell));
  }
  return results;
}

/// h = f(w x + r h + biases).
inline Results rnn(Call& call) {
  HONE_TRY(c, read_recurrent(call, 1, {"Tanh"}));
  return run_recurrent(call, c, nullptr, [&c = c](Index d, Index, const float* x, const float* r, float* h) {
    const Activation& f = c.activations[static_cast<std::size_t>(d)];
    const float* const bias = c.bias.data() + d * 2 * c.hidden;
    for (Index i = 0; i < c.hidden; ++i) {
      h[i] = f.gate(c.limited(x[i] + r[i] + bias[i] + bias[c.hidden + i]), f.alpha, f.beta);
    }
  });
}
/// Gates z, r, h; linear_before_reset: r multiplies the product rather than the state.
inline Results gru(Call& call) {
  HONE_TRY(c, read_recurrent(call, 3, {"Sigmoid", "Tanh"}));
  const bool before_reset = call.integer("linear_before_reset") != 0;
  std::vector<float> reset(static_cast<std::size_t>(c.hidden)), z(reset.size());
  return run_recurrent(call, c, nullptr, [&, &c = c](Index d, Index, const float* x, const float* r, float* h) {
    const Activation &f = c.activations[static_cast<std::size_t>(2 * d)],
                     &g = c.activations[static_cast<std::size_t>(2 * d + 1)];
    const Index n = c.hidden;
    const float *const wb = c.bias.data() + d * 6 * n, *const rb = wb + 3 * n;
    const float* const rh = c.r.as<float>() + (d * 3 + 2) * n * n;
    for (Index i = 0; i < n; ++i) {
      z[static_cast<std::size_t>(i)] = f.gate(c.limited(x[i] + r[i] + wb[i] + rb[i]), f.alpha, f.beta);
      reset[static_cast<std::size_t>(i)] =
          f.gate(c.limited(x[n + i] + r[n + i] + wb[n + i] + rb[n + i]), f.alpha, f.beta);
    }
    std::vector<float> next(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i) {
      float v = 0;
      if (before_reset) {
        v = reset[static_cast<std::size_t>(i)] * (r[2 * n + i] + rb[2 * n + i]);
      } else {
        for (Index k = 0; k < n; ++k) v += rh[i * n + k] * reset[static_cast<std::size_t>(k)] * h[k];
        v += rb[2 * n + i];
      }
      next[static_cast<std::size_t>(i)] = g.gate(c.limited(x[2 * n + i] + v + wb[2 * n + i]), g.alpha, g.beta);
    }
    for (Index i = 0; i < n; ++i) {
      const float keep = z[static_cast<std::size_t>(i)];
      h[i] = (1 - keep) * next[static_cast<std::size_t>(i)] + keep * h[i];
    }
  });
}
/// Gates i, o, f, c; P: peephole weights i, o, f.
inline Results lstm(Call& call) {
  HONE_TRY(c, read_recurrent(call, 4, {"Sigmoid", "Tanh", "Tanh"}));
  HONE_TRY(state, state_input(call, c, 6));
  if (call.has(7)) HONE_CHECK(call.count_input(7, c.directions * 3 * c.hidden));
  const auto peephole = call.has(7) ? elements_as<float>(call.in(7))
                                    : std::vector<float>(static_cast<std::size_t>(c.directions * 3 * c.hidden));
  const bool coupled = call.integer("input_forget") != 0;
  return run_recurrent(
      call, c, &state, [&, &c = c, &state = state](Index d, Index b, const float* x, const float* r, float* h) {
        const Activation* const f = c.activations.data() + 3 * d;
        const Index n = c.hidden;
        const float *const bias = c.bias.data() + d * 8 * n, *const p = peephole.data() + d * 3 * n;
        float* const cell = state.data() + (d * c.batch + b) * n;
        for (Index i = 0; i < n; ++i) {
          const auto sum = [&](Index gate, float peep) {
            const Index at = gate * n + i;
            return c.limited(x[at] + r[at] + bias[at] + bias[4 * n + at] + peep);
          };
          const float in = f[0].gate(sum(0, p[i] * cell[i]), f[0].alpha, f[0].beta);
          const float forget = coupled ? 1 - in : f[0].gate(sum(2, p[2 * n + i] * cell[i]), f[0].alpha, f[0].beta);
          const float candidate = f[1].gate(sum(3, 0), f[1].alpha, f[1].beta);
          cell[i] = forget * cell[i] + in * candidate;
          const float out = f[0].gate(sum(1, p[n + i] * cell[i]), f[0].alpha, f[0].beta);
          h[i] = out * f[2].gate(cell[i], f[2].alpha, f[2].beta);
        }
      });
}

}  // namespace hone::graph::onnx::ops
