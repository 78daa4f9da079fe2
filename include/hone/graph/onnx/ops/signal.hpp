// Signals: Fourier transforms, windows, mel filters.
#pragma once
#include <complex>
#include <numbers>

#include "reduce.hpp"

namespace hone::graph::onnx::ops {

using Complex = std::complex<double>;

/// Of the prime factors of a transform's length, to which its time is proportional.
inline Index sum_of_factors(Index n) {
  Index sum = 0;
  for (Index f = 2; f * f <= n; ++f) {
    for (; n % f == 0; n /= f) sum += f;
  }
  return sum + (n > 1 ? n : 0);
}
/// y[k] = sum over j of x[j * step] * exp(sign * 2 pi i j k / n), by splitting n into its factors.
inline void fourier(const Complex* x, Index step, Index n, double sign, Complex* y) {
  Index f = 2;
  while (f * f <= n && n % f != 0) ++f;
  if (n % f != 0 || f > n) f = n;
  const Index m = n / f;
  const double angle = sign * 2 * std::numbers::pi / static_cast<double>(n);
  if (m == 1) {
    for (Index k = 0; k < n; ++k) {
      Complex sum = 0;
      for (Index j = 0; j < n; ++j) sum += x[j * step] * std::polar(1.0, angle * static_cast<double>(j * k % n));
      y[k] = sum;
    }
    return;
  }
  std::vector<Complex> parts(static_cast<std::size_t>(n));
  for (Index r = 0; r < f; ++r) fourier(x + r * step, step * f, m, sign, parts.data() + r * m);
  for (Index k = 0; k < n; ++k) {
    Complex sum = 0;
    for (Index r = 0; r < f; ++r)
      sum += parts[static_cast<std::size_t>(r * m + k % m)] * std::polar(1.0, angle * static_cast<double>(r * k % n));
    y[k] = sum;
  }
}
inline Expected<void> check_length(const Call& call, Index n, Index transforms) {
  if (n < 1 || n > (Index{1} << 24)) {
    return call.fail("a transform of " + std::to_string(n) + " elements is not supported", ErrorCode::unsupported);
  }
  return call.check_work(static_cast<double>(n) * static_cast<double>(sum_of_factors(n) + 1) *
                         static_cast<double>(transforms) * 16);
}

/// x: ... x 1 (real) or ... x 2 (complex). Along `axis`: an input since version 20, an attribute before.
inline Results dft(Call& call) {
  HONE_CHECK(call.float_input(0));
  HONE_CHECK(call.rank_input(0, 2, 65));
  const Value& x = call.in(0);
  Index axis = call.integer("axis", call.node.opset < 20 ? 1 : -2);
  if (call.has(2)) {
    HONE_TRY(given, call.scalar_of<Index>(2));
    axis = given;
  }
  HONE_TRY(along, call.axis_of(axis, x.rank()));
  const auto d = static_cast<std::size_t>(along);
  const Index parts = x.shape.back(), in = x.shape[d];
  if (along == x.rank() - 1 || parts < 1 || parts > 2)
    return call.fail(call.input_name(0) + ", axis " + std::to_string(axis));
  Index n = in;
  if (call.has(1)) {
    HONE_TRY(given, call.scalar_of<Index>(1));
    n = given;
  }
  HONE_CHECK(check_length(call, n, x.count() / std::max<Index>(in, 1)));
  const bool inverse = call.integer("inverse") != 0, one_sided = call.integer("onesided") != 0;
  const Index out = one_sided ? n / 2 + 1 : n;
  Shape to = x.shape;
  to[d] = out;
  to.back() = 2;
  HONE_TRY(y, call.make(x.type, std::move(to)));
  const auto all = elements_as<double>(x);
  std::vector<double> results(static_cast<std::size_t>(y.count()));
  std::vector<Complex> row(static_cast<std::size_t>(n)), transformed(row.size());
  const Index outer = product(x.shape, 0, d), inner = product(x.shape, d + 1, x.shape.size() - 1);
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < inner; ++i) {
      for (Index j = 0; j < n; ++j) {
        const auto at = static_cast<std::size_t>(((o * in + j) * inner + i) * parts);
        row[static_cast<std::size_t>(j)] = j < in ? Complex(all[at], parts == 2 ? all[at + 1] : 0) : 0;
      }
      fourier(row.data(), 1, n, inverse ? 1 : -1, transformed.data());
      for (Index j = 0; j < out; ++j) {
        const Complex v = transformed[static_cast<std::size_t>(j)] / (inverse ? static_cast<double>(n) : 1.0);
        const auto at = static_cast<std::size_t>(((o * out + j) * inner + i) * 2);
        results[at] = v.real();
        results[at + 1] = v.imag();
      }
    }
  }
  store(results.data(), y.count(), y.type, y.own);
  return one(std::move(y));
}

/// x: batch x length [x 1 or 2]; y: batch x frames x frequencies x 2.
inline Results stft(Call& call) {
  HONE_CHECK(call.float_input(0));
  HONE_CHECK(call.rank_input(0, 2, 3));
  const Value& x = call.in(0);
  const Index batch = x.shape[0], length = x.shape[1], parts = x.rank() == 3 ? x.shape[2] : 1;
  HONE_TRY(step, call.scalar_of<Index>(1));
  Index n = call.has(2) ? call.in(2).count() : length;
  if (call.has(3)) {
    HONE_TRY(given, call.scalar_of<Index>(3));
    n = given;
  }
  HONE_CHECK(check_length(call, n, step > 0 ? x.count() / step + 1 : 1));
  const auto window =
      call.has(2) ? elements_as<double>(call.in(2)) : std::vector<double>(static_cast<std::size_t>(n), 1);
  if (step < 1 || n > length || parts < 1 || parts > 2 || static_cast<Index>(window.size()) != n) {
    return call.fail(call.input_name(0) + ", a step of " + std::to_string(step) + ", frames of " + std::to_string(n));
  }
  const Index frames = 1 + (length - n) / step, out = call.integer("onesided", 1) != 0 ? n / 2 + 1 : n;
  HONE_TRY(y, call.make(x.type, {batch, frames, out, 2}));
  const auto all = elements_as<double>(x);
  std::vector<Complex> row(static_cast<std::size_t>(n)), transformed(row.size());
  for (Index f = 0; f < batch * frames; ++f) {
    for (Index j = 0; j < n; ++j) {
      const auto at = static_cast<std::size_t>((f / frames * length + f % frames * step + j) * parts);
      row[static_cast<std::size_t>(j)] =
          Complex(all[at], parts == 2 ? all[at + 1] : 0) * window[static_cast<std::size_t>(j)];
    }
    fourier(row.data(), 1, n, -1, transformed.data());
    // std::complex<double> is two doubles in a row.
    store(reinterpret_cast<const double*>(transformed.data()), 2 * out, y.type,
          y.own + f * 2 * out * static_cast<Index>(size_of(y.type)));
  }
  return one(std::move(y));
}

/// a0 - a1 cos(2 pi i / n) + a2 cos(4 pi i / n), n the size, or one less where the window is symmetric.
inline Results cosine_window(Call& call, double a0, double a1, double a2) {
  HONE_TRY(size, call.scalar_of<Index>(0));
  const std::optional<DType> type = dtype_of_number(call.integer("output_datatype", 1));
  if (!type) return call.fail("a result of that type is not supported", ErrorCode::unsupported);
  HONE_TRY(y, call.make(*type, {size}));
  const auto n = static_cast<double>(call.integer("periodic", 1) != 0 ? size : size - 1);
  for (Index i = 0; i < size; ++i) {
    const double at = 2 * std::numbers::pi * static_cast<double>(i) / n,
                 v = a0 - a1 * std::cos(at) + a2 * std::cos(2 * at);
    store(&v, 1, y.type, y.own + i * static_cast<Index>(size_of(y.type)));
  }
  return one(std::move(y));
}
inline Results hann_window(Call& call) { return cosine_window(call, 0.5, 0.5, 0); }
inline Results hamming_window(Call& call) { return cosine_window(call, 25.0 / 46, 1 - 25.0 / 46, 0); }
inline Results blackman_window(Call& call) { return cosine_window(call, 0.42, 0.5, 0.08); }

/// Triangles over the bins of a spectrum, equally wide in mel: bins x num_mel_bins.
inline Results mel_weight_matrix(Call& call) {
  HONE_TRY(bands, call.scalar_of<Index>(0));
  HONE_TRY(length, call.scalar_of<Index>(1));
  HONE_TRY(rate, call.scalar_of<double>(2));
  HONE_TRY(low, call.scalar_of<double>(3));
  HONE_TRY(high, call.scalar_of<double>(4));
  const std::optional<DType> type = dtype_of_number(call.integer("output_datatype", 1));
  if (!type) return call.fail("a result of that type is not supported", ErrorCode::unsupported);
  const Index bins = length / 2 + 1;
  if (bands < 0 || length < 0 || length > (Index{1} << 30) || bands > (Index{1} << 20) || rate <= 0) {
    return call.fail(std::to_string(bands) + " bands of a transform of " + std::to_string(length));
  }
  HONE_TRY(y, call.make(*type, {bins, bands}));
  const auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  std::vector<Index> edges;
  const double step = (mel(high) - mel(low)) / static_cast<double>(bands + 2);
  for (Index i = 0; i < bands + 2; ++i) {
    const double hertz = 700 * (std::pow(10, (static_cast<double>(i) * step + mel(low)) / 2595) - 1);
    edges.push_back(convert<Index>(std::floor(static_cast<double>(length + 1) * hertz / rate)));
  }
  std::vector<double> weights(static_cast<std::size_t>(bins * bands));
  const auto at = [&](Index bin, Index band) -> double& {
    return weights[static_cast<std::size_t>(bin * bands + band)];
  };
  for (Index i = 0; i < bands; ++i) {
    const Index lower = edges[static_cast<std::size_t>(i)], center = edges[static_cast<std::size_t>(i + 1)],
                higher = edges[static_cast<std::size_t>(i + 2)];
    for (Index j = std::max<Index>(lower, 0); j <= center && j < bins; ++j) {
      at(j, i) = center == lower ? (j == center ? 1 : 0)
                                 : static_cast<double>(j - lower) / static_cast<double>(center - lower);
    }
    for (Index j = std::max<Index>(center, 0); higher > center && j < higher && j < bins; ++j) {
      at(j, i) = static_cast<double>(higher - j) / static_cast<double>(higher - center);
    }
  }
  store(weights.data(), y.count(), y.type, y.own);
  return one(std::move(y));
}

}  // namespace hone::graph::onnx::ops
