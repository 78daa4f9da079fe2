// Definitions of gemm_half.hpp (see api.hpp).
#pragma once
#include "gemm_half.hpp"

#ifdef HONE_COMPILED
namespace hone {
template class PackedMatrix<f16>;
template class PackedMatrix<bf16>;
}  // namespace hone
#endif
