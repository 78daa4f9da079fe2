// Errors as values: what was wrong, where, and what was expected. Nothing in Hone throws.
#pragma once
#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace hone {

/// What kind of mistake an Error is about. The `hone` command derives its exit status from it.
enum class ErrorCode {
  invalid_argument,  ///< a size, stride, pointer or option of a call is wrong
  bad_model,         ///< a file is damaged, truncated or contradicts itself
  unsupported,       ///< well formed, but Hone lacks the operator, type or feature
  not_found,         ///< a file or a named thing does not exist
  out_of_memory,
  no_device  ///< the tier, GPU or other device asked for is not there
};

/// One error. `message` is a full sentence on one line that names the place (file, byte offset, node, tensor, dimension)
/// and what was expected there.
struct Error {
  ErrorCode code = ErrorCode::invalid_argument;
  std::string message;
};

template <class T> using Expected = tl::expected<T, Error>;

/// An Expected<T> that holds an error: `return hone::fail(ErrorCode::bad_model, "tensor 3: ...");`
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace hone

/// A fact the caller has already established: checked in debug builds, assumed by the optimiser in release builds.
#ifdef NDEBUG
#define HONE_ASSUME(condition)                 \
  do {                                         \
    if (!(condition)) __builtin_unreachable(); \
  } while (false)
#else
#include <cassert>
#define HONE_ASSUME(condition) assert(condition)
#endif
