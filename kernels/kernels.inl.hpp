// Every kernel of one tier: included once per tier, after the vocabulary (backends/cpu/tiers.hpp).
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#endif
#include "simd/dot.hpp"
// dot.hpp says how 8-bit products are summed; the rest is written over the vocabulary alone.
#include "transpose.inl.hpp"
#include "gemm.inl.hpp"
#include "window.inl.hpp"
#include "requantize.inl.hpp"
#include "gemm_i8.inl.hpp"
#include "tap_geometry.inl.hpp"
#include "depthwise_i8_dot.inl.hpp"
#include "depthwise_i8.inl.hpp"
#ifdef HONE_TIER_LIKE
#include "tier_like.inl.hpp"
#else
#include "simd/byte_table.hpp"
#include "math.inl.hpp"
#include "reduce.inl.hpp"
#include "gemm_f32.inl.hpp"
#include "gemm_half.inl.hpp"
#include "depthwise_f32.inl.hpp"
#include "pool.inl.hpp"
#include "half.inl.hpp"
#include "quantize.inl.hpp"
#include "unary_f32.inl.hpp"
#include "binary_f32.inl.hpp"
#include "elementwise.inl.hpp"
#include "lookup.inl.hpp"
#include "normalize.inl.hpp"
#include "softmax.inl.hpp"
#include "sparse_f32.inl.hpp"
#endif
