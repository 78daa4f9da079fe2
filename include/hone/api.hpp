// Header-only or compiled: a function that is no template is declared HONE_API in its header and defined in NAME.inl.hpp,
// which the header includes, unless the unit links hone::hone (HONE_COMPILED): then backends/cpu/hone.cpp alone does.
#pragma once

#ifdef HONE_COMPILED
#define HONE_API
#else
#define HONE_API inline
#endif

#if !defined(HONE_COMPILED) || defined(HONE_COMPILED_IMPLEMENTATION)
#define HONE_DEFINITIONS
#endif
