// depthwise_i8: acc = sum over taps of (in[tap, c] - a_zero) * w[tap, c * m + j] + bias, m = multiplier, exact in int32, then
// requantised to s8 or u8; in s8 or u8, w int16 in [-255, 255]; included once per tier.
//
//   in   NHWC through Window, as for depthwise_f32; a position outside the image reads as a_zero
//   w    (ceil(kernel_h / 2), kernel_w, channels * m, 2): the taps of two rows above each other as a pair of int16, the
//        second 0 where kernel_h is odd; channels padded with 0 to whole vectors
//   acc = sum over taps of in * w + folded[c], folded = bias - a_zero * sum of the channel's weights  (DepthwiseI8::bias)
// The bytes of two image rows are widened and interleaved into such pairs, so that one madd does two taps and leaves its
// sums in channel order. Sums of up to 256 channels by 4 pixels wait in L1, where requantize takes them.
// Any kernel size, stride, dilation and padding. Reads nothing outside the image, writes nothing outside the output.
// Equals ref::depthwise exactly while |acc| < 2^31, which the operators prove.
//
// Limit: one madd of one vector a cycle or two. For 3x3 with stride 1, four pixels by one vector of channels take 6 pairs
// (2 loads that widen, a shift, a blend), 6 single rows (1 load) and 24 madds: 30 + 24 instructions where madd accumulates
// (VNNI), 30 + 48 where it does not; then requantise, which takes as long again. So of a loop of madds alone, measured on a
// Zen 5, the whole reaches 20-24 % with AVX2 and 15-19 % with AVX-512: 0.35 and 0.2 ns an output. That is too much where
// four bytes can be multiplied at once: there 3x3 layers of 16 channels and more go to depthwise_i8_dot.inl.hpp.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "requantize.inl.hpp"
#include "tap_geometry.inl.hpp"
#include "depthwise_i8_dot.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

/// One row of output; T is the input's type.
template <class T> struct DepthwiseRowI8 {
  static constexpr int pixels = 4;
  static constexpr kernels::Index lanes = I32::lanes;
  static constexpr kernels::Index chunk = 256;  // channels whose sums wait together: 4 * 256 * 4 bytes = 4 kB
  const kernels::DepthwiseI8& d;
  const T* image;                  // of this batch entry
  const T* padding;                // chunk values of a_zero
  kernels::Index row;              // b * out_h + y
  kernels::Index y;                // image row of the first tap
  kernels::Index channels, pitch;  // of the output; of a row of w, in pairs

  struct Source {
    const T* row;
    kernels::Index stride;  // between pixels; 0 in the padding, where all pixels are the same
  };
  HONE_INLINE kernels::Index column(kernels::Index x) const { return x * d.window.step_x - d.window.pad_left; }
  /// The image row that tap row ky reads.
  HONE_INLINE Source source(kernels::Index ky) const {
    const kernels::Index at = y + ky * d.window.dilation_y;
    if (ky >= d.window.kernel_h || at < 0 || at >= d.window.in_h) return {nullptr, 0};
    return {image + at * d.window.stride_y, d.window.stride_x};
  }
  HONE_INLINE const std::int16_t* weights(kernels::Index pair, kernels::Index kx, kernels::Index c) const {
    return d.w + 2 * ((pair * d.window.kernel_w + kx) * pitch + c);
  }
  /// The chunk of channels from c on; one narrower than a vector starts earlier where there are that many.
  HONE_INLINE kernels::Range chunk_from(kernels::Index c) const {
    if (channels - c >= chunk) return {c, c + chunk};
    return {channels - c < lanes && channels >= lanes ? channels - lanes : c, channels};
  }
  /// Where the vector of a chunk of n channels that holds channel c starts: the last one overlaps the one before.
  static HONE_INLINE kernels::Index vector_at(kernels::Index c, kernels::Index n) {
    return c + lanes <= n || n < lanes ? c : n - lanes;
  }
  /// Requantises the sums, `stride` apart, of `count` pixels from x.
  HONE_INLINE void finish(const std::int32_t* sums, kernels::Index stride, kernels::Index count, kernels::Index x,
                          kernels::Range c) const {
    const kernels::Index at = (row * d.window.out_w + x) * d.ldc + c.begin, n = c.end - c.begin;
    if (d.out_unsigned) {
      requantize(d.requantize, sums, stride, count, c.begin, n, static_cast<std::uint8_t*>(d.out) + at, d.ldc);
    } else {
      requantize(d.requantize, sums, stride, count, c.begin, n, static_cast<std::int8_t*>(d.out) + at, d.ldc);
    }
  }
  /// Pixels [0, .) of the row whose 3x3 windows whole vectors may be loaded for: with fewer channels than lanes these reach
  /// into the next pixels, and past the image's end at its very last ones.
  HONE_INLINE kernels::Index whole_loads() const {
    const kernels::Window& w = d.window;
    kernels::Index last = y + 2 * w.dilation_y, x_end = w.out_w;
    if (last >= w.in_h) last = w.in_h - 1;
    while (channels < lanes && x_end > 0) {
      const kernels::Index right = w.in_w - 1 < column(x_end - 1) + 2 ? w.in_w - 1 : column(x_end - 1) + 2;
      if ((w.in_h - 1 - last) * w.stride_y + (w.in_w - 1 - right) * w.stride_x + w.channels >= lanes) break;
      --x_end;
    }
    return x_end;
  }

  /// What four pixels' loops need, in values of their own: what is read through a pointer is read again after every store.
  struct Tile3 {
    const T* p[3];             // rows of taps, at the first pixel's first column and the chunk's first channel
    kernels::Index stride[3];  // between pixels; 0 in the padding
    const std::int16_t* w;     // from the chunk's first channel
    kernels::Index pitch;      // between taps of w, in int16
    const std::int32_t* bias;
    kernels::Index n;  // channels
    const T* padding;
  };
  /// Sums of four pixels, a 3x3 kernel with horizontal dilation 1 and a stride of `step`. Of the tile's columns only
  /// `columns` lie inside the image, or all of them where `clipped` is false.
  template <int step, bool clipped>
  static HONE_INLINE void tile3(const Tile3& t, kernels::Range columns, std::int32_t* sums, kernels::Index sums_pitch) {
    const T* const outside = t.padding;
    const kernels::Index s0 = t.stride[0], s1 = t.stride[1], s2 = t.stride[2], n = t.n, pitch = t.pitch;
    const T *r0 = t.p[0], *r1 = t.p[1], *r2 = t.p[2];
    for (kernels::Index next = 0; next < n; next += lanes) {
      const kernels::Index c = vector_at(next, n);
      const std::int16_t *upper = t.w + 2 * c, *lower = upper + 3 * pitch;
      const I16 u0 = I16::load(upper), u1 = I16::load(upper + pitch), u2 = I16::load(upper + 2 * pitch);
      const I16 l0 = I16::load(lower), l1 = I16::load(lower + pitch), l2 = I16::load(lower + 2 * pitch);
      I32 acc[pixels];
      acc[0] = acc[1] = acc[2] = acc[3] = I32::load(t.bias + c);
      HONE_UNROLL for (int i = 0; i < (pixels - 1) * step + 3; ++i) {  // pixel o sees column i as tap i - o * step
        const bool in_image = !clipped || (i >= columns.begin && i < columns.end);
        const T *p0 = in_image ? r0 + i * s0 : outside, *p1 = in_image ? r1 + i * s1 : outside;
        const I16 upper_taps = I16::load_pairs(p0 + c, p1 + c);
        const I16 lower_tap = I16::load_pairs((in_image ? r2 + i * s2 : outside) + c);
        HONE_UNROLL for (int o = 0; o < pixels; ++o) {
          if (i - o * step == 0) acc[o] = madd(lower_tap, l0, madd(upper_taps, u0, acc[o]));
          if (i - o * step == 1) acc[o] = madd(lower_tap, l1, madd(upper_taps, u1, acc[o]));
          if (i - o * step == 2) acc[o] = madd(lower_tap, l2, madd(upper_taps, u2, acc[o]));
        }
      }
      HONE_UNROLL for (int o = 0; o < pixels; ++o) acc[o].store(sums + o * sums_pitch + c);
    }
  }
  /// Pixels [0, x_end), at least four. As many as have room wait for requantize together.
  template <int step> HONE_NOINLINE void tiles3(kernels::Index x_end) const {
    constexpr kernels::Index columns = (pixels - 1) * step + 3;
    alignas(64) std::int32_t sums[pixels * chunk];
    kernels::Index x = 0;
    const Source rows[3] = {source(0), source(1), source(2)};
    const kernels::Index width = channels < chunk ? pitch : chunk, room = pixels * chunk / width / pixels * pixels;
    while (x < x_end) {
      if (x_end - x < pixels) x = x_end - pixels;  // the last four overlap those before
      kernels::Index count = (x_end - x) / pixels * pixels;
      if (count > room) count = room;
      for (kernels::Range range{}; range.end < channels;) {
        range = chunk_from(range.end);
        Tile3 t{{}, {}, weights(0, 0, range.begin), 2 * pitch, d.bias + range.begin, range.end - range.begin, padding};
        for (int i = 0; i < 3; ++i) {
          t.stride[i] = rows[i].stride;
          t.p[i] = rows[i].stride == 0 ? padding : rows[i].row + column(x) * rows[i].stride + range.begin;
        }
        for (kernels::Index at = 0; at < count; at += pixels) {
          const kernels::Index left = -column(x + at), right = d.window.in_w + left;
          const kernels::Range inside{left > 0 ? left : 0, right < columns ? right : columns};
          if (inside.begin == 0 && inside.end == columns)
            tile3<step, false>(t, inside, sums + at * width, width);
          else
            tile3<step, true>(t, inside, sums + at * width, width);
          for (int i = 0; i < 3; ++i) t.p[i] += pixels * step * t.stride[i];
        }
        finish(sums, width, count, x, range);
      }
      x += count;
    }
  }

  /// What tap (ky, column) holds for the output channels of `range`, whole vectors readable: as it lies, or a copy.
  HONE_INLINE const T* values(kernels::Index ky, kernels::Index column, kernels::Range range, T* copy) const {
    const Source s = source(ky);
    if (s.stride == 0 || column < 0 || column >= d.window.in_w) return padding;
    const T* pixel = s.row + column * s.stride;
    if (d.multiplier == 1 && channels >= lanes) return pixel + range.begin;
    kernels::Index from = range.begin / d.multiplier, used = range.begin - from * d.multiplier;
    for (kernels::Index i = 0; i < range.end - range.begin; ++i) {
      copy[i] = pixel[from];
      if (++used == d.multiplier) {
        used = 0;
        ++from;
      }
    }
    return copy;
  }

  /// One pixel anywhere, any taps: a pass over the channels for each pair of taps.
  HONE_NOINLINE void pixel(kernels::Index x) const {
    alignas(64) std::int32_t sums[chunk];
    T copies[2][chunk] = {};
    const kernels::Window& w = d.window;
    for (kernels::Range range{}; range.end < channels;) {
      range = chunk_from(range.end);
      const kernels::Index n = range.end - range.begin;
      for (kernels::Index c = 0; c < n; c += lanes) I32::load(d.bias + range.begin + vector_at(c, n)).store(sums + c);
      for (kernels::Index pair = 0; 2 * pair < w.kernel_h; ++pair) {
        for (kernels::Index kx = 0; kx < w.kernel_w; ++kx) {
          const T* a = values(2 * pair, column(x) + kx * w.dilation_x, range, copies[0]);
          const T* b = values(2 * pair + 1, column(x) + kx * w.dilation_x, range, copies[1]);
          const std::int16_t* wk = weights(pair, kx, range.begin);
          for (kernels::Index c = 0; c < n; c += lanes) {
            const kernels::Index at = vector_at(c, n);
            madd(I16::load_pairs(a + at, b + at), I16::load(wk + 2 * at), I32::load(sums + c)).store(sums + c);
          }
        }
      }
      if (n > lanes && n % lanes != 0) I32::load(sums + n / lanes * lanes).store(sums + n - lanes);
      finish(sums, chunk, 1, x, range);
    }
  }

  HONE_INLINE void run() const {
    const kernels::Window& w = d.window;
    const bool fast = w.kernel_w == 3 && w.kernel_h == 3 && w.dilation_x == 1 && w.step_x <= 2 && d.multiplier == 1;
    kernels::Index x = fast ? whole_loads() : 0;
    if (x < pixels)
      x = 0;
    else if (w.step_x == 1)
      tiles3<1>(x);
    else
      tiles3<2>(x);
    for (; x < w.out_w; ++x) pixel(x);
  }
};

template <class T> void run_depthwise_i8_as(const kernels::DepthwiseI8& d, kernels::Range rows) {
  T padding[DepthwiseRowI8<T>::chunk];
  for (kernels::Index i = 0; i < DepthwiseRowI8<T>::chunk; ++i) padding[i] = static_cast<T>(d.a_zero);
  const kernels::Window& w = d.window;
  const kernels::Index channels = w.channels * d.multiplier;
  for (kernels::Index r = rows.begin; r < rows.end; ++r) {
    const T* image = static_cast<const T*>(d.in) + r / w.out_h * w.stride_n;
    DepthwiseRowI8<T>{d, image, padding, r, r % w.out_h * w.step_y - w.pad_top, channels, depthwise_pitch(channels)}
        .run();
  }
}
/// Elements of the taps in pairs; what depthwise_i8_dot packs follows them.
inline kernels::Index depthwise_i8_pairs(kernels::Index kernel_h, kernels::Index kernel_w, kernels::Index channels) {
  return (kernel_h + 1) / 2 * kernel_w * depthwise_pitch(channels) * 2;
}
HONE_WHEN_USED void run_depthwise_i8(const kernels::DepthwiseI8& d, kernels::Range rows) {
#if HONE_DOT != HONE_DOT_MADD
  if (d.window.kernel_h == 3 && d.window.kernel_w == 3) {
    const kernels::Index pairs = depthwise_i8_pairs(3, 3, d.window.channels * d.multiplier);
    if (run_depthwise_dot(d, rows, reinterpret_cast<const std::int8_t*>(d.w + pairs))) return;
  }
#endif
  if (d.a_unsigned)
    run_depthwise_i8_as<std::uint8_t>(d, rows);
  else
    run_depthwise_i8_as<std::int8_t>(d, rows);
}

inline kernels::Index depthwise_i8_packed_elements(kernels::Index kernel_h, kernels::Index kernel_w,
                                                   kernels::Index channels) {
  const kernels::Index pairs = depthwise_i8_pairs(kernel_h, kernel_w, channels);
#if HONE_DOT != HONE_DOT_MADD
  if (kernel_h == 3 && kernel_w == 3) return pairs + depthwise_dot_bytes(channels, 2) / 2;
#endif
  return pairs;
}
HONE_WHEN_USED void pack_depthwise_i8(kernels::Index kernel_h, kernels::Index kernel_w, kernels::Index channels,
                                      const std::int16_t* w, std::int16_t* packed) {
  for (kernels::Index ky = 0; ky < kernel_h; ky += 2) {
    for (kernels::Index kx = 0; kx < kernel_w; ++kx) {
      for (kernels::Index c = 0; c < depthwise_pitch(channels); ++c) {
        for (kernels::Index e = 0; e < 2; ++e) {
          const bool stored = ky + e < kernel_h && c < channels;
          *packed++ = stored ? w[((ky + e) * kernel_w + kx) * channels + c] : std::int16_t{0};
        }
      }
    }
  }
#if HONE_DOT != HONE_DOT_MADD
  if (kernel_h == 3 && kernel_w == 3) pack_depthwise_dot(channels, w, reinterpret_cast<std::int8_t*>(packed));
#endif
}
inline void depthwise_i8_sums(kernels::Index taps, kernels::Index channels, const std::int16_t* w, std::int32_t* sums) {
  for (kernels::Index c = 0; c < channels; ++c) sums[c] = 0;
  for (kernels::Index t = 0; t < taps; ++t) {
    for (kernels::Index c = 0; c < channels; ++c) sums[c] += w[t * channels + c];
  }
}

HONE_TABLE kernels::DepthwiseI8Kernels depthwise_i8_kernels = {
    &depthwise_i8_packed_elements, &pack_depthwise_i8<when_used>, &depthwise_i8_sums, &run_depthwise_i8<when_used>};

}  // namespace
}  // namespace hone::HONE_TIER_NS
