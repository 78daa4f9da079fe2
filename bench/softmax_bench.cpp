// Softmax: the classes of one image, and the rows of an attention matrix.
#include "../include/hone/softmax.hpp"
#include "groups.hpp"
#include "bench.hpp"

namespace hone::bench {

void add_softmax(Cases& cases) {
  const Parallel parallel = cases.setup().parallel;
  const struct { std::ptrdiff_t rows, n; } sizes[] = {{1, 1000}, {128, 128}};
  for (const auto& [rows, n] : sizes) {
    const std::ptrdiff_t r = rows, c = n;
    const std::string shape = "rows=" + std::to_string(r) + " n=" + std::to_string(c);
    const auto elements = static_cast<double>(r * c);
    // A difference, an exponential of about ten operations, a sum and a product for each element.
    const double operations = 13 * elements;
    auto x = random_data<float>(r * c, 1), y = random_data<float>(r * c, 2);
    cases.add("softmax", "softmax", "f32", shape, operations, 8 * elements, [=] {
      must(softmax(MatrixView<const float>(x->data(), r, c), MatrixView<float>(y->data(), r, c), 1.0F, parallel));
    });
    auto u = random_data<std::int8_t>(r * c, 1), v = random_data<std::int8_t>(r * c, 2);
    const Quantization in{0.1F, 3, DType::i8}, out{1.0F / 256, -128, DType::i8};
    cases.add("softmax", "softmax", "i8", shape, operations, 2 * elements, [=] {
      must(softmax(MatrixView<const std::int8_t>(u->data(), r, c), in, MatrixView<std::int8_t>(v->data(), r, c), out,
                   1.0F, parallel));
    });
  }
}

}  // namespace hone::bench
