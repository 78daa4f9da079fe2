// Hone over plain C++, without any SIMD library: the vocabulary and every kernel.
#define HONE_SIMD_SCALAR
#include "one_tier.hpp"
