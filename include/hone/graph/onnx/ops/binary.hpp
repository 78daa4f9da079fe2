// Functions of two numbers, and of more by folding.
#pragma once
#include "../map.hpp"

namespace hone::graph::onnx::ops {

inline Results add(Call& call) { return map_numbers(call, add_numbers); }
inline Results sub(Call& call) {
  return map_numbers(call, [](auto a, auto b) { return wrapped(a, b, [](auto p, auto q) { return p - q; }); });
}
inline Results mul(Call& call) { return map_numbers(call, multiply_numbers); }
/// Integers: towards zero; x / 0 is 0.
inline Results div(Call& call) {
  return map_numbers(call, [](auto a, auto b) {
    using W = decltype(a);
    if constexpr (std::is_floating_point_v<W>)
      return a / b;
    else if constexpr (std::is_signed_v<W>)
      return b == 0 ? 0 : b == -1 ? W(0 - std::uint64_t(a)) : a / b;
    else
      return b == 0 ? 0 : a / b;
  });
}
/// fmod = 1: the sign of a; else that of b. Integers: x mod 0 is 0.
inline Results mod(Call& call) {
  const bool c_style = call.integer("fmod") != 0;
  return map_numbers(call, [c_style](auto a, auto b) {
    using W = decltype(a);
    W r = 0;
    if constexpr (std::is_floating_point_v<W>)
      r = std::fmod(a, b);
    else if constexpr (std::is_signed_v<W>)
      r = b == 0 || b == -1 ? 0 : a % b;
    else
      r = b == 0 ? 0 : a % b;
    return !c_style && r != 0 && (r < W{}) != (b < W{}) ? static_cast<W>(r + b) : r;
  });
}
template <class W> W integer_power(W base, W exponent) {
  std::uint64_t result = 1, factor = static_cast<std::uint64_t>(base);
  if (exponent < W{}) return base == 1 ? 1 : 0;
  for (auto e = static_cast<std::uint64_t>(exponent); e != 0; e >>= 1, factor *= factor) {
    if (e & 1) result *= factor;
  }
  return static_cast<W>(result);
}
/// a of a's type, b of any: computed in a's type when both are integers, else in double.
inline Results pow(Call& call) {
  const Value &a = call.in(0), b = aligned_second(call);
  HONE_TRY(shape, broadcast(a.shape, b.shape));
  HONE_TRY(y, call.make(a.type, std::move(shape)));
  if (!is_float(a.type) && !is_float(b.type)) {
    map_into<std::int64_t>(a, b, y, [](auto p, auto q) { return integer_power(p, q); });
  } else if (a.type == DType::f32 && is_float(b.type)) {
    map_into<float>(a, b, y, [](float p, float q) { return q == 2 ? p * p : std::pow(p, q); });
  } else {
    map_into<double>(a, b, y, [](double p, double q) { return std::pow(p, q); });
  }
  return one(std::move(y));
}
inline Results prelu(Call& call) {
  HONE_CHECK(call.same_types(0, 1));
  Value slope = call.in(1);
  const Value& x = call.in(0);
  // Files of older versions give one slope a channel without saying which dimension that is.
  if (slope.rank() == 1 && x.rank() > 2 && slope.shape[0] == x.shape[1]) {
    slope.shape.resize(static_cast<std::size_t>(x.rank()) - 1, 1);
  }
  HONE_TRY(shape, broadcast(x.shape, slope.shape));
  HONE_TRY(y, call.make(x.type, std::move(shape)));
  visit_computed(x.type, [&]<class W>(W) {
    map_into<W>(x, slope, y, [](W v, W s) { return v < W{} ? multiply_numbers(v, s) : v; });
  });
  return one(std::move(y));
}

inline Results equal(Call& call) {
  return compare(call, [](auto a, auto b) { return a == b; });
}
inline Results greater(Call& call) {
  return compare(call, [](auto a, auto b) { return a > b; });
}
inline Results greater_or_equal(Call& call) {
  return compare(call, [](auto a, auto b) { return a >= b; });
}
inline Results less(Call& call) {
  return compare(call, [](auto a, auto b) { return a < b; });
}
inline Results less_or_equal(Call& call) {
  return compare(call, [](auto a, auto b) { return a <= b; });
}

template <class F> Results logical(Call& call, F f) {
  HONE_CHECK(call.type_input(0, DType::boolean));
  return compare(call, f);
}
inline Results logical_and(Call& call) {
  return logical(call, [](auto a, auto b) { return a != 0 && b != 0; });
}
inline Results logical_or(Call& call) {
  return logical(call, [](auto a, auto b) { return a != 0 || b != 0; });
}
inline Results logical_xor(Call& call) {
  return logical(call, [](auto a, auto b) { return (a != 0) != (b != 0); });
}

template <class F> Results bitwise(Call& call, F f) {
  HONE_CHECK(call.integer_input(0));
  return map_numbers(call, [f](auto a, auto b) {
    using W = decltype(a);
    return static_cast<W>(f(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
  });
}
inline Results bitwise_and(Call& call) {
  return bitwise(call, [](auto a, auto b) { return a & b; });
}
inline Results bitwise_or(Call& call) {
  return bitwise(call, [](auto a, auto b) { return a | b; });
}
inline Results bitwise_xor(Call& call) {
  return bitwise(call, [](auto a, auto b) { return a ^ b; });
}
inline Results bit_shift(Call& call) {
  if (call.text("direction", "") == "LEFT") return bitwise(call, [](auto a, auto b) { return b < 64 ? a << b : 0; });
  return bitwise(call, [](auto a, auto b) { return b < 64 ? a >> b : 0; });
}

inline Results max(Call& call) { return one(fold(call, larger)); }
inline Results min(Call& call) { return one(fold(call, smaller)); }
inline Results sum(Call& call) { return one(fold(call, add_numbers)); }
inline Results mean(Call& call) {
  HONE_CHECK(call.float_input(0));
  HONE_TRY(total, fold(call, add_numbers));
  HONE_TRY(y, call.make(total.type, total.shape));
  const auto n = static_cast<float>(call.inputs.size());
  visit_computed(total.type, [&]<class W>(W) {
    if constexpr (std::is_floating_point_v<W>) map_into<W>(total, y, [n](W x) { return x / n; });
  });
  return one(std::move(y));
}

/// y = condition ? a : b, all broadcast together.
inline Results where(Call& call) {
  HONE_CHECK(call.type_input(0, DType::boolean));
  HONE_CHECK(call.same_types(1, 2));
  const Value &c = call.in(0), &a = call.in(1), &b = call.in(2);
  HONE_TRY(both, broadcast(a.shape, b.shape));
  HONE_TRY(shape, broadcast(c.shape, both));
  HONE_TRY(y, call.make(a.type, shape));
  const Index size = static_cast<Index>(size_of(a.type));
  for_each_run<4>(shape,
                  {broadcast_strides(c.shape, shape), broadcast_strides(a.shape, shape),
                   broadcast_strides(b.shape, shape), strides_of(shape)},
                  [&](const auto& at, const auto& step, Index count) {
                    for (Index i = 0; i < count; ++i) {
                      const bool first = c.data[at[0] + i * step[0]] != std::byte{0};
                      const std::byte* from =
                          first ? a.data + (at[1] + i * step[1]) * size : b.data + (at[2] + i * step[2]) * size;
                      std::memcpy(y.own + (at[3] + i) * size, from, static_cast<std::size_t>(size));
                    }
                  });
  return one(std::move(y));
}

}  // namespace hone::graph::onnx::ops
