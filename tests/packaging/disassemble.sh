#!/usr/bin/env bash
# disassemble.sh OBJDUMP FILE [SOURCE]: each tier's functions use the tier's instructions and none beyond. FILE is an
# object, an archive or a program, for x86-64 or aarch64. With SOURCE, what is local to other units does not count;
# what all units share (weak symbols) does: it may have come from a unit with wider flags.
set -euo pipefail
objdump=$1 file=$2 source=${3-}

{ "$objdump" -t "$file"; "$objdump" -d -C --no-show-raw-insn "$file"; } | awk -v source="$source" '
BEGIN {
  # AVX-512 shows as a zmm register, one of the registers 16 to 31, or a mask register.
  avx512 = "%zmm|%[xy]mm(1[6-9]|2[0-9]|3[01])|%k[0-7]"
  forbidden["baseline"]    = ":\t[{]?v|[us]dot[ \t]|mmla[ \t]"  # v...: all of AVX and what came after
  forbidden["avx2"]        = "vpdpbusd|" avx512
  forbidden["avx2_vnni"]   = avx512
  required["avx2"]         = "%ymm"
  required["avx2_vnni"]    = "vpdpbusd.*%ymm"
  required["avx512_vnni"]  = "vpdpbusd.*%zmm"
  forbidden["neon"]        = "[us]dot[ \t]|mmla[ \t]|bfdot"
  forbidden["neon_dot"]    = "usdot|mmla[ \t]|bfdot"
  required["neon_dot"]     = "[us]dot[ \t]"
  required["neon_i8mm"]    = "[us]dot[ \t]|mmla[ \t]"
}
/file format elf64-x86-64/ { split("baseline avx2 avx2_vnni avx512_vnni", tiers, " ") }
/file format elf64-littleaarch64/ { split("baseline neon neon_dot neon_i8mm", tiers, " ") }
/^Disassembly of section/ { disassembly = 1 }
# The symbol table lists a unit by its source, then the unit'"'"'s local symbols.
!disassembly && / df \*ABS\*/ { unit = $NF }
!disassembly && $2 == "l" { unit_of[$1] = unit }
!disassembly { next }

/^[0-9a-f]+ <.*>:$/ {
  tier = ""
  name = substr($0, 1, 200)
  if (source != "" && ($1 in unit_of) && unit_of[$1] != source) next
  if (match($0, /hone::(baseline|avx2|avx2_vnni|avx512_vnni|neon|neon_dot|neon_i8mm)::\(anonymous/)) {
    tier = substr($0, RSTART + 6, RLENGTH - 18)
    functions[tier]++
  } else if (/hwy::N_HONE_BASELINE::/) {
    tier = "baseline"
  } else if (/hwy::N_HONE_AVX2::/) {
    tier = "avx2"
  }
  next
}
tier == "" { next }
(tier in forbidden) && $0 ~ forbidden[tier] {
  if (++wrong[tier] <= 3) print tier ": " name "\n  " $0
}
(tier in required) && $0 ~ required[tier] { wanted[tier]++ }

END {
  for (i = 1; i in tiers; i++) {
    tier = tiers[i]
    printf "%-12s %4d functions, %5d of the instructions it is for, %d beyond it\n", tier, functions[tier],
      wanted[tier], wrong[tier]
    if (functions[tier] == 0 || wrong[tier] > 0 || ((tier in required) && wanted[tier] == 0)) failed = 1
  }
  exit failed || !(1 in tiers)
}'
