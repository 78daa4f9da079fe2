// A unit that uses Highway itself, in each way Highway offers, and Hone; compiled once for each order of the two:
//   -DHONE_FIRST     Hone is the first thing included; otherwise it comes last
//   -DHONE_INSIDE    Hone is met while foreach_target.h includes this file again for the first of its targets,
//                    after highway.h; with -DHONE_BEFORE_HIGHWAY before it
//   -DSTATIC_USER    Highway for the compiler's own target alone; otherwise its dynamic dispatch, which needs libhwy
// foreach_target.h finds this file by its name, so its folder must be on the include path.
#if defined(HONE_FIRST)
#include <hone/gemm.hpp>
#endif
#include <cstdio>

#ifndef STATIC_USER
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "highway_user.cpp"
#include <hwy/foreach_target.h>
#endif
#if defined(HONE_INSIDE) && defined(HONE_BEFORE_HIGHWAY)
#include <hone/gemm.hpp>
#endif
#include <hwy/highway.h>
#if defined(HONE_INSIDE) && !defined(HONE_BEFORE_HIGHWAY)
#include <hone/gemm.hpp>
#endif

HWY_BEFORE_NAMESPACE();
namespace app {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Sums of squares, over operations that each target defines in its own way.
int sum_of_squares(const int* values, int count) {
  const hn::ScalableTag<int> tag;
  const int lanes = static_cast<int>(hn::Lanes(tag));
  auto sums = hn::Zero(tag);
  int i = 0, rest = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto v = hn::LoadU(tag, values + i);
    sums = hn::Add(sums, hn::Mul(v, v));
  }
  for (; i < count; ++i) rest += values[i] * values[i];
  return rest + hn::ReduceSum(tag, sums);
}
int bytes() { return HWY_MAX_BYTES; }

}  // namespace HWY_NAMESPACE
}  // namespace app
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <hone/gemm.hpp>  // for the second time, where it came before

namespace app {
#ifdef STATIC_USER
int call_sum(const int* values, int count) { return HWY_STATIC_DISPATCH(sum_of_squares)(values, count); }
int call_bytes() { return HWY_STATIC_DISPATCH(bytes)(); }
#else
HWY_EXPORT(sum_of_squares);
HWY_EXPORT(bytes);
int call_sum(const int* values, int count) { return HWY_DYNAMIC_DISPATCH(sum_of_squares)(values, count); }
int call_bytes() { return HWY_DYNAMIC_DISPATCH(bytes)(); }
#endif
}  // namespace app

// The unit's own target is still the one that Highway's macros name.
HWY_BEFORE_NAMESPACE();
namespace app {
namespace HWY_NAMESPACE {
int twice(int x) {
  const hwy::HWY_NAMESPACE::ScalableTag<int> tag;
  const auto v = hwy::HWY_NAMESPACE::Set(tag, x);
  return hwy::HWY_NAMESPACE::GetLane(hwy::HWY_NAMESPACE::Add(v, v));
}
}  // namespace HWY_NAMESPACE
}  // namespace app
HWY_AFTER_NAMESPACE();

int main() {
  int values[100];
  for (int i = 0; i < 100; ++i) values[i] = i;
  if (app::call_sum(values, 100) != 328350 || app::HWY_NAMESPACE::twice(21) != 42) return 1;

  const float x[2] = {3, 4}, w[2] = {10, 100};
  float y = 0;
  const auto packed = hone::pack({w, 2, 1});
  if (!packed || !hone::gemm({x, 1, 2}, *packed, {&y, 1, 1})) return 2;
  std::printf("vectors of %d bytes, %g\n", app::call_bytes(), static_cast<double>(y));
  return y == 430 ? 0 : 3;
}
#endif
