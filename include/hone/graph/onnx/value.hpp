// A value of an ONNX graph: a dense tensor in row-major order, which may share its bytes with others.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "../model.hpp"

namespace hone::graph::onnx {

using Index = std::int64_t;

/// Bytes of the values that are alive, the most there ever were, and how many there may be: a small file can ask for
/// any amount.
struct Memory {
  std::size_t live = 0, peak = 0, limit = std::size_t{1} << 30;
};

/// Elements are read through `data`; only the operator that made a value writes, through `own`, before it hands it on.
/// Copies share the bytes.
struct Value {
  DType type = DType::f32;
  Shape shape;
  const std::byte* data = nullptr;
  std::byte* own = nullptr;           ///< the same bytes, where they are not the file's
  std::shared_ptr<const void> owner;  ///< of the bytes; null for those of the file

  Index count() const { return element_count(shape); }
  Index rank() const { return static_cast<Index>(shape.size()); }
  std::size_t bytes() const { return static_cast<std::size_t>(count()) * size_of(type); }
  template <class T> const T* as() const { return reinterpret_cast<const T*>(data); }
  template <class T> T* out() const { return reinterpret_cast<T*>(own); }
  bool exists() const { return data != nullptr; }

  /// A new value with undefined elements, aligned to 64 bytes.
  /// Errors: invalid_argument for a negative size, out_of_memory beyond the limit.
  static Expected<Value> make(const std::shared_ptr<Memory>& memory, DType type, Shape shape) {
    Index bytes = element_count(shape);
    if (bytes < 0 || __builtin_mul_overflow(bytes, static_cast<Index>(size_of(type)), &bytes)) {
      return fail(ErrorCode::invalid_argument, "a result of shape " + to_string(shape) + " cannot be");
    }
    constexpr std::size_t alignment = 64;
    const std::size_t size = (static_cast<std::size_t>(bytes) / alignment + 1) * alignment;
    if (size > memory->limit || memory->live > memory->limit - size) {
      return fail(ErrorCode::out_of_memory, "a result of shape " + to_string(shape) + " " + name_of(type) + " with " +
                                                std::to_string(memory->live) + " bytes in use; the limit is " +
                                                std::to_string(memory->limit));
    }
    auto* const data = static_cast<std::byte*>(std::aligned_alloc(alignment, size));
    if (data == nullptr) return fail(ErrorCode::out_of_memory, "no memory for " + std::to_string(size) + " bytes");
    memory->live += size;
    if (memory->live > memory->peak) memory->peak = memory->live;
    std::shared_ptr<const void> owner(data, [memory, size, data](const void*) {
      memory->live -= size;
      std::free(data);
    });
    return Value{type, std::move(shape), data, data, std::move(owner)};
  }

  /// The same bytes under another shape of as many elements.
  Value reshaped(Shape to) const {
    Value value = *this;
    value.shape = std::move(to);
    return value;
  }
};

/// "2x3 f32"
inline std::string describe(const Value& value) { return to_string(value.shape) + " " + name_of(value.type); }

/// Row-major strides, in elements.
inline Shape strides_of(const Shape& shape) {
  Shape strides(shape.size());
  Index stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

}  // namespace hone::graph::onnx
