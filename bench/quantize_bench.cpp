// Float to 8 bits, as at a network's input, and back, as at its output.
#include "../include/hone/elementwise.hpp"
#include "groups.hpp"
#include "bench.hpp"

namespace hone::bench {

void add_quantize(Cases& cases) {
  const Parallel parallel = cases.setup().parallel;
  const Quantization q{0.0078F, -3, DType::i8};
  for (const std::size_t n : {std::size_t{4096}, std::size_t{96 * 96 * 3}}) {
    const auto elements = static_cast<double>(n);
    auto x = random_data<float>(static_cast<std::ptrdiff_t>(n), 1);
    auto y = random_data<std::int8_t>(static_cast<std::ptrdiff_t>(n), 2);
    cases.add("quantize", "quantize", "f32", "n=" + std::to_string(n), 4 * elements, 5 * elements, [=] {
      must(quantize(std::span<const float>(x->data(), n), std::span<std::int8_t>(y->data(), n), q, Rounding::tflite,
                    parallel));
    });
    cases.add("quantize", "dequantize", "f32", "n=" + std::to_string(n), 2 * elements, 5 * elements, [=] {
      must(dequantize(std::span<const std::int8_t>(y->data(), n), q, std::span<float>(x->data(), n), parallel));
    });
  }
}

}  // namespace hone::bench
