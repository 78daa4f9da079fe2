// Functions of each element: activations and elementary functions in float32, and any function of 8 bits by table.
//
//   hone::unary(hone::Unary::gelu, x, y);
//   hone::unary(hone::Unary::identity, x, y, hone::Clamp{0, 6});   // ReLU6
#pragma once
#include <array>
#include <span>
#include <string>

#include "elementwise.hpp"

namespace hone {

/// Which function; kernels/elements.hpp gives each formula and its error bound.
using kernels::Unary;
/// The numbers of functions that take some: leaky_relu and elu alpha; hard_sigmoid clamp(alpha * x + beta, 0, 1).
struct UnaryParams {
  float alpha = 0, beta = 0;
};

namespace detail {
struct UnaryOptions : Options {
  UnaryParams params;
  using Options::set;
  void set(const UnaryParams& p) { params = p; }
};
inline Expected<void> check_arrays(const void* x, std::size_t x_size, const void* y, std::size_t y_size,
                                   const char* what) {
  if (auto ok = check_sizes(x_size, y_size, what); !ok) return ok;
  if (x_size == 0 || (x != nullptr && y != nullptr)) return {};
  return invalid(std::string(what) + ": null data for " + std::to_string(x_size) + " elements");
}
}  // namespace detail

/// y[i] = clamp(f(x[i])), float32; NaN stays NaN. y may be x itself, or not overlap it.
/// Options in any order: UnaryParams, Clamp, Parallel. Accuracy: the bound of f (HONE_UNARY_FUNCTIONS), on every tier.
/// Errors: invalid_argument when sizes disagree or data is null.
template <class... Option>
Expected<void> unary(Unary f, std::span<const float> x, std::span<float> y, const Option&... option) {
  detail::UnaryOptions options;
  (options.set(option), ...);
  if (auto ok = detail::check_arrays(x.data(), x.size(), y.data(), y.size(), "unary"); !ok) return ok;
  const auto index = static_cast<std::size_t>(f);
  if (index >= kernels::unary_count) return detail::invalid("unary: function " + std::to_string(index));
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  const kernels::UnaryF32 args{x.data(),         y.data(),        options.params.alpha, options.params.beta,
                               options.clamp.lo, options.clamp.hi};
  return detail::run_elements(cpu::kernels<kernels::UnaryKernels>(*tier)->f32[index], args, y.size(), options.parallel);
}

/// y[i] = table[x[i]] on 8-bit values: any function of one, in one pass. int8 values index the table by their bits, as
/// uint8. y may be x itself, or not overlap it. Options: Parallel. Errors: invalid_argument when sizes disagree or data is null.
template <class T, class... Option, class = std::enable_if_t<sizeof(T) == 1>>
Expected<void> lookup(const std::array<T, 256>& table, std::span<const T> x, std::span<T> y, const Option&... option) {
  detail::Options options;
  (options.set(option), ...);
  if (auto ok = detail::check_arrays(x.data(), x.size(), y.data(), y.size(), "lookup"); !ok) return ok;
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  const auto bytes = [](auto* p) { return reinterpret_cast<const std::uint8_t*>(p); };
  const kernels::Lookup8 args{bytes(x.data()), reinterpret_cast<std::uint8_t*>(y.data()), bytes(table.data())};
  return detail::run_elements(cpu::kernels<kernels::LookupKernels>(*tier)->run, args, y.size(), options.parallel);
}

}  // namespace hone
