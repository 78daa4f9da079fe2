// Random single layers in TensorFlow Lite files, most of them right, some bent in one place: whatever the importer and
// validate() let through must run without a crash (see under ASan and UBSan) and without a hang.
#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "support/tflite_builder.hpp"
#include "support/tflite_hostile.hpp"

using namespace hone;
using test::Bytes;
using test::FileSpec;
using test::TensorSpec;

namespace {

class Layers {
 public:
  FileSpec next() {
    f_ = {};
    type_ = std::vector<std::int8_t>{0, 9, 3}[at_most(2)];
    switch (at_most(8)) {
      case 0: conv(false); break;
      case 1: conv(true); break;
      case 2: pool(); break;
      case 3: fully_connected(); break;
      case 4: add(); break;
      case 5: softmax(); break;
      case 6: pad(); break;
      case 7: convert(); break;
      default: elementwise(); break;
    }
    f_.inputs = {0};
    f_.outputs = f_.nodes.back().outputs;
    if (at_most(3) == 0) bend();
    return f_;
  }

 private:
  using Shape = std::vector<std::int32_t>;
  std::int32_t at_most(std::int32_t n) { return static_cast<std::int32_t>(random_() % static_cast<unsigned>(n + 1)); }
  std::int32_t size(std::int32_t n) { return 1 + at_most(n - 1); }
  static std::size_t elements(const Shape& shape) {
    std::size_t n = 1;
    for (const std::int32_t d : shape) n *= static_cast<std::size_t>(std::max(d, 0));
    return n;
  }
  Bytes noise(std::size_t bytes) {
    Bytes data(bytes);
    for (std::byte& b : data) b = static_cast<std::byte>(random_());
    return data;
  }
  float scale() {
    const std::vector<float> scales{0.01f, 0.3f, 1.0f, 1 / 256.0f, 1e-6f, 1e4f, 1e-38f, 3e38f};
    return scales[static_cast<std::size_t>(at_most(at_most(5) == 0 ? 7 : 2))];
  }
  std::int64_t zero(std::int8_t type) { return type == 3 ? at_most(255) : at_most(255) - 128; }

  TensorSpec tensor(const Shape& shape, std::int8_t type) {
    TensorSpec t{"t", type, shape};
    if (type == 9 || type == 3) t.scales = {scale()}, t.zero_points = {zero(type)};
    return t;
  }
  void constant(const Shape& shape, std::int8_t type, std::size_t channels, std::int32_t axis) {
    TensorSpec t = tensor(shape, type);
    t.data = noise(elements(shape) * (type == 0 || type == 2 ? 4 : 1));
    if (type == 9) {
      t.scales.assign(at_most(1) == 0 ? 1 : channels, 0.01f);
      t.zero_points.assign(t.scales.size(), 0);
      t.axis = axis;
    }
    f_.tensors.push_back(t);
  }
  void node(std::int32_t op, std::vector<std::int32_t> inputs, std::uint8_t options_type,
            std::vector<test::Option> options = {}) {
    const auto out = static_cast<std::int32_t>(f_.tensors.size()) - 1;
    f_.nodes.push_back({op, std::move(inputs), {out}, options_type, std::move(options)});
  }
  std::int32_t slid(std::int32_t in, std::int32_t kernel, std::int32_t stride, std::int32_t dilation, bool same) const {
    return same ? (in + stride - 1) / stride : (in - (kernel - 1) * dilation - 1) / stride + 1;
  }
  test::Option activation(std::uint16_t id) { return {id, static_cast<std::int8_t>(at_most(3))}; }

  void conv(bool depthwise) {
    const std::int32_t c = size(19), m = depthwise ? size(3) : 1, o = depthwise ? c * m : size(19), kh = size(4),
                       kw = size(4);
    const std::int32_t sh = size(3), sw = size(3), dh = size(2), dw = size(2);
    const std::int32_t h = (kh - 1) * dh + size(7), w = (kw - 1) * dw + size(7), n = size(2);
    const bool same = at_most(1) == 0;
    f_.tensors.push_back(tensor({n, h, w, c}, type_));
    constant(depthwise ? Shape{1, kh, kw, o} : Shape{o, kh, kw, c}, type_, static_cast<std::size_t>(o),
             depthwise ? 3 : 0);
    constant({o}, type_ == 0 ? 0 : 2, 1, 0);
    f_.tensors.push_back(tensor({n, slid(h, kh, sh, dh, same), slid(w, kw, sw, dw, same), o}, type_));
    const test::Option padding{0, static_cast<std::int8_t>(same ? 0 : 1)};
    if (depthwise) {
      node(4, {0, 1, at_most(3) == 0 ? -1 : 2}, 2,
           {padding, {1, sw}, {2, sh}, {3, m}, activation(4), {5, dw}, {6, dh}});
    } else {
      node(3, {0, 1, at_most(3) == 0 ? -1 : 2}, 1, {padding, {1, sw}, {2, sh}, activation(3), {4, dw}, {5, dh}});
    }
  }
  void pool() {
    const std::int32_t kh = size(5), kw = size(5), sh = size(4), sw = size(4), h = kh - 1 + size(6),
                       w = kw - 1 + size(6);
    const std::int32_t n = size(2), c = size(40);
    const bool same = at_most(1) == 0;
    f_.tensors.push_back(tensor({n, h, w, c}, type_));
    f_.tensors.push_back(f_.tensors[0]);
    f_.tensors[1].shape = {n, slid(h, kh, sh, 1, same), slid(w, kw, sw, 1, same), c};
    node(at_most(1) == 0 ? 1 : 17, {0}, 5,
         {{0, static_cast<std::int8_t>(same ? 0 : 1)}, {1, sw}, {2, sh}, {3, kw}, {4, kh}, activation(5)});
  }
  void fully_connected() {
    const std::int32_t n = size(40), k = size(70), m = size(5);
    const bool keep = at_most(1) == 0;
    f_.tensors.push_back(tensor({m, 2, k}, type_));
    constant({n, k}, type_, static_cast<std::size_t>(n), 0);
    constant({n}, type_ == 0 ? 0 : 2, 1, 0);
    f_.tensors.push_back(tensor(keep ? Shape{m, 2, n} : Shape{m * 2, n}, type_));
    node(9, {0, 1, at_most(3) == 0 ? -1 : 2}, 8, {activation(0), {2, static_cast<std::int8_t>(keep)}});
  }
  void add() {
    const Shape full{size(3), size(5), size(5), size(20)};
    Shape small = full;
    for (std::int32_t& d : small) d = at_most(2) == 0 ? 1 : d;
    small.erase(small.begin(), small.begin() + at_most(3));
    f_.tensors.push_back(tensor(full, type_));
    constant(at_most(1) == 0 ? full : small, type_, 1, 0);
    f_.tensors.push_back(tensor(full, type_));
    node(0, at_most(1) == 0 ? std::vector<std::int32_t>{0, 1} : std::vector<std::int32_t>{1, 0}, 11, {activation(0)});
  }
  void softmax() {
    const Shape shape = at_most(1) == 0 ? Shape{size(4), size(60)} : Shape{size(300)};
    f_.tensors = {tensor(shape, type_), tensor(shape, type_)};
    if (type_ != 0) f_.tensors[1].scales = {1 / 256.0f}, f_.tensors[1].zero_points = {type_ == 3 ? 0 : -128};
    node(25, {0}, 9, {{0, at_most(4) == 0 ? 1000.0f : 1.0f}});
  }
  void pad() {
    const Shape in{size(2), size(5), size(5), size(9)};
    std::vector<std::int32_t> amounts;
    Shape out = in;
    for (std::int32_t& d : out) {
      amounts.insert(amounts.end(), {at_most(3), at_most(3)});
      d += amounts[amounts.size() - 2] + amounts.back();
    }
    f_.tensors.push_back(tensor(in, type_));
    f_.tensors.push_back({"paddings", 2, {4, 2}, test::bytes_of(amounts)});
    f_.tensors.push_back(f_.tensors[0]);
    f_.tensors[2].shape = out;
    node(34, {0, 1}, 22);
  }
  void convert() {
    const Shape shape{size(3), size(100)};
    const bool quantize = type_ == 0 || at_most(1) == 0;
    f_.tensors = {tensor(shape, type_), tensor(shape, quantize ? (at_most(1) == 0 ? 9 : 3) : 0)};
    node(quantize ? 114 : 6, {0}, quantize ? 89 : 38);
  }
  void elementwise() {
    const Shape shape{size(3), size(100)};
    f_.tensors = {tensor(shape, type_), tensor(shape, type_)};
    if (at_most(1) == 0) return node(19 + at_most(2), {0}, 0);
    f_.tensors[1].shape = {static_cast<std::int32_t>(elements(shape))};
    node(22, {0}, 17);
  }

  void bend() {
    TensorSpec& t = f_.tensors[static_cast<std::size_t>(at_most(static_cast<std::int32_t>(f_.tensors.size()) - 1))];
    const std::int32_t extreme[] = {0, -1, 1, 2, 3, 127, 128, 255, 256, 32767, 65536, 1 << 24, 1 << 30, 0x7fffffff};
    const std::int32_t value = extreme[at_most(13)];
    switch (at_most(5)) {
      case 0:
        if (!t.shape.empty())
          t.shape[static_cast<std::size_t>(at_most(static_cast<std::int32_t>(t.shape.size()) - 1))] = value;
        if (!t.data.empty() && elements(t.shape) < 100000)
          t.data = noise(elements(t.shape) * (t.type == 9 || t.type == 3 ? 1 : 4));
        break;
      case 1: t.type = static_cast<std::int8_t>(at_most(9)); break;
      case 2: t.scales = {scale()}; break;
      case 3: t.zero_points.assign(t.scales.size(), value); break;
      case 4:
        for (test::Option& o : f_.nodes[0].options) {
          if (at_most(2) != 0) continue;
          if (std::holds_alternative<std::int32_t>(o.value)) o.value = value;
          if (std::holds_alternative<std::int8_t>(o.value)) o.value = static_cast<std::int8_t>(at_most(6));
        }
        break;
      default: f_.nodes[0].inputs.back() = at_most(3); break;
    }
  }

  std::mt19937 random_{31};
  FileSpec f_;
  std::int8_t type_ = 0;
};

}  // namespace

TEST_CASE("tflite hostile: random layers, some of them bent, load and run or are refused") {
  Layers layers;
  int loaded = 0;
  for (int round = 0; round < 10000; ++round) loaded += test::survives(test::build(layers.next()));
  CHECK(loaded > 5000);
}
