// What the float elementwise operators, reductions and normalisations must compute, in plain loops and in double: the
// definition that tests compare with, not meant to be fast.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

#include "elements.hpp"
#include "rows.hpp"

namespace hone::ref {

/// f(x) of elements.hpp, before the clamp.
inline double unary(kernels::Unary f, double x, double alpha, double beta) {
  using U = kernels::Unary;
  switch (f) {
    case U::identity: break;
    case U::abs: return std::fabs(x);
    case U::neg: return -x;
    case U::square: return x * x;
    case U::sqrt: return std::sqrt(x);
    case U::rsqrt: return 1 / std::sqrt(x);
    case U::reciprocal: return 1 / x;
    case U::floor: return std::floor(x);
    case U::ceil: return std::ceil(x);
    case U::round_even: return std::nearbyint(x);
    case U::exp: return std::exp(x);
    case U::log: return std::log(x);
    case U::logistic: return 1 / (1 + std::exp(-x));
    case U::tanh: return std::tanh(x);
    case U::erf: return std::erf(x);
    case U::gelu: return x / 2 * std::erfc(-x / std::sqrt(2.0));
    case U::gelu_tanh: return x / (1 + std::exp(-2 * std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
    case U::silu: return x / (1 + std::exp(-x));
    case U::hard_swish: return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case U::hard_sigmoid: return std::clamp(alpha * x + beta, 0.0, 1.0);
    case U::elu: return x < 0 ? alpha * std::expm1(x) : x;
    case U::softplus: return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x)));
    case U::leaky_relu: return x < 0 ? alpha * x : x;
  }
  return x;
}

/// f(a, b) of elements.hpp, before the clamp: float32, each operation rounded.
inline float binary(kernels::Binary f, float a, float b) {
  using B = kernels::Binary;
  switch (f) {
    case B::add: return a + b;
    case B::sub: return a - b;
    case B::mul: return a * b;
    case B::div: return a / b;
    case B::min: return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b);
    case B::max: return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b);
    case B::squared_difference: return (a - b) * (a - b);
    case B::prelu: break;
  }
  return a < 0 ? a * b : a;
}

/// The reduction of x[0], x[stride], ... k values, in double.
inline double reduce(kernels::Reduce f, const float* x, kernels::Index k, kernels::Index stride) {
  using R = kernels::Reduce;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double y = f == R::max ? -infinity : f == R::min ? infinity : 0;
  for (kernels::Index i = 0; i < k; ++i) {
    const double v = x[i * stride];
    if (f == R::max || f == R::min)
      y = std::isnan(v) || std::isnan(y) ? v + y : f == R::max ? std::max(y, v) : std::min(y, v);
    else
      y += f == R::sum_of_squares ? v * v : v;
  }
  return f == R::mean ? y / static_cast<double>(k) : y;
}

/// What a row of n is shifted and scaled by before gamma and beta, in double.
inline void normalize(kernels::Normalize f, const float* x, kernels::Index n, double epsilon, double& shift,
                      double& scale) {
  using N = kernels::Normalize;
  const auto count = static_cast<double>(n);
  shift = f == N::layer ? reduce(kernels::Reduce::mean, x, n, 1) : 0;
  double squares = 0;
  for (kernels::Index i = 0; i < n; ++i) squares += (x[i] - shift) * (x[i] - shift);
  scale = 1 / (f == N::l2 ? std::max(std::sqrt(squares), epsilon) : std::sqrt(squares / count + epsilon));
}

}  // namespace hone::ref
