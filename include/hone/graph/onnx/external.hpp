// Tensors whose bytes lie in a file beside the model.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "../file.hpp"
#include "value.hpp"

namespace hone::graph::onnx {

/// The files a model keeps tensors in, each opened once. Only files inside the model's own folder are read: a model may
/// come from anywhere, and must not reach what its user can read.
class ExternalFiles {
 public:
  /// `folder`: the model's; empty for a model in memory, which has none.
  explicit ExternalFiles(std::string folder) : folder_(std::move(folder)) {}

  /// `length` bytes at `offset` of the file `location`. Errors: bad_model, saying what is wrong with them.
  Expected<std::span<const std::byte>> find(const std::string& location, std::uint64_t offset, std::uint64_t length) {
    const auto bad = [&](const std::string& what) {
      return fail(ErrorCode::bad_model, "external data '" + location + "': " + what);
    };
    if (folder_.empty()) return bad("a model in memory has no folder to find it in");
    auto known = files_.find(location);
    if (known == files_.end()) {
      std::error_code error;
      const std::filesystem::path root = std::filesystem::weakly_canonical(folder_, error),
                                  path = std::filesystem::weakly_canonical(root / location, error);
      const auto inside = path.lexically_relative(root);
      if (error || location.empty() || inside.empty() || *inside.begin() == ".." || inside == ".") {
        return bad("outside the model's folder");
      }
      auto file = read_file(path.string());
      if (!file) return bad(file.error().message);
      known = files_.emplace(location, std::move(*file)).first;
    }
    const std::span<const std::byte> bytes = known->second.bytes;
    if (offset > bytes.size() || length > bytes.size() - offset) {
      return bad("bytes " + std::to_string(offset) + " to " + std::to_string(offset) + " + " + std::to_string(length) +
                 " asked for, it has " + std::to_string(bytes.size()));
    }
    return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
  }
  /// What keeps the bytes alive.
  void keep(std::vector<std::shared_ptr<const void>>& storage) const {
    for (const auto& [name, file] : files_) storage.push_back(file.owner);
  }

 private:
  std::string folder_;
  std::map<std::string, File> files_;
};

}  // namespace hone::graph::onnx
