// Access to the inputs of an executor, and the errors of getting them wrong.
#pragma once
#include <cstring>
#include <ranges>
#include <span>
#include <string>
#include <utility>

#include "model.hpp"

namespace hone::graph {

namespace detail {
/// 4,900
inline std::string with_separators(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}
inline const char* long_name_of(DType type) {
  switch (type) {
    case DType::f32: return "float32";
    case DType::f16: return "float16";
    case DType::bf16: return "bfloat16";
    case DType::i8: return "int8";
    case DType::u8: return "uint8";
    case DType::i16: return "int16";
    case DType::i32: return "int32";
    case DType::i64: return "int64";
    case DType::f64: return "float64";
    case DType::u16: return "uint16";
    case DType::u32: return "uint32";
    case DType::u64: return "uint64";
    case DType::boolean: break;
  }
  return "bool";
}
/// 49 x 10 x int8; leading sizes of 1 are left out.
inline std::string describe(const Tensor& tensor) {
  std::string text;
  for (const std::int64_t size : tensor.shape) {
    if (size != 1 || !text.empty()) text += std::to_string(size) + " x ";
  }
  return text + long_name_of(tensor.type);
}
/// input 0 'x'
inline std::string name_place(const char* what, std::size_t index, const Tensor& tensor) {
  return std::string(what) + " " + std::to_string(index) + " '" + tensor.name + "'";
}
inline Error wrong_size(const char* what, std::size_t index, const Tensor& tensor, std::size_t given) {
  return {ErrorCode::invalid_argument, name_place(what, index, tensor) + ": " + with_separators(given) +
                                           " bytes given, " + with_separators(tensor.bytes()) + " a sample; " +
                                           describe(tensor)};
}
inline Error wrong_type(const char* what, std::size_t index, const Tensor& tensor, DType asked) {
  return {ErrorCode::invalid_argument,
          name_place(what, index, tensor) + ": used as " + long_name_of(asked) + ", it is " + describe(tensor)};
}
inline Error no_such(const char* what, std::size_t index, std::size_t count) {
  return {ErrorCode::invalid_argument, std::string("no ") + what + " " + std::to_string(index) + ": the model has " +
                                           std::to_string(count) + " of them"};
}
}  // namespace detail

/// The elements of one input of an executor, to be written element by element or assigned as a whole. Assigning a
/// container of the wrong size copies nothing; the next run reports it.
template <class T> class Input {
 public:
  Input(std::span<T> elements, const Tensor* tensor, std::size_t index, Error& problem)
      : elements_(elements), tensor_(tensor), index_(index), problem_(&problem) {}
  Input(const Input&) = default;
  Input& operator=(const Input&) = delete;

  /// Copies any contiguous container of T: a vector, an array, a span.
  template <std::ranges::contiguous_range Range>
  requires std::is_same_v<std::remove_cv_t<std::ranges::range_value_t<Range>>, T> Input& operator=(
      const Range& values) {
    const std::size_t count = std::ranges::size(values);
    if (count == elements_.size()) {
      if (count > 0) std::memcpy(elements_.data(), std::ranges::data(values), count * sizeof(T));
    } else if (tensor_ != nullptr && problem_->message.empty()) {
      *problem_ = detail::wrong_size("input", index_, *tensor_, count * sizeof(T));
    }
    return *this;
  }

  operator std::span<T>() const { return elements_; }  // NOLINT: it is a span that can be assigned
  T* data() const { return elements_.data(); }
  std::size_t size() const { return elements_.size(); }
  T& operator[](std::size_t i) const { return elements_[i]; }
  auto begin() const { return elements_.begin(); }
  auto end() const { return elements_.end(); }

 private:
  std::span<T> elements_;
  const Tensor* tensor_;  // null where there is no such input, or not of this type: reported already
  std::size_t index_;
  Error* problem_;
};

}  // namespace hone::graph
