#include "magnitude.hpp"

#include <algorithm>
#include <span>

namespace hone::tools {
namespace {

const std::vector<PruningPattern> patterns = {{"unstructured", 1, 1}, {"2x1", 2, 1}, {"4x1", 4, 1},
                                              {"4x4", 4, 4},          {"8x4", 8, 4}, {"16x4", 16, 4},
                                              {"2:4", 1, 4, true}};

struct Block {
  PrunedLayer* layer;
  std::int64_t output, input;  // where it starts
  std::int64_t height, width;
  double mean;
};

template <class Visit> void for_each_weight(const Block& block, Visit visit) {
  for (std::int64_t o = block.output; o < block.output + block.height; ++o) {
    for (std::int64_t i = block.input; i < block.input + block.width; ++i) {
      visit(static_cast<std::size_t>(o * block.layer->k + i));
    }
  }
}

void add_blocks(PrunedLayer& layer, const PruningPattern& pattern, std::vector<Block>& blocks) {
  for (std::int64_t o = 0; o < layer.outputs; o += pattern.outputs) {
    for (std::int64_t i = 0; i < layer.k; i += pattern.inputs) {
      Block block = {&layer,
                     o,
                     i,
                     std::min<std::int64_t>(pattern.outputs, layer.outputs - o),
                     std::min<std::int64_t>(pattern.inputs, layer.k - i),
                     0};
      for_each_weight(block, [&](std::size_t w) { block.mean += static_cast<double>(layer.magnitude[w]); });
      block.mean /= static_cast<double>(block.height * block.width);
      blocks.push_back(block);
    }
  }
}

void mark_smallest(std::vector<Block>& blocks, double sparsity) {
  std::int64_t weights = 0, gone = 0;
  for (const Block& block : blocks) weights += block.height * block.width;
  std::stable_sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) { return a.mean < b.mean; });
  // Beyond what `sparsity` asks by no more than rounding: 0.29 * 100 is less than 29.
  const double most = sparsity * static_cast<double>(weights) * (1 + 1e-12);
  for (const Block& block : blocks) {
    if (static_cast<double>(gone + block.height * block.width) > most) continue;  // a smaller one at an edge may fit
    gone += block.height * block.width;
    for_each_weight(block, [&](std::size_t w) { block.layer->zero[w] = true; });
  }
}

void keep_two_of_four(PrunedLayer& layer) {
  for (std::int64_t start = 0; start < layer.outputs * layer.k; start += layer.k) {
    for (std::int64_t i = 0; i < layer.k; i += 4) {
      std::vector<std::size_t> four;
      for (std::int64_t j = i; j < std::min(i + 4, layer.k); ++j) four.push_back(static_cast<std::size_t>(start + j));
      std::stable_sort(four.begin(), four.end(),
                       [&](std::size_t a, std::size_t b) { return layer.magnitude[a] < layer.magnitude[b]; });
      for (std::size_t j = 0; j + 2 < four.size(); ++j) layer.zero[four[j]] = true;
    }
  }
}

}  // namespace

std::optional<PruningPattern> find_pattern(std::string_view name) {
  for (const PruningPattern& pattern : patterns) {
    if (pattern.name == name) return pattern;
  }
  return std::nullopt;
}

std::vector<std::string> pattern_names() {
  std::vector<std::string> names;
  names.reserve(patterns.size());
  for (const PruningPattern& pattern : patterns) names.push_back(pattern.name);
  return names;
}

void prune(std::vector<PrunedLayer>& layers, const PruningPattern& pattern, double sparsity, bool global) {
  std::vector<Block> blocks;
  for (PrunedLayer& layer : layers) {
    layer.zero.assign(layer.magnitude.size(), false);
    if (pattern.two_of_four) {
      keep_two_of_four(layer);
      continue;
    }
    add_blocks(layer, pattern, blocks);
    if (global) continue;
    mark_smallest(blocks, sparsity);
    blocks.clear();
  }
  mark_smallest(blocks, sparsity);
}

}  // namespace hone::tools
