// The compiled build: the ONNX importer and its operators, once.
#ifndef HONE_COMPILED
#define HONE_COMPILED
#endif
#define HONE_ONNX_IMPLEMENTATION
#include "../../include/hone/graph/onnx.hpp"
