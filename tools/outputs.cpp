#include "outputs.hpp"

#include <algorithm>
#include <filesystem>

namespace hone::tools {

OutputFiles::OutputFiles(const std::string& folder, std::size_t count) {
  if (folder.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string path = folder + "/out" + std::to_string(i) + ".bin";
    files_.push_back({path, std::ofstream(path, std::ios::binary)});
    if (!files_.back().second) throw Stop(bad_usage, "--output: cannot write '" + path + "'");
  }
}

void OutputFiles::write(const Network& executor) {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const auto bytes = executor.output_bytes(i);
    files_[i].second.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
}

void OutputFiles::close() {
  for (auto& [path, file] : files_) {
    file.close();
    if (!file) throw Stop(bad_usage, "--output: cannot write '" + path + "'");
  }
}

void print_outputs(const Network& executor) {
  for (std::size_t i = 0; i < executor.output_count(); ++i) {
    const graph::Tensor& tensor = executor.output_info(i);
    const auto count = static_cast<std::size_t>(tensor.elements());
    const std::byte* data = executor.output_bytes(i).data();
    const graph::TensorQuantization& q = tensor.quantization;
    const auto real = [&](std::size_t e) {
      const double stored = element(tensor.type, data, e);
      if (q.scales.size() != 1) return stored;
      return static_cast<double>(q.scales[0]) * (stored - (q.zero_points.empty() ? 0 : q.zero_points[0]));
    };
    std::printf("output %zu  '%s'  %s\n", i, tensor.name.c_str(), type_text(tensor).c_str());
    std::string text = "  first values:";
    for (std::size_t e = 0; e < std::min<std::size_t>(count, 8); ++e) text += " " + short_text(real(e));
    std::puts((text + (count > 8 ? " ..." : "")).c_str());
    if (count < 3 || tensor.shape.empty() || static_cast<std::size_t>(tensor.shape.back()) != count) continue;
    std::vector<std::size_t> order(count);
    for (std::size_t e = 0; e < count; ++e) order[e] = e;
    const auto top = static_cast<std::ptrdiff_t>(std::min<std::size_t>(count, 5));
    std::partial_sort(order.begin(), order.begin() + top, order.end(),
                      [&](std::size_t a, std::size_t b) { return real(a) > real(b); });
    text = "  largest:";
    for (std::ptrdiff_t e = 0; e < top; ++e) {
      text += (e == 0 ? " [" : ", [") + std::to_string(order[static_cast<std::size_t>(e)]) + "] " +
              short_text(real(order[static_cast<std::size_t>(e)]));
    }
    std::puts(text.c_str());
  }
}

}  // namespace hone::tools
