// Where the tests find models, and files of their own.
#pragma once
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#ifndef HONE_SOURCE_DIR
#define HONE_SOURCE_DIR "."
#endif

namespace hone::test {

/// The folder of real models with labelled data: $HONE_SHARED_MODELS, else ../shared/models beside the checkout; empty
/// when there is none.
inline std::filesystem::path shared_models() {
  const char* const named = std::getenv("HONE_SHARED_MODELS");
  const std::filesystem::path path =
      named != nullptr ? std::filesystem::path(named) : std::filesystem::path(HONE_SOURCE_DIR) / "../shared/models";
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored) ? path : std::filesystem::path();
}

/// The models that the demo brings.
inline std::vector<std::filesystem::path> demo_models() {
  std::vector<std::filesystem::path> paths;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(HONE_SOURCE_DIR "/examples/fashion", ignored)) {
    if (entry.path().extension() == ".tflite") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

inline std::vector<std::byte> contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto* p = reinterpret_cast<const std::byte*>(text.data());
  return {p, p + text.size()};
}

/// A file with these bytes that goes away with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::vector<std::byte>& bytes) {
    static int count = 0;
    // Tests run in parallel, each a process of its own.
    const std::string name = "hone_test_" + std::to_string(::getpid()) + "_" + std::to_string(count++) + ".tflite";
    path_ = (std::filesystem::temp_directory_path() / name).string();
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace hone::test
