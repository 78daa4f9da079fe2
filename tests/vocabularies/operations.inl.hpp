// Every operation of the vocabulary, lane by lane against plain C++; included once per tier, as HONE_TIER_EXTRA.
// Integers must be equal; a float operation is rounded once, or is allowed what its line says.
#ifndef HONE_TIER_NS
#include "../../kernels/simd/alone.hpp"
#include "failures.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {
namespace operations {

constexpr std::int32_t ints[] = {0,          1,          -1,         2,          3,     -7,      100,
                                 127,        128,        -128,       -129,       255,   256,     32767,
                                 32768,      -32768,     -32769,     65535,      65536, 1 << 30, -(1 << 30),
                                 1073741825, 1518500249, 2147483647, -2147483647};
constexpr std::int32_t shifts[] = {0, 1, 2, 5, 8, 15, 16, 30, 31};
constexpr std::int32_t exponents[] = {-126, -125, -24, -1, 0, 1, 10, 23, 126, 127};
constexpr std::int16_t shorts[] = {0, 1, -1, 2, 127, -128, 255, -255, 1000, -3000, 32767, -32767};
constexpr std::int8_t signed_bytes[] = {0, 1, -1, 127, -128, 64, -100};
constexpr std::uint8_t bytes[] = {0, 1, 127, 128, 255, 85, 170};
constexpr float floats[] = {0, 1, -1, 0.5f, -0.5f, 1.5f, -2.5f, 3.25f, 1e-3f, -1e6f, 3e10f, 0.333333343f, 16777215.f};
// Halves, and the largest floats below 2^22, 2^23 and 2^31: where adding a constant to round goes wrong.
constexpr float rounded[] = {0,           0.5f,         1.5f,       2.5f,         -0.5f,        -1.5f,      -2.5f,
                             0.49999997f, -0.49999997f, 1e-20f,     127.5f,       -128.5f,      4194303.5f, 4194304.5f,
                             8388607.5f,  -8388607.5f,  16777215.f, 2147483520.f, -2147483520.f};

/// Different values beside each other in a vector, and every pair of two values in some round.
template <class T, int count> HONE_NOINLINE void fill(const T (&values)[count], int round, int step, T* to, int lanes) {
  for (int i = 0; i < lanes; ++i) to[i] = values[(round / step + i * (step == 1 ? 1 : 3)) % count];
}
template <class T, int count> constexpr int size(const T (&)[count]) { return count; }

HONE_INLINE std::int32_t wrap32(std::int64_t x) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(x)); }
HONE_INLINE double magnitude(double x) { return x < 0 ? -x : x; }
HONE_INLINE bool close(double got, double exact, double bound) { return magnitude(got - exact) <= bound; }

/// vector: an expression in a, b, c of type A; right: whether `got`, its lane, is right for the lanes x, y, z.
#define HONE_CHECK(A, T, values_a, values_b, vector, Out, right)                 \
  for (int round = 0; round < size(values_a) * size(values_b); ++round) {        \
    T xs[A::lanes], ys[A::lanes];                                                \
    fill(values_a, round, 1, xs, A::lanes);                                      \
    fill(values_b, round, size(values_a), ys, A::lanes);                         \
    const A a = A::load(xs), b = A::load(ys);                                    \
    (void)b;                                                                     \
    Out out[A::lanes];                                                           \
    (vector).store(out);                                                         \
    for (int i = 0; i < A::lanes; ++i) {                                         \
      [[maybe_unused]] const T x = xs[i], y = ys[i], z = xs[(i + 1) % A::lanes]; \
      const Out got = out[i];                                                    \
      failures.expect(right, #vector " of " #A, round, i);                       \
    }                                                                            \
  }
#define HONE_CHECK_I32(vector, expected) \
  HONE_CHECK(I32, std::int32_t, ints, ints, vector, std::int32_t, got == (expected));
#define HONE_CHECK_F32(vector, exact, bound) \
  HONE_CHECK(F32, float, floats, floats, vector, float, close(got, exact, bound));

constexpr double eps = 1.0 / (1 << 24);  // half a unit in the last place, relative

HONE_NOINLINE void check_f32(test::Failures& failures) {
  HONE_CHECK_F32(a + b, double{x} + y, eps * magnitude(double{x} + y));
  HONE_CHECK_F32(a - b, double{x} - y, eps * magnitude(double{x} - y));
  HONE_CHECK_F32(a * b, double{x} * y, eps * magnitude(double{x} * y));
  HONE_CHECK_F32(a / max(b, F32::splat(0.25f)), double{x} / (y > 0.25f ? y : 0.25f),
                 eps * magnitude(double{x} / (y > 0.25f ? y : 0.25f)));
  HONE_CHECK_F32(min(a, b), x < y ? x : y, 0);
  HONE_CHECK_F32(max(a, b), x > y ? x : y, 0);
  HONE_CHECK_F32(max_or_nan(a, b), x > y ? x : y, 0);
  HONE_CHECK_F32(sqrt(a * a), magnitude(x), 0.75 * eps * magnitude(x));
  HONE_CHECK_F32(if_less(a, b, F32::splat(2), b), x < y ? 2 : y, 0);
  HONE_CHECK_F32(from_bits(bits_of(a) ^ I32::splat(std::numeric_limits<std::int32_t>::min())), -x, 0);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  HONE_CHECK_F32(if_less(a, F32::splat(nan), a, b), y, 0);
  HONE_CHECK_F32(if_less(F32::splat(nan), a, a, b), y, 0);
  HONE_CHECK(F32, float, floats, floats, min(a, F32::splat(nan)), float, got != got);
  HONE_CHECK(F32, float, floats, floats, max(a, F32::splat(nan)), float, got != got);
  HONE_CHECK(F32, float, floats, floats, max_or_nan(a, F32::splat(nan)), float, got != got);
  HONE_CHECK(F32, float, floats, floats, max_or_nan(F32::splat(nan), a), float, got != got);
  HONE_CHECK_F32(fma(a, b, F32::splat(3.25f)), double{x} * y + 3.25, eps * (2 * magnitude(double{x} * y) + 3.25));
  HONE_CHECK(F32, float, rounded, rounded, to_i32(a), std::int32_t,
             got == static_cast<std::int32_t>(__builtin_rint(x)));
  for (int round = 0; round < size(floats); ++round) {
    float xs[F32::lanes];
    fill(floats, round, 1, xs, F32::lanes);
    double sum = 0, magnitudes = 0;
    float most = xs[0];
    for (int i = 0; i < F32::lanes; ++i) {
      sum += xs[i];
      magnitudes += magnitude(xs[i]);
      most = xs[i] > most ? xs[i] : most;
    }
    failures.expect(close(reduce_add(F32::load(xs)), sum, F32::lanes * eps * magnitudes), "reduce_add", round);
    failures.expect(reduce_max(F32::load(xs)) == most, "reduce_max", round);
  }
}

HONE_NOINLINE void check_blocks(test::Failures& failures) {
  constexpr int blocks = F32::lanes / 4, stride = 7;
  float from[4][blocks * stride], to[4][blocks * stride];
  F32 v[4];
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < blocks * stride; ++j) from[i][j] = static_cast<float>(100 * i + j), to[i][j] = -1;
    v[i] = F32::load_blocks(from[i], stride);
  }
  transpose4(v[0], v[1], v[2], v[3]);
  for (int i = 0; i < 4; ++i) {
    v[i].store_blocks(to[i], stride);
    for (int j = 0; j < blocks * stride; ++j) {
      const float expected = j % stride < 4 ? from[j % stride][j / stride * stride + i] : -1;
      failures.expect(to[i][j] == expected, "transpose4, load_blocks, store_blocks", i, j);
    }
  }
}

HONE_NOINLINE void check_i32(test::Failures& failures) {
  HONE_CHECK_I32(a + b, wrap32(std::int64_t{x} + y));
  HONE_CHECK_I32(a - b, wrap32(std::int64_t{x} - y));
  HONE_CHECK_I32(a * b, wrap32(std::int64_t{x} * y));
  HONE_CHECK_I32((a & b), (x & y));
  HONE_CHECK_I32((a | b), (x | y));
  HONE_CHECK_I32((a ^ b), (x ^ y));
  HONE_CHECK_I32(min(a, b), x < y ? x : y);
  HONE_CHECK_I32(max(a, b), x > y ? x : y);
  HONE_CHECK_I32(sign_mask(a), x < 0 ? -1 : 0);
  HONE_CHECK_I32(if_zero(a, b, a), x == 0 ? y : x);
  HONE_CHECK_I32(if_zero(a & I32::splat(1), a, b), (x & 1) == 0 ? x : y);
  HONE_CHECK_I32(if_negative(a, b, a), x < 0 ? y : x);
  HONE_CHECK_I32(doubling_high_mul(a, b), wrap32((std::int64_t{x} * y + (1 << 30)) >> 31));
  HONE_CHECK_I32(floor_high_mul(a, b), wrap32((std::int64_t{x} * y) >> 31));
  HONE_CHECK(I32, std::int32_t, ints, shifts, shift_left(a, b), std::int32_t, got == wrap32(std::int64_t{x} << y));
  HONE_CHECK(I32, std::int32_t, ints, shifts, shift_right(a, b), std::int32_t, got == x >> y);
  HONE_CHECK(I32, std::int32_t, ints, ints, to_f32(a), float, got == static_cast<float>(x));
  HONE_CHECK(I32, std::int32_t, exponents, exponents, exp2_int(a), float,
             got == static_cast<float>(__builtin_ldexp(1, x)));
  HONE_CHECK(I32, std::int32_t, ints, ints, a, std::int8_t, got == (x < -128 ? -128 : x > 127 ? 127 : x));
  HONE_CHECK(I32, std::int32_t, ints, ints, a, std::uint8_t, got == (x < 0 ? 0 : x > 255 ? 255 : x));
}

HONE_NOINLINE void check_narrow(test::Failures& failures) {
  HONE_CHECK(U8, std::uint8_t, bytes, bytes, a ^ b, std::uint8_t, got == (x ^ y));
  HONE_CHECK(U8, std::uint8_t, bytes, bytes, a ^ U8::splat(0x80), std::uint8_t, got == (x ^ 0x80));
  HONE_CHECK(I16, std::int16_t, shorts, shorts, a - b, std::int16_t, got == static_cast<std::int16_t>(x - y));
  for (int round = 0; round < size(shorts) * size(shorts); ++round) {
    std::int16_t xs[I16::lanes], ys[I16::lanes];
    std::int32_t sums[I32::lanes], pairs[I32::lanes];
    fill(shorts, round, 1, xs, I16::lanes);
    fill(shorts, round, size(shorts), ys, I16::lanes);
    madd(I16::load(xs), I16::load(ys), I32::splat(-5)).store(sums);
    madd(I16::splat_pair(xs), I16::load(ys), I32::zero()).store(pairs);
    for (int i = 0; i < I32::lanes; ++i) {
      const std::int64_t sum = std::int64_t{xs[2 * i]} * ys[2 * i] + std::int64_t{xs[2 * i + 1]} * ys[2 * i + 1];
      const std::int64_t pair = std::int64_t{xs[0]} * ys[2 * i] + std::int64_t{xs[1]} * ys[2 * i + 1];
      failures.expect(sums[i] == wrap32(sum - 5), "madd", round, i);
      failures.expect(pairs[i] == wrap32(pair), "madd of splat_pair", round, i);
    }
  }
}

/// load_pairs through madd, which is what it is for: the unspecified half of a lone pair is multiplied by 0.
template <class T, int count> HONE_NOINLINE void check_pairs(test::Failures& failures, const T (&values)[count]) {
  T xs[I32::lanes], ys[I32::lanes];
  std::int32_t pairs[I32::lanes], lone[I32::lanes];
  const std::int16_t both[2] = {3, -1000}, first[2] = {-7, 0};
  for (int round = 0; round < count * count; ++round) {
    fill(values, round, 1, xs, I32::lanes);
    fill(values, round, count, ys, I32::lanes);
    madd(I16::load_pairs(xs, ys), I16::splat_pair(both), I32::zero()).store(pairs);
    madd(I16::load_pairs(xs), I16::splat_pair(first), in_register(I32::splat(1))).store(lone);
    for (int i = 0; i < I32::lanes; ++i) {
      failures.expect(pairs[i] == 3 * xs[i] - 1000 * ys[i], "load_pairs of two", round, i);
      failures.expect(lone[i] == 1 - 7 * xs[i], "load_pairs of one", round, i);
    }
  }
}

HONE_NOINLINE void check_narrow_rows(test::Failures& failures, bool is_unsigned, int zero, int lo, int hi) {
  const NarrowRows rows(is_unsigned, zero, lo, hi);
  constexpr int width = 2 * I32::lanes;
  std::int32_t from[2][width];
  std::uint8_t to[2][width + 1];
  for (int round = 0; round < size(ints); ++round) {
    fill(ints, round, 1, from[0], width);
    fill(ints, round + 5, 1, from[1], width);
    to[0][width] = to[1][width] = 77;
    rows.store(I32::load(from[0]), I32::load(from[0] + I32::lanes), I32::load(from[1]), I32::load(from[1] + I32::lanes),
               to[0], to[1]);
    for (int i = 0; i < 2 * width; ++i) {
      const std::int64_t sum = std::int64_t{from[i / width][i % width]} + zero;
      const std::int64_t expected = sum < lo ? lo : sum > hi ? hi : sum;
      failures.expect(to[i / width][i % width] == static_cast<std::uint8_t>(expected), "NarrowRows", round, i);
    }
    failures.expect(to[0][width] == 77 && to[1][width] == 77, "NarrowRows beyond the end", round);
  }
}

/// Widening loads and partial loads and stores of V, from and to T. Memory beyond n holds `canary` before and after.
template <class V, class Lane, class T, int count>
HONE_NOINLINE void check_load(test::Failures& failures, const T (&values)[count], const char* what) {
  T from[V::lanes];
  Lane to[V::lanes];
  for (int round = 0; round < count; ++round) {
    fill(values, round, 1, from, V::lanes);
    V::load(from).store(to);
    for (int i = 0; i < V::lanes; ++i) failures.expect(to[i] == static_cast<Lane>(from[i]), what, round, i);
  }
}
template <class V, class Lane, class T, int count>
HONE_NOINLINE void check_partial(test::Failures& failures, const T (&values)[count], const char* what) {
  T from[V::lanes], narrow[V::lanes];
  Lane to[V::lanes];
  fill(values, 1, 1, from, V::lanes);
  const T canary = static_cast<T>(77);
  for (int n = 0; n <= V::lanes; ++n) {
    V::load_n(from, static_cast<std::size_t>(n)).store(to);
    for (int i = 0; i < V::lanes; ++i)
      failures.expect(to[i] == (i < n ? static_cast<Lane>(from[i]) : Lane{}), what, n, i);
    for (int i = 0; i < V::lanes; ++i) narrow[i] = canary;
    V::load(from).store_n(narrow, static_cast<std::size_t>(n));
    for (int i = 0; i < V::lanes; ++i) failures.expect(narrow[i] == (i < n ? from[i] : canary), what, -n, i);
  }
}

inline void check_all(test::Failures& failures) {
  check_f32(failures);
  check_blocks(failures);
  check_i32(failures);
  check_narrow(failures);
  check_pairs(failures, signed_bytes);
  check_pairs(failures, bytes);
  check_narrow_rows(failures, false, 3, -128, 127);
  check_narrow_rows(failures, false, -128, -100, 90);
  check_narrow_rows(failures, true, 0, 0, 255);
  check_narrow_rows(failures, true, 255, 10, 250);
  check_load<F32, float>(failures, floats, "F32::load");
  check_load<I32, std::int32_t>(failures, ints, "I32::load");
  check_load<I32, std::int32_t>(failures, signed_bytes, "I32::load of int8");
  check_load<I32, std::int32_t>(failures, bytes, "I32::load of uint8");
  check_load<I16, std::int16_t>(failures, shorts, "I16::load");
  check_load<I16, std::int16_t>(failures, signed_bytes, "I16::load of int8");
  check_load<I16, std::int16_t>(failures, bytes, "I16::load of uint8");
  check_load<U8, std::uint8_t>(failures, bytes, "U8::load");
  check_partial<F32, float>(failures, floats, "F32 in part");
  check_partial<I32, std::int32_t>(failures, ints, "I32 in part");
  check_partial<I32, std::int32_t>(failures, signed_bytes, "I32 in part, int8");
  check_partial<I32, std::int32_t>(failures, bytes, "I32 in part, uint8");
}

#undef HONE_CHECK_F32
#undef HONE_CHECK_I32
#undef HONE_CHECK
}  // namespace operations
}  // namespace
}  // namespace hone::HONE_TIER_NS
