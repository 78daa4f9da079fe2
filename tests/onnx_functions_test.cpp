// The elementary functions of the ONNX operators: within their bounds of libm's double ones, and the same bits with and
// without the instruction that they are written for.
#include <hone/graph/onnx/functions.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace hone::graph;

namespace {

double ulps(float got, double want) {
  const auto nearest = static_cast<float>(want);
  const float next = std::nextafter(std::fabs(nearest), std::numeric_limits<float>::infinity());
  return std::fabs(static_cast<double>(got) - want) / static_cast<double>(next - std::fabs(nearest));
}
std::vector<float> samples(float lo, float hi) {
  std::vector<float> all;
  for (int i = 0; i <= 20011; ++i) all.push_back(lo + (hi - lo) * static_cast<float>(i) / 20011);
  for (const float small : {0.0F, -0.0F, 1e-3F, -1e-3F, 1e-6F, -1e-6F}) all.push_back(small);
  return all;
}
template <class F, class Exact> double worst(float lo, float hi, Exact exact) {
  const std::vector<float> x = samples(lo, hi);
  std::vector<float> y(x.size()), other(x.size());
  onnx::map_f32<F>(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
  onnx::map_run<F, onnx::InDouble>(x.data(), other.data(), static_cast<std::int64_t>(x.size()));
  CHECK(std::memcmp(y.data(), other.data(), y.size() * sizeof(float)) == 0);
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) most = std::fmax(most, ulps(y[i], exact(static_cast<double>(x[i]))));
  return most;
}
template <class F> float at(float x) {
  float y = 0;
  onnx::map_f32<F>(&x, &y, 1);
  return y;
}

}  // namespace

TEST_CASE("onnx functions: within their bounds") {
  CHECK(worst<onnx::Exp>(-87, 88, [](double x) { return std::exp(x); }) <= 1);
  CHECK(worst<onnx::Erf>(-4, 4, [](double x) { return std::erf(x); }) <= 1);
  CHECK(worst<onnx::Tanh>(-5, 5, [](double x) { return std::tanh(x); }) <= 6);
  // Near 1 a float's steps are 6e-8; what is near 0 has the same error.
  CHECK(worst<onnx::Sigmoid>(0, 18, [](double x) { return 1 / (1 + std::exp(-x)); }) <= 3);
  for (const float x : samples(-20, 0)) {
    CHECK(std::fabs(static_cast<double>(at<onnx::Sigmoid>(x)) - 1 / (1 + std::exp(-static_cast<double>(x)))) <= 2e-7);
  }
}

TEST_CASE("onnx functions: far out, and NaN") {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(at<onnx::Exp>(infinity) == infinity);
  CHECK(at<onnx::Exp>(-infinity) <= 1e-44F);
  CHECK(at<onnx::Erf>(infinity) == 1);
  CHECK(at<onnx::Erf>(-infinity) == -1);
  CHECK(at<onnx::Tanh>(infinity) == 1);
  CHECK(at<onnx::Sigmoid>(infinity) == 1);
  CHECK(at<onnx::Sigmoid>(-infinity) <= 1e-7F);
  CHECK(std::isnan(at<onnx::Exp>(nan)));
  CHECK(std::isnan(at<onnx::Erf>(nan)));
  CHECK(std::isnan(at<onnx::Tanh>(nan)));
  CHECK(std::isnan(at<onnx::Sigmoid>(nan)));
}

TEST_CASE("onnx functions: softmax and layer normalisation of rows of any length") {
  for (const std::int64_t count : {1, 2, 7, 8, 15, 16, 17, 33, 100}) {
    std::vector<float> row, scale, bias;
    for (std::int64_t i = 0; i < count; ++i) {
      row.push_back(static_cast<float>(std::sin(static_cast<double>(i * i))) * 4);
      scale.push_back(1 + static_cast<float>(i) / 7);
      bias.push_back(static_cast<float>(i) - 3);
    }
    double sum = 0, mean = 0, squares = 0;
    for (const float v : row) sum += std::exp(static_cast<double>(v)), mean += static_cast<double>(v);
    mean /= static_cast<double>(count);
    for (const float v : row) squares += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean);
    const double deviation = std::sqrt(squares / static_cast<double>(count) + 1e-5);
    std::vector<float> soft = row, normal = row;
    onnx::softmax_f32(soft.data(), count);
    onnx::layer_norm_f32(normal.data(), count, scale.data(), bias.data(), 1e-5F);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto x = static_cast<double>(row[i]);
      CHECK(std::fabs(static_cast<double>(soft[i]) - std::exp(x) / sum) <= 1e-6);
      const double want = (x - mean) / deviation * static_cast<double>(scale[i]) + static_cast<double>(bias[i]);
      CHECK(std::fabs(static_cast<double>(normal[i]) - want) <= 1e-4 * (1 + std::fabs(want)));
    }
  }
}
