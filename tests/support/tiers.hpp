// One test over every tier that this build holds and this CPU runs.
#pragma once
#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>
#include <hone/cpu.hpp>

namespace hone::test {

/// Sizes around the widths of vectors and tiles.
inline constexpr std::ptrdiff_t awkward_sizes[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 65};

/// test(kernels) for each usable tier; failures name it.
template <class Kernels, class Test> void for_each_tier(Test&& test) {
  int tried = 0;
  for (const cpu::TierInfo& tier : cpu::tiers()) {
    if (!tier.usable()) continue;
    INFO("tier " << tier.name);
    const Kernels* kernels = cpu::kernels<Kernels>(tier.tier);
    REQUIRE(kernels != nullptr);
    test(*kernels);
    ++tried;
  }
  REQUIRE(tried > 0);
}

}  // namespace hone::test
