// A small layer: y = relu(x * w + b), with the best instructions of this CPU.
#include <hone/gemm.hpp>

#include <cstdio>
#include <vector>

int main() {
  std::vector<float> x(4 * 64, 0.5f), w(64 * 10, 0.25f), b(10, -1), y(4 * 10);

  const auto weights = hone::pack({w.data(), 64, 10}).value();  // once: k x n
  const auto done = hone::gemm({x.data(), 4, 64}, weights, {y.data(), 4, 10}, hone::Bias{b}, hone::Clamp{.lo = 0});
  if (!done) return std::fprintf(stderr, "%s\n", done.error().message.c_str()), 1;

  std::printf("y[0][0] = %g, computed by the %s kernels\n", y[0], hone::cpu::name_of(weights.tier()));
  return y[0] == 7 ? 0 : 1;  // 64 * 0.5 * 0.25 - 1
}
