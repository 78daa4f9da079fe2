// The smallest app: a product of small integers, which f32 holds exactly.
#include <hone/gemm.hpp>

#include <cstdio>
#include <vector>

bool second() __attribute__((weak));  // second.cpp's, where a program has two units

int main() {
  const std::ptrdiff_t m = 7, n = 33, k = 20;
  std::vector<float> x(m * k), w(k * n), y(m * n), bias(n, 1.0f);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 7) - 3;
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(i % 5) - 2;

  const auto packed = hone::pack({w.data(), k, n});
  if (!packed) return 1;
  if (!hone::gemm({x.data(), m, k}, *packed, {y.data(), m, n}, hone::Bias{bias}, hone::Clamp{0, 40})) return 1;

  for (std::ptrdiff_t r = 0; r < m; ++r) {
    for (std::ptrdiff_t c = 0; c < n; ++c) {
      float sum = 1;
      for (std::ptrdiff_t i = 0; i < k; ++i) sum += x[r * k + i] * w[i * n + c];
      if (y[r * n + c] != (sum < 0 ? 0 : sum > 40 ? 40 : sum)) return 2;
    }
  }
  std::printf("right, on %s\n", hone::cpu::name_of(packed->tier()));
  return second == nullptr || second() ? 0 : 3;
}
