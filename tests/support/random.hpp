// Random values that are the same on every machine and with every standard library.
#pragma once
#include <cstdint>

namespace hone::test {

/// xorshift64* (Vigna 2016).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}

  std::uint64_t bits() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1du;
  }
  /// An integer in [lo, hi].
  std::int64_t integer(std::int64_t lo, std::int64_t hi) {
    return lo + static_cast<std::int64_t>((bits() >> 1) % (static_cast<std::uint64_t>(hi - lo) + 1));
  }
  /// A float in [-1, 1).
  float real() { return static_cast<float>(static_cast<std::int64_t>(bits() >> 40) - (1 << 23)) * 0x1p-23f; }
  /// True once in `n` times.
  bool one_in(int n) { return bits() % static_cast<std::uint64_t>(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace hone::test
