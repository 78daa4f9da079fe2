#include "model_file.hpp"

#include <cmath>
#include <cstring>

#include "../include/hone/graph/tflite.hpp"

namespace hone::tools {

graph::Model load_model(const std::string& path) {
  if (path.ends_with(".onnx")) {
    value(graph::read_file(path));  // a file that is not there is the likelier mistake
    throw Stop(bad_model, path + ": ONNX models are not supported; this build reads .tflite");
  }
  return value(graph::load_tflite(path));
}

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
