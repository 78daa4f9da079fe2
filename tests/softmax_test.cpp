// The float softmax against ref::softmax on every tier, the 8-bit one against what TensorFlow Lite computes.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/reference.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"
#include "support/tiers.hpp"

using namespace hone;
using kernels::Index;
using test::Guarded;

namespace {

kernels::SoftmaxF32 softmax_args(Index n, const float* in, float* out, float beta = 1) {
  kernels::SoftmaxF32 s;
  s.n = s.lda = s.ldc = n;
  s.in = in;
  s.out = out;
  s.beta = beta;
  return s;
}

// Inputs and outputs of softmax layers under TensorFlow Lite's reference kernels (BUILTIN_REF), random images and sounds in.
// A keyword spotter's int8 rows, scale 0.14469251036643982: {in, out}.
// clang-format off
const std::int8_t keywords[10][2][12] = {
    {{-38, -13, -41, 24, -46, -37, -43, -75, -73, 31, -128, 62},
     {-128, -128, -128, -127, -128, -128, -128, -128, -128, -125, -128, 124}},
    {{-83, -19, -34, -34, -29, 23, -43, -70, -61, 37, -128, 53},
     {-128, -128, -128, -128, -128, -125, -128, -128, -128, -105, -128, 102}},
    {{-29, -22, -37, 17, -43, -35, -57, -77, -68, 47, -128, 58},
     {-128, -128, -128, -127, -128, -128, -128, -128, -128, -85, -128, 84}},
    {{-26, -6, -55, 28, -54, -36, -64, -73, -85, 44, -128, 63},
     {-128, -128, -128, -126, -128, -128, -128, -128, -128, -113, -128, 111}},
    {{-43, -13, -34, 10, -35, -32, -56, -69, -61, 59, -128, 47},
     {-128, -128, -128, -128, -128, -128, -128, -128, -128, 89, -128, -90}},
    {{-49, -19, -17, 21, -68, -68, -23, -102, -84, 55, -128, 65},
     {-128, -128, -128, -128, -128, -128, -128, -128, -128, -79, -128, 79}},
    {{-98, -53, -59, -39, -60, -12, -59, -96, -84, 90, -128, 88},
     {-128, -128, -128, -128, -128, -128, -128, -128, -128, 18, -128, -18}},
    {{-86, -33, -24, -4, -57, -57, -48, -109, -88, 103, -128, 69},
     {-128, -128, -128, -128, -128, -128, -128, -128, -128, 126, -128, -126}},
    {{-53, -26, -24, 7, -48, -42, -58, -76, -76, 84, -128, 48},
     {-128, -128, -128, -128, -128, -128, -128, -128, -128, 127, -128, -127}},
    {{-59, -13, -32, 12, -46, -32, -48, -88, -66, 70, -128, 55},
     {-128, -128, -128, -128, -128, -128, -128, -128, -128, 102, -128, -102}},
};
// One uint8 row of MobileNet v1, scale 0.13083283603191376: {value, how many of them, output}.
const int classes[91][3] = {
    {54, 1, 0}, {55, 1, 0}, {58, 1, 0}, {60, 1, 0}, {61, 1, 0}, {63, 2, 0}, {64, 3, 0}, {65, 3, 0}, {66, 4, 0}, {67,
    7, 0}, {68, 4, 0}, {69, 1, 0}, {70, 5, 0}, {71, 8, 0}, {72, 4, 0}, {73, 6, 0}, {74, 7, 0}, {75, 7, 0}, {76, 8,
    0}, {77, 11, 0}, {78, 7, 0}, {79, 12, 0}, {80, 22, 0}, {81, 14, 0}, {82, 13, 0}, {83, 15, 0}, {84, 13, 0}, {85,
    12, 0}, {86, 14, 0}, {87, 18, 0}, {88, 20, 0}, {89, 24, 0}, {90, 19, 0}, {91, 28, 0}, {92, 28, 0}, {93, 25, 0},
    {94, 31, 0}, {95, 27, 0}, {96, 31, 0}, {97, 25, 0}, {98, 28, 0}, {99, 31, 0}, {100, 20, 0}, {101, 26, 0}, {102,
    21, 0}, {103, 17, 0}, {104, 20, 0}, {105, 27, 0}, {106, 15, 0}, {107, 21, 0}, {108, 26, 0}, {109, 11, 0}, {110,
    26, 0}, {111, 23, 0}, {112, 15, 0}, {113, 11, 0}, {114, 11, 0}, {115, 12, 0}, {116, 17, 0}, {117, 7, 0}, {118,
    14, 0}, {119, 6, 0}, {120, 10, 0}, {121, 13, 0}, {122, 5, 0}, {123, 6, 0}, {124, 6, 0}, {125, 6, 1}, {126, 7,
    1}, {127, 7, 1}, {128, 5, 1}, {129, 8, 1}, {130, 4, 1}, {131, 5, 1}, {132, 6, 1}, {133, 4, 2}, {134, 1, 2},
    {135, 2, 2}, {136, 2, 2}, {137, 1, 3}, {138, 3, 3}, {139, 1, 3}, {140, 1, 4}, {141, 1, 4}, {142, 1, 5}, {143, 2,
    6}, {144, 1, 6}, {145, 2, 7}, {149, 1, 12}, {150, 1, 14}, {162, 1, 68}};
// clang-format on

}  // namespace

TEST_CASE("softmax_f32 is within its bound of the reference", "[softmax]") {
  test::Random random(8);
  for (const Index n : test::awkward_sizes) {
    for (const float spread : {0.1F, 3.0F, 30.0F, 200.0F}) {
      for (const float beta : {1.0F, 0.25F}) {
        constexpr Index rows = 3;
        Guarded<float> in(rows, n, n + 1);
        in.fill([&] { return spread * random.real(); });
        std::vector<float> expected(static_cast<std::size_t>(n));
        test::for_each_tier<kernels::SoftmaxKernels>([&](const kernels::SoftmaxKernels& tier) {
          Guarded<float> out(rows, n, n + 2);
          kernels::SoftmaxF32 s = softmax_args(n, in.data(), out.data(), beta);
          s.lda = in.stride();
          s.ldc = out.stride();
          tier.f32(s, {0, 1});
          tier.f32(s, {1, rows});
          Index wrong = 0;
          for (Index r = 0; r < rows; ++r) {
            ref::softmax(n, in.row(r), beta, expected.data());
            for (Index i = 0; i < n; ++i) {
              const float want = expected[static_cast<std::size_t>(i)];
              const float distance = 2 * spread * beta;  // at most, to the maximum: its rounding is magnified by exp
              const float bound = (static_cast<float>(n) / 4 + distance + 4) * 0x1p-23F * want + 0x1p-126F;
              if (!(std::fabs(out(r, i) - want) <= bound)) ++wrong;
            }
          }
          INFO("n " << n << ", spread " << spread << ", beta " << beta);
          REQUIRE(wrong == 0);
          REQUIRE(out.damage() == "");
        });
      }
    }
  }
}

TEST_CASE("softmax_f32's exponential is within 2 ULP", "[softmax]") {
  // Every 61st float from -2^-20 to -87.3, and 0 in front: out[i] / out[0] is exp(in[i]) but for two divisions by the sum.
  std::vector<float> in = {0};
  for (std::uint32_t bits = 0xb5800000; bits < 0xc2ae9999; bits += 61 * 64) {
    float x = 0;
    std::memcpy(&x, &bits, 4);
    in.push_back(x);
  }
  const auto n = static_cast<Index>(in.size());
  test::for_each_tier<kernels::SoftmaxKernels>([&](const kernels::SoftmaxKernels& tier) {
    std::vector<float> out(in.size());
    tier.f32(softmax_args(n, in.data(), out.data()), {0, 1});
    Index wrong = 0;
    for (std::size_t i = 1; i < in.size(); ++i) {
      const double exact = std::exp(static_cast<double>(in[i])),
                   got = static_cast<double>(out[i]) / static_cast<double>(out[0]);
      if (out[i] < 0x1p-126F) continue;  // fewer bits than others
      // Half a ULP for each of the two divisions, and the ULP of a value is at most 2^-23 of it.
      if (!(std::fabs(got - exact) <= (2 + 1) * 0x1p-23 * exact)) ++wrong;
    }
    REQUIRE(wrong == 0);
  });
}

TEST_CASE("softmax_f32 on infinities and NaN", "[softmax]") {
  test::for_each_tier<kernels::SoftmaxKernels>([](const kernels::SoftmaxKernels& tier) {
    for (const Index n : {3, 17, 33}) {
      std::vector<float> in(static_cast<std::size_t>(n), 1.0F), out(in.size());
      in[1] = -INFINITY;  // as attention masks have it
      tier.f32(softmax_args(n, in.data(), out.data()), {0, 1});
      REQUIRE(out[1] == 0);
      REQUIRE(std::fabs(out[0] - 1 / static_cast<float>(n - 1)) < 1e-6F);
      for (std::size_t i = 0; i < in.size(); ++i) {
        std::vector<float> bad(in.size(), 1.0F);
        bad[i] = NAN;
        tier.f32(softmax_args(n, bad.data(), bad.data()), {0, 1});
        for (const float v : bad) REQUIRE(std::isnan(v));
      }
    }
  });
}

TEST_CASE("softmax_i8 gives TensorFlow Lite's bytes", "[softmax]") {
  kernels::SoftmaxI8 s;
  REQUIRE(kernels::prepare_softmax(s, 1.0, 0.14469251036643982));
  s.n = s.lda = s.ldc = 12;
  for (const auto& row : keywords) {
    std::int8_t out[12] = {};
    s.in = row[0];
    s.out = out;
    kernels::softmax_i8(s, {0, 1});
    for (int i = 0; i < 12; ++i) REQUIRE(out[i] == row[1][i]);
  }

  std::vector<std::uint8_t> in, expected;
  for (const auto& group : classes) {
    for (int i = 0; i < group[1]; ++i) {
      in.push_back(static_cast<std::uint8_t>(group[0]));
      expected.push_back(static_cast<std::uint8_t>(group[2]));
    }
  }
  REQUIRE(in.size() == 1001);
  REQUIRE(kernels::prepare_softmax(s, 1.0, 0.13083283603191376));
  s.is_unsigned = true;
  s.n = 1001;
  s.in = s.out = in.data();  // in place
  kernels::softmax_i8(s, {0, 1});
  REQUIRE(in == expected);
}

TEST_CASE("prepare_softmax refuses scales the fixed-point kernel has no numbers for", "[softmax]") {
  kernels::SoftmaxI8 s;
  REQUIRE_FALSE(kernels::prepare_softmax(s, 1.0, 0));
  REQUIRE_FALSE(kernels::prepare_softmax(s, 1.0, 1e-9));  // factor below 1
  REQUIRE(kernels::prepare_softmax(s, 1.0, 1e9));         // saturated: only the maximum keeps a share
}
