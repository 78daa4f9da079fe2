// Files with more than one graph, and with a memory: variables, CALL_ONCE, IF and WHILE.
#include <hone/graph/executor.hpp>
#include <hone/graph/tflite.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "support/tflite_builder.hpp"
#include "support/tflite_hostile.hpp"

using namespace hone;
using test::Bytes;
using test::bytes_of;
using test::FileSpec;
using test::NodeSpec;

namespace {

constexpr std::int8_t f32 = 0, i32 = 2, boolean = 6, resource = 13;
enum : std::int32_t {
  add = 0,
  mul = 18,
  less = 58,
  if_else = 118,
  while_loop = 119,
  call_once = 129,
  var_handle = 142
};
enum : std::int32_t { read_variable = 143, assign_variable = 144 };

NodeSpec handle(std::int32_t tensor) { return {var_handle, {}, {tensor}, 111, {{1, std::string("sum")}}, {}}; }

/// sum = sum + x, from what graph 1 assigns once; the output is twice the sum.
FileSpec running_sum() {
  FileSpec f, init;
  init.tensors = {{"handle", resource, {}}, {"start", f32, {2}, bytes_of<float>({10, 20})}};
  init.nodes = {handle(0), {assign_variable, {0, 1}, {}, 113, {}, {}}};
  f.tensors = {{"x", f32, {2}}, {"handle", resource, {}}, {"before", f32, {2}}, {"after", f32, {2}}, {"y", f32, {2}}};
  f.nodes = {{call_once, {}, {}, 103, {{0, std::int32_t{1}}}, {}},
             handle(1),
             {read_variable, {1}, {2}, 112, {}, {}},
             {add, {2, 0}, {3}, 11, {{0, std::int8_t{0}}}, {}},
             {assign_variable, {1, 3}, {}, 113, {}, {}},
             {add, {3, 3}, {4}, 11, {{0, std::int8_t{0}}}, {}}};
  f.inputs = {0};
  f.outputs = {4};
  f.inner = {init};
  return f;
}

/// while (i < limit) { i = i + 1; x = x * 2 }
FileSpec doubling(std::int32_t limit) {
  FileSpec f, condition, body;
  condition.tensors = {
      {"i", i32, {}}, {"x", f32, {2}}, {"limit", i32, {}, bytes_of<std::int32_t>({limit})}, {"more", boolean, {}}};
  condition.nodes = {{less, {0, 2}, {3}, 41, {}, {}}};
  condition.inputs = {0, 1};
  condition.outputs = {3};
  body.tensors = {{"i", i32, {}},
                  {"x", f32, {2}},
                  {"one", i32, {}, bytes_of<std::int32_t>({1})},
                  {"two", f32, {}, bytes_of<float>({2})},
                  {"next", i32, {}},
                  {"twice", f32, {2}}};
  body.nodes = {{add, {0, 2}, {4}, 11, {{0, std::int8_t{0}}}, {}}, {mul, {1, 3}, {5}, 21, {{0, std::int8_t{0}}}, {}}};
  body.inputs = {0, 1};
  body.outputs = {4, 5};
  f.tensors = {{"i", i32, {}}, {"x", f32, {2}}, {"count", i32, {}}, {"y", f32, {2}}};
  f.nodes = {{while_loop, {0, 1}, {2, 3}, 93, {{0, std::int32_t{1}}, {1, std::int32_t{2}}}, {}}};
  f.inputs = {0, 1};
  f.outputs = {2, 3};
  f.inner = {condition, body};
  return f;
}

/// condition ? x : x + x; the first branch hands on what it is given.
FileSpec choice() {
  FileSpec f, same, twice;
  same.tensors = {{"x", f32, {2}}};
  same.inputs = same.outputs = {0};
  twice.tensors = {{"x", f32, {2}}, {"y", f32, {2}}};
  twice.nodes = {{add, {0, 0}, {1}, 11, {{0, std::int8_t{0}}}, {}}};
  twice.inputs = {0};
  twice.outputs = {1};
  f.tensors = {{"condition", boolean, {}}, {"x", f32, {2}}, {"y", f32, {2}}};
  f.nodes = {{if_else, {0, 1}, {2}, 92, {{0, std::int32_t{1}}, {1, std::int32_t{2}}}, {}}};
  f.inputs = {0, 1};
  f.outputs = {2};
  f.inner = {same, twice};
  return f;
}

graph::Model load(const FileSpec& f) {
  static std::vector<Bytes> kept;  // models point into their files
  kept.push_back(test::build(f));
  auto model = graph::load_tflite(kept.back(), "state");
  if (!model) FAIL(model.error().message);
  return std::move(*model);
}
std::vector<float> floats(graph::Executor& run, std::size_t output) {
  const auto span = run.output<float>(output);
  return {span.begin(), span.end()};
}
std::string error_of(const FileSpec& f) { return test::error_of(test::build(f)); }

}  // namespace

TEST_CASE("variables start as CALL_ONCE says and stay from run to run") {
  auto run = graph::Executor::make(load(running_sum()));
  if (!run) FAIL(run.error().message);
  run->input<float>(0) = std::vector<float>{1, 2};
  REQUIRE((*run)());
  CHECK(floats(*run, 0) == std::vector<float>{22, 44});
  REQUIRE((*run)());
  CHECK(floats(*run, 0) == std::vector<float>{24, 48});
  run->reset_state();
  REQUIRE((*run)());
  CHECK(floats(*run, 0) == std::vector<float>{22, 44});
  auto other = graph::Executor::make(load(running_sum()));  // a state of its own
  REQUIRE(other);
  REQUIRE((*other)());
  CHECK(floats(*other, 0) == std::vector<float>{20, 40});
}

TEST_CASE("WHILE and IF") {
  auto loop = graph::Executor::make(load(doubling(5)), {.threads = 2});
  if (!loop) FAIL(loop.error().message);
  loop->input<float>(1) = std::vector<float>{1, -3};
  for (int repeat = 0; repeat < 2; ++repeat) {
    REQUIRE((*loop)());
    CHECK(loop->output<std::int32_t>(0)[0] == 5);
    CHECK(floats(*loop, 1) == std::vector<float>{32, -96});
  }
  loop->input<std::int32_t>(0)[0] = 7;  // not once
  REQUIRE((*loop)());
  CHECK(floats(*loop, 1) == std::vector<float>{1, -3});

  auto branch = graph::Executor::make(load(choice()));
  if (!branch) FAIL(branch.error().message);
  branch->input<float>(1) = std::vector<float>{1.5F, 2};
  REQUIRE((*branch)());
  CHECK(floats(*branch, 0) == std::vector<float>{3, 4});
  branch->input<bool>(0)[0] = true;
  REQUIRE((*branch)());
  CHECK(floats(*branch, 0) == std::vector<float>{1.5F, 2});
}

TEST_CASE("a loop without an end is an error") {
  FileSpec f = doubling(5);
  f.inner[1].tensors[2].data = bytes_of<std::int32_t>({0});
  auto run = graph::Executor::make(load(f));
  REQUIRE(run);
  const auto done = (*run)();
  REQUIRE_FALSE(done);
  CHECK(done.error().message == "state: node 0 WHILE 'count': a loop does not end within 1,048,576 rounds");
}

TEST_CASE("graphs that do not fit, and circles") {
  FileSpec f = doubling(5);
  f.nodes[0].options[1].value = std::int32_t{3};
  CHECK(error_of(f).find("subgraph 3, expected 1 to 2") != std::string::npos);
  f.nodes[0].options[1].value = std::int32_t{0};  // the main graph, which would run itself
  CHECK(error_of(f).find("subgraph 0, expected 1 to 2") != std::string::npos);
  f = doubling(5);
  f.inner[1].outputs = {5, 4};
  CHECK(error_of(f).find("its graph's output 0 is f32 2, here tensor 2 'count' (i32 scalar)") != std::string::npos);
  f = doubling(5);
  f.inner[0].outputs = {2};
  CHECK(error_of(f).find("its condition is not one bool") != std::string::npos);
  f = choice();  // graph 2 runs graph 1, which runs graph 2
  f.inner[0] = f.inner[1] = FileSpec(f);
  for (FileSpec& inner : f.inner) inner.inner.clear();
  for (FileSpec& inner : f.inner) inner.nodes[0].inputs = {0, 1};
  CHECK(error_of(f).find("subgraphs within subgraphs, more than 8 deep or in a circle") != std::string::npos);
  f = running_sum();
  f.nodes[2].inputs = {0};
  CHECK(error_of(f).find("a variable that no VAR_HANDLE of this graph names") != std::string::npos);
  f = running_sum();
  f.inner[0].tensors[1].shape = {1, 2};
  CHECK(error_of(f).find("its initial value is f32 1x2") != std::string::npos);
  f = running_sum();
  f.inner[0].nodes.push_back({add, {1, 1}, {1}, 11, {{0, std::int8_t{0}}}, {}});
  CHECK(error_of(f).find("its graph does more than assign constants") != std::string::npos);
}

TEST_CASE("damaged files of several graphs") {
  std::uint64_t state = 7;
  const auto random = [&state](std::size_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(state >> 33) % below;
  };
  for (const FileSpec& spec : {running_sum(), doubling(5), choice()}) {
    const Bytes whole = test::build(spec);
    for (std::size_t size = 0; size < whole.size(); ++size) test::survives(std::span(whole).first(size));
    for (int round = 0; round < 1500; ++round) {
      Bytes bytes = whole;
      for (std::size_t flips = random(6) + 1; flips > 0; --flips) {
        std::byte& b = bytes[random(bytes.size())];
        b = random(3) == 0 ? static_cast<std::byte>(random(256)) : b ^ static_cast<std::byte>(1U << random(8));
      }
      test::survives(bytes);
    }
  }
}
