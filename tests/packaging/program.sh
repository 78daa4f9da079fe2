#!/usr/bin/env bash
# program.sh PROGRAM COMPILER ARGUMENT...: builds a program in one command, as an app developer would, and runs it: on
# the tier Hone chooses and on the most general one.
set -euo pipefail
program=$1
shift
mkdir -p "$(dirname "$program")"
"$@" -o "$program"
"$program"
HONE_TIER=baseline "$program"
