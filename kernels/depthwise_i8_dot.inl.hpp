// depthwise_i8_dot: 3x3 depthwise convolutions in 8 bits on the tiers whose dot product takes four bytes at once; included
// once per tier. depthwise_i8.inl.hpp has the definition, and every other kernel, stride and number of channels.
//
//   line a row of the image, up to 32 pixels of output long and `width` channels deep, with four neighbouring columns interleaved
//        byte by byte: (tile, quarter 4, width). A lane of four bytes is one channel in four columns, so that one dot product
//        does the three taps of a row. With stride 1 a tile is two pixels, which meet the weights (w0, w1, w2, 0) and
//        (0, w0, w1, w2); with stride 2 it is one. Three rows of output share a line.
//   w    for each chunk of channels: its parts (rows 3, quarters 4, width) of s8, then `width` sums of int32.
//        Weights less their zero point take 9 bits in uint8 models: two parts that add up to them.
//   sums (pixel, quarter, width / 4). Interleaving works within 16 bytes, so lane i of quarter q is channel
//        16 (i / 4) + 4 q + i % 4 of the chunk. Bias and scales are laid out in that order, and narrowing to bytes restores
//        the channels'.
//
// Limit: for two pixels by `width` channels, 8 vectors of sums, a new line takes 4 loads, 4 exclusive ors, 8 interleavings and
// 4 stores; the sums 12 loads, 24 dot products and 8 stores; to round and narrow them takes 16 instructions each. That is 24
// instructions a vector, so at four a cycle 6 cycles for 16 outputs with AVX-512 and for 8 with AVX-VNNI.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "simd/dot.hpp"
#include "requantize.inl.hpp"
#include "tap_geometry.inl.hpp"
#endif

#if HONE_DOT != HONE_DOT_MADD

namespace hone::HONE_TIER_NS {
namespace {

/// The chunks of channels: as wide as the tier's bytes while there are so many, then as wide as what is left needs. A chunk
/// may begin before the end of the one before it. At least 16 channels.
struct DepthwiseChunk {
  kernels::Index begin, width;
  static constexpr kernels::Index least = 16;
  static HONE_INLINE DepthwiseChunk at(kernels::Index c, kernels::Index channels) {
    kernels::Index width = U8::lanes;
    while (width > channels || (width > least && width / 2 >= channels - c)) width /= 2;
    return {c + width <= channels ? c : channels - width, width};
  }
  static constexpr kernels::Index part_bytes(kernels::Index width) { return 3 * 4 * width; }
  static constexpr kernels::Index bytes(kernels::Index width, kernels::Index parts) {
    return parts * part_bytes(width) + 4 * width;
  }
  /// The channel, from the chunk's first, of lane `lane` of all four quarters in a row.
  static constexpr kernels::Index channel(kernels::Index lane, kernels::Index width) {
    const kernels::Index quarter = lane / (width / 4), i = lane % (width / 4);
    return 16 * (i / 4) + 4 * quarter + i % 4;
  }
};

constexpr kernels::Index depthwise_dot_header = 64;  // bytes; the first says how many parts follow for each chunk
inline kernels::Index depthwise_dot_bytes(kernels::Index channels, kernels::Index parts) {
  kernels::Index bytes = depthwise_dot_header;
  for (DepthwiseChunk k{}; channels >= DepthwiseChunk::least && k.begin + k.width < channels;) {
    k = DepthwiseChunk::at(k.begin + k.width, channels);
    bytes += DepthwiseChunk::bytes(k.width, parts);
  }
  return bytes;
}
/// What two bytes can not add up to: 255 - 127 is beyond int8.
inline kernels::Index depthwise_dot_parts(kernels::Index channels, const std::int16_t* w) {
  kernels::Index parts = 1;
  for (kernels::Index i = 0; i < 9 * channels; ++i) {
    if (w[i] < -128 || w[i] > 127) parts = 2;
    if (w[i] < -255 || w[i] > 254) return 0;
  }
  return parts;
}
inline void pack_depthwise_dot(kernels::Index channels, const std::int16_t* w, std::int8_t* packed) {
  const kernels::Index parts = channels < DepthwiseChunk::least ? 0 : depthwise_dot_parts(channels, w);
  *packed = static_cast<std::int8_t>(parts);
  packed += depthwise_dot_header;
  for (DepthwiseChunk k{}; parts > 0 && k.begin + k.width < channels;) {
    k = DepthwiseChunk::at(k.begin + k.width, channels);
    for (kernels::Index part = 0; part < parts; ++part) {
      for (kernels::Index i = 0; i < 3 * k.width; ++i) {  // (row, quarter, lane)
        const std::int16_t* from =
            w + i / k.width * 3 * channels + k.begin + DepthwiseChunk::channel(i % k.width, k.width);
        for (kernels::Index kx = 0; kx < 4; ++kx) {
          const std::int16_t value = kx < 3 ? from[kx * channels] : std::int16_t{0};
          const std::int16_t first = value < -128 ? std::int16_t{-128} : value > 127 ? std::int16_t{127} : value;
          *packed++ = static_cast<std::int8_t>(part == 0 ? first : value - first);
        }
      }
    }
    for (kernels::Index lane = 0; lane < k.width; ++lane, packed += 4) {
      std::int32_t sum = 0;
      for (kernels::Index t = 0; t < 9; ++t) sum += w[t * channels + k.begin + DepthwiseChunk::channel(lane, k.width)];
      __builtin_memcpy(packed, &sum, 4);
    }
  }
}

/// A chunk's bias and scales in the order of its sums, once for each pixel that a vector of bytes holds.
template <int width> struct DepthwiseScales {
  alignas(64) std::int32_t bias[U8::lanes], multiplier[U8::lanes], left[U8::lanes], right[U8::lanes];
  alignas(64) float scale[U8::lanes];
  kernels::Requantize q;

  /// `sums` of the weights, in that order; `offset` is what the bytes of the image are multiplied with besides themselves.
  HONE_NOINLINE DepthwiseScales(const kernels::DepthwiseI8& d, kernels::Index c, const std::int8_t* sums,
                                std::int32_t offset)
      : q(d.requantize) {
    order(d.bias + c, bias);
    for (kernels::Index lane = 0; lane < U8::lanes; ++lane) {
      std::uint32_t sum;
      __builtin_memcpy(&sum, sums + 4 * (lane % width), 4);
      bias[lane] =
          static_cast<std::int32_t>(static_cast<std::uint32_t>(bias[lane]) - static_cast<std::uint32_t>(offset) * sum);
    }
    if (q.rounding == kernels::Rounding::ort) {
      order(q.scale + c, scale);
      q.scale = scale;
    } else {
      order(q.multiplier + c, multiplier);
      order(q.left + c, left);
      order(q.right + c, right);
      q.multiplier = multiplier;
      q.left = left;
      q.right = right;
    }
  }

 private:
  /// Four channels at a time stay together.
  template <class T> static HONE_INLINE void order(const T* from, T* to) {
    for (kernels::Index lane = 0; lane < U8::lanes; lane += 4)
      __builtin_memcpy(to + lane, from + DepthwiseChunk::channel(lane % width, width), 4 * sizeof(T));
  }
};

/// `count` pixels of `width` channels, whose sums follow each other; pixel p goes to out + p * ldc. Sums may be read up to a
/// vector of bytes' worth beyond the last.
template <class Round, int width>
HONE_NOINLINE void finish_depthwise_dot(const kernels::Requantize& q, bool is_unsigned, const std::int32_t* sums,
                                        kernels::Index count, std::uint8_t* out, kernels::Index ldc) {
  constexpr int lanes = I32::lanes, together = U8::lanes / width;
  const Round r0(q, 0), r1(q, lanes), r2(q, 2 * lanes), r3(q, 3 * lanes);
  const NarrowQuarters<width> narrow(is_unsigned, q.zero, q.lo, q.hi);
  for (kernels::Index p = 0; p < count; p += together, sums += U8::lanes, out += together * ldc) {
    const U8 bytes = narrow(r0(I32::load(sums)), r1(I32::load(sums + lanes)), r2(I32::load(sums + 2 * lanes)),
                            r3(I32::load(sums + 3 * lanes)));
    if constexpr (together == 1) {
      bytes.store(out);
    } else {
      alignas(64) std::uint8_t pixels[U8::lanes];
      bytes.store(pixels);
      const kernels::Index n = count - p < together ? count - p : together;
      for (kernels::Index i = 0; i < n; ++i) __builtin_memcpy(out + i * ldc, pixels + i * width, width);
    }
  }
}

/// One chunk of channels; step: the horizontal stride, 1 or 2.
template <int width, int step> struct DepthwiseDot {
  static constexpr kernels::Index pixels = step == 1 ? 2 : 1, columns = step == 1 ? 4 : 3;  // of a tile
  static constexpr kernels::Index strip = 32;  // pixels of output: their sums and three lines take 32 kB at most
  using Bytes = Quads<width>;

  const kernels::DepthwiseI8& d;
  DepthwiseChunk chunk;
  const std::int8_t* w;
  kernels::Index parts;
  const DepthwiseScales<width>& scales;
  const std::uint8_t* padding;
  std::uint8_t flip;

  /// Row y of the image, which may be padding, for the tiles [0, tiles) from pixel x on.
  HONE_NOINLINE void fill_line(kernels::Index image, kernels::Index y, kernels::Index x, kernels::Index tiles,
                               std::uint8_t* line) const {
    const kernels::Window& win = d.window;
    const bool inside = y >= 0 && y < win.in_h;
    const auto* row = static_cast<const std::uint8_t*>(d.in) + image * win.stride_n + y * win.stride_y + chunk.begin;
    const kernels::Index stride = win.stride_x;
    for (kernels::Index t = 0; t < tiles; ++t, line += 4 * width) {
      const kernels::Index column = (x + t * pixels) * step - win.pad_left;
      typename Bytes::V v[4];
      if (inside && column >= 0 && column + columns <= win.in_w) {
        const std::uint8_t* p = row + column * stride;
        v[0] = Bytes::load(p, flip);
        v[1] = Bytes::load(p + stride, flip);
        v[2] = Bytes::load(p + 2 * stride, flip);
        v[3] =
            columns > 3 ? Bytes::load(p + 3 * stride, flip) : v[2];  // a column that no pixel needs meets weights of 0
      } else {
        for (kernels::Index j = 0; j < 4; ++j) {
          const bool in_image = inside && j < columns && column + j >= 0 && column + j < win.in_w;
          v[j] = Bytes::load(in_image ? row + (column + j) * stride : padding, flip);
        }
      }
      Bytes::interleave(v);
      HONE_UNROLL for (int q = 0; q < 4; ++q) Bytes::store(v[q], line + q * width);
    }
  }

  /// Sums of the pixels of `tiles` tiles, from the bias or, for a second part of the weights, from what the first left.
  template <bool first>
  static HONE_NOINLINE void sum(const std::uint8_t* top, const std::uint8_t* middle, const std::uint8_t* bottom,
                                kernels::Index tiles, const std::int8_t* w, const std::int32_t* bias,
                                std::int32_t* sums) {
    for (int q = 0; q < 4; ++q) {
      const typename Bytes::W w0 = Bytes::weights(w + q * width), w1 = Bytes::weights(w + (4 + q) * width),
                              w2 = Bytes::weights(w + (8 + q) * width);
      const typename Bytes::W s0 = Bytes::next_byte(w0), s1 = Bytes::next_byte(w1), s2 = Bytes::next_byte(w2);
      const typename Bytes::Acc start = Bytes::load(bias + q * (width / 4));
      std::int32_t* to = sums + q * (width / 4);
      for (kernels::Index at = q * width, t = 0; t < tiles; ++t, at += 4 * width, to += pixels * width) {
        const typename Bytes::V a = Bytes::load(top + at), b = Bytes::load(middle + at), c = Bytes::load(bottom + at);
        const typename Bytes::Acc acc = first ? start : Bytes::load(to);
        Bytes::store(Bytes::dot(c, w2, Bytes::dot(b, w1, Bytes::dot(a, w0, acc))), to);
        if (pixels == 1) continue;
        const typename Bytes::Acc second = first ? start : Bytes::load(to + width);
        Bytes::store(Bytes::dot(c, s2, Bytes::dot(b, s1, Bytes::dot(a, s0, second))), to + width);
      }
    }
  }

  /// Pixels [x, x + count) of the rows.
  HONE_NOINLINE void run(kernels::Range rows, kernels::Index x, kernels::Index count) const {
    constexpr kernels::Index line_bytes = strip / pixels * 4 * width;
    alignas(64) std::uint8_t lines[3][line_bytes];
    alignas(64) std::int32_t sums[strip * width + U8::lanes];
    const kernels::Window& win = d.window;
    const kernels::Index tiles = (count + pixels - 1) / pixels;  // of the last a pixel may go unused
    for (kernels::Index r = rows.begin, filled = 0; r < rows.end; ++r) {
      const kernels::Index image = r / win.out_h, y = r % win.out_h * win.step_y - win.pad_top;
      if (r == rows.begin || r % win.out_h == 0) filled = y;  // rows of the image before `filled` are in their lines
      // Row i of the image lies in line i modulo 3; y + pad_top >= 0, so three times the padding makes it positive.
      const kernels::Index first = (y + 3 * win.pad_top) % 3;
      const std::uint8_t *top = lines[first], *middle = lines[(first + 1) % 3], *bottom = lines[(first + 2) % 3];
      for (kernels::Index i = filled > y ? filled - y : 0; i < 3; ++i)
        fill_line(image, y + i, x, tiles, lines[(first + i) % 3]);
      filled = y + 3;
      sum<true>(top, middle, bottom, tiles, w, scales.bias, sums);
      if (parts == 2) sum<false>(top, middle, bottom, tiles, w + DepthwiseChunk::part_bytes(width), scales.bias, sums);
      finish(sums, count, static_cast<std::uint8_t*>(d.out) + (r * win.out_w + x) * d.ldc + chunk.begin);
    }
  }
  HONE_INLINE void finish(const std::int32_t* sums, kernels::Index count, std::uint8_t* out) const {
    switch (scales.q.rounding) {
      case kernels::Rounding::tflite:
        return finish_depthwise_dot<RoundTflite, width>(scales.q, d.out_unsigned, sums, count, out, d.ldc);
      case kernels::Rounding::single:
        return finish_depthwise_dot<RoundSingle, width>(scales.q, d.out_unsigned, sums, count, out, d.ldc);
      case kernels::Rounding::ort:
        return finish_depthwise_dot<RoundOrt, width>(scales.q, d.out_unsigned, sums, count, out, d.ldc);
    }
  }
  HONE_INLINE void run(kernels::Range rows) const {
    const kernels::Index out_w = d.window.out_w;
    for (kernels::Index x = 0; x < out_w; x += strip) run(rows, x, out_w - x < strip ? out_w - x : strip);
  }
};

template <int width>
HONE_INLINE void run_depthwise_dot_chunk(const kernels::DepthwiseI8& d, kernels::Range rows, DepthwiseChunk k,
                                         const std::int8_t* w, const std::uint8_t* padding, kernels::Index parts) {
  const std::int32_t offset = d.a_unsigned ? IntegerDot::offset_unsigned : IntegerDot::offset_signed;
  const std::uint8_t flip = offset != 0 ? 0x80 : 0;  // adding 128 modulo 256 is flipping the top bit
  const DepthwiseScales<width> scales(d, k.begin, w + parts * DepthwiseChunk::part_bytes(width), offset);
  if (d.window.step_x == 1)
    DepthwiseDot<width, 1>{d, k, w, parts, scales, padding, flip}.run(rows);
  else
    DepthwiseDot<width, 2>{d, k, w, parts, scales, padding, flip}.run(rows);
}

/// Whether it took the layer; `packed` as pack_depthwise_dot left it.
inline bool run_depthwise_dot(const kernels::DepthwiseI8& d, kernels::Range rows, const std::int8_t* packed) {
  const kernels::Window& win = d.window;
  const kernels::Index parts = *packed;
  if (win.dilation_x != 1 || win.dilation_y != 1 || win.step_x > 2 || d.multiplier != 1 || parts == 0) return false;
  packed += depthwise_dot_header;
  alignas(64) std::uint8_t padding[U8::lanes];
  for (std::uint8_t& value : padding) value = static_cast<std::uint8_t>(d.a_zero);
  for (DepthwiseChunk k{}; k.begin + k.width < win.channels; packed += DepthwiseChunk::bytes(k.width, parts)) {
    k = DepthwiseChunk::at(k.begin + k.width, win.channels);
    if (k.width == U8::lanes) run_depthwise_dot_chunk<U8::lanes>(d, rows, k, packed, padding, parts);
#if HONE_VECTOR_BYTES >= 32
    else if (k.width == U8::lanes / 2)
      run_depthwise_dot_chunk<U8::lanes / 2>(d, rows, k, packed, padding, parts);
#endif
#if HONE_VECTOR_BYTES >= 64
    else
      run_depthwise_dot_chunk<U8::lanes / 4>(d, rows, k, packed, padding, parts);
#endif
  }
  return true;
}

}  // namespace
}  // namespace hone::HONE_TIER_NS

#endif
