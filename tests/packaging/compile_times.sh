#!/usr/bin/env bash
# Seconds to compile hello.cpp to an object: header-only, and against the compiled library. Best of three, so that a
# busy machine and a cold cache do not count.
set -euo pipefail
cd "$(dirname "$0")/../.."
output=$(mktemp)
trap 'rm -f "$output"' EXIT
TIMEFORMAT=%R
seconds() {
  for _ in 1 2 3; do
    { time "$@" -std=c++20 -O2 -Iinclude -c tests/packaging/hello.cpp -o "$output"; } 2>&1
  done | sort -n | head -n 1
}
printf '%-10s %12s %10s\n' compiler header-only compiled
for compiler in g++ clang++; do
  command -v "$compiler" >/dev/null || continue
  printf '%-10s %10s s %8s s\n' "$compiler" "$(seconds "$compiler")" "$(seconds "$compiler" -DHONE_COMPILED)"
done
