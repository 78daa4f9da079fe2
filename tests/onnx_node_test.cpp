// ONNX's own tests: each operator on its own, small models, and networks with made-up weights.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include <catch2/catch_test_macros.hpp>

#include "support/onnx_data.hpp"

using namespace hone;
using test::Outcome;
namespace fs = std::filesystem;

namespace {

/// Tests whose expected outputs are not what the operator's definition says, by why they are left out.
const std::map<std::string, std::string> exceptions = {
    // The definition saturates; the data wraps around (-236 became 20).
    {"test_qlinearmatmul_2D_int8_float16", "element 5 is -128, expected 20"},
    {"test_qlinearmatmul_2D_int8_float32", "element 5 is -128, expected 20"},
    {"test_qlinearmatmul_3D_int8_float16", "element 1 is -128, expected 116"},
    {"test_qlinearmatmul_3D_int8_float32", "element 1 is -128, expected 117"},
    // The data has NumPy's rounding error, 1.9e-7 where 0 is right, and the tolerance is 1e-7.
    {"test_dft_inverse", "element 101"},
    {"test_dft_inverse_opset19", "element 101"},
};

struct Count {
  int passed = 0, unsupported = 0, excepted = 0;
};
/// Every test passes, or ends in the error of what is not supported.
Count run_all(const fs::path& folder) {
  Count count;
  std::set<fs::path> sorted;
  for (const auto& entry : fs::directory_iterator(folder)) sorted.insert(entry.path());
  for (const fs::path& path : sorted) {
    const std::string name = path.filename().string();
    const Outcome outcome = test::run_onnx_test(path);
    INFO(name << ": " << outcome.message);
    const auto known = exceptions.find(name);
    if (known != exceptions.end()) {
      CHECK(outcome.message.find(known->second) != std::string::npos);
      ++count.excepted;
      continue;
    }
    CHECK((outcome.passed || outcome.unsupported));
    count.passed += outcome.passed ? 1 : 0;
    count.unsupported += outcome.unsupported ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("onnx suite: every operator test passes or names what is not supported") {
  const fs::path data = test::onnx_data();
  if (data.empty()) SKIP("no libonnx-testdata");
  const Count nodes = run_all(data / "node");
  // 1,288 tests; what is not supported: losses, strings, sequences, optionals, images, random numbers, 8-bit floats.
  CHECK(nodes.passed == 1037);
  CHECK(nodes.excepted == 6);
  CHECK(nodes.unsupported == 245);
}

TEST_CASE("onnx suite: small models") {
  const fs::path data = test::onnx_data();
  if (data.empty()) SKIP("no libonnx-testdata");
  CHECK(run_all(data / "simple").passed == 7);  // the others are of strings, sequences and gradients
  CHECK(run_all(data / "pytorch-operator").passed == 35);
  CHECK(run_all(data / "pytorch-converted").passed == 82);
}

TEST_CASE("onnx suite: networks with made-up weights") {
  const fs::path data = test::onnx_data();
  if (data.empty()) SKIP("no libonnx-testdata");
  if (std::getenv("HONE_EMULATED") != nullptr) SKIP("too slow under emulation");
  // The larger ones of the nine differ in size alone.
  for (const char* name : {"light_squeezenet", "light_shufflenet"}) {
    INFO(name);
    const auto model = graph::load_onnx((data / "light" / (std::string(name) + ".onnx")).string());
    REQUIRE(model);
    auto run = graph::OnnxExecutor::make(*model);
    if (!run) FAIL(run.error().message);
    for (std::size_t i = 0; i < run->input_count(); ++i) {  // what the suite feeds: 0, 1/n, 2/n, ...
      const auto count = static_cast<std::size_t>(run->input_info(i).elements());
      std::vector<float> x(count);
      for (std::size_t k = 0; k < count; ++k)
        x[k] = static_cast<float>(static_cast<double>(k) / static_cast<double>(count));
      if (run->input_info(i).type == DType::f32) REQUIRE(run->set_input(i, std::as_bytes(std::span(x))));
    }
    REQUIRE((*run)());
    const auto want = test::read_tensor(data / "light" / (std::string(name) + "_output_0.pb"));
    REQUIRE(want);
    CHECK(test::difference(run->output_info(0), run->output_bytes(0), want->value, 1e-3, 1e-7).empty());
  }
}
