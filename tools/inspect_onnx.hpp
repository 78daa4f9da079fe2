// hone inspect on an .onnx file.
#pragma once
#include <string>
#include <vector>

namespace hone::tools {

/// `shapes`: what --shape was given.
void inspect_onnx(const std::string& path, const std::vector<std::string>& shapes, bool json);

}  // namespace hone::tools
