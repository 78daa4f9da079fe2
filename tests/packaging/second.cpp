// A second unit that includes Hone: an int8 product, with all scales 1 so that plain loops give the same integers.
#include <hone/gemm.hpp>

#include <algorithm>
#include <vector>

bool second() {
  const std::ptrdiff_t m = 5, n = 35, k = 70;
  std::vector<std::int8_t> x(m * k), w(k * n), y(m * n);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::int8_t>(i % 5) - 1;
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<std::int8_t>(i % 3) - 1;

  const float scale = 1;
  hone::RequantizeSpec spec;
  spec.input.zero_point = 1;
  spec.output.zero_point = -2;
  spec.weight_scales = {&scale, 1};
  const auto packed = hone::pack(hone::MatrixView<const std::int8_t>(w.data(), k, n));
  if (!packed) return false;
  const auto requantizer = hone::make_requantizer(*packed, spec);
  if (!requantizer) return false;
  const hone::MatrixView<const std::int8_t> a(x.data(), m, k);
  if (!hone::gemm(a, *packed, hone::MatrixView<std::int8_t>(y.data(), m, n), *requantizer)) return false;

  for (std::ptrdiff_t r = 0; r < m; ++r) {
    for (std::ptrdiff_t c = 0; c < n; ++c) {
      int sum = spec.output.zero_point;
      for (std::ptrdiff_t i = 0; i < k; ++i) sum += (x[r * k + i] - 1) * w[i * n + c];
      if (y[r * n + c] != std::clamp(sum, -128, 127)) return false;
    }
  }
  return true;
}
