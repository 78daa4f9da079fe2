// Single operators against the answers of TensorFlow Lite's reference kernels: tests/tflite_cases/cases.txt, which
// tests/tflite_cases/make.py wrote and describes. Integers must be equal, reals within the case's tolerance.
#include <hone/graph/executor.hpp>
#include <hone/graph/tflite.hpp>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "support/tflite_builder.hpp"
#include "support/tflite_hostile.hpp"

#ifndef HONE_SOURCE_DIR
#define HONE_SOURCE_DIR "."
#endif

using namespace hone;
using test::Bytes;
using test::FileSpec;

namespace {

struct Case {
  std::string name;
  FileSpec file;
  std::vector<Bytes> given, expected;  // of the inputs and outputs of the graph
  double tolerance = 1e-5;
};

std::int32_t integer(const std::string& text) {
  return static_cast<std::int32_t>(std::strtol(text.c_str(), nullptr, 10));
}
template <class T> Bytes values(std::istream& in) {
  std::vector<T> all;
  for (std::string word; in >> word;) all.push_back(static_cast<T>(std::strtod(word.c_str(), nullptr)));
  return test::bytes_of(all);
}
Bytes values(std::istream& in, const std::string& type) {
  if (type == "f32") return values<float>(in);
  if (type == "i32") return values<std::int32_t>(in);
  if (type == "i64") return values<std::int64_t>(in);
  if (type == "i16") return values<std::int16_t>(in);
  if (type == "i8") return values<std::int8_t>(in);
  return values<std::uint8_t>(in);  // u8, bool
}
std::int8_t type_number(const std::string& type) {
  return type == "f32"    ? 0
         : type == "i32"  ? 2
         : type == "u8"   ? 3
         : type == "i64"  ? 4
         : type == "bool" ? 6
         : type == "i16"  ? 7
                          : 9;
}

/// in|mid|out TYPE SHAPE SCALE ZERO KIND VALUE...
void add_tensor(Case& c, const std::string& role, std::istream& line) {
  std::string type, shape, scale, kind;
  std::int64_t zero = 0;
  line >> type >> shape >> scale >> zero >> kind;
  test::NodeSpec& node = c.file.nodes[0];
  if (kind == "absent") {
    node.inputs.push_back(-1);
    return;
  }
  test::TensorSpec t;
  t.name = role + std::to_string(c.file.tensors.size());
  t.type = type_number(type);
  if (shape != "scalar") {
    std::istringstream sizes(shape);
    for (std::string size; std::getline(sizes, size, 'x');) t.shape.push_back(integer(size));
  }
  std::istringstream scales(scale);
  for (std::string s; std::getline(scales, s, ',');) {
    const auto value = static_cast<float>(std::strtod(s.c_str(), nullptr));
    if (value == 0) continue;
    t.scales.push_back(value);
    t.zero_points.push_back(zero);
  }
  const auto number = static_cast<std::int32_t>(c.file.tensors.size());
  Bytes data = values(line, type);
  (role == "in" ? node.inputs : role == "mid" ? node.intermediates : node.outputs).push_back(number);
  t.variable = kind == "variable";
  if (t.variable || role == "mid") {
  } else if (kind == "constant") {
    t.data = std::move(data);
  } else {
    (role == "in" ? c.file.inputs : c.file.outputs).push_back(number);
    (role == "in" ? c.given : c.expected).push_back(std::move(data));
  }
  c.file.tensors.push_back(std::move(t));
}

std::vector<Case> cases() {
  std::ifstream file(HONE_SOURCE_DIR "/tests/tflite_cases/cases.txt");
  REQUIRE(file);
  std::vector<Case> all;
  for (std::string text; std::getline(file, text);) {
    std::istringstream line(text);
    std::string word, kind, value;
    line >> word;
    if (word == "case") {
      all.emplace_back();
      all.back().name = text.substr(5);
      all.back().file.nodes.resize(1);
      continue;
    }
    REQUIRE_FALSE(all.empty());
    Case& c = all.back();
    test::NodeSpec& node = c.file.nodes[0];
    if (word == "op") {
      int options = 0;
      line >> node.op >> options;
      node.options_type = static_cast<std::uint8_t>(options);
    } else if (word == "option") {
      int field = 0;
      line >> field >> kind >> value;
      test::Option option{static_cast<std::uint16_t>(field), std::int32_t{0}};
      if (kind == "i8") option.value = static_cast<std::int8_t>(integer(value));
      if (kind == "i32") option.value = integer(value);
      if (kind == "f32") option.value = static_cast<float>(std::strtod(value.c_str(), nullptr));
      node.options.push_back(option);
    } else if (word == "tolerance") {
      line >> c.tolerance;
    } else {
      add_tensor(c, word, line);
    }
  }
  return all;
}

/// The first difference, or nothing.
std::string difference(std::span<const std::byte> got, const Bytes& expected, bool real, double tolerance) {
  if (got.size() != expected.size()) return std::to_string(got.size()) + " bytes";
  if (!real) {
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (got[i] != expected[i]) {
        return "byte " + std::to_string(i) + ": " + std::to_string(std::to_integer<int>(got[i])) + ", expected " +
               std::to_string(std::to_integer<int>(expected[i]));
      }
    }
    return {};
  }
  for (std::size_t i = 0; i < got.size(); i += sizeof(float)) {
    float a = 0, b = 0;
    std::memcpy(&a, got.data() + i, sizeof a);
    std::memcpy(&b, expected.data() + i, sizeof b);
    if (std::isnan(a) == std::isnan(b) && !(std::abs(double{a} - b) > tolerance * std::fmax(1, std::fabs(b)))) continue;
    return "element " + std::to_string(i / sizeof(float)) + ": " + std::to_string(a) + ", expected " +
           std::to_string(b);
  }
  return {};
}

}  // namespace

TEST_CASE("tflite operators equal TensorFlow Lite's reference kernels") {
  const std::vector<Case> all = cases();
  CHECK(all.size() > 500);
  for (const Case& c : all) {
    INFO(c.name);
    const Bytes bytes = test::build(c.file);
    const auto model = graph::load_tflite(bytes, c.name);
    if (!model) FAIL(model.error().message);
    auto run = graph::Executor::make(*model);
    if (!run) FAIL(run.error().message);
    REQUIRE(run->input_count() == c.given.size());
    for (std::size_t i = 0; i < c.given.size(); ++i) REQUIRE(run->set_input(i, c.given[i]));
    for (int repeat = 0; repeat < 2; ++repeat) {  // the second run finds its memory used
      run->reset_state();
      if (const auto ok = (*run)(); !ok) FAIL(ok.error().message);
      for (std::size_t i = 0; i < c.expected.size(); ++i) {
        const bool real = run->output_info(i).type == DType::f32;
        CHECK(difference(run->output_bytes(i), c.expected[i], real, c.tolerance) == "");
      }
    }
  }
}

TEST_CASE("tflite operators: damaged files") {
  const int step = std::getenv("HONE_EMULATED") != nullptr ? 40 : 4;
  std::uint64_t state = 1;
  const auto random = [&state](std::size_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(state >> 33) % below;
  };
  const std::vector<Case> all = cases();
  for (std::size_t n = 0; n < all.size(); n += static_cast<std::size_t>(step)) {
    INFO(all[n].name);
    const Bytes whole = test::build(all[n].file);
    for (int round = 0; round < 60; ++round) {
      Bytes bytes = whole;
      for (std::size_t flips = random(6) + 1; flips > 0; --flips) {
        std::byte& b = bytes[random(bytes.size())];
        b = random(3) == 0 ? static_cast<std::byte>(random(256)) : b ^ static_cast<std::byte>(1U << random(8));
      }
      test::survives(bytes);
    }
  }
}
