// Views: a pointer, a shape and strides. The caller owns the memory; a view never allocates or frees.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../../kernels/half.hpp"

namespace hone {

/// Element types a tensor can have.
enum class DType : std::uint8_t { f32, f16, bf16, i8, u8, i16, i32, i64, boolean, f64, u16, u32, u64 };

/// Bytes of one element.
constexpr std::size_t size_of(DType type) {
  switch (type) {
    case DType::f32:
    case DType::i32:
    case DType::u32: return 4;
    case DType::f16:
    case DType::bf16:
    case DType::i16:
    case DType::u16: return 2;
    case DType::i64:
    case DType::u64:
    case DType::f64: return 8;
    case DType::i8:
    case DType::u8:
    case DType::boolean: break;
  }
  return 1;
}

constexpr const char* name_of(DType type) {
  switch (type) {
    case DType::f32: return "f32";
    case DType::f16: return "f16";
    case DType::bf16: return "bf16";
    case DType::i8: return "i8";
    case DType::u8: return "u8";
    case DType::i16: return "i16";
    case DType::i32: return "i32";
    case DType::i64: return "i64";
    case DType::f64: return "f64";
    case DType::u16: return "u16";
    case DType::u32: return "u32";
    case DType::u64: return "u64";
    case DType::boolean: break;
  }
  return "bool";
}

/// Floats of 16 bits, as they are stored: IEEE binary16 and bfloat16 (kernels/half.hpp).
using f16 = kernels::F16;
using bf16 = kernels::BF16;

template <class T> struct dtype_of_type;
template <> struct dtype_of_type<f16> { static constexpr DType value = DType::f16; };
template <> struct dtype_of_type<bf16> { static constexpr DType value = DType::bf16; };
template <> struct dtype_of_type<float> { static constexpr DType value = DType::f32; };
template <> struct dtype_of_type<std::int8_t> { static constexpr DType value = DType::i8; };
template <> struct dtype_of_type<std::uint8_t> { static constexpr DType value = DType::u8; };
template <> struct dtype_of_type<std::int16_t> { static constexpr DType value = DType::i16; };
template <> struct dtype_of_type<std::int32_t> { static constexpr DType value = DType::i32; };
template <> struct dtype_of_type<std::int64_t> { static constexpr DType value = DType::i64; };
template <> struct dtype_of_type<double> { static constexpr DType value = DType::f64; };
template <> struct dtype_of_type<std::uint16_t> { static constexpr DType value = DType::u16; };
template <> struct dtype_of_type<std::uint32_t> { static constexpr DType value = DType::u32; };
template <> struct dtype_of_type<std::uint64_t> { static constexpr DType value = DType::u64; };
template <> struct dtype_of_type<bool> { static constexpr DType value = DType::boolean; };
/// The DType of a C++ type: `dtype_of<float> == DType::f32`.
template <class T> inline constexpr DType dtype_of = dtype_of_type<std::remove_cv_t<T>>::value;

/// A matrix in row-major order: element (r, c) is `data[r * stride + c]`.
/// `stride` is in elements, at least `cols`. `MatrixView<const T>` is a view that does not write.
template <class T> struct MatrixView {
  T* data = nullptr;
  std::ptrdiff_t rows = 0, cols = 0, stride = 0;

  constexpr MatrixView() = default;
  constexpr MatrixView(T* elements, std::ptrdiff_t row_count, std::ptrdiff_t column_count)
      : MatrixView(elements, row_count, column_count, column_count) {}
  constexpr MatrixView(T* elements, std::ptrdiff_t row_count, std::ptrdiff_t column_count, std::ptrdiff_t row_stride)
      : data(elements), rows(row_count), cols(column_count), stride(row_stride) {}
  /// A writable view may be passed where a read-only one is asked for.
  template <class U, class = std::enable_if_t<std::is_same_v<const U, T>>>
  constexpr MatrixView(const MatrixView<U>& other)
      : data(other.data), rows(other.rows), cols(other.cols), stride(other.stride) {}

  constexpr T& operator()(std::ptrdiff_t r, std::ptrdiff_t c) const { return data[r * stride + c]; }
};

/// A batch of images in NHWC order: element (n, y, x, c) is `data[n * stride_n + y * stride_h + x * stride_w + c]`.
/// Strides are in elements; channels are contiguous.
template <class T> struct ImageView {
  T* data = nullptr;
  std::ptrdiff_t n = 0, h = 0, w = 0, c = 0;
  std::ptrdiff_t stride_n = 0, stride_h = 0, stride_w = 0;

  constexpr ImageView() = default;
  /// A dense image batch.
  constexpr ImageView(T* elements, std::ptrdiff_t batch, std::ptrdiff_t height, std::ptrdiff_t width,
                      std::ptrdiff_t channels)
      : data(elements),
        n(batch),
        h(height),
        w(width),
        c(channels),
        stride_n(height * width * channels),
        stride_h(width * channels),
        stride_w(channels) {}
  constexpr ImageView(T* elements, std::ptrdiff_t batch, std::ptrdiff_t height, std::ptrdiff_t width,
                      std::ptrdiff_t channels, std::ptrdiff_t batch_stride, std::ptrdiff_t row_stride,
                      std::ptrdiff_t pixel_stride)
      : data(elements),
        n(batch),
        h(height),
        w(width),
        c(channels),
        stride_n(batch_stride),
        stride_h(row_stride),
        stride_w(pixel_stride) {}
  template <class U, class = std::enable_if_t<std::is_same_v<const U, T>>>
  constexpr ImageView(const ImageView<U>& other)
      : ImageView(other.data, other.n, other.h, other.w, other.c, other.stride_n, other.stride_h, other.stride_w) {}

  constexpr T& operator()(std::ptrdiff_t b, std::ptrdiff_t y, std::ptrdiff_t x, std::ptrdiff_t ch) const {
    return data[b * stride_n + y * stride_h + x * stride_w + ch];
  }
};

}  // namespace hone
