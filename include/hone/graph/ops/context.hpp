// What an operator is given when its step is prepared, and the conversions every operator needs.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../conv.hpp"
#include "../model.hpp"
#include "step.hpp"

namespace hone::graph {

/// Whether weights with many zeros are multiplied by the sparse kernels.
enum class Sparse : std::uint8_t { automatic, never, always };

namespace ops {

/// A graph that IF or WHILE runs, with memory of its own.
class Subprogram {
 public:
  virtual ~Subprogram() = default;
  virtual void run(const RunContext& context) = 0;  // of which it uses all but the scratch
  virtual std::int64_t operations() const = 0;
  std::vector<std::span<std::byte>> inputs, outputs;
};
class SubprogramMaker {
 public:
  virtual ~SubprogramMaker() = default;
  virtual Expected<std::unique_ptr<Subprogram>> make(const Model& graph) const = 0;
};

struct PrepareContext {
  const Model& model;
  const std::vector<std::byte*>& memory;  ///< where each tensor of the model lies; null for constants
  Tier tier;
  Rounding rounding;
  Sparse sparse;
  const SubprogramMaker* programs = nullptr;  ///< null where constants are folded, which have no such nodes

  const Tensor& tensor(int number) const { return model.tensors[static_cast<std::size_t>(number)]; }
  /// Input i of the node, or null where it is absent.
  const Tensor* input(const Node& node, std::size_t i) const {
    return i < node.inputs.size() && node.inputs[i] >= 0 ? &tensor(node.inputs[i]) : nullptr;
  }
  const Tensor& output(const Node& node, std::size_t i = 0) const { return tensor(node.outputs[i]); }

  template <class T = std::byte> const T* in(const Node& node, std::size_t i) const {
    const Tensor& t = *input(node, i);
    const std::byte* data = t.constant ? t.data.data() : memory[static_cast<std::size_t>(node.inputs[i])];
    return reinterpret_cast<const T*>(data);
  }
  template <class T = std::byte> T* out(const Node& node, std::size_t i = 0) const {
    return reinterpret_cast<T*>(memory[static_cast<std::size_t>(node.outputs[i])]);
  }
  /// Where a variable lies, input i of the node.
  template <class T = std::byte> T* state(const Node& node, std::size_t i) const {
    return reinterpret_cast<T*>(memory[static_cast<std::size_t>(node.inputs[i])]);
  }
  /// A rank-4 tensor as an image batch.
  template <class T> static ImageView<T> image(T* data, const Tensor& t) {
    return {data, t.shape[0], t.shape[1], t.shape[2], t.shape[3]};
  }
};

using Prepared = Expected<std::unique_ptr<Step>>;

inline bool is_8_bit(const Tensor& t) { return t.type == DType::i8 || t.type == DType::u8; }

/// The elements of a constant; empty for a tensor that is absent.
template <class T> std::span<const T> constant_values(const Tensor* t) {
  if (t == nullptr) return {};
  return {reinterpret_cast<const T*>(t->data.data()), static_cast<std::size_t>(t->elements())};
}

/// Scale and zero point of an activation: one for the tensor.
inline Expected<Quantization> quantization_of(const Tensor& t) {
  const TensorQuantization& q = t.quantization;
  if (q.scales.size() != 1) {
    return fail(ErrorCode::unsupported, "tensor '" + t.name + "': " + std::to_string(q.scales.size()) +
                                            " quantisation scales, expected one for the tensor");
  }
  return Quantization{q.scales[0], q.zero_points.empty() ? 0 : q.zero_points[0], t.type};
}

/// The zero point of weights, which must be one for the whole tensor.
inline Expected<std::int32_t> weights_zero_point(const Tensor& t) {
  const std::vector<std::int32_t>& zeros = t.quantization.zero_points;
  for (const std::int32_t zero : zeros) {
    if (zero != zeros[0]) {
      return fail(ErrorCode::unsupported, "weights '" + t.name + "': zero points that differ between channels");
    }
  }
  return zeros.empty() ? 0 : zeros[0];
}

inline Clamp clamp_of(Activation activation) {
  switch (activation) {
    case Activation::none: break;
    case Activation::relu: return {0, std::numeric_limits<float>::infinity()};
    case Activation::relu6: return {0, 6};
    case Activation::relu_n1_to_1: return {-1, 1};
    case Activation::relu_0_to_1: return {0, 1};
  }
  return {};
}

/// The bounds of an activation in the units of a quantised output, as TensorFlow Lite rounds them.
inline IntegerClamp clamp_of(Activation activation, const Quantization& q) {
  IntegerClamp range;
  hone::detail::range_of(q.type, range.lo, range.hi);
  const Clamp real = clamp_of(activation);
  const auto quantized = [&](float value) {  // q.scale > 0; a huge quotient is beyond the type's range either way
    const float units = std::round(value / q.scale);
    return q.zero_point + static_cast<std::int32_t>(std::fmin(std::fmax(units, -65536.0F), 65536.0F));
  };
  if (std::isfinite(real.lo)) range.lo = std::max(range.lo, quantized(real.lo));
  if (std::isfinite(real.hi)) range.hi = std::min(range.hi, quantized(real.hi));
  return range;
}

inline tl::unexpected<Error> unsupported_types(const PrepareContext& context, const Node& node) {
  std::string types;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Tensor* t = context.input(node, i);
    types += std::string(i == 0 ? "" : ", ") + (t == nullptr ? "none" : name_of(t->type));
  }
  types += " -> ";
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    types += std::string(i == 0 ? "" : ", ") + name_of(context.output(node, i).type);
  }
  return fail(ErrorCode::unsupported, "types " + types + " are not supported");
}

/// Fills in the parts of a step's description that all operators share. `kernel` and `operations` are the operator's.
inline void describe(Step& step, const PrepareContext& context, const Node& node, std::string kernel,
                     std::int64_t operations) {
  StepInfo& info = step.info;
  info.kernel = std::move(kernel);
  info.tier = cpu::name_of(context.tier);
  info.operations = operations;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Tensor* t = context.input(node, i);
    if (t == nullptr) continue;
    info.bytes += static_cast<std::int64_t>(t->bytes());
    if (i < 2) info.shapes += (i == 0 ? "" : t->constant ? " * " : ", ") + to_string(t->shape);
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const Tensor& y = context.output(node, i);
    info.bytes += static_cast<std::int64_t>(y.bytes());
    if (i < 2) info.shapes += (i == 0 ? " -> " : ", ") + to_string(y.shape);
  }
}

}  // namespace ops
}  // namespace hone::graph
