#include "samples.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

namespace hone::tools {
namespace {

std::string place(const char* what, std::size_t i, const graph::Tensor& tensor) {
  return graph::detail::name_place(what, i, tensor);
}

/// The number of an input or output given by name or, failing that, by number.
std::size_t find(const char* what, const std::string& text, std::optional<std::size_t> named,
                 const std::vector<const graph::Tensor*>& known) {
  if (named) return *named;
  std::size_t number = 0;
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && last == end && number < known.size()) return number;
  std::string names;
  for (const graph::Tensor* tensor : known) names += (names.empty() ? "'" : ", '") + tensor->name + "'";
  throw Stop(bad_usage,
             std::string("no ") + what + " '" + text + "'; the model has " + (names.empty() ? "none" : names));
}
std::size_t find_input(const Network& executor, const std::string& text) {
  std::vector<const graph::Tensor*> known;
  for (std::size_t i = 0; i < executor.input_count(); ++i) known.push_back(&executor.input_info(i));
  return find("input", text, executor.find_input(text), known);
}
std::size_t find_output(const Network& executor, const std::string& text) {
  std::vector<const graph::Tensor*> known;
  for (std::size_t i = 0; i < executor.output_count(); ++i) known.push_back(&executor.output_info(i));
  return find("output", text, executor.find_output(text), known);
}

}  // namespace

Samples::Samples(Network& executor, const std::vector<std::string>& inputs, const std::vector<std::string>& feeds)
    : executor_(executor) {
  std::vector<std::string> in_order;
  for (const std::string& text : inputs) {
    const std::size_t equals = text.rfind('=');
    const auto named = equals == std::string::npos ? std::nullopt : executor.find_input(text.substr(0, equals));
    if (named) {
      add_file(*named, text.substr(equals + 1));
    } else if (equals != std::string::npos && !std::filesystem::exists(text)) {
      add_file(find_input(executor, text.substr(0, equals)), text.substr(equals + 1));
    } else {
      in_order.push_back(text);
    }
  }
  std::size_t next = 0;
  for (const std::string& path : in_order) {
    while (next < executor.input_count() && file_of(next) != nullptr) ++next;
    if (next == executor.input_count()) {
      throw Stop(bad_usage, "--input " + path + ": the model has " + std::to_string(next) + " inputs, all given");
    }
    add_file(next, path);
  }
  for (const std::string& text : feeds) add_feed(text);

  const File* several = nullptr;
  for (const File& file : files_) {
    if (file.samples == 1) continue;
    const std::string where = place("input", file.input, executor.input_info(file.input));
    if (is_fed(file.input)) {
      throw Stop(bad_usage, where + ": " + std::to_string(file.samples) + " samples in " + file.path +
                                "; an input that is fed has one, to start with");
    }
    if (several != nullptr && several->samples != file.samples) {
      throw Stop(bad_usage, where + ": " + std::to_string(file.samples) + " samples in " + file.path + ", " +
                                std::to_string(several->samples) + " in " + several->path +
                                "; expected equal counts, or 1");
    }
    several = &file;
    count_ = file.samples;
  }
}

void Samples::add_file(std::size_t input, const std::string& path) {
  const graph::Tensor& tensor = executor_.input_info(input);
  const std::string where = place("input", input, tensor) + ": ";
  if (file_of(input) != nullptr) throw Stop(bad_usage, where + "given twice");
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) throw Stop(bad_usage, where + "no file '" + path + "'");
  if (status.type() == std::filesystem::file_type::directory) {
    throw Stop(bad_usage, where + "'" + path + "' is a directory, a file expected");
  }
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  File file{input, path, std::ifstream(path, std::ios::binary), 1};
  if (error || !file.stream) throw Stop(bad_usage, where + "cannot read '" + path + "'");
  const std::size_t sample = tensor.bytes();
  if (sample == 0 ? size != 0 : size == 0 || size % sample != 0) {
    throw Stop(bad_usage, graph::detail::wrong_size("input", input, tensor, size).message);
  }
  if (sample != 0) file.samples = size / sample;
  files_.push_back(std::move(file));
}

void Samples::add_feed(const std::string& text) {
  // Names may hold '=' themselves: the first cut at which both sides are known counts.
  for (std::size_t cut = text.find('='); cut != std::string::npos; cut = text.find('=', cut + 1)) {
    if (cut != text.rfind('=') &&
        !(executor_.find_output(text.substr(0, cut)) && executor_.find_input(text.substr(cut + 1)))) {
      continue;
    }
    const std::string from = text.substr(0, cut), to = text.substr(cut + 1);
    const Feed feed{find_output(executor_, from), find_input(executor_, to)};
    const graph::Tensor &out = executor_.output_info(feed.output), &in = executor_.input_info(feed.input);
    const bool known = executor_.has_fixed_outputs();
    if (out.type != in.type || (known && out.bytes() != in.bytes())) {
      throw Stop(bad_usage, "--feed " + text + ": " + place("output", feed.output, out) + " is " +
                                graph::detail::describe(out) + ", " + place("input", feed.input, in) + " is " +
                                graph::detail::describe(in) + "; expected the same type and size");
    }
    if (is_fed(feed.input))
      throw Stop(bad_usage, "--feed " + text + ": " + place("input", feed.input, in) + " is fed twice");
    feeds_.push_back(feed);
    return;
  }
  throw Stop(bad_usage, "--feed " + text + ": expected OUTPUT=INPUT");
}

Samples::File* Samples::file_of(std::size_t input) {
  for (File& file : files_) {
    if (file.input == input) return &file;
  }
  return nullptr;
}

bool Samples::is_fed(std::size_t input) const {
  return std::any_of(feeds_.begin(), feeds_.end(), [&](const Feed& f) { return f.input == input; });
}

void Samples::read(File& file, std::size_t sample) {
  const std::span<std::byte> to = executor_.input_bytes(file.input);
  if (to.empty()) return;
  file.stream.seekg(static_cast<std::streamoff>(sample * to.size()));
  file.stream.read(reinterpret_cast<char*>(to.data()), static_cast<std::streamsize>(to.size()));
  if (!file.stream) throw Stop(bad_usage, "cannot read '" + file.path + "'");
}

void Samples::load(std::size_t i, bool restart) {
  for (File& file : files_) {
    // The executor keeps what its inputs hold: a single sample is read once.
    if (file.samples > 1)
      read(file, i);
    else if (i == 0 || (restart && is_fed(file.input)))
      read(file, 0);
  }
  if (!restart) return;
  executor_.reset_state();
  for (const Feed& feed : feeds_) {
    const std::span<std::byte> to = executor_.input_bytes(feed.input);
    if (file_of(feed.input) == nullptr && !to.empty()) std::memset(to.data(), 0, to.size());
  }
}

void Samples::feed_back() {
  for (const Feed& feed : feeds_) {
    const std::span<std::byte> to = executor_.input_bytes(feed.input);
    const std::span<const std::byte> from = executor_.output_bytes(feed.output);
    if (from.size() != to.size()) {
      const graph::Tensor &out = executor_.output_info(feed.output), &in = executor_.input_info(feed.input);
      throw Stop(bad_usage, "--feed: " + place("output", feed.output, out) + " came out as " +
                                graph::detail::describe(out) + ", " + place("input", feed.input, in) + " is " +
                                graph::detail::describe(in));
    }
    // An output may be the very tensor that is an input.
    if (!to.empty()) std::memmove(to.data(), from.data(), to.size());
  }
}

}  // namespace hone::tools
