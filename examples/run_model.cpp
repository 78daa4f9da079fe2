// Loads a .tflite model and runs it on one image: run_model MODEL.tflite INPUT.bin
// Everything that can go wrong is a value with a message; after the first run nothing is allocated.
#include <hone/hone.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: %s MODEL.tflite INPUT.bin\n", argv[0]), 2;

  const auto model = hone::graph::load_tflite(argv[1]);
  if (!model) return std::fprintf(stderr, "%s\n", model.error().message.c_str()), 1;
  auto run = hone::graph::Executor::make(*model, {.threads = 2});
  if (!run) return std::fprintf(stderr, "%s\n", run.error().message.c_str()), 1;

  std::ifstream file(argv[2], std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  if (const auto ok = run->set_input(0, std::as_bytes(std::span(bytes))); !ok) {
    return std::fprintf(stderr, "%s\n", ok.error().message.c_str()), 1;
  }
  if (const auto ok = (*run)(); !ok) return std::fprintf(stderr, "%s\n", ok.error().message.c_str()), 1;

  const hone::graph::Tensor& info = run->output_info(0);
  if (info.type == hone::DType::i8) {
    const auto scores = run->output<std::int8_t>(0);
    const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
    std::printf("%s: class %td, score %d, in %zu bytes of arena\n", info.name.c_str(), best,
                scores[static_cast<std::size_t>(best)], run->arena_bytes());
  } else if (info.type == hone::DType::f32) {
    const auto scores = run->output<float>(0);
    const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
    std::printf("%s: class %td, score %g, in %zu bytes of arena\n", info.name.c_str(), best,
                scores[static_cast<std::size_t>(best)], run->arena_bytes());
  }
  return 0;
}
