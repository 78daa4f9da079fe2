// Who reads and writes each tensor of a model: what the passes' patterns are made of.
#pragma once
#include <cstddef>
#include <vector>

#include "../model.hpp"

namespace hone::graph {

class Uses {
 public:
  explicit Uses(const Model& model) : of_(model.tensors.size()) {
    for (std::size_t n = 0; n < model.nodes.size(); ++n) {
      for (const int t : model.nodes[n].inputs) {
        if (t < 0) continue;
        ++at(t).readers;
        at(t).reader = static_cast<int>(n);
      }
      for (const int t : model.nodes[n].outputs) at(t).writer = static_cast<int>(n);
    }
    for (const int t : model.outputs) at(t).is_output = true;
  }
  /// The node that writes the tensor, or -1.
  int writer(int tensor) const { return of_[static_cast<std::size_t>(tensor)].writer; }
  /// The one reader of a tensor nobody else needs, or -1.
  int only_reader(int tensor) const {
    const Use& use = of_[static_cast<std::size_t>(tensor)];
    return use.readers == 1 && !use.is_output ? use.reader : -1;
  }
  bool is_output(int tensor) const { return of_[static_cast<std::size_t>(tensor)].is_output; }

 private:
  struct Use {
    int writer = -1, reader = -1, readers = 0;
    bool is_output = false;
  };
  Use& at(int tensor) { return of_[static_cast<std::size_t>(tensor)]; }
  std::vector<Use> of_;
};

namespace detail {
inline Node& node_at(Model& model, int n) { return model.nodes[static_cast<std::size_t>(n)]; }
inline Tensor& tensor_at(Model& model, int t) { return model.tensors[static_cast<std::size_t>(t)]; }

inline bool same_quantization(const Tensor& a, const Tensor& b) {
  return a.type == b.type && a.quantization.scales == b.quantization.scales &&
         a.quantization.zero_points == b.quantization.zero_points;
}

/// Removes the nodes whose mark is set.
inline void erase_nodes(Model& model, const std::vector<bool>& marked) {
  std::size_t kept = 0;
  for (std::size_t n = 0; n < model.nodes.size(); ++n) {
    if (marked[n]) continue;
    if (kept != n) model.nodes[kept] = std::move(model.nodes[n]);
    ++kept;
  }
  model.nodes.resize(kept);
}
}  // namespace detail

}  // namespace hone::graph
