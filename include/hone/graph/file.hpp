// The bytes of a file, read-only: mapped where the system can, else read.
#pragma once
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "../buffer.hpp"
#include "../error.hpp"

#if __has_include(<sys/mman.h>) && __has_include(<unistd.h>)
#define HONE_HAVE_MMAP 1
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace hone::graph {

/// `bytes` live as long as `owner`.
struct File {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

namespace detail {
inline tl::unexpected<Error> file_error(const std::string& path, const char* what, int number) {
  const ErrorCode code = number == ENOENT || number == ENOTDIR ? ErrorCode::not_found
                         : number == ENOMEM                    ? ErrorCode::out_of_memory
                                                               : ErrorCode::invalid_argument;
  return fail(code, path + ": " + what + ": " + std::error_code(number, std::generic_category()).message());
}

inline Expected<File> file_from(Buffer<std::byte> buffer) {
  auto owner = std::make_shared<Buffer<std::byte>>(std::move(buffer));
  const std::span<const std::byte> bytes(owner->data(), owner->size());
  return File{bytes, std::move(owner)};
}

#ifdef HONE_HAVE_MMAP
struct Descriptor {
  int number;
  explicit Descriptor(int n) : number(n) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};
#endif
}  // namespace detail

/// The contents of `path`, page-aligned where mapped, else aligned to 64 bytes. A file that is truncated by someone else
/// while it is mapped ends the program with SIGBUS, as with every mapped file.
/// Errors, which name the path: not_found; invalid_argument for a directory, anything else that is not a regular file,
/// and what may not be read; bad_model for an empty file; out_of_memory.
inline Expected<File> read_file(const std::string& path) {
#ifdef HONE_HAVE_MMAP
  // Nonblocking: opening a pipe that nobody writes to would wait for ever.
  const detail::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (file.number < 0 || ::fstat(file.number, &status) != 0) return detail::file_error(path, "cannot be opened", errno);
  if (S_ISDIR(status.st_mode)) return fail(ErrorCode::invalid_argument, path + ": is a directory, a file expected");
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid_argument, path + ": is not a regular file");
  if (status.st_size == 0) return fail(ErrorCode::bad_model, path + ": is empty");
  if (static_cast<std::uintmax_t>(status.st_size) > SIZE_MAX / 2) return detail::file_error(path, "too large", ENOMEM);
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (mapped != MAP_FAILED) {
    std::shared_ptr<const void> owner(mapped, [size](void* p) { ::munmap(p, size); });
    return File{{static_cast<const std::byte*>(mapped), size}, std::move(owner)};
  }
  auto buffer = Buffer<std::byte>::make(size);  // a file system without mappings
  if (!buffer) return fail(buffer.error().code, path + ": " + buffer.error().message);
  for (std::size_t done = 0; done < size;) {
    const ::ssize_t count = ::read(file.number, buffer->data() + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return detail::file_error(path, "cannot be read", errno);
    if (count == 0) return fail(ErrorCode::bad_model, path + ": became shorter while it was read");
    done += static_cast<std::size_t>(count);
  }
#else
  struct Close {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return detail::file_error(path, "cannot be opened", errno);
  if (std::fseek(file.get(), 0, SEEK_END) != 0) return detail::file_error(path, "is not a regular file", errno);
  const long size = std::ftell(file.get());
  if (size == 0) return fail(ErrorCode::bad_model, path + ": is empty");
  if (size < 0 || std::fseek(file.get(), 0, SEEK_SET) != 0) return detail::file_error(path, "cannot be read", errno);
  auto buffer = Buffer<std::byte>::make(static_cast<std::size_t>(size));
  if (!buffer) return fail(buffer.error().code, path + ": " + buffer.error().message);
  if (std::fread(buffer->data(), 1, buffer->size(), file.get()) != buffer->size()) {
    return detail::file_error(path, "cannot be read", errno == 0 ? EIO : errno);
  }
#endif
  return detail::file_from(std::move(*buffer));
}

}  // namespace hone::graph
