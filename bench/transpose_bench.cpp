// Transposes: images between NCHW and NHWC, and a matrix beyond the second-level cache, beside a copy of the same size.
#include <cstring>

#include "../include/hone/transpose.hpp"
#include "bench.hpp"
#include "groups.hpp"

namespace hone::bench {
namespace {

template <class T> void add_matrix(Cases& cases, const char* dtype, std::ptrdiff_t rows, std::ptrdiff_t cols) {
  const std::ptrdiff_t size = rows * cols;
  const auto count = static_cast<std::size_t>(size);
  const double bytes = 2.0 * sizeof(T) * static_cast<double>(size);
  auto x = random_data<T>(size, 1), y = random_data<T>(size, 2);
  const std::string shape = std::to_string(rows) + "x" + std::to_string(cols);
  cases.add("transpose", "transpose", dtype, shape, 0, bytes, [=, parallel = cases.setup().parallel] {
    must(permute<T>(std::span<const T>(x->data(), count), {rows, cols}, {1, 0}, std::span<T>(y->data(), count),
                    parallel));
  });
  cases.add("transpose", "copy", dtype, shape, 0, bytes, [=] { std::memcpy(y->data(), x->data(), count * sizeof(T)); });
}

}  // namespace

void add_transpose(Cases& cases) {
  add_matrix<float>(cases, "f32", 784, 64);
  add_matrix<std::int16_t>(cases, "i16", 784, 64);
  add_matrix<std::int8_t>(cases, "i8", 784, 64);
  if (cases.setup().quick) return;
  add_matrix<float>(cases, "f32", 64, 784);
  add_matrix<float>(cases, "f32", 2000, 1500);
  add_matrix<std::int8_t>(cases, "i8", 2000, 1500);
}

}  // namespace hone::bench
