// Operations on each element of flat arrays: sums, and conversions between real and quantised values.
#pragma once
#include <cmath>
#include <span>
#include <string>

#include "../../kernels/fixed_point.hpp"
#include "gemm.hpp"

namespace hone {

namespace detail {
/// Elements that threads share arrays out in: whole cache lines and whole vectors of every type.
inline constexpr kernels::Index element_unit = 64;

/// Calls run(range) for ranges that cover [0, count).
template <class Run> void split_elements(kernels::Index count, const Parallel& parallel, Run&& run) {
  split(count, element_unit, 0, parallel, [&](kernels::Range range, kernels::Range, std::size_t) { run(range); });
}

inline Expected<void> check_quantization(const Quantization& q, DType type, const char* what) {
  std::int32_t lo = 0, hi = 0;
  range_of(q.type, lo, hi);
  if (q.type != type) {
    return invalid(std::string(what) + " holds " + name_of(type) + ", its quantisation is for " + name_of(q.type));
  }
  if (!(q.scale > 0) || !std::isfinite(q.scale) || q.zero_point < lo || q.zero_point > hi) {
    return invalid(std::string(what) + ": scale " + std::to_string(q.scale) + ", zero point " +
                   std::to_string(q.zero_point) + "; expected a positive scale and a zero point of type " +
                   name_of(q.type));
  }
  return {};
}
inline Expected<void> check_sizes(std::size_t x, std::size_t y, const char* what) {
  if (x == y) return {};
  return invalid(std::string(what) + ": x has " + std::to_string(x) + " elements, y " + std::to_string(y) +
                 "; expected the same");
}
inline Expected<void> check_add_sizes(std::size_t a, std::size_t b, std::size_t y) {
  if ((a == y || a == 1) && (b == y || b == 1)) return {};
  return invalid("add: a has " + std::to_string(a) + " elements, b " + std::to_string(b) + ", y " + std::to_string(y) +
                 "; expected the same, or 1 for a or b");
}

/// The numbers of an 8-bit sum; a, b and out are the caller's to fill in.
inline Expected<kernels::AddI8> add_args(const Quantization& a, const Quantization& b, const Quantization& y,
                                         const IntegerClamp& clamp) {
  if (auto ok = check_quantization(a, y.type, "a"); !ok) return tl::unexpected<Error>(ok.error());
  if (auto ok = check_quantization(b, y.type, "b"); !ok) return tl::unexpected<Error>(ok.error());
  if (auto ok = check_quantization(y, y.type, "y"); !ok) return tl::unexpected<Error>(ok.error());
  kernels::AddI8 add;
  add.is_unsigned = y.type == DType::u8;
  cut_to_type(y.type, clamp, add.lo, add.hi);
  if (!kernels::prepare_add(add, a.scale, a.zero_point, b.scale, b.zero_point, y.scale, y.zero_point)) {
    return invalid("add: scales " + std::to_string(a.scale) + " and " + std::to_string(b.scale) + " to " +
                   std::to_string(y.scale) + "; the output's is too small for the inputs'");
  }
  return add;
}

/// The numbers of a conversion between 8-bit types whose real factor is `factor`.
inline Expected<kernels::Rescale> rescale_args(const Quantization& x, const Quantization& y, double factor,
                                               const IntegerClamp& clamp) {
  if (auto ok = check_quantization(x, x.type, "x"); !ok) return tl::unexpected<Error>(ok.error());
  if (auto ok = check_quantization(y, y.type, "y"); !ok) return tl::unexpected<Error>(ok.error());
  const kernels::FixedPoint f = kernels::to_fixed_point(factor);
  if (f.shift > 23) {  // 255 * 2^24 no longer fits 32 bits
    return invalid("scales " + std::to_string(x.scale) + " to " + std::to_string(y.scale) +
                   "; expected a factor below 2^23");
  }
  kernels::Rescale r;
  r.in_unsigned = x.type == DType::u8;
  r.out_unsigned = y.type == DType::u8;
  r.in_zero = x.zero_point;
  r.out_zero = y.zero_point;
  r.multiplier = f.multiplier;
  r.left = f.shift > 0 ? f.shift : 0;
  r.right = f.shift < 0 ? -f.shift : 0;
  cut_to_type(y.type, clamp, r.lo, r.hi);
  return r;
}

template <class Kernel, class Args>
Expected<void> run_elements(Kernel kernel, const Args& args, std::size_t count, const Parallel& parallel) {
  split_elements(static_cast<kernels::Index>(count), parallel, [&](kernels::Range range) { kernel(args, range); });
  return {};
}
}  // namespace detail

/// y[i] = clamp(a[i] + b[i]), float32. a or b may be one element, which then stands for all. y may be a or b
/// themselves, or overlap neither. Options in any order: Clamp, Parallel. Errors: invalid_argument when sizes disagree.
template <class... Option>
Expected<void> add(std::span<const float> a, std::span<const float> b, std::span<float> y, const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_add_sizes(a.size(), b.size(), y.size()); !ok) return ok;
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  const kernels::AddF32 args{a.data(), b.data(),         a.size() == 1,   b.size() == 1,
                             y.data(), options.clamp.lo, options.clamp.hi};
  return detail::run_elements(cpu::kernels<kernels::AddKernels>(*tier)->f32, args, y.size(), options.parallel);
}

/// The same on 8-bit values with scales of their own, TensorFlow Lite's ADD bit for bit:
/// y = clamp(round(((a - za) * sa + (b - zb) * sb) / sy) + zy) in fixed-point arithmetic. T: std::int8_t or
/// std::uint8_t, as the three Quantizations say. Options: IntegerClamp, Parallel. Errors: invalid_argument when sizes,
/// types or scales disagree (the output's scale must be above 2^-19 of the inputs').
template <class T, class... Option, class = std::enable_if_t<sizeof(T) == 1>>
Expected<void> add(std::span<const T> a, const Quantization& a_quantization, std::span<const T> b,
                   const Quantization& b_quantization, std::span<T> y, const Quantization& y_quantization,
                   const Option&... option) {
  detail::EitherOptions options;
  (options.set(option), ...);
  if (auto ok = detail::check_add_sizes(a.size(), b.size(), y.size()); !ok) return ok;
  if (auto ok = detail::check_quantization(y_quantization, dtype_of<T>, "y"); !ok) return ok;
  auto args = detail::add_args(a_quantization, b_quantization, y_quantization, options.integer_clamp);
  if (!args) return tl::unexpected<Error>(args.error());
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  args->a = a.data();
  args->b = b.data();
  args->a_scalar = a.size() == 1;
  args->b_scalar = b.size() == 1;
  args->out = y.data();
  return detail::run_elements(cpu::kernels<kernels::AddKernels>(*tier)->i8, *args, y.size(), options.parallel);
}

/// y[i] = clamp(round(x[i] / q.scale) + q.zero_point) to the range of T; halves away from zero (Rounding::tflite and
/// single) or to even (Rounding::ort). Infinities become the bounds, NaN some value of the type.
/// T: std::int8_t or std::uint8_t, as q.type. Errors: invalid_argument when sizes or types disagree.
template <class T, class... Option, class = std::enable_if_t<sizeof(T) == 1>>
Expected<void> quantize(std::span<const float> x, std::span<T> y, const Quantization& q,
                        Rounding rounding = Rounding::tflite, const Option&... option) {
  detail::EitherOptions options;
  (options.set(option), ...);
  if (auto ok = detail::check_sizes(x.size(), y.size(), "quantize"); !ok) return ok;
  if (auto ok = detail::check_quantization(q, dtype_of<T>, "y"); !ok) return ok;
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  kernels::Quantize args{x.data(), y.data(), q.type == DType::u8, rounding, q.scale, q.zero_point, 0, 0};
  detail::cut_to_type(q.type, options.integer_clamp, args.lo, args.hi);
  return detail::run_elements(cpu::kernels<kernels::QuantizeKernels>(*tier)->quantize, args, y.size(),
                              options.parallel);
}

/// y[i] = (x[i] - q.zero_point) * q.scale, float32. T: std::int8_t or std::uint8_t, as q.type. Options: Parallel.
/// Errors: invalid_argument when sizes or types disagree.
template <class T, class... Option, class = std::enable_if_t<sizeof(T) == 1>>
Expected<void> dequantize(std::span<const T> x, const Quantization& q, std::span<float> y, const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_sizes(x.size(), y.size(), "dequantize"); !ok) return ok;
  if (auto ok = detail::check_quantization(q, dtype_of<T>, "x"); !ok) return ok;
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  const kernels::Dequantize args{x.data(), q.type == DType::u8, y.data(), q.scale, q.zero_point};
  return detail::run_elements(cpu::kernels<kernels::QuantizeKernels>(*tier)->dequantize, args, y.size(),
                              options.parallel);
}

}  // namespace hone
