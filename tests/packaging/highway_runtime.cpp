// The two functions of libhwy that Highway's dynamic dispatch calls, where no libhwy fits the headers (Debian 12).
#include <hwy/targets.h>

namespace hwy {
int64_t SupportedTargets() {
  int64_t targets = HWY_STATIC_TARGET;
#if HWY_ARCH_X86
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) targets |= HWY_AVX2;
#endif
  return targets;
}
ChosenTarget& GetChosenTarget() {
  static ChosenTarget chosen;
  return chosen;
}
}  // namespace hwy
