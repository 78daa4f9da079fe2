// Gives Highway's namespaces names of Hone's own while Hone includes highway.h, so that the including unit may include it
// for the same target without defining everything twice. The first inclusion renames, the second takes that back.
#ifndef HONE_HIGHWAY_RENAMED
#define HONE_HIGHWAY_RENAMED
#define N_SSE2 HONE_HIGHWAY_NS
#define N_SSSE3 HONE_HIGHWAY_NS
#define N_SSE4 HONE_HIGHWAY_NS
#define N_AVX2 HONE_HIGHWAY_NS
#define N_AVX3 HONE_HIGHWAY_NS
#define N_AVX3_DL HONE_HIGHWAY_NS
#define N_AVX3_ZEN4 HONE_HIGHWAY_NS
#define N_AVX3_SPR HONE_HIGHWAY_NS
#define N_AVX10_2 HONE_HIGHWAY_NS
#define N_NEON HONE_HIGHWAY_NS
#define N_NEON_WITHOUT_AES HONE_HIGHWAY_NS
#define N_NEON_BF16 HONE_HIGHWAY_NS
#define N_PPC8 HONE_HIGHWAY_NS
#define N_PPC9 HONE_HIGHWAY_NS
#define N_PPC10 HONE_HIGHWAY_NS
#define N_Z14 HONE_HIGHWAY_NS
#define N_Z15 HONE_HIGHWAY_NS
#define N_WASM HONE_HIGHWAY_NS
#define N_WASM_EMU256 HONE_HIGHWAY_NS
#define N_LSX HONE_HIGHWAY_NS
#define N_LASX HONE_HIGHWAY_NS
#define N_EMU128 HONE_HIGHWAY_NS
#define N_SCALAR HONE_HIGHWAY_NS
#else
#undef HONE_HIGHWAY_RENAMED
#undef HONE_HIGHWAY_NS
#undef N_SSE2
#undef N_SSSE3
#undef N_SSE4
#undef N_AVX2
#undef N_AVX3
#undef N_AVX3_DL
#undef N_AVX3_ZEN4
#undef N_AVX3_SPR
#undef N_AVX10_2
#undef N_NEON
#undef N_NEON_WITHOUT_AES
#undef N_NEON_BF16
#undef N_PPC8
#undef N_PPC9
#undef N_PPC10
#undef N_Z14
#undef N_Z15
#undef N_WASM
#undef N_WASM_EMU256
#undef N_LSX
#undef N_LASX
#undef N_EMU128
#undef N_SCALAR
#endif
