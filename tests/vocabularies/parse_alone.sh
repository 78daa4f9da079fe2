#!/usr/bin/env bash
# Every file that is compiled once per tier also parses by itself, as editors and clang-tidy read it.
#   tests/vocabularies/parse_alone.sh [compiler...]     by default those there are of g++ and clang++
set -uo pipefail
cd "$(dirname "$0")/../.."
compilers=("$@")
if [ ${#compilers[@]} = 0 ]; then
  for compiler in g++ clang++; do
    if command -v "$compiler" >/dev/null; then compilers+=("$compiler"); fi
  done
fi
files=(kernels/*.inl.hpp kernels/simd/dot.hpp tests/vocabularies/*.inl.hpp)
failed=0
for compiler in "${compilers[@]}"; do
  for file in "${files[@]}"; do
    if ! $compiler -std=c++20 -fsyntax-only -x c++ "$file"; then
      echo "$compiler: $file does not parse by itself" >&2
      failed=1
    fi
  done
done
[ $failed = 0 ] && echo "${#files[@]} files, ${#compilers[@]} compilers"
exit $failed
