// Passes: changes to a model that leave its answers as they are and make its work smaller.
//
// Each is a function that looks for one pattern, changes what it finds and says whether it changed anything. They rely
// on validate(), and what they leave is valid again. A tensor that is fused away must have no other reader and must not
// be an output of the graph.
#pragma once
#include "passes/cleanup.hpp"
#include "passes/depthwise_to_conv.hpp"
#include "passes/fold_constants.hpp"
#include "passes/fuse.hpp"

namespace hone::graph {

struct PassOptions {
  bool fold_constants = true;     ///< nodes whose inputs are all constant
  bool drop_reshapes = true;      ///< reshapes of constants, and to the same shape
  bool depthwise_to_conv = true;  ///< depthwise convolutions of one channel are ordinary ones
  bool fuse_pad = true;           ///< PAD into the convolution after it
  bool fuse_bias = true;          ///< the addition of a constant per channel into the product before it
  bool fuse_activation = true;    ///< an activation on its own into the operator before it
  bool remove_dead = true;        ///< nodes and tensors that no output depends on
};

/// `tier` computes constants; `budget` is how many bytes they may take. Errors: out_of_memory for them.
inline Expected<void> run_passes(Model& model, const PassOptions& options, Tier tier, std::size_t budget) {
  if (options.fold_constants) {
    if (auto changed = fold_constants(model, tier, budget); !changed) return tl::unexpected<Error>(changed.error());
  }
  if (options.drop_reshapes) drop_reshapes(model);
  if (options.depthwise_to_conv) {
    if (auto changed = depthwise_to_conv(model); !changed) return tl::unexpected<Error>(changed.error());
  }
  if (options.fuse_pad) fuse_pad(model);
  if (options.fuse_bias) fuse_bias(model);
  if (options.fuse_activation) fuse_activation(model);
  if (options.remove_dead) remove_dead(model);
  return {};
}

}  // namespace hone::graph
