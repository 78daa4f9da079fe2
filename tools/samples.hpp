// What a model is run on: files of raw samples for its inputs, and outputs fed back to inputs.
#pragma once
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "model_file.hpp"

namespace hone::tools {

/// A file holds one sample, which serves every run, or several, one a run. An input without a file is zeros. A fed
/// input starts from its file, or zeros, and takes its output's bytes from then on.
class Samples {
 public:
  /// `inputs`: FILE for the next input in order, or NAME=FILE. `feeds`: OUTPUT=INPUT, by name or number.
  /// Ends the command for a file that is not there or whose size is no multiple of a sample's.
  Samples(Network& executor, const std::vector<std::string>& inputs, const std::vector<std::string>& feeds);
  std::size_t count() const { return count_; }
  /// Puts sample `i` into the executor's inputs. `restart`: fed inputs start again.
  void load(std::size_t i, bool restart);
  /// After a run: outputs to the inputs they feed.
  void feed_back();

 private:
  struct File {
    std::size_t input;
    std::string path;
    std::ifstream stream;
    std::size_t samples;
  };
  struct Feed {
    std::size_t output, input;
  };
  void add_file(std::size_t input, const std::string& path);
  void add_feed(const std::string& text);
  File* file_of(std::size_t input);
  bool is_fed(std::size_t input) const;
  void read(File& file, std::size_t sample);

  Network& executor_;
  std::vector<File> files_;
  std::vector<Feed> feeds_;
  std::size_t count_ = 1;
};

}  // namespace hone::tools
