// Aligned memory that reports failure instead of throwing.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

#include "error.hpp"

namespace hone {

/// An array of `size` zero-initialised elements, aligned to 64 bytes: a cache line and the widest vector.
template <class T> class Buffer {
 public:
  Buffer() = default;
  /// Errors: out_of_memory, also when the size in bytes cannot be represented.
  static Expected<Buffer> make(std::size_t size) {
    constexpr std::size_t alignment = 64;
    if (size > (std::numeric_limits<std::size_t>::max() / 2 - alignment) / sizeof(T)) return no_memory(size);
    const std::size_t bytes = (size * sizeof(T) + alignment - 1) / alignment * alignment;
    Buffer buffer;
    buffer.data_ = static_cast<T*>(std::aligned_alloc(alignment, bytes == 0 ? alignment : bytes));
    if (buffer.data_ == nullptr) return no_memory(size);
    std::memset(static_cast<void*>(buffer.data_), 0, bytes);
    buffer.size_ = size;
    return buffer;
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }

  ~Buffer() { std::free(data_); }
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, std::size_t{0})) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

 private:
  static tl::unexpected<Error> no_memory(std::size_t size) {
    return fail(ErrorCode::out_of_memory,
                "no memory for " + std::to_string(size) + " elements of " + std::to_string(sizeof(T)) + " bytes");
  }
  T* data_ = nullptr;  // not a std::unique_ptr: <memory> alone takes a fifth of a second to read
  std::size_t size_ = 0;
};

}  // namespace hone
