// Depthwise convolutions of one input channel: every output channel reads the same one, which is what an ordinary
// convolution does, and the matrix kernels do that several outputs at a time.
#pragma once
#include <cstring>
#include <memory>
#include <utility>
#include <variant>

#include "../../buffer.hpp"
#include "uses.hpp"

namespace hone::graph {

namespace detail {
/// Rows x columns elements of `size` bytes as columns x rows, kept alive by model.storage.
inline Expected<std::span<const std::byte>> transposed(Model& model, std::span<const std::byte> data, std::size_t rows,
                                                       std::size_t columns, std::size_t size) {
  auto made = Buffer<std::byte>::make(data.size());
  if (!made) return tl::unexpected<Error>(made.error());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      std::memcpy(made->data() + (c * rows + r) * size, data.data() + (r * columns + c) * size, size);
    }
  }
  const auto owned = std::make_shared<Buffer<std::byte>>(std::move(*made));
  model.storage.push_back(owned);
  return std::span<const std::byte>(owned->data(), owned->size());
}
}  // namespace detail

/// x [n,h,w,1] with weights [1,kh,kw,m] becomes a convolution with weights [m,kh,kw,1]: the same sums, the same
/// integers. Errors: out_of_memory.
inline Expected<bool> depthwise_to_conv(Model& model) {
  bool changed = false;
  for (Node& node : model.nodes) {
    const auto* depthwise = std::get_if<DepthwiseConv2d>(&node.attributes);
    if (depthwise == nullptr || detail::tensor_at(model, node.inputs[0]).shape[3] != 1) continue;
    Tensor weights = detail::tensor_at(model, node.inputs[1]);
    if (!weights.constant) continue;
    const std::int64_t h = weights.shape[1], w = weights.shape[2], m = weights.shape[3];
    auto data = detail::transposed(model, weights.data, static_cast<std::size_t>(h * w), static_cast<std::size_t>(m),
                                   size_of(weights.type));
    if (!data) return tl::unexpected<Error>(data.error());
    weights.data = *data;
    weights.shape = {m, h, w, 1};
    weights.quantization.axis = 0;
    node.inputs[1] = static_cast<int>(model.tensors.size());  // the old tensor may have other readers
    model.tensors.push_back(std::move(weights));
    node.attributes = Conv2d{depthwise->stride_h,   depthwise->stride_w, depthwise->dilation_h,
                             depthwise->dilation_w, depthwise->padding,  depthwise->activation};
    changed = true;
  }
  return changed;
}

}  // namespace hone::graph
