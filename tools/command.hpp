// What the subcommands of `hone` share: exit statuses, errors, tables. docs/performance.md and `hone --help` describe
// the command itself.
#pragma once
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "../include/hone/cpu.hpp"
#include "../include/hone/error.hpp"

namespace CLI {
class App;
}

namespace hone::tools {

/// Keeps the fields in the order in which they are written.
using Json = nlohmann::ordered_json;

enum Status : int { ok = 0, bad_usage = 2, bad_model = 3, no_device = 4 };

/// Ends a subcommand: main prints `message` as "hone: message" and exits with `status`.
struct Stop : std::exception {
  Status status;
  std::string message;
  Stop(Status s, std::string m) : status(s), message(std::move(m)) {}
  const char* what() const noexcept override { return message.c_str(); }
};

inline Status status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::not_found: return bad_usage;
    case ErrorCode::bad_model:
    case ErrorCode::unsupported:
    case ErrorCode::out_of_memory: return bad_model;
    case ErrorCode::no_device: break;
  }
  return no_device;
}
/// The value, or the end of the command.
template <class T> T value(Expected<T> expected) {
  if (!expected) throw Stop(status_of(expected.error().code), expected.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*expected);
}
/// The same where whatever is wrong is wrong with the model: a sum that could overflow is nobody's bad argument.
template <class T> T model_value(Expected<T> expected) {
  if (!expected && expected.error().code == ErrorCode::invalid_argument)
    throw Stop(bad_model, expected.error().message);
  return value(std::move(expected));
}

/// 1234567 -> "1,234,567".
std::string grouped(unsigned long long number);
/// 49152 -> "48 kB".
std::string size_text(std::size_t bytes);
/// Significant digits, without an exponent where that is readable: 0.0123, 1.23, 123, 12345.
std::string short_text(double value);
/// `width` characters filled in proportion to `fraction`, in eighths of a block.
std::string bar(double fraction, int width);
/// Rows of cells as columns; those named in `right` are aligned right. The first row is the heading.
void print_table(const std::vector<std::vector<std::string>>& rows, std::string_view alignment);
/// The JSON text, names and paths that are not UTF-8 made so.
std::string json_text(const Json& json);
void write_file(const std::string& path, std::string_view text);

// Each adds its subcommand and options to the command. What it does when chosen runs inside parse().
void add_info(CLI::App& app);
void add_run(CLI::App& app);
void add_inspect(CLI::App& app);
void add_prune(CLI::App& app);
void add_bench(CLI::App& app);

}  // namespace hone::tools
