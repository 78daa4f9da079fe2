// Which tiers the CPU and the operating system run: cpuid and XCR0 on x86, the auxiliary vector on Arm.
#pragma once
#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace hone {

// The one list of tiers beyond baseline, from the most general to the best: X(with, name, what it is made for, detected),
// where `detected` is a member of detail::Features and `with` whatever the list was called with. tiers.hpp compiles the
// kernels for each.
#define HONE_X86_TIERS(X, with)                             \
  X(with, avx2, "Haswell and later, Zen 1 to 3", avx2)      \
  X(with, avx2_vnni, "Alder Lake-N, Meteor Lake", avx_vnni) \
  X(with, avx512_vnni, "Ice Lake and later, Zen 4 and later", avx512)
#define HONE_ARM_TIERS(X, with)             \
  X(with, neon, "Cortex-A53, A72", neon)    \
  X(with, neon_dot, "Cortex-A55, A76", dot) \
  X(with, neon_i8mm, "Cortex-A510, A710, Neoverse", i8mm)
#if defined(__x86_64__)
#define HONE_TIERS(X, with) HONE_X86_TIERS(X, with)
#elif defined(__aarch64__)
#define HONE_TIERS(X, with) HONE_ARM_TIERS(X, with)
#else
#define HONE_TIERS(X, with)
#endif

/// A set of instructions all kernels are compiled for.
#define HONE_NAME(with, name, made_for, detected) name,
enum class Tier : std::uint8_t { baseline, HONE_X86_TIERS(HONE_NAME, ) HONE_ARM_TIERS(HONE_NAME, ) };
#undef HONE_NAME

namespace cpu {
namespace detail {

#if defined(__x86_64__)
struct Features {
  bool avx2 = false, avx_vnni = false, avx512 = false, avx512_bf16 = false;
};

inline Features detect() {
  const auto all = [](unsigned value, unsigned bits) { return (value & bits) == bits; };
  const auto bit = [](unsigned i) { return 1u << i; };
  Features found;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return found;
  // SSE3 to SSE4.2, PCLMUL, FMA, POPCNT, AES, OSXSAVE, AVX, F16C
  const unsigned leaf1 =
      bit(0) | bit(1) | bit(9) | bit(12) | bit(19) | bit(20) | bit(23) | bit(25) | bit(27) | bit(28) | bit(29);
  if (!all(c, leaf1)) return found;
  unsigned xcr0 = 0, xcr0_high = 0;  // which registers the operating system saves
  __asm__("xgetbv" : "=a"(xcr0), "=d"(xcr0_high) : "c"(0));
  if (!all(xcr0, 0x6)) return found;  // XMM, YMM

  unsigned b7 = 0, c7 = 0, a71 = 0;
  if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d)) return found;
  found.avx2 = all(b7, bit(3) | bit(5) | bit(8));  // BMI, AVX2, BMI2
  if (!found.avx2) return found;
  if (a >= 1 && __get_cpuid_count(7, 1, &a71, &b, &c, &d)) found.avx_vnni = all(a71, bit(4));
  // AVX-512 F, DQ, CD, BW, VL; VBMI, VBMI2, GFNI, VAES, VPCLMULQDQ, VNNI, BITALG, VPOPCNTDQ; opmask and ZMM state
  found.avx512 = all(b7, bit(16) | bit(17) | bit(28) | bit(30) | bit(31)) &&
                 all(c7, bit(1) | bit(6) | bit(8) | bit(9) | bit(10) | bit(11) | bit(12) | bit(14)) && all(xcr0, 0xE6);
  found.avx512_bf16 = found.avx512 && all(a71, bit(5));
  return found;
}
#elif defined(__aarch64__)
struct Features {
  bool neon = true, dot = false, i8mm = false;
};

inline Features detect() {
  Features found;
#if defined(__linux__)
  const unsigned long hwcap = getauxval(AT_HWCAP), hwcap2 = getauxval(AT_HWCAP2);
  const unsigned long half = (1ul << 9) | (1ul << 10);               // HWCAP_FPHP, HWCAP_ASIMDHP
  found.dot = (hwcap & half) == half && (hwcap & (1ul << 20)) != 0;  // HWCAP_ASIMDDP
  const unsigned long matrix = (1ul << 13) | (1ul << 14);            // HWCAP2_I8MM, HWCAP2_BF16
  found.i8mm = found.dot && (hwcap2 & matrix) == matrix;
#elif defined(__APPLE__)
  const auto has = [](const char* name) {
    int value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
  };
  found.dot = has("hw.optional.arm.FEAT_DotProd") && has("hw.optional.arm.FEAT_FP16");
  found.i8mm = found.dot && has("hw.optional.arm.FEAT_I8MM") && has("hw.optional.arm.FEAT_BF16");
#endif
  return found;
}
#endif

}  // namespace detail

/// Whether this CPU, under this operating system, runs the tier's instructions.
inline bool supports(Tier tier) {
#if defined(__x86_64__) || defined(__aarch64__)
  static const detail::Features has = detail::detect();
#endif
#define HONE_SUPPORTED(with, name, made_for, detected) \
  if (tier == Tier::name) return has.detected;
  HONE_TIERS(HONE_SUPPORTED, )
#undef HONE_SUPPORTED
  return tier == Tier::baseline;
}

/// Whether this CPU multiplies pairs of bfloat16 with the tier's instructions. On x86 not all CPUs of avx512_vnni do (Ice Lake,
/// Tiger Lake and Rocket Lake do not): one instruction in one family of kernels, so a question of its own and not a tier.
inline bool has_bf16_dot(Tier tier) {
#if defined(__x86_64__)
  static const detail::Features has = detail::detect();
  return tier == Tier::avx512_vnni && has.avx512_bf16;
#else
  return tier == Tier::neon_i8mm && supports(tier);
#endif
}

}  // namespace cpu
}  // namespace hone
