// The rules of operators that move elements and compute nothing. See validate.hpp.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "validate_math.hpp"

namespace hone::graph::detail {

class LayoutRules : public MathRules {
 protected:
  using MathRules::MathRules;
  using MathRules::rules;

  bool index_type(std::size_t i) { return type_among(i, {DType::i32, DType::i64}); }

  bool rules(const Reshape&) {
    return arity(1, 1) && same_type() &&
           (in(0).elements() == out().elements() || wrong(name_out() + ": expected as many elements as " + name_in(0)));
  }
  bool rules(const Pad& a) {
    if (!arity(1, 2) || !same_type() || !same_quantization()) return false;
    if (has(1) && (in(1).type != in(0).type || in(1).elements() != 1)) {
      return wrong(name_in(1) + ": expected one element of the type of " + name_in(0));
    }
    Shape y = in(0).shape;
    if (a.amounts.size() != y.size()) {
      return wrong(std::to_string(a.amounts.size()) + " pairs of padding for " + name_in(0));
    }
    const std::int64_t edge = a.mode == PadMode::reflect ? 1 : 0;
    for (std::size_t d = 0; d < y.size(); ++d) {
      const auto [before, after] = a.amounts[d];
      const std::int64_t most = a.mode == PadMode::constant ? INT32_MAX : y[d] - edge;
      if (before < 0 || after < 0 || before > most || after > most) {
        return wrong("padding " + std::to_string(before) + ", " + std::to_string(after) + " of dimension " +
                     std::to_string(d) + ", expected 0 " +
                     (a.mode == PadMode::constant ? "or more" : "to " + std::to_string(most)));
      }
      y[d] += std::int64_t{before} + after;
    }
    return output_is(y);
  }
  bool rules(const Transpose& a) {
    if (!arity(1, 1) || !same_type() || !same_quantization()) return false;
    const Shape& x = in(0).shape;
    Shape y(x.size());
    unsigned seen = 0;
    if (a.order.size() != x.size()) return wrong(std::to_string(a.order.size()) + " dimensions in the order");
    for (std::size_t d = 0; d < x.size(); ++d) {
      if (!axis(a.order[d], x.size())) return false;
      seen |= 1U << a.order[d];
      y[d] = x[static_cast<std::size_t>(a.order[d])];
    }
    return (seen == (1U << x.size()) - 1 || wrong("its order names a dimension twice")) && output_is(y);
  }
  bool rules(const Slice& slice) {
    if (!arity(1, 1, slice.boxes.size())) return false;
    const Shape& x = in(0).shape;
    for (std::size_t k = 0; k < slice.boxes.size(); ++k) {
      const Box& box = slice.boxes[k];
      const Tensor& y = tensor(node_.outputs[k]);
      const std::string who = "output " + std::to_string(k) + ", " + describe(model_, node_.outputs[k]);
      if (y.type != in(0).type) return wrong(who + ": expected the type of " + name_in(0));
      if (box.start.size() != x.size() || box.size.size() != x.size() || box.step.size() != x.size()) {
        return wrong(who + ": bounds of another number of dimensions");
      }
      for (std::size_t d = 0; d < x.size(); ++d) {
        const std::int64_t first = box.start[d], count = box.size[d], step = box.step[d];
        // The last element is within, without a product that could overflow.
        const bool inside = first >= 0 && first < x[d] && count >= 1 && step != 0 &&
                            (count == 1 || (step > 0 ? (x[d] - 1 - first) / step : first / -step) >= count - 1);
        if (!inside) {
          return wrong(who + ": dimension " + std::to_string(d) + " from " + std::to_string(first) + ", " +
                       std::to_string(count) + " elements, step " + std::to_string(step) + "; it has " +
                       std::to_string(x[d]));
        }
      }
      if (element_count(box.size) != y.elements()) {
        return wrong(who + ": expected " + std::to_string(element_count(box.size)) + " elements");
      }
      if (is_8_bit(y.type) && !same_meaning(node_.inputs[0], node_.outputs[k], who)) return false;
    }
    return true;
  }
  bool rules(const Concat& a) {
    if (!arity(1, node_.inputs.size())) return false;
    if (a.activation != Activation::none) return unsupported("a fused activation");
    Shape y = in(0).shape;
    if (!axis(a.axis, y.size() + (a.stack ? 1 : 0))) return false;
    const auto at = static_cast<std::size_t>(a.axis);
    if (a.stack) y.insert(y.begin() + a.axis, 1);
    y[at] = 0;
    for (std::size_t i = 0; i < node_.inputs.size(); ++i) {
      if (!has(i)) return wrong("input " + std::to_string(i) + " is absent");
      Shape x = in(i).shape;
      if (a.stack && a.axis <= static_cast<int>(x.size())) x.insert(x.begin() + a.axis, 1);
      if (x.size() != y.size()) return wrong(name_in(i) + ": expected the dimensions of " + name_in(0));
      y[at] += x[at];
      for (std::size_t d = 0; d < x.size(); ++d) {
        if (d != at && x[d] != y[d]) return wrong(name_in(i) + ": expected the dimensions of " + name_in(0));
      }
      if (in(i).type != out().type) return wrong(name_in(i) + ": expected the type of " + name_out());
      if (is_8_bit(out().type) && !quantized(node_.inputs[i])) return false;
    }
    return output_is(y) && quantized_if_8_bit(node_.outputs[0]);
  }
  bool rules(const Tile&) {
    if (!arity(1, 1) || !same_type() || !same_quantization()) return false;
    const Shape &x = in(0).shape, &y = out().shape;
    bool fits = x.size() <= y.size();
    for (std::size_t d = 0; fits && d < x.size(); ++d) fits = y[y.size() - x.size() + d] % x[d] == 0;
    return fits || wrong(name_out() + ": expected multiples of " + to_string(x));
  }
  bool rules(const SpaceToDepth& a) {
    if (!arity(1, 1) || !rank(0, 4, "NHWC") || !same_type() || !same_quantization()) return false;
    const std::int64_t block = a.block;
    if (block < 1 || block > 32767) return wrong("block size " + std::to_string(block) + ", expected 1 to 32767");
    Shape y = in(0).shape;
    if (a.inverse ? y[3] % (block * block) != 0 : (y[1] % block != 0 || y[2] % block != 0)) {
      return wrong(name_in(0) + ": expected multiples of the block size " + std::to_string(block));
    }
    y = a.inverse ? Shape{y[0], y[1] * block, y[2] * block, y[3] / (block * block)}
                  : Shape{y[0], y[1] / block, y[2] / block, y[3] * block * block};
    return output_is(y);
  }
  bool rules(const SpaceToBatch& a) {
    if (!arity(1, 1) || !same_type() || !same_quantization()) return false;
    Shape y = in(0).shape;
    if (a.amounts.size() != a.block.size() || y.size() < a.block.size() + 1) {
      return wrong(std::to_string(a.block.size()) + " block sizes for " + name_in(0));
    }
    for (std::size_t d = 0; d < a.block.size(); ++d) {
      const std::int64_t block = a.block[d], before = a.amounts[d][0], after = a.amounts[d][1];
      std::int64_t &size = y[d + 1], &batch = y[0];
      if (block < 1 || block > 32767 || before < 0 || after < 0) {
        return wrong("block size " + std::to_string(block) + ", padding " + std::to_string(before) + ", " +
                     std::to_string(after) + "; expected 1 to 32767, and 0 or more");
      }
      const std::int64_t padded = a.inverse ? size * block : size + before + after;
      if (a.inverse ? batch % block != 0 || before + after >= padded : padded % block != 0) {
        return wrong(name_in(0) + ": dimension " + std::to_string(d + 1) + " does not fit the block size " +
                     std::to_string(block));
      }
      size = a.inverse ? padded - before - after : padded / block;
      batch = a.inverse ? batch / block : batch * block;
      if (batch > INT32_MAX) return wrong(name_in(0) + ": the batch is cut too often");
    }
    return output_is(y);
  }
  bool rules(const Gather& a) {
    if (!arity(2, 2) || !same_type() || !same_quantization() || !index_type(1)) return false;
    const Shape &x = in(0).shape, &i = in(1).shape;
    if (!axis(a.axis, x.size())) return false;
    if (a.batch_dims < 0 || a.batch_dims > a.axis || static_cast<std::size_t>(a.batch_dims) > i.size()) {
      return wrong("batch_dims " + std::to_string(a.batch_dims) + ", expected at most the axis");
    }
    for (int d = 0; d < a.batch_dims; ++d) {
      const auto at = static_cast<std::size_t>(d);
      if (x[at] != i[at]) return wrong(name_in(1) + ": expected the first dimensions of " + name_in(0));
    }
    Shape y(x.begin(), x.begin() + a.axis);
    y.insert(y.end(), i.begin() + a.batch_dims, i.end());
    y.insert(y.end(), x.begin() + a.axis + 1, x.end());
    return output_is(y);
  }
  bool rules(const GatherNd&) {
    if (!arity(2, 2) || !same_type() || !same_quantization() || !index_type(1)) return false;
    const Shape &x = in(0).shape, &i = in(1).shape;
    if (i.empty() || i.back() < 1 || i.back() > static_cast<std::int64_t>(x.size())) {
      return wrong(name_in(1) + ": expected rows of 1 to " + std::to_string(x.size()) + " indices");
    }
    Shape y(i.begin(), i.end() - 1);
    y.insert(y.end(), x.begin() + i.back(), x.end());
    return output_is(y);
  }
  bool rules(const OneHot& a) {
    if (!arity(3, 3) || !index_type(0)) return false;
    for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
      if (in(i).type != out().type || in(i).elements() != 1) {
        return wrong(name_in(i) + ": expected one element of the type of " + name_out());
      }
    }
    Shape y = in(0).shape;
    if (!axis(a.axis, y.size() + 1) || out().shape.size() != y.size() + 1) return output_is(y);
    y.insert(y.begin() + a.axis, out().shape[static_cast<std::size_t>(a.axis)]);
    return output_is(y);
  }
  bool rules(const Range&) {
    if (!arity(3, 3) || !type_among(0, {DType::f32, DType::i32, DType::i64}) || !same_type()) return false;
    for (std::size_t i = 0; i < 3; ++i) {
      if (in(i).type != out().type || in(i).elements() != 1) {
        return wrong(name_in(i) + ": expected one element of the type of " + name_out());
      }
    }
    return out().shape.size() == 1 || wrong(name_out() + ": expected 1 dimension");
  }
};

}  // namespace hone::graph::detail
