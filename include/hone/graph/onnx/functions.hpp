// exp, tanh, sigmoid, erf, softmax and layer normalisation in f32 with the bits of ONNX Runtime on x86-64 with AVX-512:
// its polynomials, with fused multiply-adds, and its order of additions. A quantised network with float layers between
// (activations quantised at run time) amplifies the last bit of a softmax to whole steps a few layers on, so the right
// answer to the last bit is part of mode `ort` (docs/numerics.md). The same bits on every CPU.
//
// Accuracy: exp and erf 1 ULP, tanh 6 ULP; sigmoid 2e-7.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

namespace hone::graph::onnx {

// Every function is written once, over two ways to a * b + c with one rounding, and inlined into a loop for each.
#define HONE_ONNX_INLINE [[gnu::always_inline]] inline
#if defined(__x86_64__) && !defined(__FMA__)
#define HONE_ONNX_FMA_TARGET [[gnu::target("avx2,fma")]]
#else
#define HONE_ONNX_FMA_TARGET
#endif

/// By the instruction, in functions that are compiled for a CPU that has it.
struct ByInstruction {
  HONE_ONNX_INLINE static float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
};
/// In double, where the product is exact: the sum, rounded twice, differs in less than one case in 10^8.
struct InDouble {
  HONE_ONNX_INLINE static float fused(float a, float b, float c) {
    return static_cast<float>(static_cast<double>(a) * static_cast<double>(b) + static_cast<double>(c));
  }
};
/// Whether this CPU has the instruction.
inline bool has_fused() {
#if defined(__aarch64__) || defined(__FMA__)
  return true;
#elif defined(__x86_64__)
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has;
#else
  return false;
#endif
}

/// ((c0 * x + c1) * x + c2) ...
template <class A, class... C> HONE_ONNX_INLINE float polynomial(float x, float c0, C... rest) {
  ((c0 = A::fused(c0, x, rest)), ...);
  return c0;
}
HONE_ONNX_INLINE float between(float x, float lo, float hi) { return x < lo ? lo : x > hi ? hi : x; }

/// x = m * ln 2 + r, |r| <= ln 2 / 2; returns 2^m in two factors, since m may be one beyond a float's exponents.
struct Halves {
  float r, first, second;
};
template <class A> HONE_ONNX_INLINE Halves halves(float x) {
  constexpr float bias = 12582912;  // 1.5 * 2^23: adding it rounds to an integer
  const float m = A::fused(x, 1.44269504088896341F, bias) - bias;
  const float r = A::fused(m, -1.42860677e-6F, A::fused(m, -6.93145752e-1F, x));
  const auto whole = static_cast<std::int32_t>(m), half = whole >> 1;
  return {r, std::bit_cast<float>(static_cast<std::uint32_t>(half + 127) << 23),
          std::bit_cast<float>(static_cast<std::uint32_t>(whole - half + 127) << 23)};
}

struct Exp {
  template <class A> HONE_ONNX_INLINE static float of(float x) {
    const float v = x >= -103.9720840454F && x <= 88.7762626647950F ? x : x > 0 ? 88.7762626647950F : -103.9720840454F;
    const Halves h = halves<A>(v);
    const float e = polynomial<A>(h.r, 0x1.694000p-10F, 0x1.125edcp-7F, 0x1.555b5ap-5F, 0x1.555450p-3F, 0x1.fffff6p-2F,
                                  1.0F, 1.0F) *
                    h.first * h.second;
    return x != x ? x : x > 88.7762626647950F ? INFINITY : e;
  }
};
struct Tanh {
  template <class A> HONE_ONNX_INLINE static float of(float x) {
    const float v = between(x, -9, 9), s = v * v;
    const float p =
        polynomial<A>(s, -2.76076847742355e-16F, 2.00018790482477e-13F, -8.60467152213735e-11F, 5.12229709037114e-08F,
                      1.48572235717979e-05F, 6.37261928875436e-04F, 4.89352455891786e-03F);
    const float q =
        polynomial<A>(s, 1.19825839466702e-06F, 1.18534705686654e-04F, 2.26843463243900e-03F, 4.89352518554385e-03F);
    return p * v / q;
  }
};
struct Sigmoid {
  template <class A> HONE_ONNX_INLINE static float of(float x) {
    const float v = between(x, -18, 18), s = v * v;
    const float p = polynomial<A>(s, 4.37031012579801e-11F, 1.15627324459942e-07F, 6.08574864600143e-05F,
                                  8.51377133304701e-03F, 2.48287947061529e-01F);
    const float q = polynomial<A>(s, 6.10247389755681e-13F, 5.76102136993427e-09F, 6.29106785017040e-06F,
                                  1.70198817374094e-03F, 1.16817656904453e-01F, 9.93151921023180e-01F);
    return between(p * v / q + 0.5F, 0, 1);
  }
};
struct Erf {
  template <class A> HONE_ONNX_INLINE static float of(float x) {
    const float magnitude = std::fabs(x), a = magnitude < 3.925F ? magnitude : 3.925F;
    const float near = polynomial<A>(a * a, -5.99104969e-4F, 4.99339588e-3F, -2.67667342e-2F, 1.12818025e-1F,
                                     -3.76124859e-1F, 1.28379151e-1F);
    const float far = polynomial<A>(a, 1.72948930e-5F, -3.83208680e-4F, 3.88393435e-3F, -2.42545605e-2F, 1.06777847e-1F,
                                    6.34846687e-1F, 1.28717512e-1F);
    const Halves h = halves<A>(-A::fused(far, a, a));
    const float rest =
        polynomial<A>(h.r, 1.38319808e-3F, 8.37550033e-3F, 4.16689515e-2F, 1.66664466e-1F, 4.99999851e-1F, 1.0F, 1.0F) *
        h.first * h.second;
    const float y = std::copysign(a > 0.921875F ? 1 - rest : A::fused(near, a, a), x);
    return x != x ? x : y;
  }
};

/// y[i] = F(x[i]). Runs of 16 at a time, so that compilers see whole vectors.
template <class F, class A> HONE_ONNX_INLINE void map_run(const float* x, float* y, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    float from[16], to[16];
    for (int j = 0; j < 16; ++j) from[j] = x[i + j];
    for (int j = 0; j < 16; ++j) to[j] = F::template of<A>(from[j]);
    for (int j = 0; j < 16; ++j) y[i + j] = to[j];
  }
  for (; i < count; ++i) y[i] = F::template of<A>(x[i]);
}
template <class F> HONE_ONNX_FMA_TARGET void map_by_instruction(const float* x, float* y, std::int64_t count) {
  map_run<F, ByInstruction>(x, y, count);
}
template <class F> void map_f32(const float* x, float* y, std::int64_t count) {
  if (has_fused())
    map_by_instruction<F>(x, y, count);
  else
    map_run<F, InDouble>(x, y, count);
}

/// Of 16 partial sums the upper half is added to the lower, then neighbours are.
HONE_ONNX_INLINE float sum_of_16(const float* sums) {
  float s[8];
  for (int i = 0; i < 8; ++i) s[i] = sums[i] + sums[i + 8];
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}
template <class A> HONE_ONNX_INLINE void softmax_run(float* row, std::int64_t count) {
  float top = row[0];
  for (std::int64_t i = 1; i < count; ++i) top = row[i] > top ? row[i] : top;
  const auto exponential = [top](float x) __attribute__((always_inline)) {
    x -= top;
    return Exp::of<A>(x < -88.3762626647949F ? -88.3762626647949F : x);
  };
  float sums[16] = {};
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    float e[16];
    for (int j = 0; j < 16; ++j) e[j] = row[i + j];
    for (int j = 0; j < 16; ++j) e[j] = exponential(e[j]);
    for (int j = 0; j < 16; ++j) sums[j] += e[j];
    for (int j = 0; j < 16; ++j) row[i + j] = e[j];
  }
  for (int j = 0; i < count; ++i, ++j) sums[j] += row[i] = exponential(row[i]);
  const float scale = 1 / sum_of_16(sums);
  for (i = 0; i < count; ++i) row[i] *= scale;
}
HONE_ONNX_FMA_TARGET inline void softmax_by_instruction(float* row, std::int64_t count) {
  softmax_run<ByInstruction>(row, count);
}
/// row[i] = exp(row[i] - max) / sum. NaN goes through.
inline void softmax_f32(float* row, std::int64_t count) {
  if (has_fused())
    softmax_by_instruction(row, count);
  else
    softmax_run<InDouble>(row, count);
}

template <class A>
HONE_ONNX_INLINE std::pair<float, float> layer_norm_run(float* row, std::int64_t count, const float* scale,
                                                        const float* bias, float epsilon) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(row[i]);
  const auto mean = static_cast<float>(sum / static_cast<double>(count));
  float s[8] = {};
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    float d[8];
    for (int j = 0; j < 8; ++j) d[j] = row[i + j] - mean;
    for (int j = 0; j < 8; ++j) s[j] = A::fused(d[j], d[j], s[j]);
    for (int j = 0; j < 8; ++j) row[i + j] = d[j];
  }
  for (int j = 0; i < count; ++i, ++j) {
    row[i] -= mean;
    s[j] = A::fused(row[i], row[i], s[j]);
  }
  for (int j = 0; j < 4; ++j) s[j] += s[j + 4];
  const float squares = (s[0] + s[2]) + (s[1] + s[3]);
  const float inverse = 1 / std::sqrt(squares / static_cast<float>(count) + epsilon);
  for (i = 0; i < count; ++i) {
    const float v = row[i] * inverse;
    row[i] = bias != nullptr ? A::fused(v, scale[i], bias[i]) : v * scale[i];
  }
  return {mean, inverse};
}
HONE_ONNX_FMA_TARGET inline std::pair<float, float> layer_norm_by_instruction(float* row, std::int64_t count,
                                                                              const float* scale, const float* bias,
                                                                              float epsilon) {
  return layer_norm_run<ByInstruction>(row, count, scale, bias, epsilon);
}
/// row[i] = (row[i] - mean) / sqrt(variance + epsilon) * scale[i] + bias[i]; returns mean and the inverse deviation.
/// bias may be null.
inline std::pair<float, float> layer_norm_f32(float* row, std::int64_t count, const float* scale, const float* bias,
                                              float epsilon) {
  if (has_fused()) return layer_norm_by_instruction(row, count, scale, bias, epsilon);
  return layer_norm_run<InDouble>(row, count, scale, bias, epsilon);
}

#undef HONE_ONNX_INLINE
#undef HONE_ONNX_FMA_TARGET

}  // namespace hone::graph::onnx
