// Sparse constants as TensorFlow Lite stores them, written out densely when a model is loaded.
//
// The format (as in the TACO compiler): the tensor's dimensions, and after them those of its blocks, are levels of a tree,
// visited in `traversal` order. A dense level has every index; a sparse one (compressed sparse rows) lists, for the parent
// at position p, indices[segments[p]] .. indices[segments[p + 1] - 1]. The leaves' values follow each other in the file.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "../error.hpp"
#include "model.hpp"

namespace hone::graph {

/// One level of the tree. `size` is what the file says a dense level has; a sparse one has segments and indices.
struct SparseLevel {
  bool dense = true;
  std::int64_t size = 0;
  std::vector<std::int32_t> segments, indices;
};

struct SparseLayout {
  std::vector<std::int32_t> traversal;  ///< level -> dimension; values from the tensor's rank on are blocks
  std::vector<std::int32_t> block_map;  ///< block -> the dimension it divides
  std::vector<SparseLevel> levels;      ///< in traversal order
};

namespace detail {

/// The tree with everything checked: what follows only walks it.
class SparseTree {
 public:
  static constexpr std::size_t most_levels = 16;

  /// Errors: bad_model, with what was expected.
  static Expected<SparseTree> make(const SparseLayout& layout, const Shape& shape) {
    SparseTree tree;
    const std::size_t rank = shape.size(), count = layout.levels.size();
    if (count == 0 || count > most_levels || layout.traversal.size() != count ||
        count != rank + layout.block_map.size()) {
      return wrong(std::to_string(count) + " levels, traversal order of " + std::to_string(layout.traversal.size()) +
                   ", " + std::to_string(layout.block_map.size()) + " blocks, " + std::to_string(rank) +
                   " dimensions; expected levels = order = dimensions + blocks, at most 16");
    }
    // Elements between neighbours, and the extent, of each level's dimension, by the dimension's number.
    std::array<std::int64_t, most_levels> stride{}, extent{};
    for (std::size_t d = rank, elements = 1; d-- > 0; elements *= static_cast<std::size_t>(shape[d])) {
      stride[d] = static_cast<std::int64_t>(elements);
      extent[d] = shape[d];
    }
    std::array<std::int64_t, most_levels> step = stride;
    std::array<bool, most_levels> seen{}, divided{};
    for (std::size_t level = count; level-- > 0;) {  // from the blocks up: they divide what lies above them
      const std::int64_t d = layout.traversal[level];
      const bool block = level >= rank;
      if (d < (block ? std::int64_t(rank) : 0) || d >= std::int64_t(block ? count : rank) || seen[std::size_t(d)]) {
        return wrong("traversal order: level " + std::to_string(level) + " is " + std::to_string(d) +
                     ", expected each dimension once, blocks last");
      }
      seen[std::size_t(d)] = true;
      if (!block) continue;
      const std::int64_t of = layout.block_map[std::size_t(d) - rank], size = layout.levels[level].size;
      if (of < 0 || of >= std::int64_t(rank) || divided[std::size_t(of)]) {
        return wrong("block " + std::to_string(d) + " divides dimension " + std::to_string(of) +
                     ", expected one of the " + std::to_string(rank) + " dimensions, each once");
      }
      if (!layout.levels[level].dense || size < 1 || extent[std::size_t(of)] % size != 0) {
        return wrong("block size " + std::to_string(size) + " of dimension " + std::to_string(of) + " with " +
                     std::to_string(shape[std::size_t(of)]) + " elements; expected a dense divisor");
      }
      divided[std::size_t(of)] = true;
      extent[std::size_t(of)] /= size;
      step[std::size_t(of)] *= size;
      extent[std::size_t(d)] = size;
      step[std::size_t(d)] = stride[std::size_t(of)];
    }
    // Positions of a level are at most the product of the extents so far, because indices ascend: no more than the
    // elements of the tensor, which bounds the walk.
    std::int64_t positions = 1;
    for (std::size_t level = 0; level < count; ++level) {
      const auto d = static_cast<std::size_t>(layout.traversal[level]);
      const auto checked = tree.check(layout.levels[level], positions, extent[d]);
      if (!checked) return wrong("level " + std::to_string(level) + ": " + checked.error().message);
      positions = *checked;
      tree.levels_[level] = {&layout.levels[level], extent[d], step[d]};
    }
    tree.count_ = count;
    tree.leaves_ = positions;
    return tree;
  }

  std::int64_t leaves() const { return leaves_; }
  /// Calls store(leaf, element) for every stored value.
  template <class Store>
  void walk(const Store& store, std::size_t level = 0, std::int64_t position = 0, std::int64_t element = 0) const {
    if (level == count_) return store(static_cast<std::size_t>(position), static_cast<std::size_t>(element));
    const Level& l = levels_[level];
    if (l.data->dense) {
      for (std::int64_t i = 0; i < l.extent; ++i) walk(store, level + 1, position * l.extent + i, element + i * l.step);
      return;
    }
    const std::vector<std::int32_t>& segments = l.data->segments;
    for (std::int64_t i = segments[std::size_t(position)]; i < segments[std::size_t(position) + 1]; ++i) {
      walk(store, level + 1, i, element + l.data->indices[std::size_t(i)] * l.step);
    }
  }

 private:
  struct Level {
    const SparseLevel* data = nullptr;
    std::int64_t extent = 0, step = 0;
  };
  static tl::unexpected<Error> wrong(const std::string& what) {
    return fail(ErrorCode::bad_model, "sparsity: " + what);
  }
  static tl::unexpected<Error> note(const std::string& what) { return fail(ErrorCode::bad_model, what); }

  // The positions of this level, given those of its parent.
  static Expected<std::int64_t> check(const SparseLevel& level, std::int64_t parents, std::int64_t extent) {
    if (level.dense) {
      if (level.size == extent) return parents * extent;
      return note(std::to_string(level.size) + " indices, expected " + std::to_string(extent));
    }
    const auto& [dense, size, segments, indices] = level;
    if (segments.size() != static_cast<std::size_t>(parents) + 1 || segments.front() != 0 ||
        segments.back() != static_cast<std::int64_t>(indices.size())) {
      return note(std::to_string(segments.size()) + " segments for " + std::to_string(indices.size()) +
                  " indices; expected " + std::to_string(parents) + " + 1, from 0 to the number of indices");
    }
    for (std::size_t p = 0; p + 1 < segments.size(); ++p) {
      if (segments[p] > segments[p + 1] || segments[p + 1] > segments.back()) {
        return note("segment " + std::to_string(p) + " is from " + std::to_string(segments[p]) + " to " +
                    std::to_string(segments[p + 1]) + ", expected ascending, at most " +
                    std::to_string(segments.back()));
      }
      for (std::int64_t i = segments[p], before = -1; i < segments[p + 1]; before = indices[std::size_t(i)], ++i) {
        if (indices[std::size_t(i)] > before && indices[std::size_t(i)] < extent) continue;
        return note("index " + std::to_string(i) + " is " + std::to_string(indices[std::size_t(i)]) +
                    ", expected ascending from 0, below " + std::to_string(extent));
      }
    }
    return static_cast<std::int64_t>(indices.size());
  }

  std::array<Level, most_levels> levels_{};
  std::size_t count_ = 0;
  std::int64_t leaves_ = 0;
};

}  // namespace detail

/// Writes the stored values into `dense`, which the caller has filled with zeros. `shape` has sizes >= 0 whose product
/// is dense.size() / element_size. Time: linear in the elements of the tensor.
/// Errors: bad_model when the layout contradicts the shape or itself, or `values` are not as many as it has leaves.
inline Expected<void> densify(const SparseLayout& layout, const Shape& shape, std::size_t element_size,
                              std::span<const std::byte> values, std::span<std::byte> dense) {
  const auto tree = detail::SparseTree::make(layout, shape);
  if (!tree) return tl::unexpected(tree.error());
  if (values.size() != static_cast<std::size_t>(tree->leaves()) * element_size) {
    return fail(ErrorCode::bad_model, "sparsity: " + std::to_string(values.size()) + " bytes of values, expected " +
                                          std::to_string(tree->leaves()) + " x " + std::to_string(element_size));
  }
  tree->walk([&](std::size_t leaf, std::size_t element) {
    std::memcpy(dense.data() + element * element_size, values.data() + leaf * element_size, element_size);
  });
  return {};
}

}  // namespace hone::graph
