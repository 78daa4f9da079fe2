// The SIMD vocabulary over Google Highway; included once per tier, inside the tier's attributes (backends/cpu/tiers.hpp).
// scalar.hpp and xsimd.hpp give the same names. A value is one vector of the tier's full width; `lanes` is constexpr.
// Partial loads fill with zeros; partial stores leave memory beyond n untouched.
namespace hone::HONE_TIER_NS {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

/// float32 lanes.
struct F32 {
  using D = hn::ScalableTag<float>;
  static constexpr int lanes = HWY_MAX_BYTES / 4;
  hn::Vec<D> v;

  static HWY_INLINE F32 zero() { return {hn::Zero(D())}; }
  static HWY_INLINE F32 splat(float x) { return {hn::Set(D(), x)}; }
  static HWY_INLINE F32 load(const float* p) { return {hn::LoadU(D(), p)}; }
  static HWY_INLINE F32 load_n(const float* p, std::size_t n) { return {hn::LoadN(D(), p, n)}; }
  HWY_INLINE void store(float* p) const { hn::StoreU(v, D(), p); }
  HWY_INLINE void store_n(float* p, std::size_t n) const { hn::StoreN(v, D(), p, n); }
  /// 16-bit floats, widened exactly; stored rounded to nearest even.
#if HWY_TARGET_IS_NEON || (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2)
  static HWY_INLINE F32 load(const kernels::F16* p) {
    return {hn::PromoteTo(D(), hn::LoadU(hn::Rebind<hwy::float16_t, D>(), reinterpret_cast<const hwy::float16_t*>(p)))};
  }
  HWY_INLINE void store(kernels::F16* p) const {
    const hn::Rebind<hwy::float16_t, D> d;
    hn::StoreU(hn::DemoteTo(d, v), d, reinterpret_cast<hwy::float16_t*>(p));
  }
#else  // no instruction, and what Highway does instead takes infinity for a number: half.hpp's arithmetic
  static HWY_INLINE F32 load(const kernels::F16* p) {
    const hn::RebindToSigned<D> d;
    const auto word =
        hn::PromoteTo(d, hn::LoadU(hn::Rebind<std::uint16_t, D>(), reinterpret_cast<const std::uint16_t*>(p)));
    const auto magnitude = hn::And(word, hn::Set(d, 0x7FFF));
    const auto value = hn::Mul(hn::BitCast(D(), hn::ShiftLeft<13>(magnitude)), hn::Set(D(), 0x1p112F));
    const auto special = hn::IfThenElseZero(hn::Gt(magnitude, hn::Set(d, 0x7BFF)), hn::Set(d, 0x7F800000));
    const auto sign = hn::ShiftLeft<16>(hn::AndNot(hn::Set(d, 0x7FFF), word));
    return {hn::BitCast(D(), hn::Or(hn::BitCast(d, value), hn::Or(special, sign)))};
  }
  HWY_INLINE void store(kernels::F16* p) const {
    const hn::RebindToSigned<D> d;
    const hn::Rebind<std::uint16_t, D> narrow;
    const auto word = hn::BitCast(d, v), magnitude = hn::And(word, hn::Set(d, 0x7FFFFFFF));
    const auto odd = hn::And(hn::ShiftRight<13>(magnitude), hn::Set(d, 1));
    const auto rounded = hn::Sub(hn::Add(magnitude, odd), hn::Set(d, 0x38000000 - 0xFFF));
    const auto normal = hn::Min(hn::ShiftRight<13>(rounded), hn::Set(d, 0x7C00));
    const auto small = hn::BitCast(d, hn::Add(hn::BitCast(D(), magnitude), hn::Set(D(), 0.5F)));
    auto half =
        hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 0x38800000)), hn::Sub(small, hn::Set(d, 0x3F000000)), normal);
    half = hn::IfThenElse(hn::Gt(magnitude, hn::Set(d, 0x7F800000)), hn::Set(d, 0x7E00), half);
    half = hn::Or(half, hn::And(hn::ShiftRight<16>(word), hn::Set(d, 0x8000)));
    hn::StoreU(hn::DemoteTo(narrow, half), narrow, reinterpret_cast<std::uint16_t*>(p));
  }
#endif
  static HWY_INLINE F32 load(const kernels::BF16* p) {
    const hn::RebindToUnsigned<D> bits;
    const auto narrow = hn::LoadU(hn::Rebind<std::uint16_t, D>(), reinterpret_cast<const std::uint16_t*>(p));
    return {hn::BitCast(D(), hn::ShiftLeft<16>(hn::PromoteTo(bits, narrow)))};
  }
  HWY_INLINE void store(kernels::BF16* p) const {
    const hn::RebindToUnsigned<D> d;
    const hn::Rebind<std::uint16_t, D> narrow;
    const auto word = hn::BitCast(d, v);
    const auto odd = hn::And(hn::ShiftRight<16>(word), hn::Set(d, 1));
    const auto rounded = hn::Add(word, hn::Add(odd, hn::Set(d, 0x7FFF)));
    const auto high = hn::IfThenElse(hn::RebindMask(d, hn::IsNaN(v)), hn::Or(word, hn::Set(d, 0x400000)), rounded);
    hn::StoreU(hn::DemoteTo(narrow, hn::BitCast(hn::RebindToSigned<D>(), hn::ShiftRight<16>(high))), narrow,
               reinterpret_cast<std::uint16_t*>(p));
  }
  template <class Half> static HWY_INLINE F32 load_n(const Half* p, std::size_t n) {
    Half whole[lanes] = {};
    __builtin_memcpy(static_cast<void*>(whole), p, n * sizeof(Half));
    return load(whole);
  }
  template <class Half> HWY_INLINE void store_n(Half* p, std::size_t n) const {
    Half whole[lanes];
    store(whole);
    __builtin_memcpy(static_cast<void*>(p), whole, n * sizeof(Half));
  }
  /// Lanes 4 j .. 4 j + 3 are four floats from p + j * stride.
  static HWY_INLINE F32 load_blocks(const float* p, std::ptrdiff_t stride) {
    const hn::Full128<float> block;
#if HWY_MAX_BYTES == 16
    (void)stride;
    return {hn::LoadU(block, p)};
#else
    const hn::Full256<float> pair;
    const auto low = hn::Combine(pair, hn::LoadU(block, p + stride), hn::LoadU(block, p));
#if HWY_MAX_BYTES == 32
    return {low};
#else
    return {
        hn::Combine(D(), hn::Combine(pair, hn::LoadU(block, p + 3 * stride), hn::LoadU(block, p + 2 * stride)), low)};
#endif
#endif
  }
  HWY_INLINE void store_blocks(float* p, std::ptrdiff_t stride) const {
    const hn::Full128<float> block;
    hn::StoreU(hn::ExtractBlock<0>(v), block, p);
#if HWY_MAX_BYTES >= 32
    hn::StoreU(hn::ExtractBlock<1>(v), block, p + stride);
#endif
#if HWY_MAX_BYTES == 64
    hn::StoreU(hn::ExtractBlock<2>(v), block, p + 2 * stride);
    hn::StoreU(hn::ExtractBlock<3>(v), block, p + 3 * stride);
#endif
    (void)stride;
  }
};
/// In each block of four lanes, lane i of a, b, c, d becomes the i-th of them: a 4x4 transpose.
HWY_INLINE void transpose4(F32& a, F32& b, F32& c, F32& d) {
  const hn::Repartition<std::uint64_t, F32::D> wide;
  const auto ab_low = hn::BitCast(wide, hn::InterleaveLower(F32::D(), a.v, b.v));
  const auto ab_high = hn::BitCast(wide, hn::InterleaveUpper(F32::D(), a.v, b.v));
  const auto cd_low = hn::BitCast(wide, hn::InterleaveLower(F32::D(), c.v, d.v));
  const auto cd_high = hn::BitCast(wide, hn::InterleaveUpper(F32::D(), c.v, d.v));
  a.v = hn::BitCast(F32::D(), hn::InterleaveLower(wide, ab_low, cd_low));
  b.v = hn::BitCast(F32::D(), hn::InterleaveUpper(wide, ab_low, cd_low));
  c.v = hn::BitCast(F32::D(), hn::InterleaveLower(wide, ab_high, cd_high));
  d.v = hn::BitCast(F32::D(), hn::InterleaveUpper(wide, ab_high, cd_high));
}
HWY_INLINE F32 operator+(F32 a, F32 b) { return {hn::Add(a.v, b.v)}; }
HWY_INLINE F32 operator-(F32 a, F32 b) { return {hn::Sub(a.v, b.v)}; }
HWY_INLINE F32 operator*(F32 a, F32 b) { return {hn::Mul(a.v, b.v)}; }
HWY_INLINE F32 operator/(F32 a, F32 b) { return {hn::Div(a.v, b.v)}; }
/// NaN where b is NaN; where only a is, NaN or b. (Highway's own min and max drop NaN on Arm, and not on x86.)
#if HWY_TARGET_IS_NEON
HWY_INLINE F32 min(F32 a, F32 b) { return {hn::Vec<F32::D>(vminq_f32(a.v.raw, b.v.raw))}; }
HWY_INLINE F32 max(F32 a, F32 b) { return {hn::Vec<F32::D>(vmaxq_f32(a.v.raw, b.v.raw))}; }
#else
HWY_INLINE F32 min(F32 a, F32 b) { return {hn::Min(a.v, b.v)}; }
HWY_INLINE F32 max(F32 a, F32 b) { return {hn::Max(a.v, b.v)}; }
#endif
/// The larger; NaN where either is.
HWY_INLINE F32 max_or_nan(F32 a, F32 b) { return {hn::IfThenElse(hn::IsNaN(a.v), a.v, max(a, b).v)}; }
/// a * b + c, fused where the tier has it.
HWY_INLINE F32 fma(F32 a, F32 b, F32 c) { return {hn::MulAdd(a.v, b.v, c.v)}; }
HWY_INLINE F32 sqrt(F32 a) { return {hn::Sqrt(a.v)}; }
/// x where a < b, else (and where either is NaN) y.
HWY_INLINE F32 if_less(F32 a, F32 b, F32 x, F32 y) { return {hn::IfThenElse(hn::Lt(a.v, b.v), x.v, y.v)}; }
HWY_INLINE float reduce_max(F32 a) { return hn::ReduceMax(F32::D(), a.v); }
HWY_INLINE float reduce_add(F32 a) { return hn::ReduceSum(F32::D(), a.v); }

/// int32 lanes.
struct I32 {
  using D = hn::ScalableTag<std::int32_t>;
  static constexpr int lanes = HWY_MAX_BYTES / 4;
  hn::Vec<D> v;

  static HWY_INLINE I32 zero() { return {hn::Zero(D())}; }
  static HWY_INLINE I32 splat(std::int32_t x) { return {hn::Set(D(), x)}; }
  static HWY_INLINE I32 load(const std::int32_t* p) { return {hn::LoadU(D(), p)}; }
  static HWY_INLINE I32 load_n(const std::int32_t* p, std::size_t n) { return {hn::LoadN(D(), p, n)}; }
  /// `lanes` 8-bit values, widened.
  static HWY_INLINE I32 load(const std::int8_t* p) {
    return {hn::PromoteTo(D(), hn::LoadU(hn::Rebind<std::int8_t, D>(), p))};
  }
  static HWY_INLINE I32 load(const std::uint8_t* p) {
    return {hn::PromoteTo(D(), hn::LoadU(hn::Rebind<std::uint8_t, D>(), p))};
  }
  static HWY_INLINE I32 load_n(const std::int8_t* p, std::size_t n) {
    return {hn::PromoteTo(D(), hn::LoadN(hn::Rebind<std::int8_t, D>(), p, n))};
  }
  static HWY_INLINE I32 load_n(const std::uint8_t* p, std::size_t n) {
    return {hn::PromoteTo(D(), hn::LoadN(hn::Rebind<std::uint8_t, D>(), p, n))};
  }
  HWY_INLINE void store(std::int32_t* p) const { hn::StoreU(v, D(), p); }
  HWY_INLINE void store_n(std::int32_t* p, std::size_t n) const { hn::StoreN(v, D(), p, n); }
  /// Narrowed with saturation.
  HWY_INLINE void store(std::int8_t* p) const { store_narrow<std::int8_t>(p, lanes); }
  HWY_INLINE void store(std::uint8_t* p) const { store_narrow<std::uint8_t>(p, lanes); }
  HWY_INLINE void store_n(std::int8_t* p, std::size_t n) const { store_narrow<std::int8_t>(p, n); }
  HWY_INLINE void store_n(std::uint8_t* p, std::size_t n) const { store_narrow<std::uint8_t>(p, n); }

 private:
  template <class T> HWY_INLINE void store_narrow(T* p, std::size_t n) const {
    const hn::Rebind<T, D> d;
    const auto narrow = hn::DemoteTo(d, v);
    if (n >= static_cast<std::size_t>(lanes))
      hn::StoreU(narrow, d, p);
    else
      hn::StoreN(narrow, d, p, n);
  }
};
/// The same value. For a sum that a loop carries, before it is added to: x86's integer intrinsics return another vector
/// type than they take, and g++ (12, 13) then stores each accumulator to the stack every time round, which halves the
/// speed. The empty statement costs no instruction and gives the accumulator one type.
HWY_INLINE I32 in_register(I32 a) {
#if HWY_COMPILER_GCC_ACTUAL && HWY_ARCH_X86
  __asm__("" : "+" HWY_X86_GCC_INLINE_ASM_VEC_CONSTRAINT(a.v.raw));
#endif
  return a;
}
HWY_INLINE I32 operator+(I32 a, I32 b) { return {hn::Add(a.v, b.v)}; }
HWY_INLINE I32 operator-(I32 a, I32 b) { return {hn::Sub(a.v, b.v)}; }
HWY_INLINE I32 operator*(I32 a, I32 b) { return {hn::Mul(a.v, b.v)}; }
HWY_INLINE I32 operator&(I32 a, I32 b) { return {hn::And(a.v, b.v)}; }
HWY_INLINE I32 operator|(I32 a, I32 b) { return {hn::Or(a.v, b.v)}; }
HWY_INLINE I32 operator^(I32 a, I32 b) { return {hn::Xor(a.v, b.v)}; }
HWY_INLINE I32 min(I32 a, I32 b) { return {hn::Min(a.v, b.v)}; }
HWY_INLINE I32 max(I32 a, I32 b) { return {hn::Max(a.v, b.v)}; }
// The operators, because Highway 1.2's Shl and Shr are templates with external linkage: a unit compiled under wider flags
// could bring its copy to this one.
/// a << by, lane by lane; by in [0, 31].
HWY_INLINE I32 shift_left(I32 a, I32 by) { return {a.v << by.v}; }
/// a >> by (arithmetic), lane by lane; by in [0, 31].
HWY_INLINE I32 shift_right(I32 a, I32 by) { return {a.v >> by.v}; }
/// -1 where a < 0, else 0.
HWY_INLINE I32 sign_mask(I32 a) { return {hn::BroadcastSignBit(a.v)}; }
/// Bits 31 to 62 of each product, for products of the even and of the odd lanes.
template <class Wide> HWY_INLINE I32 high_halves(Wide even, Wide odd) {
  const hn::Repartition<std::uint64_t, I32::D> d;
  return {hn::OddEven(hn::BitCast(I32::D(), hn::Add(odd, odd)),
                      hn::BitCast(I32::D(), hn::ShiftRight<31>(hn::BitCast(d, even))))};
}
/// (2 * a * b + 2^31) >> 32: the rounded high half of the doubled product. Not both -2^31.
HWY_INLINE I32 doubling_high_mul(I32 a, I32 b) {
#if HWY_TARGET_IS_NEON
  return {hn::Vec<I32::D>(vqrdmulhq_s32(a.v.raw, b.v.raw))};
#else
  const hn::Repartition<std::int64_t, I32::D> wide;
  const auto half = hn::Set(wide, std::int64_t{1} << 30);
  return high_halves(hn::Add(hn::MulEven(a.v, b.v), half), hn::Add(hn::MulOdd(a.v, b.v), half));
#endif
}
/// (a * b) >> 31, floored.
HWY_INLINE I32 floor_high_mul(I32 a, I32 b) { return high_halves(hn::MulEven(a.v, b.v), hn::MulOdd(a.v, b.v)); }
/// a where mask is 0, else b.
HWY_INLINE I32 if_zero(I32 mask, I32 a, I32 b) {
  return {hn::IfThenElse(hn::Eq(mask.v, hn::Zero(I32::D())), a.v, b.v)};
}
/// a where mask is negative, else b.
HWY_INLINE I32 if_negative(I32 mask, I32 a, I32 b) { return {hn::IfNegativeThenElse(mask.v, a.v, b.v)}; }
/// The lanes' bits, seen as integers and back.
HWY_INLINE I32 bits_of(F32 a) { return {hn::BitCast(I32::D(), a.v)}; }
HWY_INLINE F32 from_bits(I32 a) { return {hn::BitCast(F32::D(), a.v)}; }
HWY_INLINE F32 to_f32(I32 a) { return {hn::ConvertTo(F32::D(), a.v)}; }
/// Nearest integer, ties to even; |a| < 2^31.
HWY_INLINE I32 to_i32(F32 a) { return {hn::NearestInt(a.v)}; }
/// 2^e for e in [-126, 127].
HWY_INLINE F32 exp2_int(I32 e) {
  return {hn::BitCast(F32::D(), hn::ShiftLeft<23>(hn::Add(e.v, hn::Set(I32::D(), 127))))};
}

/// Bytes: as many as the vector is wide.
struct U8 {
  using D = hn::Repartition<std::uint8_t, I32::D>;
  static constexpr int lanes = HWY_MAX_BYTES;
  hn::Vec<D> v;

  static HWY_INLINE U8 splat(std::uint8_t x) { return {hn::Set(D(), x)}; }
  static HWY_INLINE U8 load(const std::uint8_t* p) { return {hn::LoadU(D(), p)}; }
  HWY_INLINE void store(std::uint8_t* p) const { hn::StoreU(v, D(), p); }
};
HWY_INLINE U8 operator^(U8 a, U8 b) { return {hn::Xor(a.v, b.v)}; }

/// Stores clamp(v + zero, lo, hi) as bytes, in int8's range or uint8's; |zero| <= 255. Two rows of two vectors at a time,
/// because a vector is narrowed best when four become one.
class NarrowRows {
 public:
  HWY_INLINE NarrowRows(bool is_unsigned, std::int32_t zero, std::int32_t lo, std::int32_t hi) {
    const std::int32_t flip = is_unsigned ? 128 : 0;  // uint8 is int8 with its top bit flipped
    flip_ = is_unsigned;
    zero_ = hn::Set(D16(), static_cast<std::int16_t>(zero - flip));
    lo_ = hn::Set(D8(), static_cast<std::int8_t>(lo - flip));
    hi_ = hn::Set(D8(), static_cast<std::int8_t>(hi - flip));
    alignas(64) std::int32_t from[I32::lanes] = {};
    constexpr int blocks = HWY_MAX_BYTES / 16;  // x86 packs within blocks of 16 bytes: a0, a1, b0, b1 in each of them
    for (int i = 0; i < I32::lanes; ++i) from[i] = i % blocks * 4 + i / blocks;
    order_ = hn::SetTableIndices(I32::D(), from);
  }
  /// Row a is (a0, a1), row b (b0, b1).
  HWY_INLINE void store(I32 a0, I32 a1, I32 b0, I32 b1, std::uint8_t* a, std::uint8_t* b) const {
    auto rows = narrow(a0, a1, b0, b1);
    if constexpr (HWY_MAX_BYTES > 16) {
      rows = hn::BitCast(D8(), hn::TableLookupLanes(hn::BitCast(I32::D(), rows), order_));
    }
    const hn::Half<hn::Repartition<std::uint8_t, I32::D>> half;
    const hn::Half<D8> half_signed;
    hn::StoreU(hn::BitCast(half, hn::LowerHalf(half_signed, rows)), half, a);
    hn::StoreU(hn::BitCast(half, hn::UpperHalf(half_signed, rows)), half, b);
  }
  /// The bytes of a0, a1, b0, b1, in the order in which x86 packs: four bytes of each in every block of 16.
  HWY_INLINE hn::Vec<hn::Repartition<std::int8_t, I32::D>> narrow(I32 a0, I32 a1, I32 b0, I32 b1) const {
    const auto row_a = hn::SaturatedAdd(hn::ReorderDemote2To(D16(), a0.v, a1.v), zero_);
    const auto row_b = hn::SaturatedAdd(hn::ReorderDemote2To(D16(), b0.v, b1.v), zero_);
    const auto rows = hn::Min(hn::Max(hn::ReorderDemote2To(D8(), row_a, row_b), lo_), hi_);
    return flip_ ? hn::Xor(rows, hn::Set(D8(), -128)) : rows;
  }

 private:
  using D16 = hn::Repartition<std::int16_t, I32::D>;
  using D8 = hn::Repartition<std::int8_t, I32::D>;
  hn::Vec<D16> zero_;
  hn::Vec<D8> lo_, hi_;
  bool flip_;
  decltype(hn::SetTableIndices(I32::D(), static_cast<const std::int32_t*>(nullptr))) order_;
};

/// int16 lanes, twice as many as I32 has: pairs feed madd.
struct I16 {
  using D = hn::Repartition<std::int16_t, I32::D>;
  static constexpr int lanes = HWY_MAX_BYTES / 2;
  hn::Vec<D> v;

  static HWY_INLINE I16 load(const std::int16_t* p) { return {hn::LoadU(D(), p)}; }
  HWY_INLINE void store(std::int16_t* p) const { hn::StoreU(v, D(), p); }
  /// One pair p[0], p[1] in every pair of lanes.
  static HWY_INLINE I16 splat_pair(const std::int16_t* p) {
    std::int32_t pair;
    __builtin_memcpy(&pair, p, 4);
    return {hn::BitCast(D(), hn::Set(I32::D(), pair))};
  }
  /// `lanes` int8 values, widened.
  static HWY_INLINE I16 load(const std::int8_t* p) {
    return {hn::PromoteTo(D(), hn::LoadU(hn::Rebind<std::int8_t, D>(), p))};
  }
  static HWY_INLINE I16 load(const std::uint8_t* p) {
    return {hn::PromoteTo(D(), hn::LoadU(hn::Rebind<std::uint8_t, D>(), p))};
  }
  /// Pairs a[i], b[i] of int8 or uint8 values, widened; lanes / 2 of each.
  template <class T> static HWY_INLINE I16 load_pairs(const T* a, const T* b) {
    const auto odd = hn::BitCast(D(), hn::ShiftLeft<16>(I32::load(b).v));
    return {hn::OddEven(odd, hn::BitCast(D(), I32::load(a).v))};
  }
  /// Pairs of a[i] and something to be multiplied by 0; lanes / 2 of them.
  template <class T> static HWY_INLINE I16 load_pairs(const T* a) { return {hn::BitCast(D(), I32::load(a).v)}; }
};
HWY_INLINE I16 operator-(I16 a, I16 b) { return {hn::Sub(a.v, b.v)}; }
/// acc[i] + a[2i] * b[2i] + a[2i+1] * b[2i+1], exact in int32.
HWY_INLINE I32 madd(I16 a, I16 b, I32 acc) {
#if HWY_ARCH_X86 && HONE_DOT == 1  // AVX512-VNNI multiplies and adds at once
  return {hn::Vec<I32::D>{_mm512_dpwssd_epi32(in_register(acc).v.raw, a.v.raw, b.v.raw)}};
#elif HWY_ARCH_X86 && HONE_DOT == 2
  return {hn::Vec<I32::D>{_mm256_dpwssd_avx_epi32(in_register(acc).v.raw, a.v.raw, b.v.raw)}};
#else
  return {hn::Add(in_register(acc).v, hn::WidenMulPairwiseAdd(I32::D(), a.v, b.v))};
#endif
}

}  // namespace
}  // namespace hone::HONE_TIER_NS
