// An executor allocates nothing once it is made: neither through operator new nor through malloc.
#include <catch2/catch_test_macros.hpp>
#include <hone/graph/executor.hpp>

#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include "support/model_builder.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HONE_TEST_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HONE_TEST_SANITIZED
#endif
#endif

namespace {
std::atomic<long> allocations{0};
}  // namespace

// Sanitizers bring allocators of their own; the plain builds count.
#if defined(__GLIBC__) && !defined(HONE_TEST_SANITIZED)
#define HONE_TEST_COUNTS
extern "C" {
void* __libc_malloc(std::size_t);                 // NOLINT: glibc's names
void* __libc_calloc(std::size_t, std::size_t);    // NOLINT
void* __libc_realloc(void*, std::size_t);         // NOLINT
void* __libc_memalign(std::size_t, std::size_t);  // NOLINT

// operator new and everything else in the program ends in these.
void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  ++allocations;
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
}
#endif

namespace {

using namespace hone;
using graph::TensorQuantization;
using test::one_scale;

/// Operators that move, reduce, choose and remember; returns what they come to.
int moved_and_remembered(test::ModelBuilder& b, int q8, int real) {
  using namespace graph;
  const auto q = one_scale(0.1F, 3);
  const int table = b.tensor({1, 64, 64, 8}, DType::i8, q), turned = b.tensor({1, 8, 64, 64}, DType::i8, q);
  b.node("TANH", Unary{UnaryOp::tanh}, {q8}, table);
  b.node("TRANSPOSE", Transpose{{0, 3, 1, 2}}, {table}, turned);
  const int most = b.tensor({1, 64, 64}, DType::i32), large = b.tensor({1, 32, 32, 8}),
            twice = b.tensor({1, 64, 32, 8});
  b.node("ARG_MAX", ArgReduce{true, 1}, {turned}, most);
  b.node("RESIZE_BILINEAR", Resize{}, {real}, large);
  b.node("CONCATENATION", Concat{1}, {large, large}, twice);
  const int half = b.tensor({1, 64, 32, 8}), less = b.tensor({1, 64, 32, 8}, DType::boolean),
            chosen = b.tensor({1, 64, 32, 8});
  b.node("MUL", Binary{BinaryOp::mul}, {twice, b.random_constant<float>({8})}, half);
  b.node("LESS", Binary{BinaryOp::less}, {half, twice}, less);
  b.node("SELECT_V2", Select{}, {less, half, twice}, chosen);
  const int mean = b.tensor({1, 8}), product = b.tensor({1, 1}), state = b.tensor({1, 1}), before = b.tensor({1, 1});
  const int after = b.tensor({1, 1}), y = b.tensor({1, 1});
  b.node("MEAN", Reduce{ReduceOp::mean, {1, 2}}, {chosen}, mean);
  b.node("BATCH_MATMUL", BatchMatMul{.transpose_b = true}, {mean, mean}, product);
  b.variable(state);
  b.node("READ_VARIABLE", ReadVariable{}, {state}, before);
  b.node("ADD", Add{}, {before, product}, after);
  b.effect("ASSIGN_VARIABLE", AssignVariable{}, {after, state});
  b.node("EXP", Unary{UnaryOp::exp}, {after}, y);
  return y;
}

/// One node of each kind that takes steps of its own, in 8 bits and in f32, large enough to be shared out to threads.
graph::Model one_of_each() {
  test::ModelBuilder b;
  const auto image = [&](std::int64_t side, std::int64_t channels, DType type) {
    return b.tensor({1, side, side, channels}, type, type == DType::f32 ? TensorQuantization{} : one_scale(0.1F, 3));
  };
  const auto branch = [&](int x, DType type, auto weight, auto bias) {
    using W = decltype(weight);
    using B = decltype(bias);
    const TensorQuantization w = type == DType::f32 ? TensorQuantization{} : one_scale(0.01F, 0);
    const int padded = image(66, 8, type), conv = image(64, 32, type), point = image(64, 32, type);
    const int depthwise = image(64, 32, type), sum = image(64, 32, type), active = image(64, 32, type);
    const int pool = image(32, 32, type), most = image(16, 32, type);
    b.node("PAD", graph::Pad{{{0, 0}, {1, 1}, {1, 1}, {0, 0}}}, {x}, padded);
    b.node("CONV_2D", graph::Conv2d{}, {padded, b.random_constant<W>({32, 3, 3, 8}, w), b.random_constant<B>({32})},
           conv);
    b.node("CONV_2D", graph::Conv2d{}, {conv, b.random_constant<W>({32, 1, 1, 32}, w)}, point);
    b.node("DEPTHWISE_CONV_2D", graph::DepthwiseConv2d{.padding = {1, 1, 1, 1}},
           {point, b.random_constant<W>({1, 3, 3, 32}, w), -1}, depthwise);
    b.node("ADD", graph::Add{}, {conv, depthwise}, sum);
    b.node("RELU", graph::Activate{graph::Activation::relu}, {sum}, active);
    b.node("AVERAGE_POOL_2D", graph::Pool2d{.kernel_h = 2, .kernel_w = 2, .stride_h = 2, .stride_w = 2}, {active},
           pool);
    b.node("MAX_POOL_2D", graph::Pool2d{.average = false, .kernel_h = 2, .kernel_w = 2, .stride_h = 2, .stride_w = 2},
           {pool}, most);
    const TensorQuantization q = type == DType::f32 ? TensorQuantization{} : one_scale(0.1F, 3);
    const int flat = b.tensor({16, 512}, type, q), scores = b.tensor({16, 100}, type, q);
    const int y = b.tensor({16, 100}, type, type == DType::f32 ? TensorQuantization{} : one_scale(1 / 256.0F, -128));
    b.node("RESHAPE", graph::Reshape{}, {most}, flat);
    b.node("FULLY_CONNECTED", graph::FullyConnected{}, {flat, b.random_constant<W>({100, 512}, w)}, scores);
    b.node("SOFTMAX", graph::Softmax{}, {scores}, y);
    return y;
  };
  const int x = b.input({1, 64, 64, 8});
  const int q8 = b.tensor({1, 64, 64, 8}, DType::i8, one_scale(0.1F, 3)), back = b.tensor({1, 64, 64, 8});
  b.node("QUANTIZE", graph::Quantize{}, {x}, q8);
  const int y8 = branch(q8, DType::i8, std::int8_t{}, std::int32_t{});
  b.node("DEQUANTIZE", graph::Dequantize{}, {q8}, back);
  const int y32 = branch(back, DType::f32, float{}, float{});
  return b.finish({y8, y32, moved_and_remembered(b, q8, back)});
}

}  // namespace

TEST_CASE("a run allocates nothing") {
  const graph::Model model = one_of_each();
  const long before_any = allocations;
  for (const std::size_t threads : {1, 2}) {
    for (const graph::Sparse sparse : {graph::Sparse::never, graph::Sparse::always}) {
      for (const bool profile : {false, true}) {
        auto run = graph::Executor::make(model, {.threads = threads, .sparse = sparse, .profile = profile});
        REQUIRE(run);
        const std::vector<float> image(64 * 64 * 8, 0.5F);
        bool ok = true;
        const long before = allocations;
        for (int repeat = 0; repeat < 3; ++repeat) {
          run->input<float>(0) = image;
          ok = ok && (*run)().has_value() && run->output<float>(1).size() == 1600;
        }
        const long after = allocations;
        CHECK(ok);
        CHECK(after == before);
      }
    }
  }
#ifdef HONE_TEST_COUNTS
  CHECK(allocations > before_any);  // the counter works
#else
  (void)before_any;
  SKIP("everything ran, but allocations are not counted in this build");
#endif
}
