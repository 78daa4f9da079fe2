// Hone over xsimd, for the one architecture that the compiler's flags name: the vocabulary and every kernel.
#define HONE_STATIC_ARCH
#include "one_tier.hpp"
