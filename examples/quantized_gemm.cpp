// A quantised layer by hand: float data to 8 bits, an exact integer product, and the result back to floats.
// The integers are the same on every CPU: compare the checksum this prints under HONE_TIER=baseline.
#include <hone/gemm.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace {
constexpr std::ptrdiff_t m = 8, k = 96, n = 24;

std::int8_t to_i8(float real, const hone::Quantization& q) {
  return static_cast<std::int8_t>(std::clamp(std::lround(real / q.scale) + q.zero_point, -128L, 127L));
}
float wave(std::ptrdiff_t i, float step) { return std::sin(static_cast<float>(i) * step); }
}  // namespace

int main() {
  // Activations lie in [-1, 1] and results in about [-8, 8]; weights have a scale for each output column and no zero
  // point, which is what TensorFlow Lite and ONNX models use.
  const hone::Quantization input{1.0f / 127, 0, hone::DType::i8}, output{16.0f / 255, 0, hone::DType::i8};
  std::vector<float> weight_scales(n);
  std::vector<std::int8_t> x(m * k), w(k * n), y(m * n);
  std::vector<std::int32_t> bias(n);
  for (std::ptrdiff_t i = 0; i < m * k; ++i) x[i] = to_i8(wave(i, 0.37f), input);
  for (std::ptrdiff_t c = 0; c < n; ++c) {
    weight_scales[c] = 0.002f + 0.0001f * static_cast<float>(c);
    for (std::ptrdiff_t i = 0; i < k; ++i) w[i * n + c] = to_i8(wave(i + c, 0.21f) * 0.2f, {weight_scales[c], 0});
    bias[c] = static_cast<std::int32_t>(0.5f / (input.scale * weight_scales[c]));  // 0.5 in units of the sum
  }

  const auto weights = hone::pack(hone::MatrixView<const std::int8_t>{w.data(), k, n}).value();
  const auto requantizer =
      hone::make_requantizer(weights, {.input = input, .output = output, .weight_scales = weight_scales, .bias = bias});
  if (!requantizer) return std::fprintf(stderr, "%s\n", requantizer.error().message.c_str()), 1;
  const hone::MatrixView<const std::int8_t> in{x.data(), m, k};
  const hone::MatrixView<std::int8_t> out{y.data(), m, n};
  if (const auto done = hone::gemm(in, weights, out, *requantizer); !done) {
    return std::fprintf(stderr, "%s\n", done.error().message.c_str()), 1;
  }

  // The same product on real numbers, to see what eight bits cost.
  float worst = 0;
  long checksum = 0;
  for (std::ptrdiff_t r = 0; r < m; ++r) {
    for (std::ptrdiff_t c = 0; c < n; ++c) {
      float sum = 0.5f;
      for (std::ptrdiff_t i = 0; i < k; ++i) sum += wave(r * k + i, 0.37f) * wave(i + c, 0.21f) * 0.2f;
      worst = std::max(worst, std::abs(sum - output.scale * static_cast<float>(out(r, c))));
      checksum = checksum * 31 % 1000003 + out(r, c);
    }
  }
  std::printf("tier %s: checksum %ld, largest error %.3f (one step is %.3f)\n", hone::cpu::name_of(weights.tier()),
              checksum, worst, output.scale);
  return worst < 1.5f * output.scale ? 0 : 1;
}
