// RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR. Where each row and column of the output lies in the input is worked out once.
// Source: tensorflow/lite/kernels/internal/reference/resize_bilinear.h, resize_nearest_neighbor.h.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "chunks.hpp"
#include "move.hpp"
#include "uncontracted.hpp"

namespace hone::graph::ops {

/// Two neighbours along one dimension, and how far the output lies from the first towards the second: `weight` for
/// reals, in [0, 1]; for s8 `weight_1024`, an integer share of 1,024.
struct Neighbours {
  std::int64_t first, second;
  float weight;
  std::int32_t weight_1024;
};

HONE_UNCONTRACTED inline std::vector<Neighbours> neighbours(const Resize& r, std::int64_t in, std::int64_t out,
                                                            bool integer) {
  HONE_UNCONTRACTED_BODY
  std::vector<Neighbours> all(static_cast<std::size_t>(out));
  const bool corners = r.align_corners && out > 1;
  const float scale = corners ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                              : static_cast<float>(in) / static_cast<float>(out);
  const std::int64_t span = corners ? in - 1 : in, steps = corners ? out - 1 : out;
  const std::int64_t scale_1024 = (1024 * span + steps / 2) / steps;
  for (std::int64_t i = 0; i < out; ++i) {
    Neighbours& n = all[static_cast<std::size_t>(i)];
    if (!r.bilinear) {
      const float at = (static_cast<float>(i) + (r.half_pixel_centers ? 0.5F : 0.0F)) * scale;
      const auto nearest = static_cast<std::int64_t>(r.align_corners ? std::round(at) : std::floor(at));
      n.first = n.second = std::clamp<std::int64_t>(nearest, 0, in - 1);
    } else if (integer) {
      const std::int64_t at = i * scale_1024 + (r.half_pixel_centers ? scale_1024 / 2 - 512 : 0);
      n.first = std::max<std::int64_t>(at / 1024, 0);
      n.second = std::min<std::int64_t>((at + 1023) / 1024, in - 1);
      n.weight_1024 = static_cast<std::int32_t>(at - 1024 * n.first);
    } else {
      const float at =
          r.half_pixel_centers ? (static_cast<float>(i) + 0.5F) * scale - 0.5F : static_cast<float>(i) * scale;
      n.first = std::max<std::int64_t>(static_cast<std::int64_t>(std::floor(at)), 0);
      n.second = std::min<std::int64_t>(static_cast<std::int64_t>(std::ceil(at)), in - 1);
      n.weight = at - static_cast<float>(n.first);
    }
    n.first = std::min(n.first, in - 1);  // where a rounding error leads past the last
  }
  return all;
}

struct ResizeStep : Step {
  using Row = void (*)(const ResizeStep&, const std::byte* above, const std::byte* below, const Neighbours&,
                       std::byte* out, std::byte* scratch);
  const std::byte* x = nullptr;
  std::byte* y = nullptr;
  std::int64_t batch = 0, x_height = 0, x_row = 0, y_row = 0, channels = 0, pixel = 0;  // rows and pixels in bytes
  std::vector<Neighbours> rows, columns;
  Row row = nullptr;

  void run(const RunContext& context) const override {
    const auto height = static_cast<std::int64_t>(rows.size());
    const std::size_t share = scratch_bytes(1);
    hone::detail::split(batch * height, 1, 0, context.parallel,
                        [&](kernels::Range range, kernels::Range, std::size_t slot) {
                          for (kernels::Index i = range.begin; i < range.end; ++i) {
                            const Neighbours& n = rows[static_cast<std::size_t>(i % height)];
                            const std::byte* image = x + i / height * x_height * x_row;
                            row(*this, image + n.first * x_row, image + n.second * x_row, n, y + i * y_row,
                                context.scratch + slot * share);
                          }
                        });
  }
  /// Two rows of the input in f32.
  std::size_t scratch_bytes(std::size_t threads) const override {
    return hone::detail::round_up_64(static_cast<std::size_t>(2 * x_row) * sizeof(float)) * threads;
  }
};

inline void nearest_row(const ResizeStep& s, const std::byte* above, const std::byte*, const Neighbours&, std::byte* y,
                        std::byte*) {
  for (std::size_t i = 0; i < s.columns.size(); ++i) {
    std::memcpy(y + static_cast<std::int64_t>(i) * s.pixel, above + s.columns[i].first * s.pixel,
                static_cast<std::size_t>(s.pixel));
  }
}
/// Rows above and below times their weights, which all columns share.
template <class T> void weigh(const std::byte* row, float weight, std::int64_t n, float* to) {
  in_chunks(reinterpret_cast<const T*>(row), to, n, [weight](T value) { return static_cast<float>(value) * weight; });
}
/// n channels: the four weighted pixels in this order, as the reference adds them.
template <class T, std::int64_t n>
HONE_UNCONTRACTED void blend(const float* a0, const float* b0, const float* a1, const float* b1, float h, T* y) {
  HONE_UNCONTRACTED_BODY
  constexpr float half = std::is_integral_v<T> ? 0.5F : 0.0F;
  T result[n];
  for (std::int64_t c = 0; c < n; ++c) {
    const float p = a0[c] * (1 - h), q = b0[c] * (1 - h), r = a1[c] * h, t = b1[c] * h;
    result[c] = static_cast<T>(p + q + r + t + half);
  }
  std::memcpy(y, result, sizeof result);
}
/// f32, and u8 computed in f32.
template <class T>
void bilinear_row(const ResizeStep& s, const std::byte* above, const std::byte* below, const Neighbours& v,
                  std::byte* out, std::byte* scratch) {
  auto* const a = reinterpret_cast<float*>(scratch);
  const std::int64_t width = s.x_row / static_cast<std::int64_t>(sizeof(T));
  float* const b = a + width;
  weigh<T>(above, 1 - v.weight, width, a);
  weigh<T>(below, v.weight, width, b);
  T* y = reinterpret_cast<T*>(out);
  for (const Neighbours& h : s.columns) {
    const std::int64_t first = h.first * s.channels, second = h.second * s.channels;
    std::int64_t c = 0;
    for (; c + 8 <= s.channels; c += 8) {
      blend<T, 8>(a + first + c, b + first + c, a + second + c, b + second + c, h.weight, y + c);
    }
    for (; c < s.channels; ++c) {
      blend<T, 1>(a + first + c, b + first + c, a + second + c, b + second + c, h.weight, y + c);
    }
    y += s.channels;
  }
}
/// s8 with 20 bits of fraction, rounded half away from zero.
inline void bilinear_row_i8(const ResizeStep& s, const std::byte* above, const std::byte* below, const Neighbours& v,
                            std::byte* out, std::byte*) {
  auto* y = reinterpret_cast<std::int8_t*>(out);
  for (const Neighbours& h : s.columns) {
    const auto *a = reinterpret_cast<const std::int8_t*>(above), *b = reinterpret_cast<const std::int8_t*>(below);
    const std::int32_t w0 = (1024 - v.weight_1024) * (1024 - h.weight_1024),
                       w1 = v.weight_1024 * (1024 - h.weight_1024);
    const std::int32_t w2 = (1024 - v.weight_1024) * h.weight_1024, w3 = v.weight_1024 * h.weight_1024;
    for (std::int64_t c = 0; c < s.channels; ++c) {
      const std::int64_t sum =
          std::int64_t{a[h.first * s.channels + c]} * w0 + std::int64_t{b[h.first * s.channels + c]} * w1 +
          std::int64_t{a[h.second * s.channels + c]} * w2 + std::int64_t{b[h.second * s.channels + c]} * w3;
      y[c] = static_cast<std::int8_t>((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
    }
    y += s.channels;
  }
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Resize& resize) {
  const Tensor &x = *context.input(node, 0), &y = context.output(node);
  const auto size = static_cast<std::int64_t>(size_of(x.type));
  auto step = std::make_unique<ResizeStep>();
  step->x = context.in(node, 0);
  step->y = context.out(node);
  step->batch = x.shape[0];
  step->x_height = x.shape[1];
  step->channels = x.shape[3];
  step->pixel = x.shape[3] * size;
  step->x_row = x.shape[2] * step->pixel;
  step->y_row = y.shape[2] * step->pixel;
  step->rows = neighbours(resize, x.shape[1], y.shape[1], x.type == DType::i8);
  step->columns = neighbours(resize, x.shape[2], y.shape[2], x.type == DType::i8);
  if (x.type != y.type) return unsupported_types(context, node);
  if (!resize.bilinear) {
    step->row = &nearest_row;
  } else if (x.type == DType::f32) {
    step->row = &bilinear_row<float>;
  } else if (x.type == DType::u8) {
    step->row = &bilinear_row<std::uint8_t>;
  } else if (x.type == DType::i8) {
    step->row = &bilinear_row_i8;
  }
  if (step->row == nullptr) return unsupported_types(context, node);
  step->operations_per_nanosecond = 4;
  describe(*step, context, node, resize.bilinear ? std::string("bilinear_") + name_of(x.type) : "nearest",
           resize.bilinear ? 8 * y.elements() : 0);
  return step;
}

}  // namespace hone::graph::ops
