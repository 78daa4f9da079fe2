// Functions of one tensor in the second-level cache, and of bytes by table. Operations are counted as the multiply-adds, twice,
// and the other arithmetic instructions of each function's text (kernels/math.inl.hpp).
#include <memory>

#include "../include/hone/unary.hpp"
#include "bench.hpp"
#include "groups.hpp"

namespace hone::bench {

void add_functions(Cases& cases) {
  const Parallel parallel = cases.setup().parallel;
  constexpr std::size_t n = 28 * 28 * 64;
  const auto elements = static_cast<double>(n);
  struct Function {
    Unary f;
    const char* name;
    double operations;
    bool quick;
  };
  static constexpr Function functions[] = {{Unary::identity, "relu6", 2, true},
                                           {Unary::hard_swish, "hard_swish", 7, false},
                                           {Unary::exp, "exp", 24, true},
                                           {Unary::log, "log", 32, false},
                                           {Unary::logistic, "logistic", 27, false},
                                           {Unary::tanh, "tanh", 40, true},
                                           {Unary::erf, "erf", 56, false},
                                           {Unary::gelu, "gelu", 60, true},
                                           {Unary::silu, "silu", 27, false},
                                           {Unary::elu, "elu", 38, false},
                                           {Unary::softplus, "softplus", 64, false},
                                           {Unary::rsqrt, "rsqrt", 4, false},
                                           {Unary::floor, "floor", 8, false}};
  auto x = random_data<float>(n, 1), y = random_data<float>(n, 2);
  for (const Function& function : functions) {
    if (cases.setup().quick && !function.quick) continue;
    cases.add("functions", function.name, "f32", "n=" + std::to_string(n), function.operations * elements, 8 * elements,
              [=, f = function.f] {
                must(unary(f, std::span<const float>(x->data(), n), std::span<float>(y->data(), n), parallel));
              });
  }
  auto u = random_data<std::int8_t>(n, 1), v = random_data<std::int8_t>(n, 2);
  auto table = std::make_shared<std::array<std::int8_t, 256>>();
  for (std::size_t i = 0; i < 256; ++i) (*table)[i] = static_cast<std::int8_t>(i * 37);
  cases.add("functions", "lookup", "i8", "n=" + std::to_string(n), elements, 2 * elements, [=] {
    must(lookup(*table, std::span<const std::int8_t>(u->data(), n), std::span<std::int8_t>(v->data(), n), parallel));
  });
}

}  // namespace hone::bench
