// Convolutions: 1 x 1 as MobileNetV2 has them, 3 x 3 as ResNets do, a first layer of three channels.
#include <memory>

#include "groups.hpp"
#include "image.hpp"

namespace hone::bench {
namespace {

double operations(const Layer& l) {
  return 2.0 * static_cast<double>(l.out_elements()) * static_cast<double>(l.taps() * l.channels);
}
double bytes(const Layer& l, double element) {
  return element * static_cast<double>(l.in_elements() + l.out_elements() + l.taps() * l.channels * l.out_channels);
}

void add_f32(Cases& cases, const Layer& l) {
  auto x = random_data<float>(l.in_elements(), 1), y = random_data<float>(l.out_elements(), 2),
       w = random_data<float>(l.out_channels * l.taps() * l.channels, 3);
  auto filter = std::make_shared<PackedFilter<float>>(
      must(pack_filter(ImageView<const float>(w->data(), l.out_channels, l.kernel, l.kernel, l.channels))));
  const Parallel parallel = cases.setup().parallel;
  const auto* table = cpu::kernels<kernels::GemmF32Kernels>(filter->matrix.tier());
  auto scratch = std::make_shared<Buffer<std::byte>>(must(Buffer<std::byte>::make(
      hone::detail::gemm_scratch_bytes(*table, filter->matrix.rows(), true, parallel.threads()))));
  cases.add("conv", "conv2d", "f32", l.text(), operations(l), bytes(l, 4), [=] {
    must(conv2d(l.in<float>(x->data()), *filter, l.out(y->data()), l.params(), parallel,
                Scratch{{scratch->data(), scratch->size()}}));
  });
}

void add_i8(Cases& cases, const Layer& l) {
  auto x = random_data<std::int8_t>(l.in_elements(), 1), y = random_data<std::int8_t>(l.out_elements(), 2),
       w = random_data<std::int8_t>(l.out_channels * l.taps() * l.channels, 3);
  auto filter = std::make_shared<PackedFilter<std::int8_t>>(
      must(pack_filter(ImageView<const std::int8_t>(w->data(), l.out_channels, l.kernel, l.kernel, l.channels))));
  auto q = std::make_shared<Requantizer>(must(make_requantizer(filter->matrix, Scales(l.out_channels).spec)));
  const Parallel parallel = cases.setup().parallel;
  auto scratch = std::make_shared<Buffer<std::byte>>(
      must(Buffer<std::byte>::make(gemm_scratch_bytes(filter->matrix, parallel.threads()))));
  cases.add("conv", "conv2d", "i8", l.text(), operations(l), bytes(l, 1), [=] {
    must(conv2d(l.in<std::int8_t>(x->data()), *filter, l.out(y->data()), l.params(), *q, parallel,
                Scratch{{scratch->data(), scratch->size()}}));
  });
}

}  // namespace

void add_conv(Cases& cases) {
  std::vector<Layer> layers = {{28, 32, 1, 1, 192}, {28, 128, 3, 1, 128}};
  if (!cases.setup().quick) {
    layers = {{112, 16, 1, 1, 96},  {28, 32, 1, 1, 192},  {14, 576, 1, 1, 96}, {7, 960, 1, 1, 320}, {56, 64, 3, 1, 64},
              {28, 128, 3, 1, 128}, {14, 256, 3, 2, 256}, {224, 3, 3, 2, 32},  {28, 32, 5, 1, 64}};
  }
  for (const Layer& l : layers) add_f32(cases, l);
  for (const Layer& l : layers) add_i8(cases, l);
}

}  // namespace hone::bench
