// One tier: the vocabulary over Highway and every kernel; included inside the tier's attributes, with HONE_TIER_NS (the
// tier's namespace) and HONE_DOT (kernels/simd/dot.hpp) defined, and HONE_TIER_LIKE where the tier adds dot
// products alone to another. All are undefined again at the end.
#define HONE_VECTOR_BYTES HWY_MAX_BYTES
#if HWY_TARGET_IS_NEON || HWY_MAX_BYTES == 64
#define HONE_VECTOR_REGISTERS 32
#else
#define HONE_VECTOR_REGISTERS 16
#endif
#include "../../kernels/simd/highway.hpp"
#include "../../kernels/kernels.inl.hpp"
#ifdef HONE_TIER_EXTRA
#include HONE_TIER_EXTRA
#endif
#undef HONE_VECTOR_BYTES
#undef HONE_VECTOR_REGISTERS
#undef HONE_TIER_NS
#undef HONE_DOT
#undef HONE_TIER_LIKE
