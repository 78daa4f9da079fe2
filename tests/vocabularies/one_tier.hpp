// The tests of every kernel, and of every operation, over the one tier of a build without Highway. Included by a test
// that has said which vocabulary that tier is made of.
#undef HONE_COMPILED  // the kernels of this unit, not those of a library compiled over Highway
#define HONE_TIER_EXTRA "../../tests/vocabularies/operations.inl.hpp"

// The tests below are included inside namespaces, because each has helpers of its own; so whatever they include must
// have been included before.
#include <algorithm>
#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "failures.hpp"

#include <hone/cpu.hpp>

#include "../../kernels/reference.hpp"
#include "../../kernels/reference_elements.hpp"
#include "../support/guarded.hpp"
#include "../support/layer.hpp"
#include "../support/random.hpp"
#include "../support/requantize.hpp"
#include "../support/tiers.hpp"
#include "../support/window.hpp"

TEST_CASE("the vocabulary: every operation") {
  hone::test::Failures failures;
  hone::baseline::operations::check_all(failures);
  INFO(failures.text());
  CHECK(failures.count() == 0);
  CHECK(failures.checks() > 1000);
}
TEST_CASE("the vocabulary: one tier") {
  for (const hone::cpu::TierInfo& tier : hone::cpu::tiers()) {
    INFO(tier.name);
    CHECK(tier.usable() == (tier.tier == hone::Tier::baseline));
  }
}

namespace gemm_f32_test {
#include "../gemm_f32_test.cpp"
}
namespace gemm_i8_test {
#include "../gemm_i8_test.cpp"
}
namespace requantize_test {
#include "../requantize_test.cpp"
}
namespace depthwise_test {
#include "../depthwise_test.cpp"
}
namespace sparse_test {
#include "../sparse_test.cpp"
}
namespace pool_test {
#include "../pool_test.cpp"
}
namespace elementwise_test {
#include "../elementwise_test.cpp"
}
namespace quantize_test {
#include "../quantize_test.cpp"
}
namespace softmax_test {
#include "../softmax_test.cpp"
}
namespace unary_test {
#include "../unary_test.cpp"
}
namespace binary_test {
#include "../binary_test.cpp"
}
namespace rows_test {
#include "../rows_test.cpp"
}
namespace gemm_half_test {
#include "../gemm_half_test.cpp"
}
