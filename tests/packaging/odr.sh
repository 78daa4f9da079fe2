#!/usr/bin/env bash
# odr.sh FOLDER COMPILER INCLUDE...: two units that include Hone, one compiled for any x86-64 and one with AVX-512, in
# one program. Whichever comes first on the linker's command line, the first unit's kernels keep to their tiers.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1 compiler=$2
shift 2
mkdir -p "$folder"
cd "$folder"
cp "$here/second.cpp" plain.cpp
cp "$here/second.cpp" wide.cpp
cat >main.cpp <<'END'
bool plain();
bool wide();
int main() { return plain() && (!__builtin_cpu_supports("avx512vl") || wide()) ? 0 : 1; }
END
"$compiler" -std=c++20 -O2 "$@" -Dsecond=plain -c plain.cpp
"$compiler" -std=c++20 -O2 "$@" -Dsecond=wide -march=x86-64-v4 -c wide.cpp
"$compiler" -O2 -c main.cpp
for order in 'plain.o wide.o' 'wide.o plain.o'; do
  echo "$order:"
  "$compiler" main.o $order -o program
  ./program
  bash "$here/disassemble.sh" objdump program plain.cpp
done
