// The families that a tier shares with the one it extends, HONE_TIER_LIKE: the other tier's tables under this tier's name.
// Compiling them again would make the same instructions, and cost each header-only unit a second.
#if defined(HONE_TIER_NS) && defined(HONE_TIER_LIKE)
namespace hone::HONE_TIER_NS {
namespace {

#define HONE_FAMILY(Type, name) \
  HONE_TABLE const kernels::Type& name##_kernels = HONE_TIER_LIKE::name##_kernels<when_used>;
HONE_TARGET_FAMILIES(HONE_FAMILY)
#undef HONE_FAMILY

}  // namespace
}  // namespace hone::HONE_TIER_NS
#endif
