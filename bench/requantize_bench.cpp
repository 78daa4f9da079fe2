// What rounding int32 sums to 8 bits costs: at k = 64 the product takes about as long as its epilogue, so the modes
// show.
#include "groups.hpp"
#include "product.hpp"

namespace hone::bench {

void add_requantize(Cases& cases) {
  const ProductSize s{784, 128, 64};
  add_product_i8(cases, "requantize", "gemm, tflite", s, Rounding::tflite);
  add_product_i8(cases, "requantize", "gemm, single", s, Rounding::single);
  add_product_i8(cases, "requantize", "gemm, ort", s, Rounding::ort);
}

}  // namespace hone::bench
