// Definitions of matmul.hpp (see api.hpp).
#pragma once
#include "matmul.hpp"

namespace hone {
namespace detail {

template <class T> Expected<void> check_batch(const BatchView<T>& v, std::ptrdiff_t batch, const char* what) {
  if (auto ok = check_shape(v.rows, v.cols, v.stride, v.data == nullptr && v.batch > 0, what); !ok) return ok;
  constexpr auto most = std::numeric_limits<std::ptrdiff_t>::max() / 64;
  if (v.batch < 0 || v.batch_stride < 0 || (v.batch != batch && v.batch != 1) ||
      (v.batch > 0 && v.batch_stride > most / v.batch)) {
    return invalid(std::string("matmul: ") + what + " holds " + std::to_string(v.batch) + " matrices " +
                   std::to_string(v.batch_stride) + " apart; expected " + std::to_string(batch) + " or 1");
  }
  return {};
}

/// One thread's share of the scratch, in bytes.
struct MatmulLayout {
  std::size_t x = 0, total = 0;
};
inline MatmulLayout matmul_layout(const kernels::GemmF32Kernels& table, std::ptrdiff_t m, std::ptrdiff_t n,
                                  std::ptrdiff_t k, bool transposed_x) {
  MatmulLayout layout;
  layout.x = round_up_64(static_cast<std::size_t>(table.packed_elements(k, n)) * sizeof(float));
  layout.total = layout.x + (transposed_x ? round_up_64(static_cast<std::size_t>(m * k) * sizeof(float)) : 0);
  return layout;
}

HONE_API Expected<void> matmul(const BatchView<const float>& x, const BatchView<const float>& w,
                               const BatchView<float>& y, const MatmulOptions& options) {
  if (auto ok = check_batch(y, y.batch, "y"); !ok) return ok;
  if (auto ok = check_batch(x, y.batch, "x"); !ok) return ok;
  if (auto ok = check_batch(w, y.batch, "w"); !ok) return ok;
  const bool transposed_x = options.transposed.x, transposed_w = options.transposed.w;
  const std::ptrdiff_t m = transposed_x ? x.cols : x.rows, k = transposed_x ? x.rows : x.cols;
  const std::ptrdiff_t n = transposed_w ? w.rows : w.cols, w_k = transposed_w ? w.cols : w.rows;
  if (auto ok = check_product(m, k, w_k, n, y.rows, y.cols); !ok) return ok;
  if (auto ok = check_bias(options.bias, n); !ok) return ok;
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  if (y.batch == 0 || m == 0 || n == 0) return {};
  const auto& table = *cpu::kernels<kernels::GemmF32Kernels>(*tier);
  const auto& transposes = *cpu::kernels<kernels::TransposeKernels>(*tier);
  const MatmulLayout layout = matmul_layout(table, m, n, k, transposed_x);
  const std::size_t threads = options.parallel.threads();
  const bool by_batch = y.batch > 1;  // each thread packs for itself
  auto scratch = ScratchHolder::make(options.scratch, layout.total * (by_batch ? threads : 1));
  if (!scratch) return tl::unexpected<Error>(scratch.error());

  const auto step = [](const auto& v) { return v.batch == 1 ? 0 : v.batch_stride; };
  const auto product = [&](std::ptrdiff_t b, std::byte* memory, bool pack, const Parallel& parallel) {
    auto* packed = reinterpret_cast<float*>(memory);
    const float* from = w.data + b * step(w);
    if (pack) table.pack(k, n, from, transposed_w ? 1 : w.stride, transposed_w ? w.stride : 1, packed);
    kernels::GemmF32 g;
    g.m = m;
    g.n = n;
    g.k = k;
    g.a = x.data + b * step(x);
    g.lda = x.stride;
    if (transposed_x) {
      auto* rows = reinterpret_cast<float*>(memory + layout.x);
      transposes.bytes4({m, g.a, x.stride, rows, k}, {0, k});
      g.a = rows;
      g.lda = k;
    }
    g.b = packed;
    g.bias = options.bias.values.empty() ? nullptr : options.bias.values.data();
    g.c = y.data + b * y.batch_stride;
    g.ldc = y.stride;
    g.lo = options.clamp.lo;
    g.hi = options.clamp.hi;
    run_gemm(table, g, parallel, nullptr);
  };
  if (!by_batch) {
    product(0, scratch->data(), true, options.parallel);
    return {};
  }
  split(y.batch, 1, 0, options.parallel, [&](kernels::Range some, kernels::Range, std::size_t slot) {
    for (std::ptrdiff_t b = some.begin; b < some.end; ++b)
      product(b, scratch->data() + slot * layout.total, b == some.begin || step(w) != 0, Parallel());
  });
  return {};
}

}  // namespace detail

HONE_API Expected<std::size_t> matmul_scratch_bytes(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k,
                                                    const Transposed& transposed, std::size_t threads) {
  if (auto ok = detail::check_shape(m, k, k, false, "x"); !ok) return tl::unexpected<Error>(ok.error());
  if (auto ok = detail::check_shape(k, n, n, false, "w"); !ok) return tl::unexpected<Error>(ok.error());
  const Expected<Tier> tier = cpu::chosen();
  if (!tier) return tl::unexpected<Error>(tier.error());
  const auto& table = *cpu::kernels<kernels::GemmF32Kernels>(*tier);
  return detail::matmul_layout(table, m, n, k, transposed.x).total * threads;
}

}  // namespace hone
