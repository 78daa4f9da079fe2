// lookup: out[i] = table[in[i]], 256 entries of 8 bits: any function of an 8-bit value; included once per tier.
// Any count; out may be in. The same bits as kernels::lookup_plain, which is its definition and what tiers without byte
// shuffles use.
// Limit: shuffles. AVX-512 VBMI 2 vpermi2b for 64 bytes, one a cycle: 32 bytes a cycle; AVX2 16 vpshufb and 30 simple instructions
// for 32 bytes, 16 to 23 cycles; NEON 4 tbl of 64 entries for 16 bytes. The plain form: a load for the index and one for the entry.
#ifndef HONE_TIER_NS
#include "simd/alone.hpp"
#include "simd/byte_table.hpp"
#endif

namespace hone::HONE_TIER_NS {
namespace {

template <class Table> void run_lookup(const kernels::Lookup8& l, kernels::Range elements) {
  const Table table(l.table);
  kernels::Index i = elements.begin;
  for (; i + Table::lanes <= elements.end; i += Table::lanes) table.look_up(l.in + i, l.out + i);
  if (i == elements.end) return;
  std::uint8_t
      rest[Table::lanes];  // through a buffer: short tensors are common, and need the table's load once more otherwise
  const auto count = static_cast<std::size_t>(elements.end - i);
  __builtin_memcpy(rest, l.in + i, count);
  for (std::size_t j = count; j < Table::lanes; ++j) rest[j] = 0;
  table.look_up(rest, rest);
  __builtin_memcpy(l.out + i, rest, count);
}

template <class Table> constexpr auto fastest_lookup() {
  if constexpr (Table::lanes > 0)
    return &run_lookup<Table>;
  else
    return &kernels::lookup_plain;
}

HONE_TABLE kernels::LookupKernels lookup_kernels = {fastest_lookup<ByteTable>()};

}  // namespace
}  // namespace hone::HONE_TIER_NS
