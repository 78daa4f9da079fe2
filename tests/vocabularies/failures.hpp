// What the checks inside a tier's region (operations.inl.hpp) report to the test outside it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace hone::test {

class Failures {
 public:
  /// `lane` of the result of `operation` is wrong for the inputs number `round`.
  void add(const char* operation, int round, int lane) {
    if (++count_ <= 20)
      text_ += std::string(operation) + ": inputs " + std::to_string(round) + ", lane " + std::to_string(lane) + "\n";
  }
  void expect(bool right, const char* operation, int round = 0, int lane = 0) {
    ++checks_;
    if (!right) add(operation, round, lane);
  }
  int count() const { return count_; }
  int checks() const { return checks_; }
  const std::string& text() const { return text_; }

 private:
  int count_ = 0, checks_ = 0;
  std::string text_;
};

}  // namespace hone::test
