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
  const ProductSize square{256, 256, 256}, layer{128, 384, 384};
  add_product_half<float, f16>(cases, "gemm", "gemm", "f16", square);
  add_product_half<bf16, bf16>(cases, "gemm", "gemm", "bf16", square);
  if (!cases.setup().quick) add_product_half<float, bf16>(cases, "gemm", "gemm f32 x", "bf16", square);
  add_product_dynamic(cases, "gemm", "dynamic", layer);
  add_matmul(cases, "gemm", 12, {128, 128, 32});
}

void add_gemv(Cases& cases) {
  // Weights of 1 MB or less, which the second-level cache holds, and of 32 MB or more.
  std::vector<ProductSize> sizes = {{1, 384, 384}, {1, 4096, 4096}};
  if (!cases.setup().quick) sizes = {{1, 384, 384}, {2, 384, 384}, {4, 384, 384}, {1, 4096, 4096}, {4, 4096, 4096}};
  for (const ProductSize& s : sizes) {
    add_product_f32(cases, "gemv", "gemv", s, s.text());
    add_product_half<float, f16>(cases, "gemv", "gemv", "f16", s);
    add_product_half<float, bf16>(cases, "gemv", "gemv", "bf16", s);
    add_product_i8(cases, "gemv", "gemv", s, Rounding::tflite);
  }
}

}  // namespace hone::bench
