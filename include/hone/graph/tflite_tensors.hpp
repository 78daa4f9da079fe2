// The tensors of a TensorFlow Lite file: type, shape, quantisation, and data where a buffer has it.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../error.hpp"
#include "model.hpp"
#include "tflite_constants.hpp"
#include "tflite_reader.hpp"
#include "tflite_schema.hpp"
#include "validate_node.hpp"

namespace hone::graph::tflite {

/// Fills Model::tensors. Errors are recorded in the reader.
class TensorImporter {
 public:
  TensorImporter(Model& model, Reader& reader, Constants& constants)
      : model_(&model), reader_(&reader), constants_(&constants) {}

  bool run(const TableList& tensors, const TableList& buffers) {
    buffers_ = buffers;
    model_->tensors.resize(tensors.size());
    unsupported_.resize(tensors.size(), -1);
    for (std::size_t i = 0; !reader_->failed() && i < tensors.size(); ++i) read(static_cast<int>(i), tensors[i]);
    return !reader_->failed();
  }
  std::size_t count() const { return unsupported_.size(); }
  bool is_resource(int tensor) const {
    return unsupported_[static_cast<std::size_t>(tensor)] == static_cast<int>(schema::TensorType::resource);
  }
  /// The name of a type that Hone has no tensors of; empty for the others. Such a tensor must not be used.
  std::string_view unsupported_type(int tensor) const {
    if (static_cast<std::size_t>(tensor) >= unsupported_.size()) return {};  // a tensor that the importer added
    const int type = unsupported_[static_cast<std::size_t>(tensor)];
    return type < 0 ? std::string_view() : schema::type_names[static_cast<std::size_t>(type)];
  }

 private:
  bool wrong(const std::string& what) { return reader_->fail(ErrorCode::bad_model, what); }

  void read(int number, const Table& table) {
    using Field = schema::Tensor;
    Tensor& t = model_->tensors[static_cast<std::size_t>(number)];
    t.name = table.get(Field::name);
    const std::int8_t type = table.get(Field::type);
    if (type < 0 || static_cast<std::size_t>(type) >= schema::type_names.size()) {
      wrong(label(*model_, number) + ": type " + std::to_string(type) + ", expected 0 to " +
            std::to_string(schema::type_names.size() - 1));
      return;
    }
    const bool known = element_type(static_cast<schema::TensorType>(type), t.type);
    const Values<std::int32_t> shape = table.get(Field::shape);
    if (!reader_->copying(shape.size() * sizeof(std::int64_t))) return;
    for (std::size_t d = 0; d < shape.size(); ++d) {
      t.shape.push_back(shape[d]);
      if (shape[d] >= 0) continue;
      wrong(describe(*model_, number) + ": dimension " + std::to_string(d) + " is " + std::to_string(shape[d]) +
            ", expected 0 to 2147483647 (sizes known only at run time are not supported)");
      return;
    }
    if (!known) {
      unsupported_[static_cast<std::size_t>(number)] = type;
      t.shape.clear();
      return;
    }
    quantization(table.get(Field::quantization), number);
    const Table sparsity = table.get(Field::sparsity);
    const std::span<const std::byte> data = buffer(table.get(Field::buffer), number);
    if (reader_->failed()) return;
    if (data.empty() && !sparsity) {
      t.variable = table.get(Field::is_variable) != 0;
      return;
    }
    if (t.elements() < 0 || t.elements() > std::numeric_limits<std::int32_t>::max()) {
      wrong(describe(*model_, number) + ": too many elements");
      return;
    }
    if (sparsity) {
      constants_->expand(t, data, sparsity, describe(*model_, number));
    } else if (data.size() != t.bytes()) {
      wrong(describe(*model_, number) + ": " + std::to_string(data.size()) + " bytes of data, expected " +
            std::to_string(t.bytes()));
    } else {
      constants_->place(t, data, describe(*model_, number));
    }
  }

  static bool element_type(schema::TensorType type, DType& result) {
    using From = schema::TensorType;
    switch (type) {
      case From::float32: result = DType::f32; return true;
      case From::float16: result = DType::f16; return true;
      case From::bfloat16: result = DType::bf16; return true;
      case From::int8: result = DType::i8; return true;
      case From::uint8: result = DType::u8; return true;
      case From::int16: result = DType::i16; return true;
      case From::int32: result = DType::i32; return true;
      case From::int64: result = DType::i64; return true;
      case From::boolean: result = DType::boolean; return true;
      case From::resource: break;
    }
    result = DType::u8;
    return false;
  }

  void quantization(const Table& table, int number) {
    using Field = schema::QuantizationParameters;
    Tensor& t = model_->tensors[static_cast<std::size_t>(number)];
    const Values<float> scales = table.get(Field::scale);
    const Values<std::int64_t> zeros = table.get(Field::zero_point);
    const std::size_t count = scales.size();
    if (count == 0 || !reader_->copying(count * (sizeof(float) + sizeof(std::int32_t)))) return;
    if (zeros.size() != count && zeros.size() > 1) {
      wrong(describe(*model_, number) + ": " + std::to_string(count) + " scales, " + std::to_string(zeros.size()) +
            " zero points");
      return;
    }
    for (std::size_t c = 0; c < count; ++c) {
      // One zero point may serve all channels; without any they are 0.
      const std::int64_t zero = zeros.size() == 0 ? 0 : zeros[zeros.size() == 1 ? 0 : c];
      if (zero < std::numeric_limits<std::int32_t>::min() || zero > std::numeric_limits<std::int32_t>::max()) {
        wrong(describe(*model_, number) + ": zero point " + std::to_string(zero) + " does not fit 32 bits");
        return;
      }
      t.quantization.scales.push_back(scales[c]);
      t.quantization.zero_points.push_back(static_cast<std::int32_t>(zero));
    }
    const std::int32_t axis = table.get(Field::quantized_dimension);
    const auto rank = static_cast<std::int32_t>(t.shape.size());
    if (axis >= 0 && axis < std::max(rank, 1)) {
      t.quantization.axis = axis;
    } else if (count == 1 || (rank == 1 && t.shape[0] == static_cast<std::int64_t>(count))) {
      // Only one reading makes sense. Converters of 2019 gave biases the axis of their depthwise weights.
      model_->notes.push_back(describe(*model_, number) + ": quantized_dimension " + std::to_string(axis) +
                              " is out of range, expected 0 to " + std::to_string(std::max(rank, 1) - 1) +
                              "; read as 0");
    } else {
      wrong(describe(*model_, number) + ": quantized_dimension " + std::to_string(axis) + ", expected 0 to " +
            std::to_string(rank - 1));
    }
  }

  std::span<const std::byte> buffer(std::uint32_t index, int number) {
    if (index >= buffers_.size()) {
      wrong(describe(*model_, number) + ": buffer " + std::to_string(index) + " of " + std::to_string(buffers_.size()));
      return {};
    }
    const Table table = buffers_[index];
    const std::uint64_t offset = table.get(schema::Buffer::offset), size = table.get(schema::Buffer::size);
    if (offset <= 1) return table.get(schema::Buffer::data).bytes();
    if (offset <= reader_->bytes().size() && size <= reader_->bytes().size() - offset) {
      return reader_->bytes().subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
    }
    wrong(describe(*model_, number) + ": buffer " + std::to_string(index) + " is " + std::to_string(size) +
          " bytes at byte " + std::to_string(offset) + " of a file of " + std::to_string(reader_->bytes().size()));
    return {};
  }

  Model* model_;
  Reader* reader_;
  Constants* constants_;
  TableList buffers_;
  std::vector<int> unsupported_;  // by tensor: its type in the schema, or -1
};

}  // namespace hone::graph::tflite
