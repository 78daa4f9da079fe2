// Constants that cannot stay where they lie in the file: misaligned, sparse, or in a type that is widened at load.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "../buffer.hpp"
#include "../error.hpp"
#include "model.hpp"
#include "sparsity.hpp"
#include "tflite_reader.hpp"
#include "tflite_schema.hpp"

namespace hone::graph::tflite {

static_assert(std::endian::native == std::endian::little, "constants are used as the file has them, little-endian");

/// IEEE 754 binary16 to binary32; exact, NaN payloads included.
inline float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t{half & 0x8000u} << 16, exponent = (half >> 10) & 31,
                      fraction = half & 0x3ffu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (fraction << 13));
  if (exponent > 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;  // zero and subnormal: fraction * 2^-24
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
}

/// Memory that a model owns beside the file's bytes.
class Constants {
 public:
  Constants(Model& model, Reader& reader) : model_(&model), reader_(&reader) {}

  /// `size` zeroed bytes, aligned to 64, that live as long as the model; empty after recording an error.
  /// All of them together: at most 256 times the file, so that what a file claims to expand to cannot fill the memory.
  /// (99 % zeros in f16 with one index byte each, widened to f32, take 200 times their stored size.)
  std::span<std::byte> own(std::size_t size, const std::string& who) {
    if (!reader_->expanding(size, who)) return {};
    auto buffer = Buffer<std::byte>::make(size);
    if (!buffer) {
      reader_->fail(buffer.error().code, who + ": " + buffer.error().message);
      return {};
    }
    auto owner = std::make_shared<Buffer<std::byte>>(std::move(*buffer));
    const std::span<std::byte> bytes(owner->data(), owner->size());
    model_->storage.push_back(std::move(owner));
    return bytes;
  }

  /// The tensor's data where its type may be read: in the file, or a copy.
  bool place(Tensor& tensor, std::span<const std::byte> data, const std::string& who) {
    tensor.data = data;
    tensor.constant = true;
    if (reinterpret_cast<std::uintptr_t>(data.data()) % size_of(tensor.type) == 0) return true;
    const std::span<std::byte> copy = own(data.size(), who);
    if (copy.empty()) return false;
    std::memcpy(copy.data(), data.data(), data.size());
    tensor.data = copy;
    return true;
  }

  /// A sparse tensor's data, written out.
  bool expand(Tensor& tensor, std::span<const std::byte> values, const Table& sparsity, const std::string& who) {
    SparseLayout layout;
    const TableList levels = sparsity.get(schema::SparsityParameters::dim_metadata);
    copy(sparsity.get(schema::SparsityParameters::traversal_order), layout.traversal);
    copy(sparsity.get(schema::SparsityParameters::block_map), layout.block_map);
    if (levels.size() > detail::SparseTree::most_levels) {
      return reader_->fail(ErrorCode::bad_model, who + ": sparsity: " + std::to_string(levels.size()) + " levels");
    }
    for (std::size_t i = 0; i < levels.size(); ++i) layout.levels.push_back(level(levels[i], who));
    if (reader_->failed()) return false;
    const std::span<std::byte> dense = own(tensor.bytes(), who);
    if (dense.empty()) {
      return reader_->fail(ErrorCode::bad_model, who + ": sparse and of no elements");
    }
    const auto done = densify(layout, tensor.shape, size_of(tensor.type), values, dense);
    if (!done) return reader_->fail(done.error().code, who + ": " + done.error().message);
    tensor.data = dense;
    tensor.constant = true;
    return true;
  }

  /// f16, or 8 bits with their quantisation, to f32: scale * (q - zero point), as TensorFlow Lite's reference does.
  bool widen(const Tensor& from, Tensor& to, const std::string& who) {
    const auto count = static_cast<std::size_t>(from.elements());
    const std::span<std::byte> bytes = own(count * sizeof(float), who);
    if (bytes.empty()) return reader_->fail(ErrorCode::bad_model, who + ": of no elements");
    auto* const out = reinterpret_cast<float*>(bytes.data());
    const TensorQuantization& q = from.quantization;
    // Elements that share a scale follow each other: those of the dimensions after the axis.
    std::size_t inner = 1;
    for (std::size_t d = static_cast<std::size_t>(q.axis) + 1; d < from.shape.size(); ++d) {
      inner *= static_cast<std::size_t>(from.shape[d]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (from.type == DType::f16) {
        out[i] = half_to_float(load<std::uint16_t>(from.data.data() + 2 * i));
        continue;
      }
      const std::size_t c = q.scales.size() == 1 ? 0 : i / inner % q.scales.size();
      const std::byte b = from.data[i];
      const std::int32_t value =
          from.type == DType::u8 ? std::to_integer<std::uint8_t>(b) : std::to_integer<std::int8_t>(b);
      out[i] = q.scales[c] * static_cast<float>(value - q.zero_points[c]);
    }
    to.data = bytes;
    to.constant = true;
    return true;
  }

 private:
  template <class T> void copy(const Values<T>& from, std::vector<std::int32_t>& to) {
    if (!reader_->copying(from.size() * sizeof(std::int32_t))) return;
    to.resize(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) to[i] = from[i];
  }
  void indices(std::uint8_t type, const Table& table, std::vector<std::int32_t>& to, const std::string& who) {
    using Kind = schema::SparseIndexVector;
    switch (static_cast<Kind>(type)) {
      case Kind::int32: return copy(table.get(schema::Int32Vector::values), to);
      case Kind::uint16: return copy(table.get(schema::Uint16Vector::values), to);
      case Kind::uint8: return copy(table.get(schema::Uint8Vector::values), to);
      case Kind::none: break;
    }
    reader_->fail(ErrorCode::bad_model, who + ": sparsity: index vector of type " + std::to_string(type) +
                                            ", expected 1 (int32), 2 (uint16) or 3 (uint8)");
  }
  SparseLevel level(const Table& table, const std::string& who) {
    using Meta = schema::DimensionMetadata;
    SparseLevel result;
    const std::int8_t format = table.get(Meta::format);
    if (format == static_cast<std::int8_t>(schema::DimensionType::dense)) {
      result.size = table.get(Meta::dense_size);
    } else if (format == static_cast<std::int8_t>(schema::DimensionType::sparse_csr)) {
      result.dense = false;
      indices(table.get(Meta::array_segments_type), table.get(Meta::array_segments), result.segments, who);
      indices(table.get(Meta::array_indices_type), table.get(Meta::array_indices), result.indices, who);
    } else {
      reader_->fail(ErrorCode::bad_model, who + ": sparsity: dimension type " + std::to_string(format) +
                                              ", expected 0 (dense) or 1 (sparse)");
    }
    return result;
  }

  Model* model_;
  Reader* reader_;
};

}  // namespace hone::graph::tflite
