// A table of 256 bytes in registers, looked up a vector at a time with the tier's byte shuffles; included once per tier.
// `lanes` is 0 where the tier has none: kernels::lookup_plain then does as well as anything.
#ifndef HONE_TIER_NS
#include "alone.hpp"
#endif

#undef HONE_BYTE_TABLE
#if defined(HONE_SIMD_SCALAR) || !defined(HONE_VECTOR_BYTES)
#define HONE_BYTE_TABLE 0
#elif defined(__aarch64__)
#define HONE_BYTE_TABLE 1  // tbl, tbx: 64 entries at once
#elif !defined(__x86_64__)
#define HONE_BYTE_TABLE 0
#elif defined(HONE_STATIC_ARCH)
#if defined(__AVX512VBMI__) && HONE_VECTOR_BYTES == 64
#define HONE_BYTE_TABLE 2
#elif defined(__AVX2__)
#define HONE_BYTE_TABLE 3
#else
#define HONE_BYTE_TABLE 0
#endif
#elif !defined(HWY_TARGET)  // this file read by itself
#define HONE_BYTE_TABLE 0
#elif HWY_TARGET <= HWY_AVX3_DL
#define HONE_BYTE_TABLE 2  // vpermi2b: 128 entries at once
#elif HWY_TARGET <= HWY_AVX2
#define HONE_BYTE_TABLE 3  // vpshufb: 16 entries at once
#else
#define HONE_BYTE_TABLE 0
#endif

namespace hone::HONE_TIER_NS {
namespace {

#if HONE_BYTE_TABLE == 1
class ByteTable {
 public:
  static constexpr int lanes = 16;
  HONE_INLINE explicit ByteTable(const std::uint8_t* table) {
    HONE_UNROLL for (int i = 0; i < 4; ++i) quarter_[i] = vld1q_u8_x4(table + 64 * i);
  }
  /// out[i] = table[in[i]] for `lanes` bytes. An index beyond the quarter leaves what the others found.
  HONE_INLINE void look_up(const std::uint8_t* in, std::uint8_t* out) const {
    const uint8x16_t x = vld1q_u8(in);
    uint8x16_t y = vqtbl4q_u8(quarter_[0], x);
    HONE_UNROLL for (int i = 1; i < 4; ++i) {
      y = vqtbx4q_u8(y, quarter_[i], veorq_u8(x, vdupq_n_u8(static_cast<std::uint8_t>(64 * i))));
    }
    vst1q_u8(out, y);
  }

 private:
  uint8x16x4_t quarter_[4];
};
#elif HONE_BYTE_TABLE == 2
class ByteTable {
 public:
  static constexpr int lanes = 64;
  HONE_INLINE explicit ByteTable(const std::uint8_t* table) {
    HONE_UNROLL for (int i = 0; i < 4; ++i) quarter_[i] = _mm512_loadu_si512(table + 64 * i);
  }
  /// out[i] = table[in[i]] for `lanes` bytes: both halves by the index's low 7 bits, one of them chosen by its top bit.
  HONE_INLINE void look_up(const std::uint8_t* in, std::uint8_t* out) const {
    const __m512i x = _mm512_loadu_si512(in);
    const __m512i low = _mm512_permutex2var_epi8(quarter_[0], x, quarter_[1]);
    const __m512i high = _mm512_permutex2var_epi8(quarter_[2], x, quarter_[3]);
    _mm512_storeu_si512(out, _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high));
  }

 private:
  __m512i quarter_[4];
};
#elif HONE_BYTE_TABLE == 3
class ByteTable {
 public:
  static constexpr int lanes = 32;
  /// Entries of each half as differences from sixteen to sixteen, so that adding up (by XOR) all sixteens up to the one that
  /// an index lies in gives its entry.
  HONE_INLINE explicit ByteTable(const std::uint8_t* table) {
    HONE_UNROLL for (int i = 0; i < 16; ++i) {
      const __m256i entries = sixteen(table + 16 * i);
      difference_[i] = i % 8 == 0 ? entries : _mm256_xor_si256(entries, sixteen(table + 16 * (i - 1)));
    }
  }
  /// out[i] = table[in[i]] for `lanes` bytes. vpshufb gives 0 for a negative index: the sixteens above, and the other half.
  HONE_INLINE void look_up(const std::uint8_t* in, std::uint8_t* out) const {
    const __m256i less = _mm256_set1_epi8(16);
    __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
    __m256i high = _mm256_xor_si256(low, _mm256_set1_epi8(-128));
    __m256i y = _mm256_xor_si256(_mm256_shuffle_epi8(difference_[0], low), _mm256_shuffle_epi8(difference_[8], high));
    HONE_UNROLL for (int i = 1; i < 8; ++i) {
      low = _mm256_subs_epi8(low, less);  // saturating: what is negative stays so
      high = _mm256_subs_epi8(high, less);
      y = _mm256_xor_si256(
          y, _mm256_xor_si256(_mm256_shuffle_epi8(difference_[i], low), _mm256_shuffle_epi8(difference_[8 + i], high)));
    }
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), y);
  }

 private:
  static HONE_INLINE __m256i sixteen(const std::uint8_t* p) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  __m256i difference_[16];
};
#else
struct ByteTable {
  static constexpr int lanes = 0;
};
#endif

}  // namespace
}  // namespace hone::HONE_TIER_NS
