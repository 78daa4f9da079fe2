// Reductions and normalisations: the rows of a transformer of 384 channels, and the mean over an image's pixels.
#include "../include/hone/rows.hpp"
#include "bench.hpp"
#include "groups.hpp"

namespace hone::bench {

void add_rows(Cases& cases) {
  const Parallel parallel = cases.setup().parallel;
  constexpr std::ptrdiff_t rows = 128, n = 384, size = rows * n;
  constexpr auto count = static_cast<std::size_t>(size);
  const auto elements = static_cast<double>(size);
  auto x = random_data<float>(size, 1), y = random_data<float>(size, 2), g = random_data<float>(n, 3);
  const auto add_reduce = [&](const char* name, Reduce f, std::ptrdiff_t outer, std::ptrdiff_t k,
                              std::ptrdiff_t inner) {
    const std::string shape = std::to_string(outer) + "x" + std::to_string(k) + "x" + std::to_string(inner);
    cases.add("rows", name, "f32", shape, elements, 4 * elements, [=] {
      must(reduce(f, std::span<const float>(x->data(), count), outer, k, inner,
                  std::span<float>(y->data(), static_cast<std::size_t>(outer * inner)), parallel));
    });
  };
  add_reduce("sum", Reduce::sum, rows, n, 1);
  add_reduce("max", Reduce::max, rows, n, 1);
  add_reduce("mean", Reduce::mean, 1, rows, n);
  const std::string shape = "rows=" + std::to_string(rows) + " n=" + std::to_string(n);
  const auto add_normalize = [&](const char* name, Normalize f, double operations) {
    cases.add("rows", name, "f32", shape, operations * elements, 8 * elements, [=] {
      const std::span<const float> gamma(g->data(), static_cast<std::size_t>(n));
      must(normalize(f, MatrixView<const float>(x->data(), rows, n), MatrixView<float>(y->data(), rows, n), 1e-5F,
                     Affine{gamma, gamma}, parallel));
    });
  };
  add_normalize("layer norm", Normalize::layer, 8);
  add_normalize("rms norm", Normalize::rms, 6);
}

}  // namespace hone::bench
