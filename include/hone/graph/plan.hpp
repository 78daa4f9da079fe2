// The plan: where in one block of memory, the arena, each tensor lies. Two tensors share bytes when no node needs both.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "model.hpp"

namespace hone::graph {

struct Plan {
  static constexpr std::int64_t none = -1;
  std::vector<std::int64_t> offsets;  ///< of each tensor, in bytes, a multiple of 64; `none` where it needs no place
  std::size_t arena_bytes = 0;
  std::size_t lower_bound = 0;  ///< bytes alive at the worst moment: no plan can do with less
};

namespace detail {
inline bool is_one_of(const std::vector<int>& list, int tensor) {
  return std::find(list.begin(), list.end(), tensor) != list.end();
}

/// Bytes that one tensor, or several that share them, need from node `first` to node `last`.
struct PlannedBuffer {
  std::size_t bytes = 0;
  std::int64_t first = 0, last = 0, offset = Plan::none;
  bool overlaps(const PlannedBuffer& other) const { return first <= other.last && other.first <= last; }
};

/// Which tensors lie in which buffer, and how long each is needed. Inputs keep their place for good, so that they may
/// be set once and run many times, as do variables; outputs until the next run.
class Lifetimes {
 public:
  explicit Lifetimes(const Model& model)
      : model_(model),
        end_(static_cast<std::int64_t>(model.nodes.size())),
        buffer_of(model.tensors.size(), -1),
        last_use_(model.tensors.size(), -1) {
    for (std::size_t n = 0; n < model.nodes.size(); ++n) {
      for (const int t : model.nodes[n].inputs) {
        if (t >= 0) last_use_[static_cast<std::size_t>(t)] = static_cast<std::int64_t>(n);
      }
    }
    for (const int t : model.outputs) last_use_[static_cast<std::size_t>(t)] = end_;
    for (const int t : model.inputs) {
      last_use_[static_cast<std::size_t>(t)] = end_;
      if (!at(t).constant) add(t, 0);
    }
    for (std::size_t t = 0; t < model.tensors.size(); ++t) {  // state is kept from run to run
      if (!model.tensors[t].variable || last_use_[t] < 0) continue;
      last_use_[t] = end_;
      add(static_cast<int>(t), 0);
    }
    for (std::size_t n = 0; n < model.nodes.size(); ++n) {
      for (const int t : model.nodes[n].outputs) place_output(model.nodes[n], t, static_cast<std::int64_t>(n));
    }
  }

 private:
  const Model& model_;
  std::int64_t end_;

 public:
  std::vector<PlannedBuffer> buffers;
  std::vector<int> buffer_of;  ///< of each tensor, or -1

 private:
  std::vector<std::int64_t> last_use_;

  const Tensor& at(int t) const { return model_.tensors[static_cast<std::size_t>(t)]; }
  void add(int t, std::int64_t first) {
    buffer_of[static_cast<std::size_t>(t)] = static_cast<int>(buffers.size());
    buffers.push_back({at(t).bytes(), first, std::max(first, last_use_[static_cast<std::size_t>(t)]), Plan::none});
  }
  void join(int t, int buffer) {
    buffer_of[static_cast<std::size_t>(t)] = buffer;
    PlannedBuffer& b = buffers[static_cast<std::size_t>(buffer)];
    b.last = std::max(b.last, last_use_[static_cast<std::size_t>(t)]);
  }
  void place_output(const Node& node, int t, std::int64_t now) {
    if (std::holds_alternative<Reshape>(node.attributes)) {
      const int source = buffer_of[static_cast<std::size_t>(node.inputs[0])];
      if (source >= 0 && !at(node.inputs[0]).variable) return join(t, source);  // a variable may change under it
    } else if (works_in_place(node)) {
      for (const int x : node.inputs) {
        const int source = x < 0 ? -1 : buffer_of[static_cast<std::size_t>(x)];
        // An operand that is broadcast is read more than once, so only one of the output's own shape will do.
        if (source >= 0 && at(x).elements() == at(t).elements() && at(x).bytes() == at(t).bytes() &&
            at(x).type == at(t).type && buffers[static_cast<std::size_t>(source)].last == now) {
          return join(t, source);
        }
      }
    }
    add(t, now);
  }
  /// Kernels that read each element before they write it, and nothing of it later.
  static bool works_in_place(const Node& node) {
    const Attributes& a = node.attributes;
    return std::holds_alternative<Add>(a) || std::holds_alternative<Activate>(a) || std::holds_alternative<Unary>(a) ||
           std::holds_alternative<Binary>(a);
  }
};

/// Places buffers in the given order, each in the smallest gap that fits among those alive at the same time. Returns
/// the bytes of the arena.
inline std::size_t place_in_order(std::vector<PlannedBuffer>& buffers, const std::vector<std::size_t>& order) {
  std::size_t arena = 0;
  std::vector<const PlannedBuffer*> placed, neighbours;  // by offset
  for (const std::size_t i : order) {
    PlannedBuffer& b = buffers[i];
    neighbours.clear();
    for (const PlannedBuffer* p : placed) {
      if (p->overlaps(b)) neighbours.push_back(p);
    }
    std::size_t gap_begin = 0, best = 0, best_size = std::numeric_limits<std::size_t>::max();
    for (const PlannedBuffer* p : neighbours) {
      const auto begin = static_cast<std::size_t>(p->offset);
      if (begin > gap_begin && begin - gap_begin >= b.bytes && begin - gap_begin < best_size) {
        best = gap_begin;
        best_size = begin - gap_begin;
      }
      gap_begin = std::max(gap_begin, begin + p->bytes);
    }
    b.offset = static_cast<std::int64_t>(best_size == std::numeric_limits<std::size_t>::max() ? gap_begin : best);
    arena = std::max(arena, static_cast<std::size_t>(b.offset) + b.bytes);
    const auto after = std::upper_bound(placed.begin(), placed.end(), &b,
                                        [](const auto* x, const auto* y) { return x->offset < y->offset; });
    placed.insert(after, &b);
  }
  return arena;
}
}  // namespace detail

/// Plans the arena of a valid model, by size: the largest buffers first. Ties and near misses go either way, so a
/// second plan is made with those that live longest first, and the smaller one is taken. Errors: out_of_memory when the
/// sizes add up to more than `limit` bytes.
inline Expected<Plan> make_plan(const Model& model, std::size_t limit) {
  constexpr std::size_t alignment = 64;
  detail::Lifetimes lifetimes(model);
  std::vector<detail::PlannedBuffer>& buffers = lifetimes.buffers;
  const auto too_large = [&] {
    return fail(ErrorCode::out_of_memory, "the model's tensors need more than the limit of " + std::to_string(limit) +
                                              " bytes (ExecutorOptions::memory_limit)");
  };
  std::vector<std::int64_t> alive(model.nodes.size() + 2, 0);  // changes, then sums
  for (detail::PlannedBuffer& b : buffers) {
    if (b.bytes > limit) return too_large();
    b.bytes = (b.bytes + alignment - 1) / alignment * alignment;
    alive[static_cast<std::size_t>(b.first)] += static_cast<std::int64_t>(b.bytes);
    alive[static_cast<std::size_t>(b.last) + 1] -= static_cast<std::int64_t>(b.bytes);
  }
  Plan plan;
  std::int64_t sum = 0;
  for (const std::int64_t change : alive) {
    sum += change;
    plan.lower_bound = std::max(plan.lower_bound, static_cast<std::size_t>(sum));
  }
  if (plan.lower_bound > limit) return too_large();

  std::vector<std::size_t> order(buffers.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  plan.arena_bytes = detail::place_in_order(buffers, order);
  if (plan.arena_bytes > plan.lower_bound) {
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return buffers[a].last - buffers[a].first > buffers[b].last - buffers[b].first;
    });
    std::vector<detail::PlannedBuffer> other = buffers;
    const std::size_t bytes = detail::place_in_order(other, order);
    if (bytes < plan.arena_bytes) {
      plan.arena_bytes = bytes;
      buffers = std::move(other);
    }
  }
  if (plan.arena_bytes > limit) return too_large();

  plan.offsets.assign(model.tensors.size(), Plan::none);
  for (std::size_t t = 0; t < plan.offsets.size(); ++t) {
    if (lifetimes.buffer_of[t] >= 0) plan.offsets[t] = buffers[static_cast<std::size_t>(lifetimes.buffer_of[t])].offset;
  }
  return plan;
}

}  // namespace hone::graph
