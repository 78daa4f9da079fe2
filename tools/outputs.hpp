// What a run computed: to files, or to the screen.
#pragma once
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "model_file.hpp"

namespace hone::tools {

/// out0.bin, out1.bin, ... in a folder, which is made when it is not there: the outputs of all samples, one after the
/// other. Without a folder, nothing.
class OutputFiles {
 public:
  OutputFiles(const std::string& folder, std::size_t count);
  void write(const Network& executor);
  void close();

 private:
  std::vector<std::pair<std::string, std::ofstream>> files_;
};

/// The first values and, of a vector such as class scores, the five largest.
void print_outputs(const Network& executor);

}  // namespace hone::tools
