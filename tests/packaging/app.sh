#!/usr/bin/env bash
# app.sh FOLDER CMAKE COMPILER ARGUMENT...: configures, builds and runs app/ (header-only and compiled) in FOLDER.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1 cmake=$2 compiler=$3
shift 3
rm -rf "$folder"
"$cmake" -S "$here/app" -B "$folder" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release "$@"
"$cmake" --build "$folder"
"$folder/app_headers"
"$folder/app_compiled"
