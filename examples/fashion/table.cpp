// The demo's table in the terminal.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "report.hpp"

namespace fashion {
namespace {

std::string bar(double value, double largest, int width) {
  static const char* const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int units = std::max(1, static_cast<int>(std::lround(value / largest * width * 8)));
  std::string text;
  for (int i = 0; i < units / 8; ++i) text += "█";
  return text + eighths[units % 8];
}

}  // namespace

void print_table(const std::vector<Outcome>& outcomes) {
  double slowest = 0;
  for (const Outcome& o : outcomes) slowest = std::max(slowest, o.microseconds);
  const Outcome* first = nullptr;  // of the tier
  for (const Outcome& o : outcomes) {
    if (first == nullptr || first->tier != o.tier) {
      first = &o;
      std::printf("\n%s, %zu images, one at a time\n%-15s %-27s %9s %9s %10s %8s %9s\n", o.tier.c_str(), o.count,
                  "network", "", "bytes", "accuracy", "us/image", "speed", "arena");
    }
    std::printf("%-15s %-27s %9ju %8.2f%% %10.1f %7.1fx %9zu  %s\n", o.name.c_str(), o.what.c_str(), o.bytes,
                o.accuracy(), o.microseconds, first->microseconds / o.microseconds, o.arena_bytes,
                bar(o.microseconds, slowest, 24).c_str());
  }
}

}  // namespace fashion
