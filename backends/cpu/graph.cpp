// The compiled build's other half: the operators of graphs, once. The kernels they call are hone.cpp's.
#ifndef HONE_COMPILED
#define HONE_COMPILED
#endif
#define HONE_COMPILED_GRAPH
#include "../../include/hone/graph/ops/ops.hpp"
