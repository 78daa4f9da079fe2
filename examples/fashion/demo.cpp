// The demo: a teacher, the student distilled from it, the student pruned, and the student in 8 bits, on real images,
// with the best instructions of this CPU and with the compiler's baseline. Prints a table, writes a page.
//
//   fashion_demo [--data DIR] [--networks DIR] [--html FILE]
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "network.hpp"
#include "report.hpp"

namespace {

constexpr std::size_t block = 50;  // images a network classifies before the next one has its turn

struct Arguments {
  std::filesystem::path networks = "examples/fashion", data, html = "build/demo.html";
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) return {};
    if (std::strcmp(argv[i], "--data") == 0)
      arguments.data = argv[i + 1];
    else if (std::strcmp(argv[i], "--networks") == 0)
      arguments.networks = argv[i + 1];
    else if (std::strcmp(argv[i], "--html") == 0)
      arguments.html = argv[i + 1];
    else
      return {};
  }
  return arguments;
}

/// All networks on one tier. They take turns, a block of images each, so that a slow phase of the machine hits all alike.
hone::Expected<std::vector<fashion::Outcome>> run_all(const Arguments& arguments, const fashion::Images& images,
                                                      const std::string& tier) {
  const std::pair<const char*, const char*> files[] = {{"teacher.tflite", "large, f32"},
                                                       {"student.tflite", "distilled, f32"},
                                                       {"student_pruned.tflite", "distilled, 80 % zeros, f32"},
                                                       {"student_int8.tflite", "distilled, int8"}};
  std::vector<fashion::Network> networks;
  for (const auto& [file, what] : files) {
    auto network = fashion::Network::load(arguments.networks / file, what, tier);
    if (!network) return tl::unexpected<hone::Error>(network.error());
    networks.push_back(std::move(*network));
  }
  for (std::size_t begin = 0; begin < images.count(); begin += block) {
    for (fashion::Network& network : networks) {
      for (std::size_t i = begin; i < std::min(begin + block, images.count()); ++i) {
        if (auto ok = network.classify(images.image(i), images.labels[i]); !ok) {
          return tl::unexpected<hone::Error>(ok.error());
        }
      }
    }
  }
  std::vector<fashion::Outcome> outcomes;
  outcomes.reserve(networks.size());
  for (fashion::Network& network : networks) outcomes.push_back(network.finish());
  return outcomes;
}

int report_error(const hone::Error& error) {
  std::fprintf(stderr, "fashion_demo: %s\n", error.message.c_str());
  return error.code == hone::ErrorCode::no_device ? 4 : error.code == hone::ErrorCode::invalid_argument ? 2 : 3;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = parse(argc, argv);
  if (!arguments) {
    return std::fprintf(stderr, "usage: fashion_demo [--data DIR] [--networks DIR] [--html FILE]\n"), 2;
  }
  const auto tier = hone::cpu::chosen();
  if (!tier) return report_error(tier.error());

  // All 10,000 test images where the data set is installed, else the thousand that come with the demo.
  std::optional<fashion::Images> images;
  if (!arguments->data.empty()) images = fashion::read_images(arguments->data, "t10k");
  if (!images && !arguments->data.empty()) {
    return std::fprintf(stderr, "fashion_demo: no test images in %s\n", arguments->data.c_str()), 3;
  }
  if (!images) images = fashion::read_images(arguments->networks, "t10k-1000");
  if (!images) return std::fprintf(stderr, "fashion_demo: no images in %s\n", arguments->networks.c_str()), 3;

  std::vector<std::string> tiers{hone::cpu::name_of(*tier)};
  if (*tier != hone::Tier::baseline) tiers.emplace_back("baseline");
  std::vector<fashion::Outcome> outcomes;
  for (const std::string& name : tiers) {
    std::fprintf(stderr, "classifying %zu images with four networks on %s...\n", images->count(), name.c_str());
    auto some = run_all(*arguments, *images, name);
    if (!some) return report_error(some.error());
    outcomes.insert(outcomes.end(), some->begin(), some->end());
  }

  fashion::print_table(outcomes);
  if (!fashion::write_page(arguments->html, outcomes, *images)) {
    return std::fprintf(stderr, "fashion_demo: cannot write %s\n", arguments->html.c_str()), 1;
  }
  std::printf("\nThe same as a page, with the images: %s\n", arguments->html.c_str());
  return 0;
}
