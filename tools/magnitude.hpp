// Magnitude pruning: the weights of smallest absolute value, alone or in blocks, become zeros.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hone::tools {

/// Which weights go together in a layer (outputs, k).
struct PruningPattern {
  std::string name;
  int outputs = 1, inputs = 1;  ///< a block; those at the edges of a layer are smaller
  bool two_of_four = false;     ///< of each 4 along k the 2 largest stay
};
/// "unstructured", "2x1", "4x1", "4x4", "8x4", "16x4" (outputs x k) or "2:4".
std::optional<PruningPattern> find_pattern(std::string_view name);
/// The names, for messages and help.
std::vector<std::string> pattern_names();

/// Absolute values of a layer's weights, row-major; prune() marks those that go.
struct PrunedLayer {
  std::int64_t outputs = 0, k = 0;
  std::vector<float> magnitude;
  std::vector<bool> zero;
};

/// Marks the blocks of least mean magnitude, so that at most `sparsity` of the weights go: within each layer, or over all of
/// them. Among equals the earlier goes first. 2:4 takes half of each layer, whatever `sparsity` is; fewer than 4 left at the
/// end of a row keep 2.
/// Time: that of sorting the blocks.
void prune(std::vector<PrunedLayer>& layers, const PruningPattern& pattern, double sparsity, bool global);

}  // namespace hone::tools
