// pool: out[p, c] = clamp(mean or maximum over the window's positions inside the image), in f32, s8 and u8; included once
// per tier.
// in: NHWC through Window; out: pixel p at out + p * ldc. Positions in the padding are not counted; a window must have one
// inside. 8-bit means are sum / count rounded half away from zero, of at most 65,536 values. NaN gives NaN.
// Equals ref::average_pool and ref::max_pool: exactly, but for the f32 mean, which is within count * eps * mean of |in|.
// Limit: one load for each value read, so two vectors a cycle from L1. A pass over the window for each vector of channels.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "tap_geometry.inl.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

// A pool is what it keeps for each lane (`Vector`), how it takes a value in, and how it ends.

struct AverageF32 {
  using T = float;
  using Vector = F32;
  const kernels::PoolF32& pool;
  HONE_INLINE F32 first() const { return F32::zero(); }
  HONE_INLINE F32 take(F32 sum, F32 v) const { return sum + v; }
  HONE_INLINE F32 finish(F32 sum, std::int32_t count) const {
    return min(F32::splat(pool.hi), max(F32::splat(pool.lo), sum / F32::splat(static_cast<float>(count))));
  }
};

struct MaxF32 {
  using T = float;
  using Vector = F32;
  const kernels::PoolF32& pool;
  HONE_INLINE F32 first() const { return F32::splat(-std::numeric_limits<float>::infinity()); }
  HONE_INLINE F32 take(F32 most, F32 v) const { return max_or_nan(most, v); }
  HONE_INLINE F32 finish(F32 most, std::int32_t) const {
    return min(F32::splat(pool.hi), max(F32::splat(pool.lo), most));
  }
};

template <class Byte> struct AverageI8 {
  using T = Byte;
  using Vector = I32;
  const kernels::PoolI8& pool;
  HONE_INLINE I32 first() const { return I32::zero(); }
  HONE_INLINE I32 take(I32 sum, I32 v) const { return sum + v; }
  /// With a = |sum| + count / 2 < 2^24, a and a / count are exact in float32 but for rounding up to the next integer,
  /// or to the nearest one in to_i32: one too many at most, which the remainder's sign shows.
  HONE_INLINE I32 finish(I32 sum, std::int32_t count) const {
    const I32 n = I32::splat(count), a = max(sum, I32::zero() - sum) + I32::splat(count / 2);
    I32 q = to_i32(to_f32(a) / F32::splat(static_cast<float>(count)));
    q = q + sign_mask(a - q * n);
    const I32 s = sign_mask(sum);
    return min(max(q + (s + s) * q, I32::splat(pool.lo)), I32::splat(pool.hi));  // the sum's sign again: q or -q
  }
};

template <class Byte> struct MaxI8 {
  using T = Byte;
  using Vector = I32;
  const kernels::PoolI8& pool;
  HONE_INLINE I32 first() const { return I32::splat(-128); }
  HONE_INLINE I32 take(I32 most, I32 v) const { return max(most, v); }
  HONE_INLINE I32 finish(I32 most, std::int32_t) const {
    return min(max(most, I32::splat(pool.lo)), I32::splat(pool.hi));
  }
};

/// One vector of channels from c of one output pixel; `vectors` of them when they are whole.
template <class Pool, int vectors, bool whole>
HONE_INLINE void pool_channels(const Pool& p, const typename Pool::T* window, kernels::Range ky, kernels::Range kx,
                               kernels::Index c, std::size_t n, typename Pool::T* out) {
  using V = typename Pool::Vector;
  const kernels::Window& w = p.pool.window;
  V acc[vectors];
  HONE_UNROLL for (int v = 0; v < vectors; ++v) acc[v] = p.first();
  for (kernels::Index y = ky.begin; y < ky.end; ++y) {
    const typename Pool::T* from = window + y * w.dilation_y * w.stride_y + kx.begin * w.dilation_x * w.stride_x + c;
    for (kernels::Index x = kx.begin; x < kx.end; ++x, from += w.dilation_x * w.stride_x) {
      HONE_UNROLL for (int v = 0; v < vectors; ++v) {
        if constexpr (whole)
          acc[v] = p.take(acc[v], V::load(from + v * V::lanes));
        else
          acc[v] = p.take(acc[v], V::load_n(from, n));
      }
    }
  }
  const auto count = static_cast<std::int32_t>((ky.end - ky.begin) * (kx.end - kx.begin));
  HONE_UNROLL for (int v = 0; v < vectors; ++v) {
    if constexpr (whole)
      p.finish(acc[v], count).store(out + c + v * V::lanes);
    else
      p.finish(acc[v], count).store_n(out + c, n);
  }
}

template <class Pool> void run_pool(const Pool& p, kernels::Range rows) {
  using T = typename Pool::T;
  constexpr kernels::Index lanes = Pool::Vector::lanes, block = 4 * lanes;
  const kernels::Window& w = p.pool.window;
  for (kernels::Index r = rows.begin; r < rows.end; ++r) {
    const kernels::Index y = r % w.out_h * w.step_y - w.pad_top;
    const kernels::Range ky = taps_inside(y, w.dilation_y, w.kernel_h, w.in_h);
    const T* image = static_cast<const T*>(p.pool.in) + r / w.out_h * w.stride_n;
    for (kernels::Index ox = 0; ox < w.out_w; ++ox) {
      const kernels::Index x = ox * w.step_x - w.pad_left;
      const kernels::Range kx = taps_inside(x, w.dilation_x, w.kernel_w, w.in_w);
      const T* window = image + y * w.stride_y + x * w.stride_x;
      T* out = static_cast<T*>(p.pool.out) + (r * w.out_w + ox) * p.pool.ldc;
      kernels::Index c = 0;
      for (; c + block <= w.channels; c += block) pool_channels<Pool, 4, true>(p, window, ky, kx, c, 0, out);
      for (; c + lanes <= w.channels; c += lanes) pool_channels<Pool, 1, true>(p, window, ky, kx, c, 0, out);
      if (c < w.channels) {
        pool_channels<Pool, 1, false>(p, window, ky, kx, c, static_cast<std::size_t>(w.channels - c), out);
      }
    }
  }
}

HONE_WHEN_USED void run_average_pool_f32(const kernels::PoolF32& p, kernels::Range rows) {
  run_pool(AverageF32{p}, rows);
}
HONE_WHEN_USED void run_max_pool_f32(const kernels::PoolF32& p, kernels::Range rows) { run_pool(MaxF32{p}, rows); }
HONE_WHEN_USED void run_average_pool_i8(const kernels::PoolI8& p, kernels::Range rows) {
  if (p.is_unsigned)
    run_pool(AverageI8<std::uint8_t>{p}, rows);
  else
    run_pool(AverageI8<std::int8_t>{p}, rows);
}
HONE_WHEN_USED void run_max_pool_i8(const kernels::PoolI8& p, kernels::Range rows) {
  if (p.is_unsigned)
    run_pool(MaxI8<std::uint8_t>{p}, rows);
  else
    run_pool(MaxI8<std::int8_t>{p}, rows);
}

HONE_TABLE kernels::PoolKernels pool_kernels = {&run_average_pool_f32<when_used>, &run_max_pool_f32<when_used>,
                                                &run_average_pool_i8<when_used>, &run_max_pool_i8<when_used>};

}  // namespace
}  // namespace hone::HONE_TIER_NS
