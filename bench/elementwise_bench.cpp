// Functions of two tensors: in the first-level cache, and in the second, where residual connections usually are.
#include "../include/hone/binary.hpp"
#include "../include/hone/elementwise.hpp"
#include "groups.hpp"
#include "bench.hpp"

namespace hone::bench {

void add_elementwise(Cases& cases) {
  const Parallel parallel = cases.setup().parallel;
  for (const std::size_t n : {std::size_t{2048}, std::size_t{28 * 28 * 64}}) {
    const auto count = static_cast<std::ptrdiff_t>(n);
    const double elements = static_cast<double>(n);
    auto a = random_data<float>(count, 1), b = random_data<float>(count, 2), y = random_data<float>(count, 3);
    cases.add("elementwise", "add", "f32", "n=" + std::to_string(n), elements, 12 * elements, [=] {
      must(add(std::span<const float>(a->data(), n), std::span<const float>(b->data(), n),
               std::span<float>(y->data(), n), parallel));
    });
    const std::ptrdiff_t rows = count / 64;
    cases.add("elementwise", "mul", "f32", "n=" + std::to_string(n), elements, 12 * elements, [=] {
      must(binary(Binary::mul, {a->data(), 1, count}, {b->data(), 1, count}, {y->data(), 1, count}, parallel));
    });
    cases.add("elementwise", "mul row", "f32", std::to_string(rows) + "x64", elements, 8 * elements, [=] {
      must(binary(Binary::mul, {a->data(), rows, 64}, {b->data(), 1, 64}, {y->data(), rows, 64}, parallel));
    });
    auto c = random_data<std::int8_t>(count, 1), d = random_data<std::int8_t>(count, 2),
         z = random_data<std::int8_t>(count, 3);
    const Quantization qc{0.02F, 3, DType::i8}, qd{0.03F, -7, DType::i8}, qz{0.05F, 1, DType::i8};
    cases.add("elementwise", "add", "i8", "n=" + std::to_string(n), elements, 3 * elements, [=] {
      must(add(std::span<const std::int8_t>(c->data(), n), qc, std::span<const std::int8_t>(d->data(), n), qd,
               std::span<std::int8_t>(z->data(), n), qz, parallel));
    });
  }
}

}  // namespace hone::bench
