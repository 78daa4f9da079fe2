// The demo's networks classify as many of its images right as TensorFlow Lite's reference kernels do (results.json).
#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "examples/fashion/network.hpp"

namespace {

const std::string folder = std::string(HONE_SOURCE_DIR) + "/examples/fashion";

std::size_t right_of_1000(const std::string& name, const std::string& tier) {
  const auto images = fashion::read_images(folder, "t10k-1000");
  REQUIRE(images.has_value());
  REQUIRE(images->count() == 1000);
  auto network = fashion::Network::load(folder + "/" + name + ".tflite", "", tier);
  REQUIRE(network.has_value());
  for (std::size_t i = 0; i < images->count(); ++i) {
    REQUIRE(network->classify(images->image(i), images->labels[i]).has_value());
  }
  return network->finish().right;
}

std::size_t expected_of_1000(const std::string& name) {
  std::ifstream file(folder + "/results.json");
  const auto results = nlohmann::json::parse(file);
  return static_cast<std::size_t>(std::lround(1000 * results.at(name).at("accuracy_1000").get<double>()));
}

}  // namespace

TEST_CASE("fashion: the int8 student answers alike on every tier") {
  const std::size_t expected = expected_of_1000("student_int8");
  for (const hone::cpu::TierInfo& tier : hone::cpu::tiers()) {
    if (!tier.usable()) continue;
    INFO(tier.name);
    CHECK(right_of_1000("student_int8", tier.name) == expected);
  }
}

TEST_CASE("fashion: the f32 networks are as accurate as they were trained") {
  // Minutes there, for what models_test.cpp checks with fewer images: that every tier answers alike.
  if (std::getenv("HONE_EMULATED") != nullptr) SKIP("too slow under emulation");
  for (const std::string name : {"student_pruned", "student", "teacher"}) {
    INFO(name);
    const auto right = static_cast<std::ptrdiff_t>(right_of_1000(name, ""));
    // Sums in another order may tip an image whose best two classes lie within rounding of each other.
    CHECK(std::abs(right - static_cast<std::ptrdiff_t>(expected_of_1000(name))) <= 1);
  }
}
