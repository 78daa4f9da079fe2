// What must hold for any bytes given to the TensorFlow Lite importer.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <hone/graph/executor.hpp>
#include <hone/graph/tflite.hpp>

#include <catch2/catch_test_macros.hpp>

#include "support/tflite_builder.hpp"

namespace hone::test {

/// Heap that a model holds, beside the file.
inline std::size_t memory_of(const graph::Model& m, std::span<const std::byte> file) {
  std::size_t total = m.tensors.capacity() * sizeof(graph::Tensor) + m.nodes.capacity() * sizeof(graph::Node);
  for (const graph::Tensor& t : m.tensors) {
    total += t.name.capacity() + t.shape.capacity() * sizeof(std::int64_t);
    total += (t.quantization.scales.capacity() + t.quantization.zero_points.capacity()) * sizeof(float);
    if (t.data.data() < file.data() || t.data.data() >= file.data() + file.size()) total += t.data.size();
  }
  for (const graph::Node& n : m.nodes) {
    total += n.op.capacity() + (n.inputs.capacity() + n.outputs.capacity()) * sizeof(int);
  }
  for (const std::string& note : m.notes) total += note.capacity();
  return total;
}

/// Runs it once, if it asks for no more than a test can give. An error is an answer too.
inline void run_once(const graph::Model& model) {
  graph::ExecutorOptions options;
  options.memory_limit = std::size_t{1} << 22;
  auto run = graph::Executor::make(model, options);
  if (!run) {
    if (run.error().message.empty()) FAIL("an error without a message");
    return;
  }
  std::int64_t work = 0;
  for (const graph::StepInfo& step : run->steps()) work += step.operations;
  if (work > 4'000'000) return;
  for (std::size_t i = 0; i < run->input_count(); ++i) {
    int value = 0;
    for (std::byte& b : run->input_bytes(i)) b = static_cast<std::byte>(value += 37);
  }
  // Random inputs may be indices that are out of range: an error too.
  if (const auto ok = (*run)(); !ok && ok.error().message.empty()) FAIL("an error without a message");
}

/// Loads the bytes; whether that worked. What came out is judged here: a message must be one clean line with the file's
/// name, a model must be valid, small and fit to run. (Catch hears of failures alone: a million assertions are slow.)
inline bool survives(std::span<const std::byte> bytes) {
  const auto model = graph::load_tflite(bytes, "hostile");
  if (!model) {
    const std::string& text = model.error().message;
    const bool clean =
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 32; });
    const bool code = model.error().code == ErrorCode::bad_model || model.error().code == ErrorCode::unsupported;
    if (!clean || !code || !text.starts_with("hostile: ") || text.size() > 2000) FAIL(text);
    return false;
  }
  if (const auto again = graph::validate(*model); !again) FAIL(again.error().message);
  if (memory_of(*model, bytes) > 300 * bytes.size()) FAIL(memory_of(*model, bytes) << " bytes from " << bytes.size());
  volatile unsigned sum = 0;  // every constant can be read
  for (const graph::Tensor& t : model->tensors) {
    for (const std::byte b : t.data) sum = sum + std::to_integer<unsigned>(b);
  }
  run_once(*model);
  return true;
}

inline std::string error_of(const Bytes& bytes) {
  const auto model = graph::load_tflite(bytes, "hostile");
  return model ? "loaded" : model.error().message;
}

}  // namespace hone::test
