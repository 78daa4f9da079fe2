// depthwise_f32: out[p, c * m + j] = clamp(bias[c * m + j] + sum over taps of in[tap, c] * w[tap, c * m + j], lo, hi), with
// m = multiplier, float32; included once per tier.
//
//   in   NHWC through Window: pixel (b, y, x) at b * stride_n + y * stride_y + x * stride_x; no padded copy
//   w    (kernel_h * kernel_w, channels * m), each tap's row padded with 0 to whole vectors
//   out  pixel p at out + p * ldc
// Any kernel size, stride, dilation and padding. Reads nothing outside the image, writes nothing outside the output.
// Equals ref::depthwise within 2 * taps * eps * sum |in| |w|; each output adds its taps in the same order on every path.
//
// Limit: 2 multiply-adds of one vector a cycle. Four pixels of a row are computed together, a vector of channels at a
// time. With 3 taps across and stride 1, a row of taps loads 3 weights and 6 pixels for 12 multiply-adds, so that two
// loads a cycle keep up (9 / 2 < 12 / 2 cycles); with stride 2 it loads 3 + 9 for 12, still no slower. The general tile
// loads one weight and 4 pixels for 4 multiply-adds: at most 80 % of the limit. Measured on a Zen 5: 45-55 % of it with
// AVX2 and a stride of 1, 24-35 % with 2; half of that with AVX-512, where 9 multiply-adds for every value read and
// written leave images beyond L1 bound by memory (25-50 GB/s).
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "tap_geometry.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

/// A row of output, and everything its loops need, in values of their own: what is read through a reference would be read
/// again after every store.
struct DepthwiseRowF32 {
  static constexpr int pixels = 4;  // 4 accumulators, 3 weights, 1 input and 2 clamps are 10 registers of 16
  const float* image;               // of this batch entry
  const float* end;                 // past the image's last channel
  const float* in;                  // where column 0 meets the first row of taps inside the image
  const float* w;                   // the same row of taps
  const float* bias;                // or null
  float* out;                       // pixel 0 of the row
  kernels::Index ldc;
  kernels::Index channels, pitch;  // of the output; of a tap's row of w
  kernels::Index taps_y, down;     // rows of taps inside the image, and from one to the next in it
  kernels::Index stride_x;
  F32 lo, hi;

  HONE_INLINE DepthwiseRowF32(const kernels::DepthwiseF32& d, kernels::Index r, kernels::Index output_channels,
                              kernels::Index w_pitch)
      : image(d.in + r / d.window.out_h * d.window.stride_n),
        end(image + (d.window.in_h - 1) * d.window.stride_y + (d.window.in_w - 1) * d.window.stride_x +
            d.window.channels),
        bias(d.bias),
        out(d.out + r * d.window.out_w * d.ldc),
        ldc(d.ldc),
        channels(output_channels),
        pitch(w_pitch),
        down(d.window.dilation_y * d.window.stride_y),
        stride_x(d.window.stride_x),
        lo(F32::splat(d.lo)),
        hi(F32::splat(d.hi)) {
    const kernels::Index y = r % d.window.out_h * d.window.step_y - d.window.pad_top;
    const kernels::Range inside = taps_inside(y, d.window.dilation_y, d.window.kernel_h, d.window.in_h);
    taps_y = inside.end - inside.begin;
    in = taps_y > 0 ? image + (y + inside.begin * d.window.dilation_y) * d.window.stride_y : image;
    w = d.w + inside.begin * d.window.kernel_w * pitch;
  }

  HONE_INLINE F32 clamp(F32 v) const { return min(hi, max(lo, v)); }
  HONE_INLINE F32 first(kernels::Index c, kernels::Index n) const {
    if (bias == nullptr) return F32::zero();
    return n == F32::lanes ? F32::load(bias + c) : F32::load_n(bias + c, static_cast<std::size_t>(n));
  }
  HONE_INLINE void store(F32 v, float* to, kernels::Index n) const {
    if (n == F32::lanes)
      clamp(v).store(to);
    else
      clamp(v).store_n(to, static_cast<std::size_t>(n));
  }
  /// Whether whole vectors may be loaded from all taps up to the column that ends at `column`: with fewer channels than
  /// lanes they reach into the next pixels, and past the image's end at its very last ones.
  HONE_INLINE bool whole_loads(kernels::Index column) const {
    return channels >= F32::lanes || taps_y == 0 || end - (in + (taps_y - 1) * down + column * stride_x) >= F32::lanes;
  }

  /// Four pixels, 3 taps across with dilation 1 and a stride of `step`. The first tap of the first is at `source`; of the
  /// tile's columns only `columns` lie inside the image, or all of them where `clipped` is false.
  template <int step, bool clipped>
  HONE_INLINE void tile3(const float* source, kernels::Range columns, float* to) const {
    const kernels::Index n = channels < F32::lanes ? channels : F32::lanes;
    for (kernels::Index next = 0; next < channels; next += F32::lanes) {
      const kernels::Index c = next + n <= channels ? next : channels - n;  // the last vector overlaps the one before
      F32 acc[pixels];
      acc[0] = acc[1] = acc[2] = acc[3] = first(c, n);
      const float *p = source + c, *wk = w + c;
      for (kernels::Index ky = 0; ky < taps_y; ++ky, p += down, wk += 3 * pitch) {
        const F32 w0 = F32::load(wk), w1 = F32::load(wk + pitch), w2 = F32::load(wk + 2 * pitch);
        HONE_UNROLL for (int i = 0; i < (pixels - 1) * step + 3; ++i) {  // pixel o sees column i as tap i - o * step
          if (clipped && (i < columns.begin || i >= columns.end)) continue;
          const F32 v = F32::load(p + i * stride_x);
          HONE_UNROLL for (int o = 0; o < pixels; ++o) {
            if (i - o * step == 0) acc[o] = fma(v, w0, acc[o]);
            if (i - o * step == 1) acc[o] = fma(v, w1, acc[o]);
            if (i - o * step == 2) acc[o] = fma(v, w2, acc[o]);
          }
        }
      }
      HONE_UNROLL for (int o = 0; o < pixels; ++o) store(acc[o], to + c + o * ldc, n);
    }
  }
  /// As many pixels of the row, from the first on, as tiles of four reach; returns how many.
  template <int step>
  HONE_NOINLINE kernels::Index tiles3(kernels::Index in_w, kernels::Index out_w, kernels::Index pad_left) const {
    constexpr kernels::Index width = (pixels - 1) * step + 3;
    const DepthwiseRowF32 row = *this;
    kernels::Index x = 0;
    while (x < out_w && out_w >= pixels) {
      const kernels::Index at = x + pixels <= out_w ? x : out_w - pixels;  // the last four overlap those before
      const kernels::Index column = at * step - pad_left, right = in_w - column;
      const kernels::Range inside{column < 0 ? -column : 0, right < width ? right : width};
      if (!row.whole_loads(column + inside.end - 1)) return x;
      const float* source = row.in + column * row.stride_x;
      if (inside.begin == 0 && inside.end == width)
        row.tile3<step, false>(source, inside, row.out + at * row.ldc);
      else
        row.tile3<step, true>(source, inside, row.out + at * row.ldc);
      x = at + pixels;
    }
    return x;
  }

  /// Four pixels, all columns inside, any taps; `across` from tap to tap and `along` from pixel to pixel in the image.
  HONE_NOINLINE void tile(const float* source, kernels::Index kernel_w, kernels::Index across, kernels::Index along,
                          float* to) const {
    const DepthwiseRowF32 row = *this;
    const kernels::Index n = row.channels < F32::lanes ? row.channels : F32::lanes;
    for (kernels::Index next = 0; next < row.channels; next += F32::lanes) {
      const kernels::Index c = next + n <= row.channels ? next : row.channels - n;
      F32 acc[pixels];
      acc[0] = acc[1] = acc[2] = acc[3] = row.first(c, n);
      const float *line = source + c, *wk = row.w + c;
      for (kernels::Index ky = 0; ky < row.taps_y; ++ky, line += row.down) {
        const float* p = line;
        for (kernels::Index kx = 0; kx < kernel_w; ++kx, wk += row.pitch, p += across) {
          const F32 weight = F32::load(wk);
          HONE_UNROLL for (int o = 0; o < pixels; ++o) acc[o] = fma(F32::load(p + o * along), weight, acc[o]);
        }
      }
      HONE_UNROLL for (int o = 0; o < pixels; ++o) row.store(acc[o], to + c + o * row.ldc, n);
    }
  }

  /// Output channels [c, c + n) of an input pixel, of which each serves `multiplier`.
  static HONE_INLINE F32 expand(const float* pixel, kernels::Index c, kernels::Index n, kernels::Index multiplier) {
    const kernels::Index from = c / multiplier;
    if (from == (c + n - 1) / multiplier) return F32::splat(pixel[from]);
    float lanes[F32::lanes] = {};
    for (kernels::Index i = 0, source = from, used = c - from * multiplier; i < n; ++i) {
      lanes[i] = pixel[source];
      if (++used == multiplier) {
        used = 0;
        ++source;
      }
    }
    return F32::load(lanes);
  }

  /// One pixel anywhere: taps [kx.begin, kx.end) across, of kernel_w, lie inside the image; `source` is the first of them.
  template <bool simple>  // multiplier 1 and at least a vector of channels
  HONE_NOINLINE void pixel(const float* source, kernels::Range kx, kernels::Index kernel_w, kernels::Index across,
                           kernels::Index multiplier, float* to) const {
    const DepthwiseRowF32 row = *this;
    const kernels::Index n = simple || row.channels >= F32::lanes ? F32::lanes : row.channels;
    for (kernels::Index next = 0; next < row.channels; next += F32::lanes) {
      const kernels::Index c = next + n <= row.channels ? next : row.channels - n;
      F32 acc = row.first(c, n);
      const float *line = source, *wline = row.w + kx.begin * row.pitch + c;
      for (kernels::Index ky = 0; ky < row.taps_y; ++ky, line += row.down, wline += kernel_w * row.pitch) {
        const float *p = line, *wk = wline;
        for (kernels::Index i = kx.begin; i < kx.end; ++i, p += across, wk += row.pitch) {
          F32 v;
          if constexpr (simple)
            v = F32::load(p + c);
          else
            v = multiplier == 1 ? F32::load_n(p + c, static_cast<std::size_t>(n)) : expand(p, c, n, multiplier);
          acc = fma(v, F32::load(wk), acc);
        }
      }
      row.store(acc, to + c, n);
    }
  }

  HONE_INLINE void run(const kernels::DepthwiseF32& d) const {
    const kernels::Window& win = d.window;
    const bool three = win.kernel_w == 3 && win.dilation_x == 1 && d.multiplier == 1;
    const kernels::Index across = win.dilation_x * stride_x;
    const kernels::Range inside = d.multiplier == 1 ? columns_inside(win) : kernels::Range{};
    kernels::Index x = 0;
    if (three && win.step_x == 1)
      x = tiles3<1>(win.in_w, win.out_w, win.pad_left);
    else if (three && win.step_x == 2)
      x = tiles3<2>(win.in_w, win.out_w, win.pad_left);
    while (x < win.out_w) {
      const kernels::Index column = x * win.step_x - win.pad_left;
      if (x >= inside.begin && x + pixels <= inside.end &&
          whole_loads(column + (pixels - 1) * win.step_x + (win.kernel_w - 1) * win.dilation_x)) {
        tile(in + column * stride_x, win.kernel_w, across, win.step_x * stride_x, out + x * ldc);
        x += pixels;
        continue;
      }
      const kernels::Range kx = taps_inside(column, win.dilation_x, win.kernel_w, win.in_w);
      const float* source = kx.begin < kx.end ? in + column * stride_x + kx.begin * across : in;
      if (d.multiplier == 1 && channels >= F32::lanes)
        pixel<true>(source, kx, win.kernel_w, across, 1, out + x * ldc);
      else
        pixel<false>(source, kx, win.kernel_w, across, d.multiplier, out + x * ldc);
      ++x;
    }
  }
};

inline kernels::Index depthwise_f32_packed_elements(kernels::Index taps, kernels::Index channels) {
  return taps * depthwise_pitch(channels);
}
HONE_WHEN_USED void pack_depthwise_f32(kernels::Index taps, kernels::Index channels, const float* w, float* packed) {
  const kernels::Index pitch = depthwise_pitch(channels);
  for (kernels::Index t = 0; t < taps; ++t) {
    for (kernels::Index c = 0; c < pitch; ++c) packed[t * pitch + c] = c < channels ? w[t * channels + c] : 0;
  }
}

HONE_WHEN_USED void run_depthwise_f32(const kernels::DepthwiseF32& d, kernels::Range rows) {
  const kernels::Index channels = d.window.channels * d.multiplier, pitch = depthwise_pitch(channels);
  for (kernels::Index r = rows.begin; r < rows.end; ++r) DepthwiseRowF32(d, r, channels, pitch).run(d);
}

HONE_TABLE kernels::DepthwiseF32Kernels depthwise_f32_kernels = {
    &depthwise_f32_packed_elements, &pack_depthwise_f32<when_used>, &run_depthwise_f32<when_used>};

}  // namespace
}  // namespace hone::HONE_TIER_NS
