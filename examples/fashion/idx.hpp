// Reads the IDX files of MNIST and Fashion-MNIST: big-endian sizes, then bytes.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fashion {

inline constexpr std::size_t side = 28, pixels = side * side;
inline constexpr std::array<const char*, 10> classes = {"T-shirt", "Trouser", "Pullover", "Dress", "Coat",
                                                        "Sandal",  "Shirt",   "Sneaker",  "Bag",   "Boot"};

struct Images {
  std::vector<std::uint8_t> data;    // count images of 28 x 28, 0 black to 255 white
  std::vector<std::uint8_t> labels;  // 0 to 9
  std::size_t count() const { return labels.size(); }
  const std::uint8_t* image(std::size_t i) const { return data.data() + i * pixels; }
};

/// The payload of an IDX file of bytes whose dimensions after the first are `inner`; nothing if it is not one.
inline std::optional<std::vector<std::uint8_t>> read_idx(const std::filesystem::path& path,
                                                         const std::vector<std::uint32_t>& inner) {
  std::ifstream file(path, std::ios::binary);
  const auto number = [&file] {
    std::array<unsigned char, 4> b{};
    file.read(reinterpret_cast<char*>(b.data()), 4);
    return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
  };
  if (number() != 0x800 + inner.size() + 1) return {};  // type 8: bytes; then the number of dimensions
  std::size_t size = number();
  for (const std::uint32_t expected : inner) {
    if (number() != expected) return {};
    size *= expected;
  }
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (error || bytes != size + 4 * (inner.size() + 2)) return {};
  std::vector<std::uint8_t> data(size);
  if (!file.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(size))) return {};
  return data;
}

/// The test images in `folder`: files PREFIX-images-idx3-ubyte and PREFIX-labels-idx1-ubyte.
inline std::optional<Images> read_images(const std::filesystem::path& folder, const std::string& prefix) {
  auto data = read_idx(folder / (prefix + "-images-idx3-ubyte"), {side, side});
  auto labels = read_idx(folder / (prefix + "-labels-idx1-ubyte"), {});
  if (!data || !labels || data->size() != labels->size() * pixels || labels->empty()) return {};
  return Images{std::move(*data), std::move(*labels)};
}

}  // namespace fashion
