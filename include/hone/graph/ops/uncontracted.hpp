// Sums of products of reals whose rounding decides an integer: each product is rounded by itself on every CPU, where
// compilers would make fused multiply-adds of them on those that have one.
//
//   HONE_UNCONTRACTED float f(float a, float b, float c) {
//     HONE_UNCONTRACTED_BODY
//     return a * b + c;
//   }
#pragma once

#ifdef __clang__
#define HONE_UNCONTRACTED
#define HONE_UNCONTRACTED_BODY _Pragma("clang fp contract(off)")
#elif defined(__GNUC__)
#define HONE_UNCONTRACTED __attribute__((optimize("fp-contract=off")))
#define HONE_UNCONTRACTED_BODY
#else
#define HONE_UNCONTRACTED
#define HONE_UNCONTRACTED_BODY
#endif
