// All operators: a new one is a file beside this, an include in ops.inl.hpp and an attribute structure in attributes.hpp.
#pragma once
#include "../../api.hpp"
#include "context.hpp"

namespace hone::graph::ops {

/// The step of a node, or null where nothing has to run. Errors: unsupported types, or numbers no kernel can take, with
/// the node's place in front.
HONE_API Prepared prepare_node(const PrepareContext& context, const Node& node);

}  // namespace hone::graph::ops

#if !defined(HONE_COMPILED) || defined(HONE_COMPILED_GRAPH)  // else backends/cpu/graph.cpp alone compiles the operators
#include "ops.inl.hpp"
#endif
