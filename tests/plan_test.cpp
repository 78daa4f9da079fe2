// The plan: no two tensors that are needed at the same time share a byte, and the arena is hardly larger than it must
// be.
#include <catch2/catch_test_macros.hpp>
#include <hone/graph/plan.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "support/model_builder.hpp"

using namespace hone;
using graph::Plan;
using graph::Shape;
using test::ModelBuilder;

namespace {

constexpr std::size_t no_limit = std::size_t{1} << 40;

graph::Pad pad_end(std::int64_t amount) {
  return {{std::array<std::int32_t, 2>{0, static_cast<std::int32_t>(amount)}}};
}

/// Runs the plan in the abstract: every tensor's bytes carry its number, and whoever reads a tensor finds it whole.
/// Empty, or what went wrong.
std::string simulate(const graph::Model& model, const Plan& plan) {
  std::vector<int> owner(plan.arena_bytes, -1);
  std::vector<int> stands_for(model.tensors.size());  // a reshape's output holds what its input does
  for (std::size_t t = 0; t < stands_for.size(); ++t) stands_for[t] = static_cast<int>(t);
  const auto at = [](const auto& list, int t) -> const auto& { return list[static_cast<std::size_t>(t)]; };
  const auto span = [&](int t) {
    const auto begin = owner.begin() + at(plan.offsets, t);
    return std::pair(begin, begin + static_cast<std::ptrdiff_t>(at(model.tensors, t).bytes()));
  };
  const auto write = [&](int t) {
    const auto [begin, end] = span(t);
    std::fill(begin, end, t);
  };
  const auto whole = [&](int t) {
    const auto [begin, end] = span(t);
    return std::all_of(begin, end, [&](int o) { return o == at(stands_for, t); });
  };
  for (std::size_t t = 0; t < plan.offsets.size(); ++t) {
    if (plan.offsets[t] == Plan::none) continue;
    if (plan.offsets[t] % 64 != 0) return "tensor " + std::to_string(t) + " is not aligned";
    if (static_cast<std::size_t>(plan.offsets[t]) + model.tensors[t].bytes() > plan.arena_bytes) {
      return "tensor " + std::to_string(t) + " does not fit";
    }
  }
  for (const int t : model.inputs) write(t);
  for (const graph::Node& node : model.nodes) {
    for (const int t : node.inputs) {
      if (!at(model.tensors, t).constant && !whole(t)) return "tensor " + std::to_string(t) + " was overwritten";
    }
    const int x = node.inputs[0], y = node.outputs[0];
    if (std::holds_alternative<graph::Reshape>(node.attributes) && at(plan.offsets, x) == at(plan.offsets, y)) {
      stands_for[static_cast<std::size_t>(y)] = at(stands_for, x);
    } else {
      write(y);
    }
  }
  for (const int t : model.inputs) {
    if (!whole(t)) return "input tensor " + std::to_string(t) + " was overwritten";
  }
  for (const int t : model.outputs) {
    if (!whole(t)) return "output tensor " + std::to_string(t) + " was overwritten";
  }
  return {};
}

/// Elementwise operators, reshapes and pads between tensors of many sizes, with branches that join far apart.
graph::Model random_model(std::uint64_t seed) {
  ModelBuilder b(seed);
  std::vector<int> tensors;
  std::vector<Shape> shapes;
  const auto remember = [&](int t, const Shape& s) {
    tensors.push_back(t);
    shapes.push_back(s);
    return t;
  };
  for (int i = 0; i < 2; ++i) {
    const Shape s{b.random.integer(1, 300)};
    remember(b.input(s), s);
  }
  for (int n = 0; n < 40; ++n) {
    const auto pick = static_cast<std::size_t>(b.random.integer(0, static_cast<std::int64_t>(tensors.size()) - 1));
    const int x = tensors[pick];
    const Shape shape = shapes[pick];
    switch (b.random.integer(0, 3)) {
      case 0: {
        const Shape padded{shape[0] + b.random.integer(1, 100)};
        b.node("PAD", pad_end(padded[0] - shape[0]), {x}, remember(b.tensor(padded), padded));
        break;
      }
      case 1: b.node("RESHAPE", graph::Reshape{}, {x}, remember(b.tensor(shape), shape)); break;
      case 2: b.node("RELU", graph::Activate{graph::Activation::relu}, {x}, remember(b.tensor(shape), shape)); break;
      default: {
        std::size_t other = pick;
        for (std::size_t t = 0; t < tensors.size(); ++t) {
          if (shapes[t] == shape && b.random.one_in(2)) other = t;
        }
        b.node("ADD", graph::Add{}, {x, tensors[other]}, remember(b.tensor(shape), shape));
      }
    }
  }
  return b.finish({tensors.back(), tensors[tensors.size() / 2 + 2]});
}

}  // namespace

TEST_CASE("no tensor of a random model is overwritten while it is needed") {
  double worst = 1;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    const graph::Model model = random_model(seed);
    const auto plan = graph::make_plan(model, no_limit);
    REQUIRE(plan);
    REQUIRE(simulate(model, *plan) == "");
    REQUIRE(plan->arena_bytes >= plan->lower_bound);
    worst = std::max(worst, static_cast<double>(plan->arena_bytes) / static_cast<double>(plan->lower_bound));
  }
  INFO("arena over lower bound, at worst: " << worst);
  CHECK(worst < 1.25);
}

TEST_CASE("a chain takes as much as its largest pair") {
  ModelBuilder b;
  const int x = b.input({64});
  int last = x;
  for (int i = 0; i < 10; ++i) {
    const std::int64_t size = 64 + 16 * (i + 1);
    const int y = b.tensor({size});
    b.node("PAD", pad_end(16), {last}, y);
    last = y;
  }
  const auto plan = graph::make_plan(b.finish({last}), no_limit);
  REQUIRE(plan);
  // The input stays, and the last two are needed together.
  CHECK(plan->lower_bound == 64 * 4 + (64 + 144) * 4 + (64 + 160) * 4);
  CHECK(plan->arena_bytes == plan->lower_bound);
}

TEST_CASE("reshapes share memory, sums reuse that of an input nobody needs any more") {
  ModelBuilder b;
  const int x = b.input({4, 16});
  const int a = b.tensor({4, 16}), flat = b.tensor({64}), sum = b.tensor({64}), y = b.tensor({8, 8});
  b.node("RELU", graph::Activate{graph::Activation::relu}, {x}, a);
  b.node("RESHAPE", graph::Reshape{}, {a}, flat);
  b.node("ADD", graph::Add{}, {flat, flat}, sum);
  b.node("RESHAPE", graph::Reshape{}, {sum}, y);
  const auto plan = graph::make_plan(b.finish({y}), no_limit);
  REQUIRE(plan);
  const auto at = [&](int t) { return plan->offsets[static_cast<std::size_t>(t)]; };
  CHECK(at(a) == at(flat));
  CHECK(at(flat) == at(sum));
  CHECK(at(sum) == at(y));
  CHECK(at(a) != at(x));  // inputs are left alone
  CHECK(plan->arena_bytes == 2 * 64 * 4);
}

TEST_CASE("constants take no place in the arena, and its size has a limit") {
  ModelBuilder b;
  const int x = b.input({100}), c = b.constant<float>({100}, std::vector<float>(100)), y = b.tensor({100});
  b.node("ADD", graph::Add{}, {x, c}, y);
  const graph::Model model = b.finish({y});
  const auto plan = graph::make_plan(model, 896);
  REQUIRE(plan);
  CHECK(plan->arena_bytes == 2 * 448);  // 400 bytes in whole cache lines
  CHECK(plan->offsets[static_cast<std::size_t>(c)] == Plan::none);
  const auto refused = graph::make_plan(model, 895);
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::out_of_memory);
}
