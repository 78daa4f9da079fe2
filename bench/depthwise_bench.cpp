// Depthwise convolutions as MobileNets have them: 7 % of their multiply-adds, a quarter of their time.
#include <memory>

#include "../include/hone/depthwise.hpp"
#include "groups.hpp"
#include "image.hpp"

namespace hone::bench {
namespace {

double operations(const Layer& l) { return 2.0 * static_cast<double>(l.out_elements() * l.taps()); }
double bytes(const Layer& l, double element) {
  return element * static_cast<double>(l.in_elements() + l.out_elements() + l.taps() * l.out_channels);
}

template <class T> auto packed(const Layer& l) {
  auto w = random_data<T>(l.taps() * l.channels, 3);
  return std::make_shared<PackedDepthwise<T>>(
      must(pack_depthwise(l.kernel, l.kernel, MatrixView<const T>(w->data(), l.taps(), l.channels))));
}

void add_f32(Cases& cases, const Layer& l) {
  auto x = random_data<float>(l.in_elements(), 1), y = random_data<float>(l.out_elements(), 2);
  cases.add("depthwise", "depthwise_conv2d", "f32", l.text(), operations(l), bytes(l, 4),
            [=, filter = packed<float>(l), parallel = cases.setup().parallel] {
              must(depthwise_conv2d(l.in<float>(x->data()), *filter, l.out(y->data()), l.params(), parallel));
            });
}

void add_i8(Cases& cases, const Layer& l) {
  auto x = random_data<std::int8_t>(l.in_elements(), 1), y = random_data<std::int8_t>(l.out_elements(), 2);
  auto filter = packed<std::int8_t>(l);
  auto q = std::make_shared<Requantizer>(must(make_requantizer(*filter, Scales(l.out_channels).spec)));
  cases.add("depthwise", "depthwise_conv2d", "i8", l.text(), operations(l), bytes(l, 1),
            [=, parallel = cases.setup().parallel] {
              must(depthwise_conv2d(l.in<std::int8_t>(x->data()), *filter, l.out(y->data()), l.params(), *q, parallel));
            });
}

}  // namespace

void add_depthwise(Cases& cases) {
  std::vector<Layer> layers = {{14, 576, 3, 1, 576}};
  if (!cases.setup().quick) {
    layers = {
        {112, 32, 3, 1, 32}, {56, 144, 3, 2, 144}, {14, 576, 3, 1, 576}, {7, 960, 3, 1, 960}, {14, 256, 5, 1, 256}};
  }
  for (const Layer& l : layers) add_f32(cases, l);
  for (const Layer& l : layers) add_i8(cases, l);
}

}  // namespace hone::bench
