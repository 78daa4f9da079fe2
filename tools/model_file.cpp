#include "model_file.hpp"

#include <cmath>
#include <cstring>
#include <memory>

#include "../include/hone/graph/tflite.hpp"

namespace hone::tools {

bool is_onnx(const std::string& path) { return path.ends_with(".onnx"); }

graph::Model load_model(const std::string& path) { return value(graph::load_tflite(path)); }
graph::OnnxModel load_onnx_model(const std::string& path) { return value(graph::load_onnx(path)); }

graph::Executor make_executor(const graph::Model& model, const graph::ExecutorOptions& options) {
  value(cpu::chosen());  // a wrong HONE_TIER is not the model's fault
  auto executor = graph::Executor::make(model, options);
  if (!executor) {
    Error error = executor.error();
    if (error.message.find(model.source) == std::string::npos) error.message = model.source + ": " + error.message;
    // The command's own arguments have been checked: a sum that could overflow, say, is the model's.
    throw Stop(error.code == ErrorCode::no_device ? no_device : bad_model, error.message);
  }
  return std::move(*executor);
}

std::pair<std::string, graph::Shape> parse_shape(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos) throw Stop(bad_usage, "--shape " + text + ": expected NAME=1x3x48x320");
  graph::Shape shape;
  std::string number;
  for (const char c : text.substr(equals + 1) + "x") {
    if (c >= '0' && c <= '9' && number.size() < 18) {
      number += c;
    } else if (c == 'x' && !number.empty()) {
      shape.push_back(std::stoll(number));
      number.clear();
    } else {
      throw Stop(bad_usage, "--shape " + text + ": expected sizes such as 1x3x48x320");
    }
  }
  return {text.substr(0, equals), std::move(shape)};
}

namespace {
/// Ends the command where what --shape asks for has no such input.
std::size_t shaped_input(const Network& network, const std::string& text, const std::string& name) {
  if (const auto input = network.find_input(name)) return *input;
  std::string names;
  for (std::size_t i = 0; i < network.input_count(); ++i) {
    names += (i == 0 ? "'" : ", '") + network.input_info(i).name + "'";
  }
  throw Stop(bad_usage, "--shape " + text + ": no input '" + name + "'; the model has " + names);
}

std::unique_ptr<Network> make_onnx(const std::string& path, const graph::ExecutorOptions& options,
                                   const std::vector<std::string>& shapes) {
  if (options.rounding && *options.rounding != Rounding::ort) {
    throw Stop(bad_usage, "--rounding: ONNX models are defined with ort");
  }
  const graph::OnnxModel model = load_onnx_model(path);
  value(cpu::chosen());  // a wrong HONE_TIER is not the model's fault
  graph::OnnxOptions onnx;
  onnx.threads = options.threads;
  onnx.profile = options.profile;
  onnx.memory_limit = options.memory_limit;
  for (const std::string& text : shapes) onnx.shapes.push_back(parse_shape(text));
  auto executor = graph::OnnxExecutor::make(model, onnx);
  if (!executor && executor.error().code == ErrorCode::invalid_argument) {
    throw Stop(bad_usage, "--shape: " + executor.error().message);
  }
  return std::make_unique<NetworkOf<graph::OnnxExecutor>>(value(std::move(executor)));
}
}  // namespace

std::unique_ptr<Network> make_network(const std::string& path, const graph::ExecutorOptions& options,
                                      const std::vector<std::string>& shapes) {
  if (is_onnx(path)) return make_onnx(path, options, shapes);
  auto network = std::make_unique<NetworkOf<graph::Executor>>(make_executor(load_model(path), options));
  for (const std::string& text : shapes) {  // a .tflite's shapes are fixed: what is asked for must be what it says
    const auto [name, shape] = parse_shape(text);
    const std::size_t input = shaped_input(*network, text, name);
    const graph::Shape& fixed = network->input_info(input).shape;
    if (shape != fixed) {
      throw Stop(bad_usage, "--shape " + text + ": the model fixes input " + std::to_string(input) + " '" + name +
                                "' to " + graph::to_string(fixed));
    }
  }
  return network;
}

namespace {
template <class T> T read(const std::byte* data, std::size_t i) {
  T x;
  std::memcpy(&x, data + i * sizeof(T), sizeof(T));
  return x;
}
double half_to_double(std::uint16_t h) {
  const int exponent = (h >> 10) & 31, fraction = h & 1023;
  const double sign = (h & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31) return fraction != 0 ? std::nan("") : sign * HUGE_VAL;
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25));
}
}  // namespace

double element(DType type, const std::byte* data, std::size_t i) {
  switch (type) {
    case DType::f32: return read<float>(data, i);
    case DType::f16: return half_to_double(read<std::uint16_t>(data, i));
    case DType::bf16: {
      const std::uint32_t bits = static_cast<std::uint32_t>(read<std::uint16_t>(data, i)) << 16;
      return read<float>(reinterpret_cast<const std::byte*>(&bits), 0);
    }
    case DType::i8: return read<std::int8_t>(data, i);
    case DType::i16: return read<std::int16_t>(data, i);
    case DType::i32: return read<std::int32_t>(data, i);
    case DType::i64: return static_cast<double>(read<std::int64_t>(data, i));
    case DType::f64: return read<double>(data, i);
    case DType::u16: return read<std::uint16_t>(data, i);
    case DType::u32: return read<std::uint32_t>(data, i);
    case DType::u64: return static_cast<double>(read<std::uint64_t>(data, i));
    case DType::u8:
    case DType::boolean: break;
  }
  return read<std::uint8_t>(data, i);
}

std::string type_text(const graph::Tensor& tensor) {
  return graph::to_string(tensor.shape) + " " + name_of(tensor.type);
}

std::string quantization_text(const graph::Tensor& tensor) {
  const graph::TensorQuantization& q = tensor.quantization;
  if (q.empty()) return {};
  if (q.scales.size() > 1) return std::to_string(q.scales.size()) + " scales along axis " + std::to_string(q.axis);
  const std::int32_t zero = q.zero_points.empty() ? 0 : q.zero_points[0];
  return "scale " + short_text(static_cast<double>(q.scales[0])) + ", zero " + std::to_string(zero);
}

}  // namespace hone::tools
