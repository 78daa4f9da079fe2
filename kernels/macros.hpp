// What a kernel file may say to the compiler.
#pragma once

#define HONE_INLINE inline __attribute__((always_inline))
#define HONE_NOINLINE __attribute__((noinline))
/// Before a loop whose bounds are constants: tiles live in registers only when unrolled in full.
#define HONE_UNROLL _Pragma("GCC unroll 32")
/// Before a family's table: nothing of the family is compiled in a unit that does not ask for the table.
#define HONE_TABLE template <int when_used> constexpr
/// Before a function that calls templates and that only a table points to, as &run<when_used>: a unit would instantiate what a plain
/// function calls for having read it.
#define HONE_WHEN_USED template <int when_used>
