// The vocabulary, operation by operation, on every tier this CPU has.
#include <catch2/catch_test_macros.hpp>

#include "vocabularies/failures.hpp"
#define HONE_TIER_EXTRA "../../tests/vocabularies/operations.inl.hpp"
#include "../backends/cpu/detect.hpp"
#include "../backends/cpu/tiers.hpp"

namespace {

void check(hone::Tier tier, void (*check_all)(hone::test::Failures&)) {
  if (!hone::cpu::supports(tier)) SKIP("this CPU lacks the tier");
  hone::test::Failures failures;
  check_all(failures);
  INFO(failures.text());
  CHECK(failures.count() == 0);
  CHECK(failures.checks() > 1000);
}

}  // namespace

#define HONE_TEST_TIER(tier) \
  TEST_CASE("vocabulary operations: " #tier) { check(hone::Tier::tier, &hone::tier::operations::check_all); }

HONE_TEST_TIER(baseline)
#if defined(__x86_64__)
HONE_TEST_TIER(avx2)
HONE_TEST_TIER(avx2_vnni)
HONE_TEST_TIER(avx512_vnni)
#elif defined(__aarch64__)
HONE_TEST_TIER(neon)
HONE_TEST_TIER(neon_dot)
HONE_TEST_TIER(neon_i8mm)
#endif
