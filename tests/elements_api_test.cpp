// The public operators on elements, rows and axes: what they compute, in short, and what they refuse.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <numeric>
#include <vector>

#include <hone/hone.hpp>

using namespace hone;

namespace {

std::string error_of(const Expected<void>& result) { return result ? "" : result.error().message; }

/// Every permutation of `shape` against its definition, axis by axis.
template <class T> void check_permute(const std::vector<std::ptrdiff_t>& shape) {
  std::ptrdiff_t total = 1;
  for (const std::ptrdiff_t size : shape) total *= size;
  std::vector<T> x(static_cast<std::size_t>(total)), y(x.size());
  std::iota(x.begin(), x.end(), T{1});
  std::vector<int> order(shape.size());
  std::iota(order.begin(), order.end(), 0);
  do {
    REQUIRE(permute<T>(x, shape, order, y));
    int wrong = 0;
    for (std::ptrdiff_t i = 0; i < total; ++i) {  // i in y; where in x
      std::ptrdiff_t rest = i, from = 0;
      for (std::size_t axis = shape.size(); axis-- > 0;) {
        std::ptrdiff_t stride = 1;
        for (std::size_t j = static_cast<std::size_t>(order[axis]) + 1; j < shape.size(); ++j) stride *= shape[j];
        const std::ptrdiff_t size = shape[static_cast<std::size_t>(order[axis])];
        from += rest % size * stride;
        rest /= size;
      }
      wrong += y[static_cast<std::size_t>(i)] != x[static_cast<std::size_t>(from)];
    }
    CHECK(wrong == 0);
  } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace

TEST_CASE("unary and lookup: values, and what is refused") {
  const std::vector<float> x = {-2, -0.5F, 0, 3, 9};
  std::vector<float> y(5);
  REQUIRE(unary(Unary::identity, x, y, Clamp{0, 6}));
  CHECK(y == std::vector<float>{0, 0, 0, 3, 6});
  REQUIRE(unary(Unary::leaky_relu, x, y, UnaryParams{0.5F}));
  CHECK(y == std::vector<float>{-1, -0.25F, 0, 3, 9});
  CHECK(error_of(unary(Unary::exp, x, std::span(y).first(4))) == "unary: x has 5 elements, y 4; expected the same");
  CHECK(error_of(unary(Unary::exp, std::span<const float>(static_cast<const float*>(nullptr), 5), y)) ==
        "unary: null data for 5 elements");
  CHECK(error_of(unary(static_cast<Unary>(200), x, y)) == "unary: function 200");
  std::array<std::int8_t, 256> table;
  for (int i = 0; i < 256; ++i)
    table[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(-(i - (i > 127 ? 256 : 0)) / 2);
  const std::vector<std::int8_t> q = {-128, -3, 0, 7, 127};
  std::vector<std::int8_t> r(5);
  REQUIRE(lookup(table, std::span<const std::int8_t>(q), std::span(r)));
  CHECK(r == std::vector<std::int8_t>{64, 1, 0, -3, -63});
}

TEST_CASE("binary: broadcasting, and what is refused") {
  const std::vector<float> a = {1, 2, 3, 4, 5, 6}, row = {10, 20, 30}, column = {2, 3};
  std::vector<float> y(6);
  const MatrixView<const float> m(a.data(), 2, 3);
  REQUIRE(binary(Binary::add, m, {row.data(), 1, 3}, {y.data(), 2, 3}));
  CHECK(y == std::vector<float>{11, 22, 33, 14, 25, 36});
  REQUIRE(binary(Binary::mul, {column.data(), 2, 1}, m, {y.data(), 2, 3}, Clamp{0, 12}));
  CHECK(y == std::vector<float>{2, 4, 6, 12, 12, 12});
  REQUIRE(binary(Binary::sub, {column.data(), 1, 1}, {row.data(), 1, 3}, {y.data(), 1, 3}));
  CHECK((y[0] == -8 && y[1] == -18 && y[2] == -28));
  CHECK(error_of(binary(Binary::div, m, {row.data(), 1, 2}, {y.data(), 2, 3})) ==
        "binary: b is 1 x 2, y 2 x 3; expected the same, or 1 where it is repeated");
}

TEST_CASE("reduce and normalize: values, and what is refused") {
  const std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<float> y(4), z(8);
  REQUIRE(reduce(Reduce::mean, x, 4, 2, 1, y));
  CHECK(y == std::vector<float>{1.5F, 3.5F, 5.5F, 7.5F});
  REQUIRE(reduce(Reduce::max, x, 2, 2, 2, y));
  CHECK(y == std::vector<float>{3, 4, 7, 8});
  CHECK(error_of(reduce(Reduce::sum, x, 2, 3, 1, y)) == "reduce: 2 x 3 x 1; x has 8 elements, y 4");
  CHECK(!reduce(Reduce::sum, x, std::ptrdiff_t{1} << 62, 4, 4, y));
  const std::vector<float> gamma = {2, 2, 2, 2}, beta = {0, 1, 2, 3};
  REQUIRE(normalize(Normalize::layer, {x.data(), 2, 4}, {z.data(), 2, 4}, 0, Affine{gamma, beta}));
  CHECK(std::fabs(z[0] + 2 * 1.3416408F) < 1e-5F);
  CHECK(std::fabs(z[7] - (2 * 1.3416408F + 3)) < 1e-5F);
  CHECK(error_of(normalize(Normalize::rms, {x.data(), 2, 4}, {z.data(), 2, 4}, -1)).find("epsilon -1") !=
        std::string::npos);
  CHECK(!normalize(Normalize::rms, {x.data(), 2, 4}, {z.data(), 2, 4}, 0, Affine{std::span(x).first(3), {}}));
}

TEST_CASE("permute: every order of some shapes, every size of element") {
  check_permute<std::uint8_t>({5, 17, 33});
  check_permute<std::uint16_t>({3, 1, 20, 9});
  check_permute<float>({2, 3, 18, 5});
  check_permute<std::int64_t>({7, 4, 6});
  check_permute<float>({70, 66});
  check_permute<float>({});
  check_permute<float>({4, 0, 3});
}

TEST_CASE("permute: what is refused") {
  std::vector<float> x(6), y(6);
  CHECK(permute<float>(x, {2, 3}, {1, 0}, y));
  CHECK(!permute<float>(x, {2, 3}, {1, 1}, y));
  CHECK(!permute<float>(x, {2, 3}, {2, 0}, y));
  CHECK(!permute<float>(x, {2, 3}, {-1, 0}, y));
  CHECK(!permute<float>(x, {2, 4}, {1, 0}, y));
  CHECK(!permute<float>(x, {-2, -3}, {1, 0}, y));
  CHECK(!permute<float>(x, {6}, {1, 0}, y));
  CHECK(!permute<float>(x, {std::ptrdiff_t{1} << 40, std::ptrdiff_t{1} << 40}, {1, 0}, y));
  CHECK(!permute<float>(x, {1, 1, 1, 1, 1, 1, 1, 1, 6}, {0, 1, 2, 3, 4, 5, 6, 7, 8}, y));
}
