// Floats of 16 bits as they are stored: IEEE binary16 (11 bits of precision, up to 65,504) and bfloat16 (8 bits, float32's
// range). Nothing is computed in them: kernels widen to float32, exactly, and round results to nearest even.
#pragma once
#include <cstdint>

namespace hone::kernels {

struct F16 {
  std::uint16_t bits = 0;
};
struct BF16 {
  std::uint16_t bits = 0;
};

/// Exact. Bits of NaN stay where they fit.
inline float to_float(BF16 x) {
  const std::uint32_t word = std::uint32_t{x.bits} << 16;
  float y = 0;
  __builtin_memcpy(&y, &word, 4);
  return y;
}
inline float to_float(F16 x) {
  const std::uint32_t magnitude = x.bits & 0x7FFFu;
  std::uint32_t word = magnitude << 13;
  float y = 0;
  __builtin_memcpy(&y, &word, 4);
  y *= 0x1p112F;  // the difference of the exponents' biases; subnormal numbers come out right
  __builtin_memcpy(&word, &y, 4);
  if (magnitude >= 0x7C00u) word |= 0x7F800000u;  // infinity and NaN
  word |= (x.bits & 0x8000u) << 16;
  __builtin_memcpy(&y, &word, 4);
  return y;
}

/// To nearest, ties to even; beyond the largest, infinity; NaN stays NaN.
inline BF16 to_bf16(float x) {
  std::uint32_t word = 0;
  __builtin_memcpy(&word, &x, 4);
  if (x != x) return {static_cast<std::uint16_t>((word >> 16) | 0x40u)};
  return {static_cast<std::uint16_t>((word + 0x7FFFu + (word >> 16 & 1u)) >> 16)};
}
inline F16 to_f16(float x) {
  std::uint32_t word = 0;
  __builtin_memcpy(&word, &x, 4);
  const std::uint32_t sign = word >> 16 & 0x8000u, magnitude = word & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return {static_cast<std::uint16_t>(sign | 0x7E00u | (magnitude >> 13 & 0x3FFu))};
  if (magnitude >= 0x47800000u) return {static_cast<std::uint16_t>(sign | 0x7C00u)};  // 65,536 and above
  if (magnitude < 0x38800000u) {  // below 2^-14: adding 1/2 leaves the multiple of 2^-24 in the low bits, rounded
    float y = 0;
    __builtin_memcpy(&y, &magnitude, 4);
    y += 0.5F;
    std::uint32_t rounded = 0;
    __builtin_memcpy(&rounded, &y, 4);
    return {static_cast<std::uint16_t>(sign | (rounded - 0x3F000000u))};
  }
  const std::uint32_t rounded = magnitude + 0xFFFu + (magnitude >> 13 & 1u);
  return {static_cast<std::uint16_t>(sign | ((rounded - 0x38000000u) >> 13))};
}

}  // namespace hone::kernels
