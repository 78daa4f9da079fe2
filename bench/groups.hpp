// The groups of benchmarks, each in a file of its own.
#pragma once

namespace hone::bench {
class Cases;
void add_gemm(Cases& cases);
void add_gemv(Cases& cases);
void add_conv(Cases& cases);
void add_depthwise(Cases& cases);
void add_pool(Cases& cases);
void add_elementwise(Cases& cases);
void add_functions(Cases& cases);
void add_rows(Cases& cases);
void add_transpose(Cases& cases);
void add_softmax(Cases& cases);
void add_requantize(Cases& cases);
void add_sparse(Cases& cases);
void add_quantize(Cases& cases);
}  // namespace hone::bench
