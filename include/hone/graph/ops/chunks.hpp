// Loops over arrays in a form that compilers turn into vector instructions at -O2 as well: a known number of elements at a
// time, taken out of memory before any is written, because the result may take the place of an operand.
#pragma once
#include <cstdint>
#include <cstring>

namespace hone::graph::ops {

inline constexpr std::int64_t chunk = 16;

/// y[i] = f(x[i]).
template <class T, class Y, class F> void in_chunks(const T* x, Y* y, std::int64_t n, F f) {
  std::int64_t i = 0;
  for (; i + chunk <= n; i += chunk) {
    T u[chunk];
    Y r[chunk];
    std::memcpy(u, x + i, sizeof u);
    for (std::int64_t k = 0; k < chunk; ++k) r[k] = f(u[k]);
    std::memcpy(y + i, r, sizeof r);
  }
  for (; i < n; ++i) y[i] = f(x[i]);
}
/// y[i] = f(a[i], b[i]).
template <class T, class Y, class F> void in_chunks(const T* a, const T* b, Y* y, std::int64_t n, F f) {
  std::int64_t i = 0;
  for (; i + chunk <= n; i += chunk) {
    T u[chunk], v[chunk];
    Y r[chunk];
    std::memcpy(u, a + i, sizeof u);
    std::memcpy(v, b + i, sizeof v);
    for (std::int64_t k = 0; k < chunk; ++k) r[k] = f(u[k], v[k]);
    std::memcpy(y + i, r, sizeof r);
  }
  for (; i < n; ++i) y[i] = f(a[i], b[i]);
}

}  // namespace hone::graph::ops
