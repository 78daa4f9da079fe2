// Functions of one number.
#pragma once
#include "../functions.hpp"
#include "../map.hpp"

namespace hone::graph::onnx::ops {

/// Floats to integers: towards zero; beyond the type's range its nearest value. Integers: their low bits.
inline Expected<Value> cast_to(const Call& call, const Value& x, DType to) {
  if (x.type == to) return x;
  HONE_TRY(y, call.make(to, x.shape));
  if (x.type == DType::i32 && to == DType::f32) {  // the sums of integer products, on their way back to floats
    for_run(x.count(), y.out<float>(), [from = x.as<std::int32_t>()](Index i) { return static_cast<float>(from[i]); });
    return std::move(y);
  }
  visit_computed(x.type, [&]<class W>(W) { map_into<W>(x, y, [](W v) { return v; }); });
  return std::move(y);
}
inline Results abs(Call& call) {
  return map<Takes::numbers>(call, call.in(0).type, [](auto x) {
    if constexpr (std::is_floating_point_v<decltype(x)>)
      return std::fabs(x);
    else
      return x < decltype(x){} ? static_cast<decltype(x)>(0 - static_cast<std::uint64_t>(x)) : x;
  });
}
inline Results neg(Call& call) {
  return map<Takes::numbers>(call, call.in(0).type, [](auto x) {
    if constexpr (std::is_floating_point_v<decltype(x)>)
      return -x;
    else
      return static_cast<decltype(x)>(0 - static_cast<std::uint64_t>(x));
  });
}
inline Results sign(Call& call) {
  return map<Takes::numbers>(call, call.in(0).type, [](auto x) {
    using W = decltype(x);
    return x > W{} ? W{1} : x < W{} ? static_cast<W>(-1) : x;
  });
}
inline Results relu(Call& call) {
  return map<Takes::numbers>(call, call.in(0).type, [](auto x) { return x < decltype(x){} ? decltype(x){} : x; });
}
/// Functions of <cmath> by another name.
#define HONE_ONNX_FUNCTION(name, expression) \
  inline Results name(Call& call) {          \
    return map_floats(call, [](auto x) {     \
      using W = decltype(x);                 \
      return static_cast<W>(expression);     \
    });                                      \
  }
HONE_ONNX_FUNCTION(acos, std::acos(x))
HONE_ONNX_FUNCTION(acosh, std::acosh(x))
HONE_ONNX_FUNCTION(asin, std::asin(x))
HONE_ONNX_FUNCTION(asinh, std::asinh(x))
HONE_ONNX_FUNCTION(atan, std::atan(x))
HONE_ONNX_FUNCTION(atanh, std::atanh(x))
HONE_ONNX_FUNCTION(ceil, std::ceil(x))
HONE_ONNX_FUNCTION(cos, std::cos(x))
HONE_ONNX_FUNCTION(cosh, std::cosh(x))
HONE_ONNX_FUNCTION(floor, std::floor(x))
HONE_ONNX_FUNCTION(hard_swish, x* std::fmin(std::fmax(x / 6 + W(0.5), W(0)), W(1)))
HONE_ONNX_FUNCTION(log, std::log(x))
HONE_ONNX_FUNCTION(mish, x* std::tanh(x > 20 ? x : std::log1p(std::exp(x))))
HONE_ONNX_FUNCTION(reciprocal, 1 / x)
HONE_ONNX_FUNCTION(round, std::nearbyint(x))
HONE_ONNX_FUNCTION(sin, std::sin(x))
HONE_ONNX_FUNCTION(sinh, std::sinh(x))
HONE_ONNX_FUNCTION(softplus, x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)))
HONE_ONNX_FUNCTION(softsign, x / (1 + std::fabs(x)))
HONE_ONNX_FUNCTION(sqrt, std::sqrt(x))
HONE_ONNX_FUNCTION(tan, std::tan(x))
#undef HONE_ONNX_FUNCTION
/// The same, f32 and 16-bit floats by functions.hpp.
template <class F, class Otherwise> Results map_function(Call& call, Otherwise otherwise) {
  const Value& x = call.in(0);
  if (!is_float(x.type) || x.type == DType::f64) return map_floats(call, otherwise);
  HONE_TRY(from, cast_to(call, x, DType::f32));
  HONE_TRY(y, call.make(DType::f32, x.shape));
  map_f32<F>(from.template as<float>(), y.template out<float>(), y.count());
  return one(cast_to(call, y, x.type));
}
inline Results erf(Call& call) {
  return map_function<Erf>(call, [](auto x) { return std::erf(x); });
}
inline Results exp(Call& call) {
  return map_function<Exp>(call, [](auto x) { return std::exp(x); });
}
inline Results sigmoid(Call& call) {
  return map_function<Sigmoid>(call, [](auto x) { return 1 / (1 + std::exp(-x)); });
}
inline Results tanh(Call& call) {
  return map_function<Tanh>(call, [](auto x) { return std::tanh(x); });
}

inline Results elu(Call& call) {
  return map_floats(call, [a = call.real("alpha", 1)](auto x) { return x < 0 ? a * std::expm1(x) : x; });
}
inline Results selu(Call& call) {
  const float a = call.real("alpha", 1.67326319217681884765625F), g = call.real("gamma", 1.05070102214813232421875F);
  return map_floats(call, [a, g](auto x) { return g * (x < 0 ? a * std::expm1(x) : x); });
}
inline Results celu(Call& call) {
  return map_floats(call, [a = call.real("alpha", 1)](auto x) { return x < 0 ? a * std::expm1(x / a) : x; });
}
inline Results leaky_relu(Call& call) {
  return map_floats(call, [a = call.real("alpha", 0.01F)](auto x) { return x < 0 ? a * x : x; });
}
inline Results thresholded_relu(Call& call) {
  return map_floats(call, [a = call.real("alpha", 1)](auto x) { return x > a ? x : decltype(x){}; });
}
inline Results hard_sigmoid(Call& call) {
  const float a = call.real("alpha", 0.2F), b = call.real("beta", 0.5F);
  return map_floats(call, [a, b](auto x) {
    using W = decltype(x);
    return std::fmin(std::fmax(a * x + b, W(0)), W(1));
  });
}
inline Results gelu(Call& call) {
  if (call.text("approximate", "none") == "tanh") {
    return map_floats(call, [](auto x) {
      using W = decltype(x);
      return W(0.5) * x * (1 + std::tanh(W(0.7978845608028654) * (x + W(0.044715) * x * x * x)));
    });
  }
  return map_floats(call, [](auto x) {
    using W = decltype(x);
    return W(0.5) * x * (1 + std::erf(x * W(0.7071067811865476)));
  });
}
/// y = x + bias where x < -lambd, x - bias where x > lambd, else 0.
inline Results shrink(Call& call) {
  const float bias = call.real("bias", 0), lambda = call.real("lambd", 0.5F);
  return map<Takes::numbers>(call, call.in(0).type, [bias, lambda](auto x) {
    using W = decltype(x);
    const double y = static_cast<double>(x);
    return convert<W>(y < -lambda ? y + bias : y > lambda ? y - bias : 0.0);
  });
}
inline Results logical_not(Call& call) {
  HONE_CHECK(call.type_input(0, DType::boolean));
  return map<Takes::numbers>(call, DType::boolean, [](auto x) { return x == decltype(x){}; });
}
inline Results bitwise_not(Call& call) {
  HONE_CHECK(call.integer_input(0));
  return map<Takes::numbers>(call, call.in(0).type, [](auto x) {
    return static_cast<decltype(x)>(~static_cast<std::uint64_t>(convert<std::int64_t>(x)));
  });
}
inline Results is_nan(Call& call) {
  return map<Takes::floats>(call, DType::boolean, [](auto x) { return std::isnan(x); });
}
inline Results is_inf(Call& call) {
  const bool negative = call.integer("detect_negative", 1) != 0, positive = call.integer("detect_positive", 1) != 0;
  return map<Takes::floats>(call, DType::boolean,
                            [=](auto x) { return std::isinf(x) && (x < 0 ? negative : positive); });
}

/// Bounds are inputs since version 11, attributes before.
inline Results clip(Call& call) {
  const Value& x = call.in(0);
  HONE_TRY(y, call.make(x.type, x.shape));
  for (const std::size_t i : {1, 2}) {
    if (!call.has(i)) continue;
    HONE_CHECK(call.same_types(0, i));
    HONE_CHECK(call.count_input(i, 1));
  }
  visit_computed(x.type, [&]<class W>(W) {
    W lo = std::numeric_limits<W>::lowest(), hi = std::numeric_limits<W>::max();
    if constexpr (std::is_floating_point_v<W>) lo = -(hi = std::numeric_limits<W>::infinity());
    if (call.node.opset < 11) {
      if (call.has_attribute("min")) lo = convert<W>(call.real("min", 0));
      if (call.has_attribute("max")) hi = convert<W>(call.real("max", 0));
    }
    if (call.has(1)) lo = element_as<W>(call.in(1), 0);
    if (call.has(2)) hi = element_as<W>(call.in(2), 0);
    map_into<W>(x, y, [lo, hi](W v) {
      v = v < lo ? lo : v;
      return v > hi ? hi : v;
    });
  });
  return one(std::move(y));
}

/// To bf16 an operator cuts where Hone would round: ONNX's definition by its tests.
inline Expected<Value> cast_operator(const Call& call, const Value& x, DType to) {
  if (to != DType::bf16 || !is_float(x.type)) return cast_to(call, x, to);
  HONE_TRY(y, call.make(to, x.shape));
  const auto from = elements_as<float>(x);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto bits = std::isnan(from[i]) ? std::uint16_t{0x7fc0}
                                          : static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(from[i]) >> 16);
    std::memcpy(y.own + 2 * i, &bits, sizeof bits);
  }
  return std::move(y);
}
inline Results cast(Call& call) {
  const Index number = call.integer("to", 0);
  const std::optional<DType> to = dtype_of_number(number);
  if (!to) return call.fail("to element type " + std::to_string(number) + " is not supported", ErrorCode::unsupported);
  return one(cast_operator(call, call.in(0), *to));
}
inline Results cast_like(Call& call) { return one(cast_operator(call, call.in(0), call.in(1).type)); }
inline Results identity(Call& call) { return one(call.in(0)); }

}  // namespace hone::graph::onnx::ops
