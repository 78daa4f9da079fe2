// What the kernels that work element by element compute and take: the list of functions, and their arguments.
#pragma once
#include "args.hpp"

namespace hone::kernels {

/// Functions of one value. The one list of them: X(name, ulp), |error| <= ulp units in the last place (0: correctly rounded)
/// where the result is at least 2^-126 (silu: 2^-119); UnaryF32 gives the formulas.
// clang-format off
#define HONE_UNARY_FUNCTIONS(X)                                                                     \
  X(identity, 0) X(abs, 0) X(neg, 0) X(square, 0) X(sqrt, 0) X(rsqrt, 2) X(reciprocal, 0)           \
  X(floor, 0) X(ceil, 0) X(round_even, 0) X(exp, 2) X(log, 2) X(logistic, 4) X(tanh, 4) X(erf, 4)   \
  X(gelu, 4) X(gelu_tanh, 4) X(silu, 5) X(hard_swish, 3) X(hard_sigmoid, 2) X(elu, 5)               \
  X(softplus, 4) X(leaky_relu, 1)
// clang-format on
#define HONE_NAME(name, ulp) name,
enum class Unary : std::uint8_t { HONE_UNARY_FUNCTIONS(HONE_NAME) };
#undef HONE_NAME
#define HONE_ONE(name, ulp) +1
inline constexpr int unary_count = 0 HONE_UNARY_FUNCTIONS(HONE_ONE);
#undef HONE_ONE

/// Functions of two values. prelu: a where a >= 0, else a * b. min and max are NaN where either is.
#define HONE_BINARY_FUNCTIONS(X) X(add) X(sub) X(mul) X(div) X(min) X(max) X(squared_difference) X(prelu)
#define HONE_NAME(name) name,
enum class Binary : std::uint8_t { HONE_BINARY_FUNCTIONS(HONE_NAME) };
#undef HONE_NAME
#define HONE_ONE(name) +1
inline constexpr int binary_count = 0 HONE_BINARY_FUNCTIONS(HONE_ONE);
#undef HONE_ONE

/// out[i] = clamp(f(in[i]), lo, hi) on flat arrays; out may be in. f(x) is
///   identity x (so that the clamp alone is ReLU, ReLU6, ...); abs, neg, square, sqrt, exp, log, tanh, erf: what they say
///   rsqrt 1 / sqrt(x); reciprocal 1 / x; floor, ceil, round_even: to integers, halves to even
///   logistic 1 / (1 + exp(-x)); silu x * logistic(x); softplus log(1 + exp(x))
///   gelu x / 2 * (1 + erf(x / sqrt(2))); gelu_tanh x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))
///   hard_swish x * clamp(x + 3, 0, 6) / 6; hard_sigmoid clamp(alpha * x + beta, 0, 1)
///   elu x where x >= 0, else alpha * (exp(x) - 1); leaky_relu x where x >= 0, else alpha * x
/// Some bounds are absolute, where nearly equal numbers are subtracted or an exponential takes a rounded argument: gelu's and
/// gelu_tanh's are ulp * 2^-24 * |x|, hard_sigmoid's ulp * 2^-24 * (|alpha x| + |beta|).
struct UnaryF32 {
  const float* in = nullptr;
  float* out = nullptr;
  float alpha = 0, beta = 0;
  float lo = 0, hi = 0;
};

/// One operand of BinaryF32: element (r, c) at data + r * row + c * column, with column 0 (one value a row) or 1; row 0
/// repeats one row.
struct Operand {
  const float* data = nullptr;
  Index row = 0, column = 1;
};
/// out[r, c] = clamp(f(a[r, c], b[r, c]), lo, hi), row r at out + r * ldc. out may be an operand whose strides are the same.
struct BinaryF32 {
  Operand a, b;
  float* out = nullptr;
  Index ldc = 0;
  float lo = 0, hi = 0;
};

/// out[i] = table[in[i]], any function of 8 bits: `in` as uint8 values, or the bits of int8 ones. out may be in.
struct Lookup8 {
  const std::uint8_t* in = nullptr;
  std::uint8_t* out = nullptr;
  const std::uint8_t* table = nullptr;  // 256 entries
};

/// The same in plain code: for tiers without byte shuffles, and for what is left of a vector.
inline void lookup_plain(const Lookup8& l, Range elements) {
  for (Index i = elements.begin; i < elements.end; ++i) l.out[i] = l.table[l.in[i]];
}

}  // namespace hone::kernels
