// Elements of any type, read and written as one of four: float, double, int64 and uint64. What an operator computes, it
// computes in those; f16 and bf16 as float, rounded to nearest even when stored.
#pragma once
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "value.hpp"

namespace hone::graph::onnx {

inline float float_from_half(std::uint16_t h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000u) << 16, exponent = (h >> 10) & 31u,
                      fraction = h & 0x3ffu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
  return sign != 0 ? -magnitude : magnitude;
}
/// Nearest even; overflow to infinity.
inline std::uint16_t half_from_float(float f) {
  const auto bits = std::bit_cast<std::uint32_t>(f);
  const std::uint32_t sign = bits >> 16 & 0x8000u, rest = bits & 0x7fffffffu;
  if (rest > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u | (rest >> 13 & 0x3ffu));
  if (rest >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);
  if (rest < 0x38800000u) {  // subnormal: adding 0.5 leaves the rounded multiple of 2^-24 in the low bits
    const float shifted = std::bit_cast<float>(rest) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u));
  }
  return static_cast<std::uint16_t>(sign | (rest - 0x38000000u + 0xfffu + (rest >> 13 & 1u)) >> 13);
}
inline float float_from_bfloat(std::uint16_t b) { return std::bit_cast<float>(static_cast<std::uint32_t>(b) << 16); }
inline std::uint16_t bfloat_from_float(float f) {
  const auto bits = std::bit_cast<std::uint32_t>(f);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>(bits >> 16 | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

/// As C converts where that is defined; floats outside an integer's range become its nearest value, NaN 0.
template <class To, class From> To convert(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    using Limits = std::numeric_limits<To>;
    if (std::isnan(x)) return 0;
    if (x <= static_cast<From>(Limits::min())) return Limits::min();
    if (x >= static_cast<From>(Limits::max())) return Limits::max();
    return static_cast<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

/// Element types that are stored as one C++ type and computed with as another.
struct Half {
  std::uint16_t bits;
};
struct Bfloat {
  std::uint16_t bits;
};

/// Calls f with a value of the type elements are stored as: float, Half, std::int8_t, bool, ...
template <class F> decltype(auto) visit_stored(DType type, F&& f) {
  switch (type) {
    case DType::f32: return f(float{});
    case DType::f64: return f(double{});
    case DType::f16: return f(Half{});
    case DType::bf16: return f(Bfloat{});
    case DType::i8: return f(std::int8_t{});
    case DType::u8: return f(std::uint8_t{});
    case DType::i16: return f(std::int16_t{});
    case DType::u16: return f(std::uint16_t{});
    case DType::i32: return f(std::int32_t{});
    case DType::u32: return f(std::uint32_t{});
    case DType::i64: return f(std::int64_t{});
    case DType::u64: return f(std::uint64_t{});
    case DType::boolean: break;
  }
  return f(false);
}

inline bool is_float(DType type) {
  return type == DType::f32 || type == DType::f64 || type == DType::f16 || type == DType::bf16;
}
inline bool is_integer(DType type) { return !is_float(type) && type != DType::boolean; }

/// Calls f with a value of the type elements are computed in: float, double, std::int64_t or std::uint64_t.
template <class F> decltype(auto) visit_computed(DType type, F&& f) {
  if (type == DType::f64) return f(double{});
  if (is_float(type)) return f(float{});
  if (type == DType::u64) return f(std::uint64_t{});
  return f(std::int64_t{});
}

template <class W, class T> W load_element(const std::byte* at) {
  if constexpr (std::is_same_v<T, bool>) {  // a byte of the file may hold any value
    return convert<W>(std::to_integer<int>(*at) != 0 ? 1 : 0);
  } else {
    T x;
    std::memcpy(&x, at, sizeof x);
    if constexpr (std::is_same_v<T, Half>)
      return convert<W>(float_from_half(x.bits));
    else if constexpr (std::is_same_v<T, Bfloat>)
      return convert<W>(float_from_bfloat(x.bits));
    else
      return convert<W>(x);
  }
}
template <class T, class W> void store_element(W x, std::byte* at) {
  if constexpr (std::is_same_v<T, Half>) {
    const std::uint16_t bits = half_from_float(static_cast<float>(x));
    std::memcpy(at, &bits, sizeof bits);
  } else if constexpr (std::is_same_v<T, Bfloat>) {
    const std::uint16_t bits = bfloat_from_float(static_cast<float>(x));
    std::memcpy(at, &bits, sizeof bits);
  } else {
    const T y = convert<T>(x);
    std::memcpy(at, &y, sizeof y);
  }
}

/// to[i] = element i * step, of elements of `type` at `from`.
template <class W> void load(DType type, const std::byte* from, Index step, Index count, W* to) {
  if (std::is_same_v<W, float> && type == DType::f32 && step == 1) {
    if (count > 0) std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(W));
    return;
  }
  visit_stored(type, [&]<class T>(T) {
    for (Index i = 0; i < count; ++i) to[i] = load_element<W, T>(from + i * step * static_cast<Index>(sizeof(T)));
  });
}
/// Elements of `type` at `to`: from[0], ... from[count - 1].
template <class W> void store(const W* from, Index count, DType type, std::byte* to) {
  if (std::is_same_v<W, float> && type == DType::f32) {
    if (count > 0) std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(W));
    return;
  }
  visit_stored(type, [&]<class T>(T) {
    for (Index i = 0; i < count; ++i) store_element<T>(from[i], to + i * static_cast<Index>(sizeof(T)));
  });
}
template <class W> W element_as(const Value& value, Index i) {
  W x;
  load(value.type, value.data + i * static_cast<Index>(size_of(value.type)), 1, 1, &x);
  return x;
}
/// All elements.
template <class W> std::vector<W> elements_as(const Value& value) {
  std::vector<W> all(static_cast<std::size_t>(value.count()));
  load(value.type, value.data, 1, value.count(), all.data());
  return all;
}
/// Elements as integers: indices, axes, shapes.
inline std::vector<Index> integers(const Value& value) { return elements_as<Index>(value); }

}  // namespace hone::graph::onnx
