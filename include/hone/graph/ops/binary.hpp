// Binary operators with broadcasting: one loop over flat arrays for each function and type.
#pragma once
#include <type_traits>

#include "arithmetic.hpp"
#include "broadcast.hpp"
#include "chunks.hpp"
#include "quantized_pair.hpp"

namespace hone::graph::ops {

struct BinaryStep : Step {
  using Row = void (*)(const BinaryStep&, const std::byte* a, const std::byte* b, std::byte* y, std::int64_t n);
  Broadcast<2> broadcast;
  const std::byte *a = nullptr, *b = nullptr;
  std::byte* y = nullptr;
  std::int64_t in_size = 1, out_size = 1, divisors = 0;  // bytes of an element; elements of b that must not be 0
  Row row = nullptr;
  bool (*has_zero)(const BinaryStep&) = nullptr;
  Clamp clamp;                                  // of reals
  std::int64_t lo = INT64_MIN, hi = INT64_MAX;  // of integers
  QuantizedPair quantized;

  void run(const RunContext& context) const override {
    if (has_zero != nullptr && has_zero(*this)) context.problem = "an integer is divided by zero";
    broadcast.for_each(context.parallel, [&](const auto& at, std::int64_t to, std::int64_t n) {
      row(*this, a + at[0] * in_size, b + at[1] * in_size, y + to * out_size, n);
    });
  }
};

/// f over n elements of a and b, of which one may be a single element.
template <class T, class Y, class F>
void binary_loop(const BinaryStep& s, const std::byte* pa, const std::byte* pb, std::byte* py, std::int64_t n, F f) {
  const T *a = reinterpret_cast<const T*>(pa), *b = reinterpret_cast<const T*>(pb);
  Y* const y = reinterpret_cast<Y*>(py);
  if (s.broadcast.scalar[0] && s.broadcast.scalar[1]) {
    const Y value = f(*a, *b);
    for (std::int64_t i = 0; i < n; ++i) y[i] = value;
  } else if (s.broadcast.scalar[0]) {
    const T value = *a;
    in_chunks<T>(b, y, n, [&](T v) { return f(value, v); });
  } else if (s.broadcast.scalar[1]) {
    const T value = *b;
    in_chunks<T>(a, y, n, [&](T u) { return f(u, value); });
  } else {
    in_chunks<T>(a, b, y, n, f);
  }
}

template <BinaryOp op, class T>
void plain_row(const BinaryStep& s, const std::byte* a, const std::byte* b, std::byte* y, std::int64_t n) {
  if constexpr (is_comparison(op) || is_logical(op)) {
    binary_loop<T, bool>(s, a, b, y, n, [](T u, T v) -> bool { return value_of<op>(u, v); });
  } else if constexpr (std::is_same_v<T, float>) {
    const float lo = s.clamp.lo, hi = s.clamp.hi;  // NaN passes
    binary_loop<float, float>(s, a, b, y, n, [lo, hi](float u, float v) {
      const float value = value_of<op>(u, v);
      return value < lo ? lo : value > hi ? hi : value;
    });
  } else {
    const std::int64_t lo = s.lo, hi = s.hi;
    binary_loop<T, T>(s, a, b, y, n, [lo, hi](T u, T v) {
      const T value = value_of<op>(u, v);
      return static_cast<T>(value < lo ? lo : value > hi ? hi : value);
    });
  }
}

template <BinaryOp op, class T>
void quantized_row(const BinaryStep& s, const std::byte* a, const std::byte* b, std::byte* y, std::int64_t n) {
  const QuantizedPair q = s.quantized;
  if constexpr (is_comparison(op)) {
    binary_loop<T, bool>(s, a, b, y, n, [&q](T u, T v) -> bool {
      return value_of<op>(comparable(u - q.a_zero, q.a, q.left_shift), comparable(v - q.b_zero, q.b, q.left_shift));
    });
  } else {
    binary_loop<T, T>(s, a, b, y, n, [&q](T u, T v) {
      const std::int64_t value = std::int64_t{quantized_of<op>(q, u - q.a_zero, v - q.b_zero)} + q.y_zero;
      return static_cast<T>(value < q.lo ? q.lo : value > q.hi ? q.hi : value);
    });
  }
}

/// The loop of `op` on elements of type T, or null where there is none.
template <class T> BinaryStep::Row plain_row_of(BinaryOp op) {
#define HONE_ROW(name) \
  case BinaryOp::name: return &plain_row<BinaryOp::name, T>;
  switch (op) {
    HONE_ROW(equal)
    HONE_ROW(not_equal)
    default: break;
  }
  if constexpr (std::is_same_v<T, Truth>) {
    switch (op) {
      HONE_ROW(logical_and)
      HONE_ROW(logical_or)
      default: return nullptr;
    }
  } else {
    switch (op) {
      HONE_ROW(less)
      HONE_ROW(less_equal)
      HONE_ROW(greater)
      HONE_ROW(greater_equal)
      HONE_ROW(maximum)
      HONE_ROW(minimum)
      default: break;
    }
    if constexpr (sizeof(T) >= sizeof(int)) {
      switch (op) {
        HONE_ROW(add)
        HONE_ROW(sub)
        HONE_ROW(mul)
        HONE_ROW(div)
        HONE_ROW(floor_div)
        HONE_ROW(floor_mod)
        HONE_ROW(pow)
        HONE_ROW(squared_difference)
        default: break;
      }
    }
    if constexpr (std::is_same_v<T, float>) return op == BinaryOp::prelu ? &plain_row<BinaryOp::prelu, T> : nullptr;
  }
  return nullptr;
#undef HONE_ROW
}
/// The same on 8-bit values; maximum and minimum compare them as they are, as TensorFlow Lite's do.
template <class T> BinaryStep::Row quantized_row_of(BinaryOp op) {
#define HONE_ROW(name) \
  case BinaryOp::name: return &quantized_row<BinaryOp::name, T>;
  switch (op) {
    HONE_ROW(sub)
    HONE_ROW(mul)
    HONE_ROW(div)
    HONE_ROW(squared_difference)
    HONE_ROW(prelu)
    HONE_ROW(equal)
    HONE_ROW(not_equal)
    HONE_ROW(less)
    HONE_ROW(less_equal)
    HONE_ROW(greater)
    HONE_ROW(greater_equal)
    default: return plain_row_of<T>(op);
  }
#undef HONE_ROW
}

template <class T> bool has_zero_divisor(const BinaryStep& s) {
  const T* const b = reinterpret_cast<const T*>(s.b);
  for (std::int64_t i = 0; i < s.divisors; ++i) {
    if (b[i] == s.quantized.b_zero) return true;
  }
  return false;
}

template <class T> void choose_row(BinaryStep& step, BinaryOp op, const Tensor& b) {
  if constexpr (sizeof(T) == 1 && std::is_integral_v<T>) {
    step.row = quantized_row_of<T>(op);
  } else {
    step.row = plain_row_of<T>(op);
  }
  if constexpr (std::is_integral_v<T>) {
    if (op != BinaryOp::div && op != BinaryOp::floor_div && op != BinaryOp::floor_mod) return;
    step.has_zero = &has_zero_divisor<T>;
    step.divisors = b.elements();
  }
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Binary& binary) {
  const Tensor &a = *context.input(node, 0), &b = *context.input(node, 1), &y = context.output(node);
  auto step = std::make_unique<BinaryStep>();
  step->clamp = clamp_of(binary.activation);
  if (binary.activation != Activation::none) {
    step->lo = static_cast<std::int64_t>(step->clamp.lo);
    if (std::isfinite(step->clamp.hi)) step->hi = static_cast<std::int64_t>(step->clamp.hi);
  }
  if (is_8_bit(a) && binary.op != BinaryOp::maximum && binary.op != BinaryOp::minimum) {
    const Expected<Quantization> qa = quantization_of(a), qb = quantization_of(b);
    if (!qa) return tl::unexpected<Error>(qa.error());
    if (!qb) return tl::unexpected<Error>(qb.error());
    Quantization qy = *qa;  // comparisons have none
    if (is_8_bit(y)) {
      const Expected<Quantization> q = quantization_of(y);
      if (!q) return tl::unexpected<Error>(q.error());
      qy = *q;
    }
    step->quantized = quantized_pair(binary.op, *qa, *qb, qy, clamp_of(binary.activation, qy));
  }
  switch (a.type) {
    case DType::f32: choose_row<float>(*step, binary.op, b); break;
    case DType::i8: choose_row<std::int8_t>(*step, binary.op, b); break;
    case DType::u8: choose_row<std::uint8_t>(*step, binary.op, b); break;
    case DType::i32: choose_row<std::int32_t>(*step, binary.op, b); break;
    case DType::i64: choose_row<std::int64_t>(*step, binary.op, b); break;
    case DType::boolean: choose_row<Truth>(*step, binary.op, b); break;
    default: break;
  }
  if (step->row == nullptr || a.type != b.type) return unsupported_types(context, node);
  step->broadcast = Broadcast<2>({&a.shape, &b.shape}, y.shape);
  step->a = context.in(node, 0);
  step->b = context.in(node, 1);
  step->y = context.out(node);
  step->in_size = static_cast<std::int64_t>(size_of(a.type));
  step->out_size = static_cast<std::int64_t>(size_of(y.type));
  step->operations_per_nanosecond = 2;
  describe(*step, context, node, std::string("binary_") + name_of(a.type), y.elements());
  return step;
}

}  // namespace hone::graph::ops
