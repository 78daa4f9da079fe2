// The rules of operators that compute: elementwise, reductions, products. See validate.hpp.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "validate_node.hpp"

namespace hone::graph::detail {

class MathRules : public NodeCheck {
 protected:
  using NodeCheck::NodeCheck;

  bool numeric(std::size_t i) { return type_among(i, {DType::f32, DType::i8, DType::u8, DType::i32, DType::i64}); }
  /// The shape that two shapes broadcast to.
  bool broadcast(const Shape& a, const Shape& b, Shape& y, const std::string& who) {
    y.assign(std::max(a.size(), b.size()), 1);
    for (std::size_t d = 0; d < y.size(); ++d) {  // from the last dimension
      const std::int64_t m = d < a.size() ? a[a.size() - 1 - d] : 1, n = d < b.size() ? b[b.size() - 1 - d] : 1;
      if (m != n && m != 1 && n != 1) return wrong(who + ": shapes that do not broadcast");
      y[y.size() - 1 - d] = std::max(m, n);
    }
    return true;
  }
  bool broadcast_inputs(std::size_t i, std::size_t j) {
    Shape y;
    return broadcast(in(i).shape, in(j).shape, y, name_in(i) + " and " + name_in(j)) && output_is(y);
  }
  bool axis(int value, std::size_t rank) {
    return (value >= 0 && static_cast<std::size_t>(value) < rank) ||
           wrong("axis " + std::to_string(value) + " of " + std::to_string(rank) + " dimensions");
  }

  bool rules(const Add&) {
    if (!arity(2, 2) || !numeric(0) || !same_type()) return false;
    if (in(1).type != in(0).type) return wrong(name_in(1) + ": expected the type of " + name_in(0));
    if (!broadcast_inputs(0, 1)) return false;
    if (!is_8_bit(out().type)) return true;
    const int i = node_.inputs[0], j = node_.inputs[1], o = node_.outputs[0];
    if (!quantized(i) || !quantized(j) || !quantized(o)) return false;
    // TensorFlow Lite's sum has 20 fraction bits in units of twice the larger scale; the output may not be finer.
    return 2.0 * std::max(scale(i), scale(j)) < 1048576.0 * scale(o) ||
           wrong(name_out() + ": scale " + decimal(scale(o)) + " is too small for inputs of scale " +
                 decimal(scale(i)) + " and " + decimal(scale(j)));
  }
  bool rules(const Binary& binary) {
    if (!arity(2, 2)) return false;
    const bool tests = is_comparison(binary.op) || is_logical(binary.op);
    if (is_logical(binary.op) ? !type_among(0, {DType::boolean})
        : binary.op == BinaryOp::equal || binary.op == BinaryOp::not_equal
            ? !type_among(0, {DType::f32, DType::i8, DType::u8, DType::i32, DType::i64, DType::boolean})
            : !numeric(0)) {
      return false;
    }
    if (in(1).type != in(0).type) return wrong(name_in(1) + ": expected the type of " + name_in(0));
    if (tests ? out().type != DType::boolean : out().type != in(0).type) {
      return wrong(name_out() + ": expected type " + name_of(tests ? DType::boolean : in(0).type));
    }
    return broadcast_inputs(0, 1) && quantized_if_8_bit(node_.inputs[0]) && quantized_if_8_bit(node_.inputs[1]) &&
           quantized_if_8_bit(node_.outputs[0]);
  }
  bool rules(const Unary&) {
    return arity(1, 1) && type_among(0, {DType::f32, DType::i8, DType::u8, DType::i32, DType::i64, DType::boolean}) &&
           same_type() && output_is(in(0).shape) && quantized_if_8_bit(node_.inputs[0]) &&
           quantized_if_8_bit(node_.outputs[0]);
  }
  bool rules(const Cast&) { return arity(1, 1) && output_is(in(0).shape); }
  bool rules(const Select& select) {
    if (!arity(3, 3) || !type_among(0, {DType::boolean})) return false;
    if (in(1).type != in(2).type || out().type != in(1).type) {
      return wrong(name_out() + ": expected the type of " + name_in(1) + " and " + name_in(2));
    }
    Shape condition = in(0).shape, values, y;
    if (select.leading && condition.size() < out().shape.size()) condition.resize(out().shape.size(), 1);
    return broadcast(in(1).shape, in(2).shape, values, name_in(1) + " and " + name_in(2)) &&
           broadcast(condition, values, y, name_in(0)) && output_is(y);
  }

  bool rules(const Reduce& reduce) {
    if (!arity(1, 1) || !same_type()) return false;
    const bool truth = reduce.op == ReduceOp::any || reduce.op == ReduceOp::all;
    if (truth ? !type_among(0, {DType::boolean}) : !numeric(0)) return false;
    Shape kept, ones = in(0).shape;
    for (std::size_t i = 0; i < reduce.axes.size(); ++i) {
      if (!axis(reduce.axes[i], ones.size())) return false;
      if (i > 0 && reduce.axes[i] <= reduce.axes[i - 1]) return wrong("axes that do not ascend");
      ones[static_cast<std::size_t>(reduce.axes[i])] = 1;
    }
    for (std::size_t d = 0; d < ones.size(); ++d) {
      if (!std::binary_search(reduce.axes.begin(), reduce.axes.end(), static_cast<int>(d))) kept.push_back(ones[d]);
    }
    // A scalar may be written as one element.
    if (out().shape != ones && out().shape != kept && !(kept.empty() && out().elements() == 1)) return output_is(kept);
    if ((reduce.op == ReduceOp::max || reduce.op == ReduceOp::min) && !same_quantization()) return false;
    if (is_8_bit(out().type) && in(0).elements() > 8388608) {
      return unsupported(name_in(0) + ": more than 8,388,608 8-bit elements");  // their sum fits 32 bits
    }
    return quantized_if_8_bit(node_.inputs[0]) && quantized_if_8_bit(node_.outputs[0]);
  }
  bool rules(const ArgReduce& arg) {
    if (!arity(1, 1) || !numeric(0) || !axis(arg.axis, in(0).shape.size())) return false;
    if (out().type != DType::i32 && out().type != DType::i64) return wrong(name_out() + ": expected i32 or i64");
    Shape kept = in(0).shape, ones = kept;
    ones[static_cast<std::size_t>(arg.axis)] = 1;
    kept.erase(kept.begin() + arg.axis);
    return out().shape == ones || output_is(kept);
  }
  bool rules(const CumSum& cumsum) {
    return arity(1, 1) && type_among(0, {DType::f32, DType::i32, DType::i64}) && same_type() &&
           axis(cumsum.axis, in(0).shape.size()) && output_is(in(0).shape);
  }
  bool rules(const TopK&) {
    if (!arity(1, 1, 2) || !numeric(0) || !same_type()) return false;
    if (in(0).shape.empty()) return wrong(name_in(0) + ": expected 1 dimension or more");
    const Tensor& indices = tensor(node_.outputs[1]);
    Shape y = in(0).shape;
    if (out().shape.empty() || out().shape.back() > y.back()) {
      return wrong(name_out() + ": expected at most " + std::to_string(y.back()) + " of each row");
    }
    y.back() = out().shape.back();
    if (indices.type != DType::i32) return unsupported(describe(model_, node_.outputs[1]) + ": i32 is supported");
    return output_is(y) &&
           (indices.shape == y || wrong(describe(model_, node_.outputs[1]) + ": expected " + to_string(y)));
  }
  bool rules(const Softmax& a) {
    if (!arity(1, 1) || !type_among(0, {DType::f32, DType::i8, DType::u8}) || !same_type()) return false;
    if (in(0).shape.empty()) return wrong(name_in(0) + ": expected 1 dimension or more");
    if (!output_is(in(0).shape)) return false;
    if (!std::isfinite(a.beta) || a.beta <= 0) return wrong("beta " + decimal(a.beta) + ", expected a positive number");
    if (!is_8_bit(out().type)) return true;
    const int x = node_.inputs[0], y = node_.outputs[0];
    if (!quantized(x) || !quantized(y)) return false;
    if (scale(y) != 1 / 256.0f || zero(y) != (out().type == DType::u8 ? 0 : -128)) {
      return unsupported(name_out() + ": scale " + decimal(scale(y)) + ", zero point " + std::to_string(zero(y)) +
                         "; expected 1/256 and the least value of the type");
    }
    // Differences are kept with 26 fraction bits: see TensorFlow Lite's PreprocessSoftmaxScaling.
    return double{a.beta} * scale(x) * 67108864.0 > 1 ||
           wrong(name_in(0) + ": scale " + decimal(scale(x)) + " is too small");
  }
  bool rules(const L2Normalize&) {
    if (!arity(1, 1) || !type_among(0, {DType::f32, DType::i8, DType::u8}) || !same_type()) return false;
    if (in(0).shape.empty()) return wrong(name_in(0) + ": expected 1 dimension or more");
    if (!output_is(in(0).shape)) return false;
    if (!is_8_bit(out().type)) return true;
    if (in(0).shape.back() > 32768) return unsupported(name_in(0) + ": rows of more than 32,768 8-bit elements");
    if (!quantized(node_.inputs[0]) || !quantized(node_.outputs[0])) return false;
    const int y = node_.outputs[0];
    return (scale(y) == 1 / 128.0f && zero(y) == (out().type == DType::u8 ? 128 : 0)) ||
           unsupported(name_out() + ": expected scale 1/128 and zero point " + (out().type == DType::u8 ? "128" : "0"));
  }
  bool rules(const LogSoftmax&) {
    return arity(1, 1) && type_among(0, {DType::f32}) && same_type() && output_is(in(0).shape) &&
           (!in(0).shape.empty() || wrong(name_in(0) + ": expected 1 dimension or more"));
  }
  bool rules(const BatchMatMul& product) {
    if (!arity(2, 2) || !type_among(0, {DType::f32, DType::i8}) || !same_type()) return false;
    if (in(1).type != in(0).type) return wrong(name_in(1) + ": expected the type of " + name_in(0));
    Shape a = in(0).shape, b = in(1).shape, y;
    if (a.size() < 2 || b.size() < 2) return wrong(name_in(a.size() < 2 ? 0 : 1) + ": expected 2 dimensions or more");
    const auto pop = [](Shape& s, bool transposed) {  // rows and columns; what is left is the batch
      std::pair<std::int64_t, std::int64_t> size{s[s.size() - 2], s.back()};
      if (transposed) std::swap(size.first, size.second);
      s.resize(s.size() - 2);
      return size;
    };
    const auto [m, k] = pop(a, product.transpose_a);
    const auto [rows, n] = pop(b, product.transpose_b);
    if (k != rows) return wrong(name_in(1) + ": expected " + std::to_string(k) + " rows");
    if (!broadcast(a, b, y, name_in(0) + " and " + name_in(1))) return false;
    y.push_back(m);
    y.push_back(n);
    if (!output_is(y)) return false;
    if (in(0).type == DType::i8 && k > 32768)
      return unsupported(name_in(0) + ": 8-bit sums of more than 32,768 products");
    return quantized_if_8_bit(node_.inputs[0]) && quantized_if_8_bit(node_.inputs[1]) &&
           quantized_if_8_bit(node_.outputs[0]);
  }
};

}  // namespace hone::graph::detail
