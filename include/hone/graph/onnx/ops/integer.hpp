// Products of 8-bit integers, exact in int32: MatMulInteger, ConvInteger, and QLinearMatMul, which requantises. On
// Hone's kernels where one zero point holds for all of b; by definition otherwise.
#pragma once
#include "conv.hpp"
#include "matmul.hpp"
#include "quantize.hpp"

namespace hone::graph::onnx::ops {

/// Weights k x n as int8 (uint8 less 128), packed, with what folding zero points needs.
struct PackedIntegers {
  PackedMatrix<std::int8_t> matrix;
  std::int32_t zero = 0;
};
inline Expected<PackedIntegers> pack_integers(const Call& call, const std::byte* b, DType type, Index k, Index n,
                                              Index stride_k, Index stride_n, std::int32_t zero) {
  std::vector<std::int8_t> weights(static_cast<std::size_t>(k * n));
  for (Index i = 0; i < k; ++i) {
    for (Index c = 0; c < n; ++c) {
      const auto bits = std::to_integer<std::uint8_t>(b[i * stride_k + c * stride_n]);
      weights[static_cast<std::size_t>(i * n + c)] = static_cast<std::int8_t>(type == DType::u8 ? bits ^ 0x80 : bits);
    }
  }
  if (type == DType::u8) zero -= 128;
  HONE_TRY(matrix, PackedMatrix<std::int8_t>::make(call.session.tier, k, n, weights.data(), n, 1, zero));
  return PackedIntegers{std::move(matrix), zero};
}
/// y[m,n] = sum over k of (a - a_zero) * (b - b_zero), int32; `window`: a is an image, see kernels::Window.
inline Expected<void> multiply_integers(const Call& call, const PackedIntegers& b, const void* a, bool a_unsigned,
                                        std::int32_t a_zero, Index m, Index lda, const kernels::Window* window,
                                        std::int32_t* y, Index ldy) {
  const auto* table = cpu::kernels<kernels::GemmI8Kernels>(b.matrix.tier());
  const auto n = static_cast<std::size_t>(b.matrix.cols());
  std::vector<std::int32_t> bias(n + 64);  // kernels read whole vectors
  const std::int64_t offset = a_zero + (a_unsigned ? table->offset_unsigned : table->offset_signed);
  for (std::size_t c = 0; c < n; ++c) bias[c] = static_cast<std::int32_t>(-offset * b.matrix.sums()[c].sum);
  kernels::GemmI8 g;
  g.m = m;
  g.n = b.matrix.cols();
  g.k = b.matrix.rows();
  g.a = a;
  g.lda = lda;
  g.window = window;
  g.a_unsigned = a_unsigned;
  g.a_zero = a_zero;
  g.b_zero = b.zero;
  g.b = b.matrix.data();
  g.bias = bias.data();
  g.output = kernels::Output::s32;
  g.c = y;
  g.ldc = ldy;
  HONE_TRY(scratch, Buffer<std::byte>::make(hone::detail::gemm_scratch_bytes(*table, g.k, window != nullptr,
                                                                             call.session.parallel.threads())));
  if (m > 0 && n > 0) hone::detail::run_gemm(*table, g, call.session.parallel, scratch.data());
  return {};
}
/// Sums of this many products of 8-bit differences fit int32.
inline constexpr Index longest_exact_sum = (Index{1} << 31) / (255 * 255) - 1;

inline Expected<void> eight_bit_input(const Call& call, std::size_t i) {
  if (call.in(i).type == DType::i8 || call.in(i).type == DType::u8) return {};
  return call.fail(call.input_name(i) + ", expected i8 or u8");
}
/// Zero points of input `of` at input i: none, one, or one for each of `count` rows or columns.
inline Expected<std::vector<std::int32_t>> zero_points(const Call& call, std::size_t i, std::size_t of, Index count) {
  if (!call.has(i)) return std::vector<std::int32_t>{0};
  HONE_CHECK(call.same_types(i, of));
  if (call.in(i).count() != 1) HONE_CHECK(call.count_input(i, count));
  auto all = elements_as<std::int32_t>(call.in(i));
  if (std::all_of(all.begin(), all.end(), [&](std::int32_t z) { return z == all[0]; })) all.resize(1);
  return all;
}

struct PackedProduct {
  std::vector<PackedIntegers> matrices;
};
/// int32 of a * b, the operands at inputs `a` and `b`, their zero points at `a_zero` and `b_zero`.
inline Expected<Value> integer_product(Call& call, std::size_t a, std::size_t b, std::size_t a_zero,
                                       std::size_t b_zero) {
  HONE_CHECK(eight_bit_input(call, a));
  HONE_CHECK(eight_bit_input(call, b));
  const Value &x = call.in(a), &w = call.in(b);
  HONE_TRY(p, product_shape(call, x, w));
  HONE_TRY(zx, zero_points(call, a_zero, a, p.m));
  HONE_TRY(zw, zero_points(call, b_zero, b, p.n));
  if (p.k > longest_exact_sum) return call.fail("sums over " + std::to_string(p.k) + " products may overflow int32");
  HONE_TRY(y, call.make(DType::i32, p.result));
  call.node.operations = 2 * y.count() * p.k;
  std::int32_t* const out = y.out<std::int32_t>();
  if (zx.size() > 1 || zw.size() > 1) {
    HONE_CHECK(call.check_work(static_cast<double>(y.count()) * static_cast<double>(p.k)));
    const auto from = elements_as<std::int32_t>(x), by = elements_as<std::int32_t>(w);
    for_each_product(p, [&](Index i, Index j, Index o) {
      for (Index r = 0; r < p.m; ++r) {
        for (Index c = 0; c < p.n; ++c) {
          std::int32_t sum = 0;
          const std::int32_t z = zx[zx.size() > 1 ? static_cast<std::size_t>(r) : 0],
                             v = zw[zw.size() > 1 ? static_cast<std::size_t>(c) : 0];
          for (Index k = 0; k < p.k; ++k) {
            sum += (from[static_cast<std::size_t>((i * p.m + r) * p.k + k)] - z) *
                   (by[static_cast<std::size_t>((j * p.k + k) * p.n + c)] - v);
          }
          out[(o * p.m + r) * p.n + c] = sum;
        }
      }
    });
    return std::move(y);
  }
  auto& packed = call.state<PackedProduct>().matrices;
  const bool keep = call.is_constant(b) && call.is_constant(b_zero);
  if (packed.empty() || !keep) {
    packed.clear();
    call.node.state_bytes = 0;
    for (Index i = 0; i < element_count(p.b); ++i) {
      HONE_TRY(matrix, pack_integers(call, w.data + i * p.k * p.n, w.type, p.k, p.n, p.n, 1, zw[0]));
      if (keep) call.node.state_bytes += matrix.matrix.bytes();
      packed.push_back(std::move(matrix));
    }
  }
  Expected<void> ok;
  const auto run = [&](Index i, Index j, Index o, Index rows) {
    if (ok) {
      ok = multiply_integers(call, packed[static_cast<std::size_t>(j)], x.data + i * p.m * p.k, x.type == DType::u8,
                             zx[0], rows, p.k, nullptr, out + o * p.m * p.n, p.n);
    }
  };
  if (packed.size() == 1 && p.batch == p.a)
    run(0, 0, 0, element_count(p.a) * p.m);
  else
    for_each_product(p, [&](Index i, Index j, Index o) { run(i, j, o, p.m); });
  if (!keep) packed.clear();
  HONE_CHECK(ok);
  return std::move(y);
}
inline Results mat_mul_integer(Call& call) { return one(integer_product(call, 0, 1, 2, 3)); }

/// int32 of a convolution; x at input 0, w at input `w_at`.
inline Expected<Value> integer_conv(Call& call, std::size_t w_at, std::size_t x_zero, std::size_t w_zero) {
  HONE_CHECK(eight_bit_input(call, 0));
  HONE_CHECK(eight_bit_input(call, w_at));
  const Value &x = call.in(0), &w = call.in(w_at);
  HONE_TRY(s, conv_shape(call, x, w));
  HONE_TRY(zx, zero_points(call, x_zero, 0, 1));
  HONE_TRY(zw, zero_points(call, w_zero, w_at, s.o));
  const Index k = s.g.kernel_size() * s.group_c();
  if (k > longest_exact_sum) return call.fail("sums over " + std::to_string(k) + " products may overflow int32");
  HONE_TRY(y, call.make(DType::i32, s.g.out_shape(s.n, s.o)));
  call.node.operations = 2 * y.count() * k;
  if (y.count() == 0) return std::move(y);
  if (s.g.dims == 3 || zw.size() > 1 || s.group > 1 || s.c == 0) {
    HONE_CHECK(call.check_work(s.g.work(s.n * s.o) * static_cast<double>(s.group_c() + 1)));
    auto from = elements_as<std::int64_t>(x), by = elements_as<std::int64_t>(w);
    for (auto& v : from) v -= zx[0];
    for (std::size_t i = 0, each = by.size() / static_cast<std::size_t>(s.o); i < by.size(); ++i) {
      by[i] -= zw[zw.size() > 1 ? i / each : 0];
    }
    std::vector<std::int64_t> to(static_cast<std::size_t>(y.count()));
    convolve<std::int64_t>(s, from.data(), by.data(), nullptr, to.data());
    store(to.data(), y.count(), DType::i32, y.own);
    return std::move(y);
  }
  auto& packed = call.state<std::optional<PackedIntegers>>();
  if (!packed || !call.is_constant(w_at) || !call.is_constant(w_zero)) {
    // OCHW as k x n: k = (tap, c), so that it meets the windows of an NHWC image.
    HONE_TRY(turned, transposed(call, w.reshaped({s.o, s.c, s.g.kernel_size()}), {2, 1, 0}));
    HONE_TRY(made, pack_integers(call, turned.data, w.type, k, s.o, s.o, 1, zw[0]));
    packed = std::move(made);
    call.node.state_bytes = packed->matrix.bytes();
  }
  HONE_TRY(image, transposed(call, x.reshaped({s.n, s.c, s.g.in_size()}), {0, 2, 1}));
  HONE_TRY(out, call.make(DType::i32, {s.n, s.g.out_size(), s.o}));
  const ImageView<const std::byte> all(image.data, s.n, s.g.in[1], s.g.in[2], s.c),
      result(nullptr, s.n, s.g.out[1], s.g.out[2], s.o);
  const kernels::Window window = hone::detail::make_window(
      all, result, s.g.kernel[1], s.g.kernel[2],
      {s.g.stride[1], s.g.stride[2], s.g.dilation[1], s.g.dilation[2], s.g.before[1], s.g.before[2]});
  HONE_CHECK(multiply_integers(call, *packed, image.data, x.type == DType::u8, zx[0], s.n * s.g.out_size(), s.c,
                               hone::detail::is_pointwise(window) ? nullptr : &window, out.out<std::int32_t>(), s.o));
  HONE_TRY(back, transposed(call, out, {0, 2, 1}));
  return back.reshaped(y.shape);
}
inline Results conv_integer(Call& call) { return one(integer_conv(call, 1, 2, 3)); }

/// y = clamp(round(acc * (x_scale * w_scale / y_scale)) + y_zero): mode `ort` of docs/numerics.md. `inner`: elements of
/// acc between two steps of a channel of which there are `channels`.
inline Results requantized(Call& call, const Value& acc, std::size_t x_scale, std::size_t w_scale, std::size_t y_scale,
                           std::size_t y_zero, const std::vector<std::int32_t>& bias, Index channels, Index inner) {
  const DType type = call.in(y_zero).type;
  if (type != DType::i8 && type != DType::u8) return call.fail(call.input_name(y_zero) + ", expected i8 or u8");
  for (const std::size_t i : {x_scale, y_scale, y_zero}) HONE_CHECK(call.count_input(i, 1));
  if (call.in(w_scale).count() != 1) HONE_CHECK(call.count_input(w_scale, channels));
  const auto w = elements_as<float>(call.in(w_scale));
  std::vector<float> scales;
  scales.reserve(w.size());
  for (const float s : w) {
    scales.push_back(element_as<float>(call.in(x_scale), 0) * s / element_as<float>(call.in(y_scale), 0));
  }
  const auto zero = element_as<float>(call.in(y_zero), 0);
  auto [lo, hi] = bounds_of(type);
  if (call.integer("relu") != 0) lo = zero;  // of a fused QLinearConv
  HONE_TRY(y, call.make(type, acc.shape));
  float results[block];
  for (Index i = 0; i < acc.count(); i += block) {
    const Index count = std::min(block, acc.count() - i);
    for (Index j = 0; j < count; ++j) {
      const auto c = static_cast<std::size_t>((i + j) / inner % channels);
      const std::int64_t sum = std::int64_t{acc.as<std::int32_t>()[i + j]} + (bias.empty() ? 0 : bias[c]);
      const float p = static_cast<float>(sum) * scales[scales.size() > 1 ? c : 0];
      results[j] = quantized(p, 1, zero, lo, hi);
    }
    store(results, count, type, y.own + i);
  }
  return one(std::move(y));
}
/// a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero.
inline Results qlinear_mat_mul(Call& call) {
  HONE_TRY(acc, integer_product(call, 0, 3, 2, 5));
  const Index n = acc.rank() > 0 ? acc.shape.back() : 1;
  return requantized(call, acc, 1, 4, 6, 7, {}, n, 1);
}
}  // namespace hone::graph::onnx::ops
