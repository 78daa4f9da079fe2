// Damaged and hostile TensorFlow Lite files: each gives an error that says what and where, or a model that holds together
// and can be run; none crashes, hangs, reads outside the file (run under ASan and UBSan) or takes memory the file does
// not account for.
#include <hone/graph/tflite.hpp>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "support/guarded.hpp"
#include "support/tflite_builder.hpp"
#include "support/tflite_files.hpp"
#include "support/tflite_hostile.hpp"

using namespace hone;
using test::Bytes;
using test::error_of;
using test::FileSpec;
using test::survives;

namespace {

/// The small nets, and real models where they are.
std::vector<Bytes> models() {
  std::vector<Bytes> all{test::build(test::int8_net()), test::build(test::float_net())};
  for (const auto& path : test::demo_models()) all.push_back(test::contents(path));
  const auto shared = test::shared_models();
  if (shared.empty()) return all;
  for (const char* name : {"kws_ds_cnn_int8/kws_ref_model.tflite", "person_detect_int8/person_detect.tflite"}) {
    if (std::filesystem::exists(shared / name)) all.push_back(test::contents(shared / name));
  }
  return all;
}

}  // namespace

TEST_CASE("tflite hostile: one constant widened a thousand times") {
  FileSpec f = test::float_net();
  f.tensors.push_back({"w16", 1, {300000}, Bytes(600000)});
  for (std::int32_t i = 0; i < 1000; ++i) {
    f.tensors.push_back({"w", 0, {300000}});
    f.nodes.push_back({6, {16}, {17 + i}, 0});
  }
  CHECK(error_of(test::build(f)).find("the limit is 256 times the file") != std::string::npos);
}

TEST_CASE("tflite hostile: files that are none") {
  const auto error_at = [](const std::string& path) {
    const auto model = graph::load_tflite(path);
    REQUIRE_FALSE(model);
    CHECK(model.error().message.starts_with(path + ": "));
    return model.error();
  };
  CHECK(error_at("/no/such/file.tflite").code == ErrorCode::not_found);
  const std::string folder = std::filesystem::temp_directory_path().string();
  CHECK(error_at(folder).message == folder + ": is a directory, a file expected");
  CHECK(error_at(test::TemporaryFile({}).path()).message.ends_with("is empty"));
  const auto file = [](const char* text, std::size_t size) {
    Bytes bytes(size);
    std::memcpy(bytes.data(), text, size);
    return bytes;
  };
  for (const Bytes& bytes : {file("PK\x03\x04\x14\x02\x08TFL3", 11),
                             file("\x7f"
                                  "ELF",
                                  4),
                             file("TFL3TFL", 7), Bytes(5000)}) {
    const Error error = error_at(test::TemporaryFile(bytes).path());
    CHECK(error.code == ErrorCode::bad_model);
    CHECK(error.message.find("not a TensorFlow Lite model: 'TFL3' expected at byte 4") != std::string::npos);
  }
  const test::TemporaryFile locked(Bytes(100));
  std::filesystem::permissions(locked.path(), std::filesystem::perms::none);
  if (!std::ifstream(locked.path()).good())
    CHECK(error_at(locked.path()).message.find("cannot be opened") != std::string::npos);
}

TEST_CASE("tflite hostile: truncation at every byte") {
  for (const Bytes& whole : models()) {
    // What there is ends at a page that cannot be touched, so a read beyond it ends the test, sanitizer or not.
    test::Guarded<std::byte> page(static_cast<std::ptrdiff_t>(whole.size()));
    std::byte* const end = page.data() + whole.size();
    const std::size_t step = whole.size() <= 128 * 1024 ? 1 : whole.size() / 3000 + 1;  // every byte of a small one
    std::size_t loaded = 0;
    for (std::size_t size = 0; size < whole.size(); size += step) {
      std::memcpy(end - size, whole.data(), size);
      loaded += survives(std::span(end - size, size));
    }
    CHECK(loaded <= 16);  // but for padding at the end nothing can go
    CHECK(survives(whole));
  }
}

TEST_CASE("tflite hostile: 20,000 seeded byte flips") {
  std::mt19937 random(20240229);
  const std::vector<Bytes> all = models();
  std::size_t loaded = 0;
  for (std::size_t m = 0; m < all.size(); ++m) {
    // The bytes that are not the data of constants: nearly all that can go wrong is there.
    const auto model = graph::load_tflite(all[m], "whole");
    REQUIRE(model);
    std::vector<bool> data(all[m].size());
    for (const graph::Tensor& t : model->tensors) {
      const std::ptrdiff_t at = t.data.data() - all[m].data();
      for (std::size_t i = 0; i < t.data.size() && at >= 0 && at + std::ptrdiff_t(i) < std::ptrdiff_t(data.size()); ++i)
        data[std::size_t(at) + i] = true;
    }
    std::vector<std::size_t> structure;
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (!data[i]) structure.push_back(i);
    }
    const std::size_t rounds = m < 2 ? 7000 : 6000 / (all.size() - 2) + 1;
    for (std::size_t round = 0; round < (all.size() > 2 ? rounds : 10000); ++round) {
      Bytes bytes = all[m];
      for (std::size_t flips = random() % 8 + 1; flips > 0; --flips) {
        const std::size_t at = random() % 10 == 0 ? random() % bytes.size() : structure[random() % structure.size()];
        bytes[at] = static_cast<std::byte>(
            random() % 4 == 0 ? random() : std::to_integer<unsigned>(bytes[at]) ^ (1u << random() % 8));
      }
      loaded += survives(bytes);
    }
  }
  CHECK(loaded > 500);  // else the flips would only ever find the first check
}
