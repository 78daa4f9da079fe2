// The compiled build: every kernel of every tier, once. Units that link it define HONE_COMPILED and only see declarations.
#ifndef HONE_COMPILED
#define HONE_COMPILED
#endif
#define HONE_COMPILED_IMPLEMENTATION
#include "../../include/hone/gemm.hpp"
#include "../../include/hone/gemm_dynamic.hpp"
#include "../../include/hone/gemm_half.hpp"
#include "../../include/hone/matmul.hpp"
#include "../../include/hone/transpose.hpp"
#include "table.hpp"
