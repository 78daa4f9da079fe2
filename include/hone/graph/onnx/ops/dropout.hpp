// Dropout. At inference it passes x through; in training mode a seeded generator decides, as NumPy's does.
#pragma once
#include <random>

#include "../walk.hpp"

namespace hone::graph::onnx::ops {

inline Results dropout(Call& call) {
  const Value& x = call.in(0);
  Values results;
  HONE_TRY(mask, call.make(DType::boolean, x.shape));
  std::fill(mask.own, mask.own + x.count(), std::byte{1});
  float ratio = 0.5F;
  bool training = false;
  if (call.has(1)) {
    HONE_TRY(given, call.scalar_of<float>(1));
    ratio = given;
  }
  if (call.has(2)) {
    HONE_TRY(given, call.scalar_of<Index>(2));
    training = given != 0;
  }
  if (!training || ratio == 0) {
    results.push_back(x);
    results.push_back(std::move(mask));
    return results;
  }
  HONE_CHECK(call.float_input(0));
  HONE_TRY(y, call.make(x.type, x.shape));
  std::mt19937 random(static_cast<std::uint32_t>(call.integer("seed", 0)));
  const double scale = 1 / (1 - static_cast<double>(ratio));
  const Index size = static_cast<Index>(size_of(x.type));
  for (Index i = 0; i < x.count(); ++i) {
    const double high = random() >> 5, low = random() >> 6;  // 53 bits, as numpy.random.uniform
    const bool keep = (high * 67108864 + low) / 9007199254740992 >= static_cast<double>(ratio);
    mask.own[i] = std::byte{keep};
    const double v = keep ? element_as<double>(x, i) * scale : 0;
    store(&v, 1, y.type, y.own + i * size);
  }
  results.push_back(std::move(y));
  results.push_back(std::move(mask));
  return results;
}

}  // namespace hone::graph::onnx::ops
