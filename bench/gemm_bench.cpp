// Matrix products: a square that fits the caches and large ones, a vector, and the layers of MobileNet, ResNet-50
// and BERT.
#include "groups.hpp"
#include "product.hpp"

namespace hone::bench {

void add_gemm(Cases& cases) {
  std::vector<ProductSize> sizes = {{256, 256, 256}, {1, 1024, 1024}, {49, 512, 512}, {3136, 64, 64}};
  if (!cases.setup().quick) {
    sizes = {{256, 256, 256}, {1024, 1024, 1024}, {2048, 2048, 2048}, {1, 1024, 1024}, {49, 512, 512},
             {196, 256, 256}, {784, 128, 128},    {3136, 64, 64},     {128, 768, 768}, {128, 3072, 768}};
  }
  for (const ProductSize& s : sizes) add_product_f32(cases, "gemm", "gemm", s, s.text());
  for (const ProductSize& s : sizes) add_product_i8(cases, "gemm", "gemm", s, Rounding::tflite);
}

}  // namespace hone::bench
