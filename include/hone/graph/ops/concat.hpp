// CONCATENATION and PACK: strided copies; 8-bit inputs with scales of their own go through a table.
#pragma once
#include "move.hpp"
#include "table8.hpp"
#include "uncontracted.hpp"

namespace hone::graph::ops {

/// Rows of one input to their places in the output, each byte replaced.
struct TableRows {
  const std::uint8_t* from;
  std::uint8_t* to;
  std::int64_t rows, width, stride;  // of the output's rows, in bytes
  Table8 table;
};
struct ConcatStep : MoveStep {
  std::vector<TableRows> tables;
  void run(const RunContext& context) const override {
    MoveStep::run(context);
    for (const TableRows& t : tables) {
      for (std::int64_t r = 0; r < t.rows; ++r) {
        for (std::int64_t i = 0; i < t.width; ++i) t.to[r * t.stride + i] = t.table[t.from[r * t.width + i]];
      }
    }
  }
};

HONE_UNCONTRACTED inline std::int64_t rescaled(std::int32_t value, float scale, float bias) {
  HONE_UNCONTRACTED_BODY
  const float rounded = std::round(static_cast<float>(value) * scale + bias);
  return static_cast<std::int64_t>(std::fmin(std::fmax(rounded, -65536.0F), 65536.0F));
}

inline Prepared prepare(const PrepareContext& context, const Node& node, const Concat& concat) {
  const Tensor& y = context.output(node);
  const auto size = static_cast<std::int64_t>(size_of(y.type));
  std::int64_t rows = 1;
  for (int d = 0; d < concat.axis; ++d) rows *= y.shape[static_cast<std::size_t>(d)];
  const std::int64_t stride = static_cast<std::int64_t>(y.bytes()) / rows;
  auto step = std::make_unique<ConcatStep>();
  std::byte* to = context.out(node);
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Tensor& x = *context.input(node, i);
    const std::int64_t width = static_cast<std::int64_t>(x.bytes()) / rows;
    const TensorQuantization &p = x.quantization, &q = y.quantization;
    if (!is_8_bit(x) || (p.scales == q.scales && p.zero_points == q.zero_points)) {
      step->moves.push_back(Move::make(context.in(node, i), to, {{rows, width, stride}, {width / size, size, size}},
                                       static_cast<std::size_t>(size)));
    } else {
      const Expected<Quantization> from = quantization_of(x), out = quantization_of(y);
      if (!from) return tl::unexpected<Error>(from.error());
      if (!out) return tl::unexpected<Error>(out.error());
      const float scale = from->scale * (1 / out->scale), bias = -static_cast<float>(from->zero_point) * scale;
      const Table8 table =
          make_table(*from, *out, [&](std::int32_t v) { return out->zero_point + rescaled(v, scale, bias); });
      step->tables.push_back(
          {context.in<std::uint8_t>(node, i), reinterpret_cast<std::uint8_t*>(to), rows, width, stride, table});
    }
    to += width;
  }
  return finish_move(context, node, std::move(step), concat.stack ? "pack" : "concat");
}

}  // namespace hone::graph::ops
