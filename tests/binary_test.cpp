// Functions of two values on every tier, bit for bit, in every form of broadcasting.
#include <catch2/catch_test_macros.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/reference_elements.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"
#include "support/tiers.hpp"

using namespace hone;
using kernels::Binary;
using kernels::Index;
using test::Guarded;

namespace {

/// How an operand is repeated: not at all, one row for all, one value for each row, one value.
struct Form {
  Index row, column;
};
constexpr Form forms[] = {{1, 1}, {0, 1}, {1, 0}, {0, 0}};

struct Source {
  Guarded<float> values;
  kernels::Operand operand;
  Source(Form form, Index rows, Index n, test::Random& random)
      : values(form.row == 0 ? 1 : rows, form.column == 0 ? 1 : n, (form.column == 0 ? 1 : n) + 2) {
    values.fill([&] { return random.one_in(11) ? std::nanf("") : 3 * random.real(); });
    operand = {values.data(), form.row * values.stride(), form.column};
  }
  float at(Index r, Index c) const { return values.data()[r * operand.row + c * operand.column]; }
};

}  // namespace

TEST_CASE("binary_f32: every function and form equals its definition", "[binary]") {
  test::Random random(8);
  for (const Index n : test::awkward_sizes) {
    const Index rows = 3;
    for (const Form form_a : forms) {
      for (const Form form_b : forms) {
        const Source a(form_a, rows, n, random), b(form_b, rows, n, random);
        test::for_each_tier<kernels::BinaryKernels>([&](const kernels::BinaryKernels& tier) {
          for (int f = 0; f < kernels::binary_count; ++f) {
            Guarded<float> out(rows, n, n + 3);
            const kernels::BinaryF32 g{a.operand, b.operand, out.data(), out.stride(), -1.5F, 2.0F};
            tier.f32[f](g, {0, 1}, {0, n});
            tier.f32[f](g, {1, rows}, {0, n / 2});
            tier.f32[f](g, {1, rows}, {n / 2, n});
            int wrong = 0;
            for (Index i = 0; i < rows * n; ++i) {
              const float y = ref::binary(static_cast<Binary>(f), a.at(i / n, i % n), b.at(i / n, i % n));
              const float got = out(i / n, i % n);
              wrong += std::isnan(y) ? !std::isnan(got) : got != std::min(2.0F, std::max(-1.5F, y));
            }
            INFO("function " << f << ", n " << n << ", a " << form_a.row << form_a.column << ", b " << form_b.row
                             << form_b.column);
            REQUIRE(wrong == 0);
            REQUIRE(out.damage() == "");
          }
        });
      }
    }
  }
}

TEST_CASE("binary_f32 may write over an input", "[binary]") {
  test::for_each_tier<kernels::BinaryKernels>([](const kernels::BinaryKernels& tier) {
    std::vector<float> a(333, 1.5F);
    const float infinity = std::numeric_limits<float>::infinity();
    const kernels::BinaryF32 g{{a.data(), 0, 1}, {a.data(), 0, 1}, a.data(), 0, -infinity, infinity};
    tier.f32[static_cast<int>(Binary::mul)](g, {0, 1}, {0, 333});
    REQUIRE(std::all_of(a.begin(), a.end(), [](float v) { return v == 2.25F; }));
  });
}
