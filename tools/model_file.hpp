// A model named on the command line, loaded and made ready.
#pragma once
#include <string>

#include "../include/hone/graph/executor.hpp"
#include "command.hpp"

namespace hone::tools {

/// Any format this build reads. Ends the command when there is no such file or it is no model Hone supports.
graph::Model load_model(const std::string& path);
graph::Executor make_executor(const graph::Model& model, const graph::ExecutorOptions& options);

/// Element `i` of a tensor's bytes as a number; 8-bit values as they are stored.
double element(DType type, const std::byte* data, std::size_t i);
/// "1x49x10x1 i8"
std::string type_text(const graph::Tensor& tensor);
/// "scale 0.58, zero 83", "64 scales along axis 0"; empty for a tensor that is not quantised.
std::string quantization_text(const graph::Tensor& tensor);

}  // namespace hone::tools
