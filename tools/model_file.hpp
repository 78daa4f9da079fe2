// A model named on the command line, loaded and made ready.
#pragma once
#include <memory>
#include <string>

#include "command.hpp"
#include "network.hpp"

namespace hone::tools {

bool is_onnx(const std::string& path);
/// A .tflite model. Ends the command when there is no such file or it is no model Hone supports.
graph::Model load_model(const std::string& path);
graph::Executor make_executor(const graph::Model& model, const graph::ExecutorOptions& options);
graph::OnnxModel load_onnx_model(const std::string& path);

/// "x=1x3x48x320" as a name and a shape. Ends the command where it is neither.
std::pair<std::string, graph::Shape> parse_shape(const std::string& text);
/// A model of either format, by the name of its file. `shapes`: what --shape was given.
std::unique_ptr<Network> make_network(const std::string& path, const graph::ExecutorOptions& options,
                                      const std::vector<std::string>& shapes);

/// Element `i` of a tensor's bytes as a number; 8-bit values as they are stored.
double element(DType type, const std::byte* data, std::size_t i);
/// "1x49x10x1 i8"
std::string type_text(const graph::Tensor& tensor);
/// "scale 0.58, zero 83", "64 scales along axis 0"; empty for a tensor that is not quantised.
std::string quantization_text(const graph::Tensor& tensor);

}  // namespace hone::tools
