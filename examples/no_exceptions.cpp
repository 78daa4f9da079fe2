// Hone without exceptions and run-time type information: examples/CMakeLists.txt builds this unit, kernels included, with
// -fno-exceptions -fno-rtti. Errors are values, so nothing else changes.
#include <hone/hone.hpp>

#include <cstdint>
#include <cstdio>
#include <vector>

#ifdef __cpp_exceptions
#error "this example is about building with -fno-exceptions"
#endif

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: %s MODEL.tflite\n", argv[0]), 2;

  // A call that cannot work says why, and leaves y alone.
  std::vector<float> x(6), w(6), y(4);
  const auto weights = hone::pack({w.data(), 3, 2});
  if (!weights) return std::fprintf(stderr, "%s\n", weights.error().message.c_str()), 1;
  if (const auto done = hone::gemm({x.data(), 3, 2}, *weights, {y.data(), 2, 2}); !done) {
    std::printf("as expected: %s\n", done.error().message.c_str());
  }

  const auto model = hone::graph::load_tflite(argv[1]);
  if (!model) return std::fprintf(stderr, "%s\n", model.error().message.c_str()), 1;
  auto run = hone::graph::Executor::make(*model);
  if (!run) return std::fprintf(stderr, "%s\n", run.error().message.c_str()), 1;
  if (const auto ok = (*run)(); !ok) return std::fprintf(stderr, "%s\n", ok.error().message.c_str()), 1;
  std::printf("%s: %zu nodes ran on zeros, on the %s kernels\n", argv[1], run->steps().size(),
              hone::cpu::name_of(run->tier()));
  return 0;
}
