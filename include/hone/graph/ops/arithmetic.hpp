// The functions of Binary on single reals, integers and truth values.
#pragma once
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "../attributes.hpp"

namespace hone::graph::ops {

/// An element of a bool tensor, which any byte may stand for: 0 is false.
enum class Truth : std::uint8_t {};

/// Integers wrap; a quotient by 0 is 0 (whoever divides looks for it: see divides_by_zero). Smaller than int there are
/// none, because they would be computed as int.
template <BinaryOp op, class T> T integer_of(T a, T b) {
  static_assert(sizeof(T) >= sizeof(int));
  using U = std::make_unsigned_t<T>;
  const U ua = static_cast<U>(a), ub = static_cast<U>(b);
  if constexpr (op == BinaryOp::add) return static_cast<T>(ua + ub);
  if constexpr (op == BinaryOp::sub) return static_cast<T>(ua - ub);
  if constexpr (op == BinaryOp::mul) return static_cast<T>(ua * ub);
  if constexpr (op == BinaryOp::squared_difference) return static_cast<T>((ua - ub) * (ua - ub));
  if constexpr (op == BinaryOp::div || op == BinaryOp::floor_div || op == BinaryOp::floor_mod) {
    if (b == 0) return 0;
    if (b == -1) return op == BinaryOp::floor_mod ? 0 : static_cast<T>(U{0} - ua);  // the least integer over -1 wraps
    const bool rounds_up = a % b != 0 && (a < 0) != (b < 0);
    if constexpr (op == BinaryOp::floor_mod) return rounds_up ? a % b + b : a % b;
    return op == BinaryOp::floor_div && rounds_up ? a / b - 1 : a / b;
  }
  if constexpr (op == BinaryOp::pow) {
    if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
    U result = 1, base = ua;
    for (T exponent = b; exponent > 0; exponent /= 2, base *= base) {
      if (exponent % 2 != 0) result *= base;
    }
    return static_cast<T>(result);
  }
  return 0;
}

template <BinaryOp op> float real_of(float a, float b) {
  if constexpr (op == BinaryOp::add) return a + b;
  if constexpr (op == BinaryOp::sub) return a - b;
  if constexpr (op == BinaryOp::mul) return a * b;
  if constexpr (op == BinaryOp::div) return a / b;
  if constexpr (op == BinaryOp::floor_div) return std::floor(a / b);
  if constexpr (op == BinaryOp::floor_mod) {
    const float rest = std::fmod(a, b);
    return rest != 0 && (b < 0) != (rest < 0) ? rest + b : rest;
  }
  if constexpr (op == BinaryOp::pow) return std::pow(a, b);
  if constexpr (op == BinaryOp::squared_difference) return (a - b) * (a - b);
  if constexpr (op == BinaryOp::prelu) return a >= 0 ? a : a * b;
  return 0;
}

/// Everything that is defined for a type by its order alone.
template <BinaryOp op, class T> auto value_of(T a, T b) {
  if constexpr (std::is_same_v<T, Truth>)
    return value_of<op>(a != Truth{}, b != Truth{});
  else if constexpr (op == BinaryOp::maximum)
    return a > b ? a : b;
  else if constexpr (op == BinaryOp::minimum)
    return a < b ? a : b;
  else if constexpr (op == BinaryOp::equal)
    return a == b;
  else if constexpr (op == BinaryOp::not_equal)
    return a != b;
  else if constexpr (op == BinaryOp::less)
    return a < b;
  else if constexpr (op == BinaryOp::less_equal)
    return a <= b;
  else if constexpr (op == BinaryOp::greater)
    return a > b;
  else if constexpr (op == BinaryOp::greater_equal)
    return a >= b;
  else if constexpr (op == BinaryOp::logical_and)
    return a && b;
  else if constexpr (op == BinaryOp::logical_or)
    return a || b;
  else if constexpr (std::is_same_v<T, float>)
    return real_of<op>(a, b);
  else
    return integer_of<op>(a, b);
}

}  // namespace hone::graph::ops
