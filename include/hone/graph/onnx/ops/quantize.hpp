// Between real numbers and integers: real = scale * (q - zero point), one pair for a tensor, for each index along an
// axis, or for each block along it. Arithmetic as ONNX Runtime's: float32, nearest even.
#pragma once
#include "unary.hpp"

namespace hone::graph::onnx::ops {

/// Where in scale and zero point the pair for each element is.
struct ScaleWalk {
  Shape shape, x_strides, scale_strides;  ///< x's dimensions, the axis split in blocks where there are
};
inline Expected<ScaleWalk> scale_walk(Call& call, const Value& x, const Value& scale) {
  const Shape own = strides_of(x.shape);
  ScaleWalk walk{x.shape, own, Shape(x.shape.size())};
  if (scale.count() == 1 && scale.rank() <= 1) return walk;
  const auto bad = [&] { return call.fail("scales " + describe(scale) + " for " + describe(x)); };
  HONE_TRY(axis, call.axis_of(call.integer("axis", 1), x.rank()));
  const auto d = static_cast<std::size_t>(axis);
  const Index blocks = call.integer("block_size", 0);
  if (blocks == 0) {
    if (scale.rank() != 1 || scale.shape[0] != x.shape[d]) return bad();
    walk.scale_strides[d] = 1;
    return walk;
  }
  Shape expected = x.shape;
  if (blocks < 1 || x.shape[d] % blocks != 0) return bad();
  expected[d] /= blocks;
  if (scale.shape != expected) return bad();
  walk.scale_strides = strides_of(scale.shape);
  walk.shape[d] /= blocks;
  walk.x_strides[d] = own[d] * blocks;
  walk.shape.insert(walk.shape.begin() + axis + 1, blocks);
  walk.x_strides.insert(walk.x_strides.begin() + axis + 1, own[d]);
  walk.scale_strides.insert(walk.scale_strides.begin() + axis + 1, 0);
  return walk;
}

/// q = clamp(round(x / scale) + zero, lo, hi), nearest even. Clamped first, to the same effect: then adding and taking
/// off 1.5 * 2^23 rounds. NaN becomes lo.
inline float quantized(float x, float scale, float zero, float lo, float hi) {
  const float q = x / scale, least = lo - zero, most = hi - zero, inside = q > least ? (q < most ? q : most) : least;
  return (inside + 12582912.0F) - 12582912.0F + zero;
}
inline std::pair<float, float> bounds_of(DType type) {
  switch (type) {
    case DType::i8: return {-128, 127};
    case DType::i16: return {-32768, 32767};
    case DType::u16: return {0, 65535};
    default: return {0, 255};
  }
}
inline bool is_quantized(DType type) {
  return type == DType::i8 || type == DType::u8 || type == DType::i16 || type == DType::u16;
}

inline Results quantize_linear(Call& call) {
  const Value& x = call.in(0);
  std::optional<DType> type = DType::u8;
  if (call.integer("output_dtype") != 0) type = dtype_of_number(call.integer("output_dtype"));
  if (call.has(2)) type = call.in(2).type;
  if (!type || !is_quantized(*type)) return call.fail("a result of that type is not supported", ErrorCode::unsupported);
  HONE_TRY(walk, scale_walk(call, x, call.in(1)));
  if (call.has(2)) HONE_CHECK(call.count_input(2, call.in(1).count()));
  HONE_TRY(from, cast_to(call, x, DType::f32));
  HONE_TRY(y, call.make(*type, x.shape));
  const auto scales = elements_as<float>(call.in(1));
  const auto zeros = call.has(2) ? elements_as<float>(call.in(2)) : std::vector<float>(scales.size());
  const std::pair<float, float> bounds = bounds_of(*type);
  const float lo = bounds.first, hi = bounds.second;
  const Index size = static_cast<Index>(size_of(*type));
  if (scales.size() == 1 && size == 1) {
    const auto one_by_one = [&]<class T>(T* to) {
      for_run(y.count(), to, [x = from.as<float>(), s = scales[0], z = zeros[0], l = lo, h = hi](Index i) {
        return static_cast<T>(static_cast<std::int32_t>(quantized(x[i], s, z, l, h)));
      });
    };
    *type == DType::u8 ? one_by_one(y.out<std::uint8_t>()) : one_by_one(y.out<std::int8_t>());
    return one(std::move(y));
  }
  for_each_run<2>(walk.shape, {walk.x_strides, walk.scale_strides}, [&](const auto& at, const auto& step, Index count) {
    float results[block];
    for (Index i = 0; i < count; i += block) {
      const Index part = std::min(block, count - i);
      for (Index j = 0; j < part; ++j) {
        const auto s = static_cast<std::size_t>(at[1] + (i + j) * step[1]);
        results[j] = quantized(from.as<float>()[at[0] + (i + j) * step[0]], scales[s], zeros[s], lo, hi);
      }
      if (step[0] == 1) {
        store(results, part, *type, y.own + (at[0] + i) * size);
      } else {
        for (Index j = 0; j < part; ++j) {
          store(results + j, 1, *type, y.own + (at[0] + (i + j) * step[0]) * size);
        }
      }
    }
  });
  return one(std::move(y));
}

inline Results dequantize_linear(Call& call) {
  const Value& x = call.in(0);
  HONE_CHECK(call.integer_input(0));
  HONE_TRY(walk, scale_walk(call, x, call.in(1)));
  if (call.has(2)) {
    HONE_CHECK(call.same_types(0, 2));
    HONE_CHECK(call.count_input(2, call.in(1).count()));
  }
  HONE_TRY(to, call.make(DType::f32, x.shape));
  const auto scales = elements_as<float>(call.in(1));
  const auto zeros = call.has(2) ? elements_as<std::int32_t>(call.in(2)) : std::vector<std::int32_t>(scales.size());
  float* const out = to.out<float>();
  if (scales.size() == 1 && size_of(x.type) == 1) {
    const auto one_by_one = [&]<class T>(const T* q) {
      for_run(x.count(), out, [q, s = scales[0], z = zeros[0]](Index i) { return static_cast<float>(q[i] - z) * s; });
    };
    x.type == DType::u8 ? one_by_one(x.as<std::uint8_t>()) : one_by_one(x.as<std::int8_t>());
    return one(cast_to(call, to, call.in(1).type));
  }
  const auto from = elements_as<std::int32_t>(x);
  for_each_run<2>(walk.shape, {walk.x_strides, walk.scale_strides}, [&](const auto& at, const auto& step, Index count) {
    for (Index i = 0; i < count; ++i) {
      const auto s = static_cast<std::size_t>(at[1] + i * step[1]);
      const Index e = at[0] + i * step[0];
      const std::int64_t difference = std::int64_t{from[static_cast<std::size_t>(e)]} - zeros[s];
      out[e] = static_cast<float>(difference) * scales[s];
    }
  });
  return one(cast_to(call, to, call.in(1).type));
}

/// uint8 over the range of x widened to hold 0; also scale and zero point.
inline Results dynamic_quantize_linear(Call& call) {
  HONE_CHECK(call.type_input(0, DType::f32));
  const Value& x = call.in(0);
  float lo = 0, hi = 0;
  const float* const from = x.as<float>();
  for (Index i = 0, count = x.count(); i < count; ++i) {
    lo = from[i] < lo ? from[i] : lo;
    hi = from[i] > hi ? from[i] : hi;
  }
  const float scale = hi == lo ? 1 : (hi - lo) / 255;
  const float zero = std::nearbyint(std::fmin(std::fmax(0 - lo / scale, 0.0F), 255.0F));
  HONE_TRY(y, call.make(DType::u8, x.shape));
  HONE_TRY(scale_value, call.make(DType::f32, {}));
  HONE_TRY(zero_value, call.make(DType::u8, {}));
  for_run(x.count(), y.out<std::uint8_t>(), [scale, zero, from](Index i) {
    return static_cast<std::uint8_t>(static_cast<std::int32_t>(quantized(from[i], scale, zero, 0, 255)));
  });
  store(&scale, 1, DType::f32, scale_value.own);
  store(&zero, 1, DType::u8, zero_value.own);
  Values results;
  for (Value* v : {&y, &scale_value, &zero_value}) results.push_back(std::move(*v));
  return results;
}

}  // namespace hone::graph::onnx::ops
