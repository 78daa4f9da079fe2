// The SIMD vocabulary in plain C++: any CPU, no library (HONE_SIMD_SCALAR). highway.hpp says what each operation is; the
// integers are the same bit for bit. A value is four lanes of 32 bits, so that a compiler may still use vectors of 16
// bytes. Included once, in place of highway.hpp (backends/cpu/tiers.hpp).
#define HONE_VECTOR_BYTES 16
#define HONE_VECTOR_REGISTERS 16

namespace hone::HONE_TIER_NS {
namespace {

/// The body of an operation: lane i of the result is `expression`.
#define HONE_LANES(Type, expression)                                       \
  {                                                                        \
    Type r;                                                                \
    HONE_UNROLL for (int i = 0; i < Type::lanes; ++i) r.v[i] = expression; \
    return r;                                                              \
  }

/// Lanes wrap as they do in vector registers; signed overflow in C++ would be undefined.
HONE_INLINE std::int32_t wrap(std::uint32_t x) { return static_cast<std::int32_t>(x); }
HONE_INLINE std::uint32_t bits(std::int32_t x) { return static_cast<std::uint32_t>(x); }

/// One lane from memory that may hold another type.
template <class T> HONE_INLINE T lane(const T* p) {
  T x;
  __builtin_memcpy(&x, p, sizeof x);
  return x;
}
template <class Type, class T>
HONE_INLINE Type load_lanes(const T* p) HONE_LANES(Type, lane(p + i)) template <class Type, class T>
HONE_INLINE Type load_lanes_n(const T* p, std::size_t n) HONE_LANES(Type, static_cast<std::size_t>(i) < n ? p[i] : T{})

    /// float32 lanes.
    struct F32 {
  static constexpr int lanes = 4;
  float v[lanes];

  static HONE_INLINE F32 zero() { return splat(0); }
  static HONE_INLINE F32 splat(float x) HONE_LANES(F32, x) static HONE_INLINE F32 load(const float* p) {
    return load_lanes<F32>(p);
  }
  static HONE_INLINE F32 load_n(const float* p, std::size_t n) { return load_lanes_n<F32>(p, n); }
  HONE_INLINE void store(float* p) const { store_n(p, lanes); }
  HONE_INLINE void store_n(float* p, std::size_t n) const {
    HONE_UNROLL for (std::size_t i = 0; i < lanes; ++i) if (i < n) p[i] = v[i];
  }
  template <class Half> static HONE_INLINE F32 load(const Half* p) { return load_n(p, lanes); }  // F16 or BF16
  template <class Half> static HONE_INLINE F32 load_n(const Half* p, std::size_t n) {
    F32 r;
    for (std::size_t i = 0; i < lanes; ++i) r.v[i] = i < n ? kernels::to_float(p[i]) : 0.0F;
    return r;
  }
  template <class Half> HONE_INLINE void store(Half* p) const { store_n(p, lanes); }
  template <class Half> HONE_INLINE void store_n(Half* p, std::size_t n) const {
    for (std::size_t i = 0; i < lanes && i < n; ++i) {
      if constexpr (std::is_same_v<Half, kernels::F16>)
        p[i] = kernels::to_f16(v[i]);
      else
        p[i] = kernels::to_bf16(v[i]);
    }
  }
  static HONE_INLINE F32 load_blocks(const float* p, std::ptrdiff_t) { return load(p); }  // a value is one block
  HONE_INLINE void store_blocks(float* p, std::ptrdiff_t) const { store(p); }
};
HONE_INLINE void transpose4(F32& a, F32& b, F32& c, F32& d) {
  F32* const rows[4] = {&a, &b, &c, &d};
  HONE_UNROLL for (int i = 0; i < 4; ++i) {
    HONE_UNROLL for (int j = 0; j < i; ++j) {
      const float x = rows[i]->v[j];
      rows[i]->v[j] = rows[j]->v[i];
      rows[j]->v[i] = x;
    }
  }
}
HONE_INLINE F32 operator+(F32 a, F32 b) HONE_LANES(F32, a.v[i] + b.v[i]) HONE_INLINE F32 operator-(F32 a, F32 b)
    HONE_LANES(F32, a.v[i] - b.v[i]) HONE_INLINE F32
    operator*(F32 a, F32 b) HONE_LANES(F32, a.v[i] * b.v[i]) HONE_INLINE F32
    operator/(F32 a, F32 b) HONE_LANES(F32, a.v[i] / b.v[i]) HONE_INLINE F32 min(F32 a, F32 b)
        HONE_LANES(F32, a.v[i] < b.v[i] ? a.v[i] : b.v[i]) HONE_INLINE F32 max(F32 a, F32 b)
            HONE_LANES(F32, a.v[i] > b.v[i] ? a.v[i] : b.v[i]) HONE_INLINE F32 max_or_nan(F32 a, F32 b)
                HONE_LANES(F32, a.v[i] != a.v[i] || a.v[i] > b.v[i] ? a.v[i] : b.v[i]) HONE_INLINE F32 sqrt(F32 a)
                    HONE_LANES(F32, __builtin_sqrtf(a.v[i])) HONE_INLINE F32 if_less(F32 a, F32 b, F32 x, F32 y)
                        HONE_LANES(F32, a.v[i] < b.v[i] ? x.v[i] : y.v[i])
    /// Fused only if the compiler's own flags make it so.
    HONE_INLINE F32 fma(F32 a, F32 b, F32 c) HONE_LANES(F32, a.v[i] * b.v[i] + c.v[i]) HONE_INLINE
    float reduce_add(F32 a) {
  return (a.v[0] + a.v[2]) + (a.v[1] + a.v[3]);
}
HONE_INLINE float reduce_max(F32 a) {
  float r = a.v[0];
  for (int i = 1; i < F32::lanes; ++i) r = a.v[i] > r ? a.v[i] : r;
  return r;
}

/// int32 lanes.
struct I32 {
  static constexpr int lanes = 4;
  std::int32_t v[lanes];

  static HONE_INLINE I32 zero() { return splat(0); }
  static HONE_INLINE I32 splat(std::int32_t x) HONE_LANES(I32, x) template <class T>  // int32, int8 or uint8
  static HONE_INLINE I32 load(const T* p) {
    return load_lanes<I32>(p);
  }
  template <class T> static HONE_INLINE I32 load_n(const T* p, std::size_t n) { return load_lanes_n<I32>(p, n); }
  template <class T> HONE_INLINE void store(T* p) const { store_n(p, lanes); }
  template <class T> HONE_INLINE void store_n(T* p, std::size_t n) const {
    HONE_UNROLL for (std::size_t i = 0; i < lanes; ++i) if (i < n) p[i] = saturate<T>(v[i]);
  }

 private:
  template <class T> static HONE_INLINE T saturate(std::int32_t x) {
    constexpr std::int32_t lo = std::numeric_limits<T>::min(), hi = std::numeric_limits<T>::max();
    return static_cast<T>(x < lo ? lo : x > hi ? hi : x);
  }
};
HONE_INLINE I32 in_register(I32 a) { return a; }
HONE_INLINE I32 bits_of(F32 a) {
  I32 r;
  __builtin_memcpy(r.v, a.v, sizeof r.v);
  return r;
}
HONE_INLINE F32 from_bits(I32 a) {
  F32 r;
  __builtin_memcpy(r.v, a.v, sizeof r.v);
  return r;
}
HONE_INLINE I32 operator+(I32 a, I32 b) HONE_LANES(I32, wrap(bits(a.v[i]) + bits(b.v[i]))) HONE_INLINE I32 operator-(
    I32 a, I32 b) HONE_LANES(I32, wrap(bits(a.v[i]) - bits(b.v[i]))) HONE_INLINE I32
operator*(I32 a, I32 b) HONE_LANES(I32, wrap(bits(a.v[i]) * bits(b.v[i]))) HONE_INLINE I32
operator&(I32 a, I32 b) HONE_LANES(I32, a.v[i] & b.v[i]) HONE_INLINE I32
operator|(I32 a, I32 b) HONE_LANES(I32, a.v[i] | b.v[i]) HONE_INLINE I32
operator^(I32 a, I32 b) HONE_LANES(I32, a.v[i] ^ b.v[i]) HONE_INLINE I32 min(I32 a, I32 b)
    HONE_LANES(I32, a.v[i] < b.v[i] ? a.v[i] : b.v[i]) HONE_INLINE I32 max(I32 a, I32 b)
        HONE_LANES(I32, a.v[i] > b.v[i] ? a.v[i] : b.v[i]) HONE_INLINE I32
    shift_left(I32 a, I32 by) HONE_LANES(I32, wrap(bits(a.v[i]) << by.v[i])) HONE_INLINE I32 shift_right(I32 a, I32 by)
        HONE_LANES(I32, a.v[i] >> by.v[i]) HONE_INLINE I32 sign_mask(I32 a)
            HONE_LANES(I32, a.v[i] >> 31) HONE_INLINE I32 doubling_high_mul(I32 a, I32 b)
                HONE_LANES(I32, static_cast<std::int32_t>((std::int64_t{a.v[i]} * b.v[i] + (std::int64_t{1} << 30)) >>
                                                          31)) HONE_INLINE I32 floor_high_mul(I32 a, I32 b)
                    HONE_LANES(I32, static_cast<std::int32_t>((std::int64_t{a.v[i]} * b.v[i]) >> 31)) HONE_INLINE I32
    if_zero(I32 mask, I32 a, I32 b) HONE_LANES(I32, mask.v[i] == 0 ? a.v[i] : b.v[i]) HONE_INLINE I32
    if_negative(I32 mask, I32 a, I32 b) HONE_LANES(I32, mask.v[i] < 0 ? a.v[i] : b.v[i]) HONE_INLINE F32 to_f32(I32 a)
        HONE_LANES(F32, static_cast<float>(a.v[i])) HONE_INLINE I32 to_i32(F32 a)
            HONE_LANES(I32, static_cast<std::int32_t>(__builtin_lrintf(a.v[i]))) HONE_INLINE F32 exp2_int(I32 e) {
  F32 r;
  HONE_UNROLL for (int i = 0; i < F32::lanes; ++i) {
    const std::uint32_t x = (bits(e.v[i]) + 127) << 23;
    __builtin_memcpy(&r.v[i], &x, 4);
  }
  return r;
}

/// Bytes: as many as the vector is wide.
struct U8 {
  static constexpr int lanes = 16;
  std::uint8_t v[lanes];

  static HONE_INLINE U8 splat(std::uint8_t x) HONE_LANES(U8, x) static HONE_INLINE U8 load(const std::uint8_t* p) {
    return load_lanes<U8>(p);
  }
  HONE_INLINE void store(std::uint8_t* p) const { __builtin_memcpy(p, v, lanes); }
};
HONE_INLINE U8 operator^(U8 a, U8 b) HONE_LANES(U8, static_cast<std::uint8_t>(a.v[i] ^ b.v[i]))

    class NarrowRows {
 public:
  HONE_INLINE NarrowRows(bool, std::int32_t zero, std::int32_t lo, std::int32_t hi)
      : zero_(I32::splat(zero)), lo_(I32::splat(lo - zero)), hi_(I32::splat(hi - zero)) {}
  HONE_INLINE void store(I32 a0, I32 a1, I32 b0, I32 b1, std::uint8_t* a, std::uint8_t* b) const {
    store(a0, a);
    store(a1, a + I32::lanes);
    store(b0, b);
    store(b1, b + I32::lanes);
  }

 private:
  HONE_INLINE void store(I32 v, std::uint8_t* p) const {
    const I32 r = min(max(v, lo_), hi_) + zero_;
    HONE_UNROLL for (int i = 0; i < I32::lanes; ++i) p[i] = static_cast<std::uint8_t>(r.v[i]);  // int8 modulo 256
  }
  I32 zero_, lo_, hi_;
};

/// int16 lanes, twice as many as I32 has: pairs feed madd.
struct I16 {
  static constexpr int lanes = 8;
  std::int16_t v[lanes];

  static HONE_INLINE I16 splat_pair(const std::int16_t* p)
      HONE_LANES(I16, p[i % 2]) template <class T>  // int16, int8 or uint8
      static HONE_INLINE I16 load(const T* p) {
    return load_lanes<I16>(p);
  }
  HONE_INLINE void store(std::int16_t* p) const { __builtin_memcpy(p, v, 2 * lanes); }
  template <class T>  // int8 or uint8
  static HONE_INLINE I16 load_pairs(const T* a, const T* b)
      HONE_LANES(I16, i % 2 == 0 ? a[i / 2] : b[i / 2]) template <class T>
      static HONE_INLINE I16 load_pairs(const T* a) {
    return load_pairs(a, a);
  }
};
HONE_INLINE I16 operator-(I16 a, I16 b) HONE_LANES(I16, static_cast<std::int16_t>(a.v[i] - b.v[i])) HONE_INLINE I32
    madd(I16 a, I16 b, I32 acc)
        HONE_LANES(I32, wrap(bits(acc.v[i]) + bits(a.v[2 * i] * b.v[2 * i]) + bits(a.v[2 * i + 1] * b.v[2 * i + 1])))

#undef HONE_LANES
}  // namespace
}  // namespace hone::HONE_TIER_NS
