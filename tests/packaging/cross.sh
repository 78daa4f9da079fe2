#!/usr/bin/env bash
# cross.sh OBJECT COMPILER OBJDUMP ARGUMENT...: compiles one unit for another machine and disassembles it.
set -euo pipefail
object=$1 compiler=$2 objdump=$3
shift 3
mkdir -p "$(dirname "$object")"
"$compiler" "$@" -c -o "$object"
bash "$(dirname "$0")/disassemble.sh" "$objdump" "$object"
