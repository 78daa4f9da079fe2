// What an operator is given: a node with its attributes, its inputs, and the means to make results and run subgraphs.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../cpu.hpp"
#include "../../parallel.hpp"
#include "elements.hpp"
#include "graph.hpp"

/// `HONE_TRY(y, call.make(...));`: y is the value, or the function returns the error.
#define HONE_TRY(name, ...)                                                               \
  auto name##_expected = (__VA_ARGS__);                                                   \
  if (!name##_expected) return tl::unexpected<Error>(std::move(name##_expected.error())); \
  auto& name = *name##_expected
/// `HONE_CHECK(call.float_input(0));`: the same for what has no value.
#define HONE_CHECK(...)                                                                                   \
  do {                                                                                                    \
    if (auto checked = (__VA_ARGS__); !checked) return tl::unexpected<Error>(std::move(checked.error())); \
  } while (false)

namespace hone::graph::onnx {

using Values = std::vector<Value>;
using Results = Expected<Values>;
struct Call;
using OperatorFunction = Results (*)(Call&);

/// An operator of ONNX's default domain.
struct Operator {
  std::string_view name;
  int least, most;  ///< inputs; those before `least` must be there
  OperatorFunction run;
};

/// A graph made ready: names are numbers of slots that hold values while the model runs.
struct Node;
struct Body {
  std::string attribute;
  std::vector<int> inputs, outputs;
  std::vector<Node> nodes;
};

struct Node {
  const Operator* op = nullptr;
  int index = 0;  ///< in its graph in the file
  Index opset = 0;
  std::string name;
  std::vector<int> inputs, outputs;  ///< slots; -1 where absent
  std::vector<Attribute> attributes;
  std::vector<Body> bodies;    ///< of control operators
  std::vector<int> last_uses;  ///< slots that nothing reads after this node
  /// What the operator prepared once, by type: packed weights.
  std::vector<std::pair<const void*, std::shared_ptr<void>>> states;
  std::size_t state_bytes = 0;
  std::int64_t operations = 0;  ///< of the last run: 2 a multiply-add; operators that count them say so
  std::vector<bool> constant;   ///< whether input i is the same in every run
};

/// What operators share while a model runs.
struct Session {
  std::shared_ptr<Memory> memory = std::make_shared<Memory>();
  Parallel parallel;
  Tier tier = Tier::baseline;
  virtual Expected<Values> run_body(Body& body, std::span<const Value> inputs) = 0;

 protected:
  ~Session() = default;
};

struct Call {
  Node& node;
  std::span<const Value* const> inputs;  ///< null where absent
  Session& session;
  Error problem = {};  ///< with an attribute; the interpreter reports it when the operator is done

  tl::unexpected<Error> fail(std::string what, ErrorCode code = ErrorCode::bad_model) const {
    return hone::fail(code, std::move(what));
  }
  bool has(std::size_t i) const { return i < inputs.size() && inputs[i] != nullptr; }
  const Value& in(std::size_t i) const { return *inputs[i]; }
  bool is_constant(std::size_t i) const { return i < node.constant.size() && node.constant[i]; }
  bool wants(std::size_t output) const { return output < node.outputs.size() && node.outputs[output] >= 0; }
  Expected<Value> make(DType type, Shape shape) const { return Value::make(session.memory, type, std::move(shape)); }

  /// What the operator keeps between runs; made at the first call.
  template <class T> T& state() {
    static char type = 0;  // its address tells the types apart
    for (const auto& [tag, state] : node.states) {
      if (tag == &type) return *static_cast<T*>(state.get());
    }
    node.states.emplace_back(&type, std::make_shared<T>());
    return *static_cast<T*>(node.states.back().second.get());
  }

  const Attribute* find(std::string_view name, Attribute::Kind kind) {
    for (const Attribute& a : node.attributes) {
      if (a.name != name) continue;
      if (a.kind == kind) return &a;
      if (problem.message.empty()) {
        problem = {ErrorCode::bad_model, "attribute '" + a.name + "' is of another type than it should be"};
      }
    }
    return nullptr;
  }
  bool has_attribute(std::string_view name) const {
    for (const Attribute& a : node.attributes) {
      if (a.name == name) return true;
    }
    return false;
  }
  Index integer(std::string_view name, Index missing = 0) {
    const Attribute* a = find(name, Attribute::Kind::i);
    return a != nullptr ? a->i : missing;
  }
  float real(std::string_view name, float missing) {
    const Attribute* a = find(name, Attribute::Kind::f);
    return a != nullptr ? a->f : missing;
  }
  std::string text(std::string_view name, const std::string& missing) {
    const Attribute* a = find(name, Attribute::Kind::s);
    return a != nullptr ? a->s : missing;
  }
  std::vector<Index> integers(std::string_view name, const std::vector<Index>& missing = {}) {
    const Attribute* a = find(name, Attribute::Kind::ints);
    return a != nullptr ? a->ints : missing;
  }

  // Checks. An error says what was found and expected; the interpreter adds the place.
  std::string input_name(std::size_t i) const { return "input " + std::to_string(i) + " is " + describe(in(i)); }
  Expected<void> float_input(std::size_t i) const {
    if (is_float(in(i).type)) return {};
    return fail(input_name(i) + ", expected floats");
  }
  Expected<void> integer_input(std::size_t i) const {
    if (is_integer(in(i).type)) return {};
    return fail(input_name(i) + ", expected integers");
  }
  Expected<void> type_input(std::size_t i, DType type) const {
    if (in(i).type == type) return {};
    return fail(input_name(i) + ", expected " + name_of(type));
  }
  Expected<void> rank_input(std::size_t i, Index least, Index most) const {
    if (in(i).rank() >= least && in(i).rank() <= most) return {};
    return fail(input_name(i) + ", expected " + std::to_string(least) +
                (most == least ? ""
                 : most > 64   ? " or more"
                               : " to " + std::to_string(most)) +
                " dimensions");
  }
  Expected<void> same_types(std::size_t a, std::size_t b) const {
    if (in(a).type == in(b).type) return {};
    return fail(input_name(a) + ", " + input_name(b) + "; expected the same type");
  }
  Expected<void> count_input(std::size_t i, Index count) const {
    if (in(i).count() == count) return {};
    return fail(input_name(i) + ", expected " + std::to_string(count) + " elements");
  }
  /// Of what is computed by definition, element by element: a small file can ask for any amount, and a run should end.
  Expected<void> check_work(double steps) const {
    if (steps <= 0x1p36) return {};
    return fail("would take " + std::to_string(steps) + " steps; at most 2^36 are supported", ErrorCode::unsupported);
  }
  /// Input i as integers: shapes, axes, sizes.
  Expected<std::vector<Index>> integers_of(std::size_t i) const {
    HONE_CHECK(integer_input(i));
    return onnx::integers(in(i));
  }
  /// The one element of input i.
  template <class W> Expected<W> scalar_of(std::size_t i) const {
    if (in(i).count() != 1) return fail(input_name(i) + ", expected one element");
    return element_as<W>(in(i), 0);
  }
  Expected<Index> axis_of(Index axis, Index rank) const {
    if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
    return fail("axis " + std::to_string(axis) + " of a tensor of " + std::to_string(rank) + " dimensions");
  }
  /// Each axis counted from the front; none twice.
  Expected<std::vector<Index>> axes_of(std::vector<Index> axes, Index rank) const {
    std::vector<bool> seen(static_cast<std::size_t>(rank));
    for (Index& axis : axes) {
      HONE_TRY(a, axis_of(axis, rank));
      if (seen[static_cast<std::size_t>(a)]) return fail("axis " + std::to_string(axis) + " is named twice");
      seen[static_cast<std::size_t>(a)] = true;
      axis = a;
    }
    return axes;
  }
  /// Axes from input i or, in older versions of the operator, from the attribute; empty where neither is there.
  Expected<std::vector<Index>> axes_argument(std::size_t i, Index rank) {
    if (!has(i)) return axes_of(integers("axes"), rank);
    HONE_TRY(axes, integers_of(i));
    return axes_of(std::move(axes), rank);
  }
};

inline Results one(Expected<Value> value) {
  if (!value) return tl::unexpected<Error>(std::move(value.error()));
  Values all;
  all.push_back(std::move(*value));
  return all;
}
inline Results one(Value value) {
  Values all;
  all.push_back(std::move(value));
  return all;
}

}  // namespace hone::graph::onnx
