// A value of an ONNX graph: a dense tensor in row-major order, which may share its bytes with others.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../model.hpp"

namespace hone::graph::onnx {

using Index = std::int64_t;

/// Bytes of the values that are alive, the most there ever were, and how many there may be: a small file can ask for
/// any amount.
struct Memory {
  std::size_t live = 0, peak = 0, limit = std::size_t{1} << 30;

  /// A block of at least `size` bytes, aligned to 64: one that was given back, where one fits, so that the pages of a
  /// model's values are touched for the first time once, not in every run. Null where there is no memory.
  std::byte* take(std::size_t& size) {
    std::size_t best = spare_.size();
    for (std::size_t i = 0; i < spare_.size(); ++i) {
      const bool fits = spare_[i].size >= size && spare_[i].size <= 2 * size;
      if (fits && (best == spare_.size() || spare_[i].size < spare_[best].size)) best = i;
    }
    std::byte* data = nullptr;
    if (best < spare_.size()) {
      data = spare_[best].data;
      size = spare_[best].size;
      spare_bytes_ -= size;
      spare_.erase(spare_.begin() + static_cast<std::ptrdiff_t>(best));
    } else {
      data = static_cast<std::byte*>(std::aligned_alloc(64, size));
      if (data == nullptr) return nullptr;
    }
    live += size;
    if (live > peak) peak = live;
    while (live + spare_bytes_ > peak) drop_oldest();
    return data;
  }
  void give_back(std::byte* data, std::size_t size) {
    live -= size;
    spare_.push_back({data, size});
    spare_bytes_ += size;
    if (spare_.size() > most_spare) drop_oldest();
  }
  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    while (!spare_.empty()) drop_oldest();
  }

 private:
  struct Block {
    std::byte* data;
    std::size_t size;
  };
  static constexpr std::size_t most_spare = 64;
  void drop_oldest() {
    spare_bytes_ -= spare_.front().size;
    std::free(spare_.front().data);
    spare_.erase(spare_.begin());
  }
  std::vector<Block> spare_;  // given back, the oldest first; live + spare never exceeds the peak
  std::size_t spare_bytes_ = 0;
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
    std::size_t size = (static_cast<std::size_t>(bytes) / alignment + 1) * alignment;
    if (size > memory->limit || memory->live > memory->limit - size) {
      return fail(ErrorCode::out_of_memory, "a result of shape " + to_string(shape) + " " + name_of(type) + " with " +
                                                std::to_string(memory->live) + " bytes in use; the limit is " +
                                                std::to_string(memory->limit));
    }
    std::byte* const data = memory->take(size);
    if (data == nullptr) return fail(ErrorCode::out_of_memory, "no memory for " + std::to_string(size) + " bytes");
    std::shared_ptr<const void> owner(data, [memory, size, data](const void*) { memory->give_back(data, size); });
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
