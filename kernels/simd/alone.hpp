// Lets a file that is included once per tier be read by itself, as the baseline tier in plain C++: editors, clang-tidy.
// A kernel file includes this when HONE_TIER_NS is not defined, then, under the same condition, the files it builds on;
// the tiers define HONE_TIER_NS first, so that none of this is seen there and kernels.inl.hpp alone gives the order.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#define HONE_TIER_NS baseline
#define HONE_DOT 0
#include "../kernels.hpp"
#include "../macros.hpp"
#include "scalar.hpp"
