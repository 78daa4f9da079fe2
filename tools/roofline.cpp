#include <algorithm>
#include <cmath>
#include <tuple>

#include "report_html.hpp"

namespace hone::tools {
namespace {

std::string power_of_ten(double value) {
  char text[16];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

class Roofline {
 public:
  Roofline(const Json& board, const std::string& tier) : peaks_(board["machine"]["peaks"][tier]) {
    for (const Json& row : board["rows"]) {
      if (row["tier"] != tier || number(row, "gbps") <= 0 || number(row, "gops") <= 0) continue;
      threads_ = std::max(threads_, number(row, "threads"));
      left_ = std::min(left_, number(row, "gops") / number(row, "gbps"));
      right_ = std::max(right_, number(row, "gops") / number(row, "gbps"));
      bottom_ = std::min(bottom_, number(row, "gops"));
      dots_.push_back(&row);
    }
    top_ = std::max(number(peaks_, "f32_gflops"), number(peaks_, "i8_gops")) * threads_ * 2.2;
    left_ /= 1.5, right_ *= 1.5, bottom_ /= 2;
  }
  std::string svg() const {
    std::string s = "<svg viewBox=\"0 -6 800 440\" role=\"img\" aria-label=\"Roofline\">";
    for (double decade = std::pow(10, std::ceil(std::log10(bottom_))); decade < top_; decade *= 10) {
      s += line("axis", left_, decade, right_, decade) +
           label("soft", left_, decade, power_of_ten(decade), -6, 4, "end");
    }
    for (double x = std::pow(10, std::ceil(std::log10(left_))); x < right_; x *= 10) {
      s += line("axis", x, bottom_, x, top_) + label("soft", x, bottom_, power_of_ten(x), 0, 18, "middle");
    }
    const double highest = std::max(number(peaks_, "f32_gflops"), number(peaks_, "i8_gops")) * threads_;
    for (const auto& [key, name] : {std::pair("l1_gbps", "L1"), {"l2_gbps", "L2"}, {"dram_gbps", "DRAM"}}) {
      const double rate = number(peaks_, key) * (key[0] == 'd' ? 1 : threads_);
      if (rate <= 0) continue;
      const double from = std::max(left_, bottom_ / rate), to = std::min(right_, highest / rate);
      s += line("roof", from, from * rate, to, to * rate);
      // Above its upper end; L1's and L2's lie close together, so one goes to the left and the other to the right.
      s += label("soft", to, to * rate, std::string(name) + " " + short_text(rate) + " GB/s", name[1] == '1' ? 2 : 0,
                 -6, name[1] == '1' ? "end" : "start");
    }
    for (const auto& [key, kind, name] : {std::tuple("f32_gflops", "f32", "f32"), {"i8_gops", "i8", "int8"}}) {
      const double rate = number(peaks_, key) * threads_, from = rate / (number(peaks_, "l1_gbps") * threads_);
      if (rate <= 0) continue;
      s += line(kind, std::clamp(from, left_, right_), rate, right_, rate);
      s += label(kind, right_, rate, std::string(name) + " " + short_text(rate) + " GOP/s", -2,
                 rate == highest ? -26 : -5, "end");  // above the names of the sloping roofs
    }
    for (const Json* row : dots_) {
      const double x = number(*row, "gops") / number(*row, "gbps"), y = number(*row, "gops");
      s += "<circle class=\"" + std::string(colour(*row)) + "\" cx=\"" + at(x_of(x)) + "\" cy=\"" + at(y_of(y)) +
           "\" r=\"4.5\"><title>" + text_of(*row, "op") + " " + text_of(*row, "dtype") + " " + text_of(*row, "shape") +
           ": " + short_text(y) + " GOP/s</title></circle>";
    }
    return s +
           "<text class=\"soft\" x=\"790\" y=\"430\" text-anchor=\"end\">operations a byte</text>"
           "<text class=\"soft\" x=\"4\" y=\"12\">GOP/s</text></svg>";
  }
  bool empty() const { return dots_.empty(); }

 private:
  double x_of(double v) const { return 60 + 730 * std::log(v / left_) / std::log(right_ / left_); }
  double y_of(double v) const { return 385 - 365 * std::log(v / bottom_) / std::log(top_ / bottom_); }
  static std::string at(double v) {
    char text[16];
    std::snprintf(text, sizeof text, "%.1f", v);
    return text;
  }
  std::string line(const char* kind, double x1, double y1, double x2, double y2) const {
    return "<line class=\"" + std::string(kind) + "\" x1=\"" + at(x_of(x1)) + "\" y1=\"" + at(y_of(y1)) + "\" x2=\"" +
           at(x_of(x2)) + "\" y2=\"" + at(y_of(y2)) + "\"/>";
  }
  std::string label(const char* kind, double x, double y, const std::string& text, double dx, double dy,
                    const char* anchor) const {
    return "<text class=\"" + std::string(kind) + "\" x=\"" + at(x_of(x) + dx) + "\" y=\"" + at(y_of(y) + dy) +
           "\" text-anchor=\"" + anchor + "\">" + escaped(text) + "</text>";
  }

  const Json& peaks_;
  std::vector<const Json*> dots_;
  double threads_ = 1, left_ = 1, right_ = 10, bottom_ = 10, top_ = 100;
};

}  // namespace

std::string roofline_svg(const Json& board, const std::string& tier) {
  const Roofline roofline(board, tier);
  return roofline.empty() ? std::string() : roofline.svg();
}

}  // namespace hone::tools
