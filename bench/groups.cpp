#include "groups.hpp"

#include "bench.hpp"

namespace hone::bench {

const std::vector<Group>& groups() {
  static const std::vector<Group> all = {
      {"gemm", "matrix products", &add_gemm},
      {"gemv", "products of one to four rows", &add_gemv},
      {"conv", "convolutions of 1 x 1 to 5 x 5", &add_conv},
      {"depthwise", "depthwise convolutions", &add_depthwise},
      {"pool", "average and max pooling", &add_pool},
      {"elementwise", "functions of two tensors", &add_elementwise},
      {"functions", "functions of one tensor", &add_functions},
      {"rows", "reductions and normalisations", &add_rows},
      {"transpose", "transposes and permutations", &add_transpose},
      {"softmax", "softmax along rows", &add_softmax},
      {"requantize", "int32 sums to 8 bits, in each rounding", &add_requantize},
      {"sparse", "products with pruned weights, dense beside sparse", &add_sparse},
      {"quantize", "float to 8 bits and back", &add_quantize},
  };
  return all;
}

void Cases::add(const char* group, std::string op, std::string dtype, std::string shape, double operations,
                double bytes, std::function<void()> run) {
  Case c;
  c.row.group = group;
  c.row.op = std::move(op);
  c.row.dtype = std::move(dtype);
  c.row.shape = std::move(shape);
  c.row.tier = cpu::name_of(setup_.tier);
  c.row.threads = setup_.parallel.threads();
  c.row.operations = operations;
  c.row.bytes = bytes;
  c.tier = setup_.tier;
  c.run = std::move(run);
  cases_.push_back(std::move(c));
}

}  // namespace hone::bench
