// Operators that run graphs.
#pragma once
#include "../walk.hpp"

namespace hone::graph::onnx::ops {

inline Expected<Body*> body_of(Call& call, std::string_view name) {
  for (Body& body : call.node.bodies) {
    if (body.attribute == name) return &body;
  }
  return call.fail("has no graph '" + std::string(name) + "'");
}

inline Results if_op(Call& call) {
  HONE_TRY(condition, call.scalar_of<Index>(0));
  HONE_TRY(body, body_of(call, condition != 0 ? "then_branch" : "else_branch"));
  return call.session.run_body(*body, {});
}

/// Values of equal shape stacked along a new dimension `axis`; `reverse`: the last first.
inline Expected<Value> stacked(const Call& call, const Values& parts, Index axis, bool reverse) {
  const Value& first = parts.front();
  const Index count = static_cast<Index>(parts.size());
  if (axis < -(first.rank() + 1) || axis > first.rank()) return call.fail("scan output axis " + std::to_string(axis));
  const Index at = axis < 0 ? axis + first.rank() + 1 : axis;
  Shape shape = first.shape;
  shape.insert(shape.begin() + at, count);
  HONE_TRY(y, call.make(first.type, std::move(shape)));
  const Shape strides = strides_of(y.shape);
  Shape slice = strides;
  slice.erase(slice.begin() + at);
  const Index step = strides[static_cast<std::size_t>(at)] * static_cast<Index>(size_of(y.type));
  for (Index i = 0; i < count; ++i) {
    const Value& part = parts[static_cast<std::size_t>(reverse ? count - 1 - i : i)];
    if (part.shape != first.shape || part.type != first.type) return call.fail("scan outputs of different shapes");
    if (part.count() > 0) copy(part.type, part.shape, part.data, strides_of(part.shape), y.own + i * step, slice);
  }
  return std::move(y);
}

/// Most turns of a loop: a file can ask for 2^63.
inline constexpr Index most_turns = Index{1} << 20;

/// body: (turn, condition, carried...) -> (condition, carried..., scanned...).
inline Results loop(Call& call) {
  HONE_TRY(body, body_of(call, "body"));
  const std::size_t carried = call.inputs.size() > 2 ? call.inputs.size() - 2 : 0;
  if (body->inputs.size() != carried + 2 || body->outputs.size() < carried + 1) {
    return call.fail("a body of " + std::to_string(body->inputs.size()) + " inputs and " +
                     std::to_string(body->outputs.size()) + " outputs for " + std::to_string(carried) + " values");
  }
  Index turns = std::numeric_limits<Index>::max();
  bool go_on = true;
  if (call.has(0)) {
    HONE_TRY(given, call.scalar_of<Index>(0));
    turns = given;
  }
  if (call.has(1)) {
    HONE_TRY(given, call.scalar_of<Index>(1));
    go_on = given != 0;
  }
  Values state;
  for (std::size_t i = 2; i < call.inputs.size(); ++i) {
    if (!call.has(i)) return call.fail("input " + std::to_string(i) + " is absent");
    state.push_back(call.in(i));
  }
  const std::size_t scanned = body->outputs.size() - 1 - carried;
  std::vector<Values> scans(scanned);
  for (Index turn = 0; turn < turns && go_on; ++turn) {
    if (turn == most_turns) return call.fail("more than " + std::to_string(most_turns) + " turns");
    HONE_TRY(number, call.make(DType::i64, {}));
    HONE_TRY(condition, call.make(DType::boolean, {}));
    store(&turn, 1, DType::i64, number.own);
    const Index yes = 1;
    store(&yes, 1, DType::boolean, condition.own);
    Values given{std::move(number), std::move(condition)};
    for (Value& v : state) given.push_back(std::move(v));
    HONE_TRY(results, call.session.run_body(*body, given));
    if (!results[0].exists() || results[0].count() != 1) return call.fail("a condition that is no single element");
    go_on = element_as<Index>(results[0], 0) != 0;
    for (std::size_t i = 0; i < carried; ++i) state[i] = std::move(results[i + 1]);
    for (std::size_t i = 0; i < scanned; ++i) scans[i].push_back(std::move(results[1 + carried + i]));
  }
  Values results = std::move(state);
  for (const Values& scan : scans) {
    if (scan.empty()) {
      HONE_TRY(none, call.make(DType::f32, {0}));
      results.push_back(std::move(none));
    } else {
      HONE_TRY(all, stacked(call, scan, 0, false));
      results.push_back(std::move(all));
    }
  }
  return results;
}

/// One scan over the slices of `scanned` inputs along their axes; see scan().
inline Results scan_once(Call& call, Body& body, Values state, const Values& sequences, const std::vector<Index>& axes,
                         const std::vector<Index>& backward, const std::vector<Index>& out_axes,
                         const std::vector<Index>& out_backward) {
  const std::size_t carried = state.size(), scanned = body.outputs.size() - carried;
  const auto flag = [](const std::vector<Index>& list, std::size_t i) { return i < list.size() ? list[i] : 0; };
  std::vector<Index> dims;
  Index turns = -1;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    HONE_TRY(axis, call.axis_of(flag(axes, i), sequences[i].rank()));
    dims.push_back(axis);
    const Index length = sequences[i].shape[static_cast<std::size_t>(axis)];
    if (turns >= 0 && turns != length)
      return call.fail("sequences of " + std::to_string(turns) + " and " + std::to_string(length));
    turns = length;
  }
  std::vector<Values> scans(scanned);
  for (Index turn = 0; turn < turns; ++turn) {
    Values given = std::move(state);
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      const auto d = static_cast<std::size_t>(dims[i]);
      Shape strides = strides_of(sequences[i].shape);
      Shape shape = sequences[i].shape;
      const Index at = (flag(backward, i) != 0 ? turns - 1 - turn : turn) * strides[d];
      shape.erase(shape.begin() + dims[i]);
      strides.erase(strides.begin() + dims[i]);
      HONE_TRY(slice, gather_strided(call, sequences[i], std::move(shape), at, strides));
      given.push_back(std::move(slice));
    }
    HONE_TRY(results, call.session.run_body(body, given));
    state.clear();
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (!results[i].exists()) return call.fail("a result without a value");
      if (i < carried)
        state.push_back(std::move(results[i]));
      else
        scans[i - carried].push_back(std::move(results[i]));
    }
  }
  Values results = std::move(state);
  for (std::size_t i = 0; i < scanned; ++i) {
    if (scans[i].empty()) return call.fail("a scan over nothing", ErrorCode::unsupported);
    HONE_TRY(all, stacked(call, scans[i], flag(out_axes, i), flag(out_backward, i) != 0));
    results.push_back(std::move(all));
  }
  return results;
}

/// body: (carried..., slices...) -> (carried..., scanned...). Version 8 had a batch dimension and lengths in front.
inline Results scan(Call& call) {
  HONE_TRY(body, body_of(call, "body"));
  const bool batched = call.node.opset < 9;
  const std::size_t first = batched ? 1 : 0, given = call.inputs.size() - first;
  const Index count = call.integer("num_scan_inputs", 0);
  if (count < 1 || static_cast<std::size_t>(count) > given || body->inputs.size() != given ||
      body->outputs.size() < given - static_cast<std::size_t>(count)) {
    return call.fail("a body of " + std::to_string(body->inputs.size()) + " inputs and " +
                     std::to_string(body->outputs.size()) + " outputs for " + std::to_string(given) + " values");
  }
  const std::size_t carried = given - static_cast<std::size_t>(count);
  for (std::size_t i = first; i < call.inputs.size(); ++i) {
    if (!call.has(i)) return call.fail("input " + std::to_string(i) + " is absent");
  }
  const auto axes = call.integers("scan_input_axes"), out_axes = call.integers("scan_output_axes"),
             backward = call.integers(batched ? "directions" : "scan_input_directions"),
             out_backward = call.integers("scan_output_directions");
  if (!batched) {
    Values state, sequences;
    for (std::size_t i = 0; i < given; ++i) (i < carried ? state : sequences).push_back(call.in(i));
    return scan_once(call, *body, std::move(state), sequences, axes, backward, out_axes, out_backward);
  }
  if (call.has(0)) return call.fail("sequence lengths are not supported", ErrorCode::unsupported);
  std::vector<Values> samples;
  const Index batch = call.in(1).rank() > 0 ? call.in(1).shape[0] : 0;
  for (Index n = 0; n < batch; ++n) {
    Values state, sequences;
    for (std::size_t i = 1; i < call.inputs.size(); ++i) {
      const Value& x = call.in(i);
      if (x.rank() < 1 || x.shape[0] != batch)
        return call.fail(call.input_name(i) + ", expected a batch of " + std::to_string(batch));
      const Shape shape(x.shape.begin() + 1, x.shape.end());
      HONE_TRY(sample, gather_strided(call, x, shape, n * element_count(shape), strides_of(shape)));
      (i <= carried ? state : sequences).push_back(std::move(sample));
    }
    HONE_TRY(results, scan_once(call, *body, std::move(state), sequences, {}, backward, {}, {}));
    samples.resize(results.size());
    for (std::size_t i = 0; i < results.size(); ++i) samples[i].push_back(std::move(results[i]));
  }
  Values results;
  for (const Values& sample : samples) {
    HONE_TRY(all, stacked(call, sample, 0, false));
    results.push_back(std::move(all));
  }
  return results;
}

}  // namespace hone::graph::onnx::ops
