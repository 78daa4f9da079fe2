// Matrix products. Floats of 32 and 16 bits run on Hone's packed kernels; weights that never change are packed once.
#pragma once
#include "../../../gemm.hpp"
#include "unary.hpp"

namespace hone::graph::onnx::ops {

/// Weights packed at the first run and kept where they are constant.
struct PackedWeights {
  std::vector<PackedMatrix<float>> matrices;
  template <class Call> void count(Call& call) const {
    call.node.state_bytes = 0;
    for (const auto& m : matrices) call.node.state_bytes += m.bytes();
  }
};

/// y[m,n] = a[m,k] * b[k,n] by definition, for the types the kernels do not have.
template <class W> void multiply(const W* a, const W* b, W* y, Index m, Index k, Index n) {
  for (Index r = 0; r < m; ++r) {
    std::fill(y + r * n, y + (r + 1) * n, W{});
    for (Index i = 0; i < k; ++i) {
      for (Index c = 0; c < n; ++c)
        y[r * n + c] = add_numbers(y[r * n + c], multiply_numbers(a[r * k + i], b[i * n + c]));
    }
  }
}

/// The shapes of a (batched) product as NumPy's matmul has them.
struct ProductShape {
  Shape a, b, batch, result;
  Index m = 0, k = 0, n = 0;
};
inline Expected<ProductShape> product_shape(const Call& call, const Value& a, const Value& b) {
  ProductShape p;
  p.a = a.shape;
  p.b = b.shape;
  if (a.rank() == 0 || b.rank() == 0) return call.fail(describe(a) + " times " + describe(b));
  if (a.rank() == 1) p.a.insert(p.a.begin(), 1);
  if (b.rank() == 1) p.b.push_back(1);
  p.m = p.a[p.a.size() - 2];
  p.k = p.a.back();
  p.n = p.b.back();
  if (p.b[p.b.size() - 2] != p.k) return call.fail(describe(a) + " times " + describe(b));
  p.a.resize(p.a.size() - 2);
  p.b.resize(p.b.size() - 2);
  HONE_TRY(batch, broadcast(p.a, p.b));
  p.batch = p.result = batch;
  if (a.rank() > 1) p.result.push_back(p.m);
  if (b.rank() > 1) p.result.push_back(p.n);
  return p;
}
/// Calls run(a, b, y): the numbers of the matrices of each product of a batch.
template <class Run> void for_each_product(const ProductShape& p, Run&& run) {
  for_each_run<3>(p.batch, {broadcast_strides(p.a, p.batch), broadcast_strides(p.b, p.batch), strides_of(p.batch)},
                  [&](const auto& at, const auto& step, Index count) {
                    for (Index i = 0; i < count; ++i) {
                      run(at[0] + i * step[0], at[1] + i * step[1], at[2] + i * step[2]);
                    }
                  });
}

inline Results mat_mul(Call& call) {
  const Value &a = call.in(0), &b = call.in(1);
  HONE_CHECK(call.same_types(0, 1));
  HONE_TRY(p, product_shape(call, a, b));
  HONE_TRY(y, call.make(a.type, p.result));
  call.node.operations = 2 * y.count() * p.k;
  if (!is_float(a.type) || a.type == DType::f64) {
    HONE_CHECK(call.check_work(static_cast<double>(y.count()) * static_cast<double>(p.k)));
    visit_computed(a.type, [&]<class W>(W) {
      const auto x = elements_as<W>(a), w = elements_as<W>(b);
      std::vector<W> out(static_cast<std::size_t>(y.count()));
      for_each_product(p, [&](Index i, Index j, Index o) {
        multiply(x.data() + i * p.m * p.k, w.data() + j * p.k * p.n, out.data() + o * p.m * p.n, p.m, p.k, p.n);
      });
      store(out.data(), y.count(), y.type, y.own);
    });
    return one(std::move(y));
  }
  HONE_TRY(x, cast_to(call, a, DType::f32));
  HONE_TRY(out, call.make(DType::f32, p.result));
  auto& packed = call.state<PackedWeights>().matrices;
  if (packed.empty() || !call.is_constant(1)) {
    packed.clear();
    HONE_TRY(w, cast_to(call, b, DType::f32));
    for (Index i = 0; i < element_count(p.b); ++i) {
      HONE_TRY(matrix,
               PackedMatrix<float>::make(call.session.tier, p.k, p.n, w.as<float>() + i * p.k * p.n, p.n, 1, 0));
      packed.push_back(std::move(matrix));
    }
    if (call.is_constant(1)) call.state<PackedWeights>().count(call);
  }
  Expected<void> ok;
  const auto run = [&](Index i, Index j, Index o, Index rows) {
    if (!ok || rows == 0 || p.n == 0) return;
    ok = gemm(MatrixView<const float>(x.as<float>() + i * p.m * p.k, rows, p.k), packed[static_cast<std::size_t>(j)],
              MatrixView<float>(out.out<float>() + o * p.m * p.n, rows, p.n), call.session.parallel);
  };
  if (packed.size() == 1 && p.batch == p.a) {
    run(0, 0, 0, element_count(p.a) * p.m);
  } else {
    for_each_product(p, [&](Index i, Index j, Index o) { run(i, j, o, p.m); });
  }
  HONE_CHECK(ok);
  if (!call.is_constant(1)) packed.clear();
  return one(cast_to(call, out, a.type));
}

/// y = alpha * a * b + beta * c, a and b transposed where asked; c is broadcast.
inline Results gemm_op(Call& call) {
  HONE_CHECK(call.same_types(0, 1));
  Value a = call.in(0).rank() == 2 ? call.in(0) : Value{};
  const Value& b = call.in(1);
  if (!a.exists() && call.node.opset < 7 && call.in(0).rank() > 2) {  // then any shape was read as a matrix
    a = call.in(0).reshaped({call.in(0).shape[0], product(call.in(0).shape, 1, call.in(0).shape.size())});
  }
  if (!a.exists() || b.rank() != 2)
    return call.fail(call.input_name(0) + ", " + call.input_name(1) + "; expected matrices");
  if (call.integer("transA") != 0) {
    HONE_TRY(turned, transposed(call, a, {1, 0}));
    a = std::move(turned);
  }
  const bool turn_b = call.integer("transB") != 0;
  const Index m = a.shape[0], k = a.shape[1], n = b.shape[turn_b ? 0 : 1];
  if (b.shape[turn_b ? 1 : 0] != k) return call.fail(describe(a) + " times " + describe(b));
  const float alpha = call.real("alpha", 1), beta = call.real("beta", 1);
  call.node.operations = 2 * m * n * k;
  HONE_TRY(y, call.make(a.type, {m, n}));
  if (call.has(2)) {
    HONE_CHECK(call.same_types(0, 2));
    HONE_TRY(fits, broadcast(call.in(2).shape, y.shape));
    if (fits != y.shape) return call.fail(call.input_name(2) + ", the result is " + describe(y));
  }
  bool biased = false;
  if (is_float(a.type) && a.type != DType::f64) {
    HONE_TRY(x, cast_to(call, a, DType::f32));
    HONE_TRY(out, call.make(DType::f32, y.shape));
    auto& packed = call.state<PackedWeights>().matrices;
    if (packed.empty() || !call.is_constant(1)) {
      packed.clear();
      HONE_TRY(w, cast_to(call, b, DType::f32));
      HONE_TRY(matrix,
               PackedMatrix<float>::make(call.session.tier, k, n, w.as<float>(), turn_b ? 1 : n, turn_b ? k : 1, 0));
      packed.push_back(std::move(matrix));
      if (call.is_constant(1)) call.state<PackedWeights>().count(call);
    }
    Bias bias;
    std::vector<float> values;
    if (call.has(2) && alpha == 1 && beta == 1 && call.in(2).count() == n && call.in(2).shape.back() == n) {
      values = elements_as<float>(call.in(2));
      bias.values = values;
      biased = true;
    }
    if (m > 0 && n > 0) {
      HONE_CHECK(gemm(MatrixView<const float>(x.as<float>(), m, k), packed[0],
                      MatrixView<float>(out.out<float>(), m, n), bias, call.session.parallel));
    }
    HONE_TRY(result, cast_to(call, out, a.type));
    y = std::move(result);
  } else {
    Value w = b;
    if (turn_b) {
      HONE_TRY(turned, transposed(call, b, {1, 0}));
      w = std::move(turned);
    }
    visit_computed(a.type, [&]<class W>(W) {
      const auto x = elements_as<W>(a), v = elements_as<W>(w);
      std::vector<W> out(static_cast<std::size_t>(y.count()));
      multiply(x.data(), v.data(), out.data(), m, k, n);
      store(out.data(), y.count(), y.type, y.own);
    });
  }
  if ((biased || !call.has(2)) && alpha == 1) return one(std::move(y));
  HONE_TRY(sum, call.make(y.type, y.shape));
  visit_computed(y.type, [&]<class W>(W) {
    if (biased || !call.has(2)) {
      map_into<W>(y, sum, [alpha](W v) { return convert<W>(alpha * static_cast<float>(v)); });
    } else {
      map_into<W>(y, call.in(2), sum, [alpha, beta](W v, W c) {
        if constexpr (std::is_floating_point_v<W>)
          return static_cast<W>(alpha) * v + static_cast<W>(beta) * c;
        else
          return convert<W>(static_cast<double>(alpha) * static_cast<double>(v) +
                            static_cast<double>(beta) * static_cast<double>(c));
      });
    }
  });
  return one(std::move(sum));
}

}  // namespace hone::graph::onnx::ops
