// Everything Hone offers for a CPU: products, convolutions, pooling, elementwise operators, rows, permutations, quantisation, and the graph
// executor for .tflite models where the FlatBuffers headers are installed.
#pragma once
#include "binary.hpp"
#include "buffer.hpp"
#include "conv.hpp"
#include "cpu.hpp"
#include "depthwise.hpp"
#include "elementwise.hpp"
#include "error.hpp"
#include "gemm.hpp"
#include "gemm_dynamic.hpp"
#include "gemm_half.hpp"
#include "matmul.hpp"
#include "parallel.hpp"
#include "pool.hpp"
#include "quantize.hpp"
#include "rows.hpp"
#include "softmax.hpp"
#include "tensor.hpp"
#include "thread_pool.hpp"
#include "transpose.hpp"
#include "unary.hpp"

#include "graph/executor.hpp"
#include "graph/model.hpp"
#if __has_include(<flatbuffers/flatbuffers.h>)
#include "graph/tflite.hpp"
#endif
