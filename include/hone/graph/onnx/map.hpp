// Operators that compute each element of the result from the elements at the same place of their inputs. f is a
// function of one or two numbers of the type elements are computed in (elements.hpp).
#pragma once
#include "walk.hpp"

namespace hone::graph::onnx {

inline constexpr Index block = 512;  // elements converted at a time: a few kB of stack, whole vectors

template <class W> constexpr bool is_stored_as(DType type) {
  if constexpr (std::is_same_v<W, float>) return type == DType::f32;
  if constexpr (std::is_same_v<W, double>) return type == DType::f64;
  if constexpr (std::is_same_v<W, std::int64_t>) return type == DType::i64;
  if constexpr (std::is_same_v<W, std::uint64_t>) return type == DType::u64;
  return false;
}

/// Elements of a run as W: where they lie, or converted into `space`, repeated where step is 0.
template <class W> const W* run_of(const Value& x, Index offset, Index step, Index count, W* space) {
  const std::byte* at = x.data + offset * static_cast<Index>(size_of(x.type));
  if (step == 1 && is_stored_as<W>(x.type)) return reinterpret_cast<const W*>(at);
  if (step == 0) {
    load(x.type, at, 0, 1, space);
    std::fill(space + 1, space + count, space[0]);
  } else {
    load(x.type, at, step, count, space);
  }
  return space;
}

/// out[i] = f(i). Runs of 16 at a time: compilers make vectors of a loop whose length they know.
template <class R, class F> void for_run(Index count, R* out, F f) {
  Index i = 0;
  for (; i + 16 <= count; i += 16) {
    R results[16];
    for (Index j = 0; j < 16; ++j) results[j] = f(i + j);
    for (Index j = 0; j < 16; ++j) out[i + j] = results[j];
  }
  for (; i < count; ++i) out[i] = f(i);
}

/// y[i] = f(x[i]).
template <class W, class F> void map_into(const Value& x, const Value& y, F f) {
  using R = decltype(f(W{}));
  W space[block];
  R results[block];
  const Index total = y.count();
  for (Index i = 0; i < total; i += block) {
    const Index count = std::min(block, total - i);
    const W* in = run_of(x, i, 1, count, space);
    std::byte* to = y.own + i * static_cast<Index>(size_of(y.type));
    R* out = is_stored_as<R>(y.type) ? reinterpret_cast<R*>(to) : results;
    for_run(count, out, [&](Index j) { return f(in[j]); });
    if (out == results) store(results, count, y.type, to);
  }
}
/// y = f(a, b), a and b broadcast to y's shape.
template <class W, class F> void map_into(const Value& a, const Value& b, const Value& y, F f) {
  using R = decltype(f(W{}, W{}));
  W a_space[block], b_space[block];
  R results[block];
  for_each_run<3>(y.shape,
                  {broadcast_strides(a.shape, y.shape), broadcast_strides(b.shape, y.shape), strides_of(y.shape)},
                  [&](const auto& at, const auto& step, Index total) {
                    for (Index i = 0; i < total; i += block) {
                      const Index count = std::min(block, total - i);
                      const W* p = run_of(a, at[0] + i * step[0], step[0], count, a_space);
                      const W* q = run_of(b, at[1] + i * step[1], step[1], count, b_space);
                      std::byte* to = y.own + (at[2] + i) * static_cast<Index>(size_of(y.type));
                      R* out = is_stored_as<R>(y.type) ? reinterpret_cast<R*>(to) : results;
                      for_run(count, out, [&](Index j) { return f(p[j], q[j]); });
                      if (out == results) store(results, count, y.type, to);
                    }
                  });
}

/// Which types an operator takes.
enum class Takes : std::uint8_t { floats, numbers };

template <Takes takes, class F> Results map(Call& call, DType result, F f) {
  const Value& x = call.in(0);
  if (takes == Takes::floats) HONE_CHECK(call.float_input(0));
  HONE_TRY(y, call.make(result, x.shape));
  visit_computed(x.type, [&]<class W>(W) {
    if constexpr (takes == Takes::numbers || std::is_floating_point_v<W>) map_into<W>(x, y, f);
  });
  return one(std::move(y));
}
/// Floats to floats.
template <class F> Results map_floats(Call& call, F f) { return map<Takes::floats>(call, call.in(0).type, f); }

/// Before version 7 the second input was broadcast from `axis` on, and only when asked.
inline Value aligned_second(Call& call) {
  Value b = call.in(1);
  if (call.node.opset >= 7 || call.integer("broadcast") == 0) return b;
  const Index rank = call.in(0).rank(), axis = call.integer("axis", rank - b.rank());
  while (axis >= 0 && axis + b.rank() < rank) b.shape.push_back(1);
  return b;
}
template <Takes takes, class F> Results map2(Call& call, DType result, F f) {
  HONE_CHECK(call.same_types(0, 1));
  if (takes == Takes::floats) HONE_CHECK(call.float_input(0));
  const Value &a = call.in(0), b = aligned_second(call);
  HONE_TRY(shape, broadcast(a.shape, b.shape));
  HONE_TRY(y, call.make(result, std::move(shape)));
  visit_computed(a.type, [&]<class W>(W) {
    if constexpr (takes == Takes::numbers || std::is_floating_point_v<W>) map_into<W>(a, b, y, f);
  });
  return one(std::move(y));
}
/// Results of the inputs' type.
template <class F> Results map_numbers(Call& call, F f) { return map2<Takes::numbers>(call, call.in(0).type, f); }
template <class F> Results compare(Call& call, F f) { return map2<Takes::numbers>(call, DType::boolean, f); }

/// Folds f over any number of inputs, from the left.
template <class F> Expected<Value> fold(Call& call, F f) {
  Value sum = call.in(0);
  for (std::size_t i = 1; i < call.inputs.size(); ++i) {
    if (!call.has(i)) return call.fail("input " + std::to_string(i) + " is absent");
    HONE_CHECK(call.same_types(0, i));
    HONE_TRY(shape, broadcast(sum.shape, call.in(i).shape));
    HONE_TRY(y, call.make(sum.type, std::move(shape)));
    visit_computed(sum.type, [&]<class W>(W) { map_into<W>(sum, call.in(i), y, f); });
    sum = std::move(y);
  }
  return sum;
}

/// Integers wrap around, as NumPy's do.
template <class W, class F> W wrapped(W a, W b, F f) {
  if constexpr (std::is_integral_v<W>)
    return static_cast<W>(f(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
  else
    return f(a, b);
}
inline constexpr auto add_numbers = [](auto a, auto b) { return wrapped(a, b, [](auto p, auto q) { return p + q; }); };
inline constexpr auto multiply_numbers = [](auto a, auto b) {
  return wrapped(a, b, [](auto p, auto q) { return p * q; });
};
template <class W> bool not_a_number(W x) {
  if constexpr (std::is_floating_point_v<W>) return std::isnan(x);
  return false;
}
/// NaN wins, as in NumPy.
inline constexpr auto larger = [](auto a, auto b) { return a > b || not_a_number(a) ? a : b; };
inline constexpr auto smaller = [](auto a, auto b) { return a < b || not_a_number(a) ? a : b; };

}  // namespace hone::graph::onnx
