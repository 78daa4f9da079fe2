// Includes <hwy/highway.h> for the HWY_TARGET just defined; no include guard: once per target.
// highway.h skips what it has seen unless HWY_TARGET_TOGGLE was flipped since.
#if defined(HWY_HIGHWAY_PER_TARGET) != defined(HWY_TARGET_TOGGLE)
#ifdef HWY_TARGET_TOGGLE
#undef HWY_TARGET_TOGGLE
#else
#define HWY_TARGET_TOGGLE
#endif
#endif
#include <hwy/highway.h>
#ifdef HONE_HIGHWAY_ODD
#undef HONE_HIGHWAY_ODD
#else
#define HONE_HIGHWAY_ODD
#endif
