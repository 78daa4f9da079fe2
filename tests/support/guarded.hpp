// Matrices that notice a kernel reading or writing where it must not.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace hone::test {

/// 64 bytes, aligned as scratch must be.
struct alignas(64) CacheLine {
  unsigned char bytes[64];
};

/// A (rows, cols) matrix with row stride `stride` >= cols, in elements. The last element lies right before a page that
/// cannot be touched, so that reading beyond the matrix ends the program; the bytes before the first element and
/// between the rows hold a pattern, and damage() tells whether something wrote there. Zero-initialised.
template <class T> class Guarded {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Guarded(std::ptrdiff_t rows, std::ptrdiff_t cols, std::ptrdiff_t stride) : rows_(rows), cols_(cols), stride_(stride) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t used = rows > 0 ? static_cast<std::size_t>((rows - 1) * stride + cols) * sizeof(T) : 0;
    const std::size_t open = (used + before_first + page - 1) / page * page;
    bytes_ = open + page;
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(static_cast<char*>(memory) + open, page, PROT_NONE) != 0) {
      throw std::runtime_error("no memory for a guarded matrix");
    }
    begin_ = static_cast<unsigned char*>(memory);
    data_ = reinterpret_cast<T*>(begin_ + open - used);
    std::memset(begin_, pattern, open);
    for (std::ptrdiff_t r = 0; r < rows; ++r) std::memset(static_cast<void*>(row(r)), 0, row_bytes());
  }
  explicit Guarded(std::ptrdiff_t size) : Guarded(1, size, size) {}
  ~Guarded() { munmap(begin_, bytes_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  T* data() { return data_; }
  const T* data() const { return data_; }
  T* row(std::ptrdiff_t r) { return data_ + r * stride_; }
  const T* row(std::ptrdiff_t r) const { return data_ + r * stride_; }
  T& operator()(std::ptrdiff_t r, std::ptrdiff_t c) { return row(r)[c]; }
  const T& operator()(std::ptrdiff_t r, std::ptrdiff_t c) const { return row(r)[c]; }
  T& operator[](std::ptrdiff_t i) { return data_[i]; }
  const T& operator[](std::ptrdiff_t i) const { return data_[i]; }
  std::ptrdiff_t rows() const { return rows_; }
  std::ptrdiff_t cols() const { return cols_; }
  std::ptrdiff_t stride() const { return stride_; }

  /// f(element) for each of them, row by row; the gaps between rows are left alone.
  template <class F> void fill(F&& f) {
    for (std::ptrdiff_t r = 0; r < rows_; ++r) {
      for (std::ptrdiff_t c = 0; c < cols_; ++c) (*this)(r, c) = static_cast<T>(f());
    }
  }

  /// Empty when nothing outside the matrix was written, else where.
  std::string damage() const {
    if (!untouched(begin_, reinterpret_cast<const unsigned char*>(data_))) return "written before the first row";
    for (std::ptrdiff_t r = 0; r + 1 < rows_; ++r) {
      const auto* end = reinterpret_cast<const unsigned char*>(row(r)) + row_bytes();
      if (!untouched(end, reinterpret_cast<const unsigned char*>(row(r + 1)))) {
        return "written after row " + std::to_string(r);
      }
    }
    return {};
  }

 private:
  static constexpr unsigned char pattern = 0xa5;
  static constexpr std::size_t before_first = 64;
  std::size_t row_bytes() const { return static_cast<std::size_t>(cols_) * sizeof(T); }
  static bool untouched(const unsigned char* begin, const unsigned char* end) {
    for (; begin < end; ++begin) {
      if (*begin != pattern) return false;
    }
    return true;
  }

  std::ptrdiff_t rows_, cols_, stride_;
  std::size_t bytes_ = 0;
  unsigned char* begin_ = nullptr;
  T* data_ = nullptr;
};

}  // namespace hone::test
