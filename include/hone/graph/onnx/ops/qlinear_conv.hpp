// QLinearConv: 8-bit in, 8-bit out. With constant weights and scales it runs on the kernels that requantise as they go;
// else as ConvInteger followed by requantisation. The same bits either way.
#pragma once
#include "integer.hpp"

namespace hone::graph::onnx::ops {

struct PackedQuantizedConv {
  struct Group {
    PackedFilter<std::int8_t> filter;
    Requantizer requantizer;
  };
  std::vector<Group> groups;
  std::optional<PackedDepthwise<std::int8_t>> depthwise;
  std::optional<Requantizer> depthwise_requantizer;
  bool usable = false, tried = false;
};

/// Inputs: x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias (int32, in units of x_scale * w_scale).
inline Expected<void> prepare_quantized(Call& call, const ConvShape& s, PackedQuantizedConv& packed) {
  packed.tried = true;
  const Value& w = call.in(3);
  HONE_TRY(zw, zero_points(call, 5, 3, s.o));
  if (zw.size() > 1 || s.g.dims == 3 || s.c == 0 || s.o == 0) return {};
  const auto scales = elements_as<float>(call.in(4));
  const auto bias = call.has(8) ? elements_as<std::int32_t>(call.in(8)) : std::vector<std::int32_t>{};
  RequantizeSpec spec;
  spec.input = {element_as<float>(call.in(1), 0), element_as<std::int32_t>(call.in(2), 0), call.in(0).type};
  spec.output = {element_as<float>(call.in(6), 0), element_as<std::int32_t>(call.in(7), 0), call.in(7).type};
  spec.rounding = Rounding::ort;
  if (call.integer("relu") != 0) spec.lo = spec.output.zero_point;
  const auto part = [&](const auto& all, Index first, Index count) {
    return all.size() <= 1 ? std::span(all)
                           : std::span(all).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
  };
  const Index taps = s.g.kernel_size(), h = s.g.kernel[1], v = s.g.kernel[2], k = taps * s.group_c();
  if (s.group > 1 && s.group_c() == 1) {
    HONE_TRY(turned, transposed(call, w.reshaped({s.o, taps}), {1, 0}));
    const auto pack = [&](const auto* weights) {
      return PackedDepthwise<std::int8_t>::make(call.session.tier, h, v, s.o, weights, zw[0]);
    };
    auto made = w.type == DType::u8 ? pack(turned.as<std::uint8_t>()) : pack(turned.as<std::int8_t>());
    if (!made) return tl::unexpected<Error>(std::move(made.error()));
    spec.weight_scales = scales;
    spec.bias = bias;
    auto requantizer = make_requantizer(*made, spec);
    if (!requantizer) return {};  // a sum that could overflow, say: the other way is exact in 64 bits
    call.node.state_bytes = made->bytes() + requantizer->bytes();
    packed.depthwise = std::move(*made);
    packed.depthwise_requantizer = std::move(*requantizer);
  } else {
    HONE_TRY(turned, transposed(call, w.reshaped({s.o, s.group_c(), taps}), {0, 2, 1}));
    for (Index g = 0; g < s.group; ++g) {
      HONE_TRY(made, pack_integers(call, turned.data + g * s.group_o() * k, w.type, k, s.group_o(), 1, k, zw[0]));
      spec.weight_scales = part(scales, g * s.group_o(), s.group_o());
      spec.bias = part(bias, g * s.group_o(), s.group_o());
      auto requantizer = make_requantizer(made.matrix, spec);
      if (!requantizer) return {};
      call.node.state_bytes += made.matrix.bytes() + requantizer->bytes();
      packed.groups.push_back({{std::move(made.matrix), h, v, s.group_c()}, std::move(*requantizer)});
    }
  }
  packed.usable = true;
  return {};
}

/// y N x P x O from x N x P x C.
template <class X, class Y>
Expected<void> run_quantized(const Call& call, const ConvShape& s, const PackedQuantizedConv& packed, const X* x,
                             Y* y) {
  const Geometry& g = s.g;
  const ImageView<const X> all(x, s.n, g.in[1], g.in[2], s.c);
  const ImageView<Y> result(y, s.n, g.out[1], g.out[2], s.o);
  const Conv2dParams params{g.stride[1], g.stride[2], g.dilation[1], g.dilation[2], g.before[1], g.before[2]};
  if (packed.depthwise) {
    return depthwise_conv2d(all, *packed.depthwise, result, params, *packed.depthwise_requantizer,
                            call.session.parallel);
  }
  for (Index i = 0; i < s.group; ++i) {
    ImageView<const X> from = all;
    ImageView<Y> to = result;
    from.data += i * s.group_c();
    from.c = s.group_c();
    to.data += i * s.group_o();
    to.c = s.group_o();
    const auto& group = packed.groups[static_cast<std::size_t>(i)];
    HONE_CHECK(conv2d(from, group.filter, to, params, group.requantizer, call.session.parallel));
  }
  return {};
}

inline Results qlinear_conv(Call& call) {
  HONE_CHECK(eight_bit_input(call, 0));
  HONE_CHECK(eight_bit_input(call, 3));
  HONE_CHECK(eight_bit_input(call, 7));
  for (const std::size_t i : {1, 2, 6, 7}) HONE_CHECK(call.count_input(i, 1));
  for (const std::size_t i : {1, 4, 6}) HONE_CHECK(call.float_input(i));
  HONE_CHECK(call.same_types(0, 2));
  const Value& x = call.in(0);
  HONE_TRY(s, conv_shape(call, x, call.in(3)));
  if (call.in(4).count() != 1) HONE_CHECK(call.count_input(4, s.o));
  if (call.has(8)) {
    HONE_CHECK(call.type_input(8, DType::i32));
    HONE_CHECK(call.count_input(8, s.o));
  }
  auto& packed = call.state<PackedQuantizedConv>();
  bool constant = true;
  for (std::size_t i = 1; i < call.inputs.size(); ++i) constant = constant && call.is_constant(i);
  if (constant && !packed.tried) HONE_CHECK(prepare_quantized(call, s, packed));
  if (!packed.usable) {
    HONE_TRY(acc, integer_conv(call, 3, 2, 5));
    const auto bias = call.has(8) ? elements_as<std::int32_t>(call.in(8)) : std::vector<std::int32_t>{};
    return requantized(call, acc, 1, 4, 6, 7, bias, std::max<Index>(s.o, 1), s.g.out_size());
  }
  const DType type = call.in(7).type;
  HONE_TRY(image, transposed(call, x.reshaped({s.n, s.c, s.g.in_size()}), {0, 2, 1}));
  HONE_TRY(out, call.make(type, {s.n, s.g.out_size(), s.o}));
  call.node.operations = 2 * out.count() * s.g.kernel_size() * s.group_c();
  if (out.count() > 0) {
    const auto run = [&]<class X>(const X* from) {
      return type == DType::u8 ? run_quantized(call, s, packed, from, out.out<std::uint8_t>())
                               : run_quantized(call, s, packed, from, out.out<std::int8_t>());
    };
    HONE_CHECK(x.type == DType::u8 ? run(image.as<std::uint8_t>()) : run(image.as<std::int8_t>()));
  }
  HONE_TRY(y, transposed(call, out, {0, 2, 1}));
  return one(y.reshaped(s.g.out_shape(s.n, s.o)));
}

}  // namespace hone::graph::onnx::ops
