#!/usr/bin/env bash
# Brings a Debian 12 or 13 what it lacks to build, run and test Hone, and says what it brings.
#
#   tools/setup.sh       compiler, CMake, libraries, the demo's images
#   tools/setup.sh ci    also clang and its tools, the aarch64 compiler and qemu: what .ci/run uses
#
# Everything is looked for before it is brought, so a second run does nothing (in about 50 ms).
#
# Debian 12 has a Highway and a Catch2 that are too old, and no tl-expected. There the header-only packages of
# Debian 13, and Catch2 (compiled, so it must fit Debian 12's libstdc++) and qemu (a static program) of
# bookworm-backports are unpacked into .deps/, not installed. The apt that downloads them has sources, lists and a
# cache of its own, and verifies signatures with the keyring Debian 12 ships; the system's apt never hears of them.
set -euo pipefail
cd "$(dirname "$0")/.."
exec 9<tools/setup.sh && flock 9  # two makes at once would unpack over each other
say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$@" >&2; exit 1; }
case ${1-} in '' | ci) ;; *) die "usage: tools/setup.sh [ci]" ;; esac

ID=unknown VERSION_CODENAME=unknown
[ -r /etc/os-release ] && . /etc/os-release

# Debian package, what shows that it is there (a header, a file, a command, or a function below), and the suite that
# Debian 12 takes it from when its own will not do.
needs='
g++                  g++
cmake                cmake
ninja-build          ninja
libflatbuffers-dev   include/flatbuffers/flatbuffers.h
libcli11-dev         include/CLI/CLI.hpp
nlohmann-json3-dev   include/nlohmann/json.hpp
libbenchmark-dev     include/benchmark/benchmark.h
dataset-fashion-mnist /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz
libhwy-dev           highway_1_2                        trixie
libexpected-dev      include/tl/expected.hpp            trixie
libxsimd-dev         include/xsimd/xsimd.hpp            trixie
libonnx-testdata     onnx_testdata                      trixie
libcatch2-dev        include/catch2/catch_test_macros.hpp bookworm-backports
'
ci_needs='
clang                clang++
clang-tidy           clang-tidy
clang-format         clang-format
'
# On a 64-bit Arm machine the ordinary suite is the Arm suite.
[ "$(uname -m)" != x86_64 ] || ci_needs+='
g++-aarch64-linux-gnu aarch64-linux-gnu-g++
qemu-user            qemu_10
'
[ "${1-}" != ci ] || needs+=$ci_needs

highway_1_2() {
  local prefix version
  for prefix in /usr /usr/local .deps; do
    version=$(sed -n 's/^#define HWY_\(MAJOR\|MINOR\) //p' $prefix/include/hwy/base.h 2>/dev/null | tr '\n' ' ')
    [[ $version =~ ^(1\ ([2-9]|[1-9][0-9])|[2-9]) ]] && return
  done
  return 1
}
# 8.1 is the first that knows neoverse-v1, one of the three Arm CPUs that the suite runs on.
qemu_10() { [ -x .deps/qemu/bin/qemu-aarch64 ] || qemu-aarch64 -cpu help 2>/dev/null | grep -q neoverse-v1; }
# Of ONNX 1.17: Debian 12's own is of 1.12.
onnx_testdata() {
  [ -d .deps/share/libonnx-testdata/data/node/test_affine_grid_2d ] ||
    [ -d /usr/share/libonnx-testdata/data/node/test_affine_grid_2d ]
}
have() {
  case $1 in
    /*) [ -e "$1" ] ;;
    include/*) [ -e "/usr/$1" ] || [ -e "/usr/local/$1" ] || [ -e ".deps/$1" ] ;;
    *) command -v "$1" >/dev/null && { [[ $1 != *_* ]] || "$1"; } ;;
  esac
}
# Sorts what is missing into $install (apt, the system's) and $headers (.deps/).
look() {
  local package sign suite
  install=() headers=
  while read -r package sign suite; do
    if [ -z "$package" ] || have "$sign"; then continue; fi
    if [ "$VERSION_CODENAME" != bookworm ] || { [ -z "$suite" ] && [ "$package" != qemu-user ]; }; then
      install+=("$package")
    elif [ -n "$suite" ]; then
      headers=yes
    fi
  done <<<"$needs"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}
install_packages() {
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    die "not root, and no sudo. As root: apt-get install --no-install-recommends ${install[*]}"
  fi
  say "installing ${install[*]}"
  as_root apt-get -qq -o DPkg::Lock::Timeout=300 update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
    install --no-install-recommends "${install[@]}" >/dev/null
}

# unpack ARCHITECTURE FOLDER MEMBER PACKAGE/SUITE...: what lies under MEMBER (usr, or one file) goes to FOLDER.
unpack() {
  local architecture=$1 folder=$2 member=$3 apt=$PWD/.deps/apt mirror deb
  shift 3
  say "unpacking into $folder: $*"
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk -v codename="$VERSION_CODENAME" '$2 == codename || $2 == "stable" {print $1; exit}')
  [ -n "$mirror" ] || die "apt's sources name no mirror for $VERSION_CODENAME"
  rm -rf .deps/apt .deps/part
  mkdir -p .deps/part .deps/apt/lists/partial .deps/apt/archives/partial
  : >.deps/apt/status
  cat >.deps/apt/own.sources <<-END
	Types: deb
	URIs: $mirror
	Suites: $(printf '%s\n' "${@##*/}" | sort -u | tr '\n' ' ')
	Components: main
	Targets: Packages
	Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	END
  # From the system only how to reach the mirror (proxies and the like). Sandbox: apt's own user can not write here.
  { apt-config dump Acquire
    cat <<-END
	Dir { State "$apt"; State::lists "$apt/lists"; State::status "$apt/status"; Cache "$apt"; };
	Dir::Etc { main "/dev/null"; parts "/dev/null"; sourcelist "$apt/own.sources"; sourceparts "/dev/null"; };
	Dir::Etc { preferences "/dev/null"; preferencesparts "/dev/null"; };
	APT { Architecture "$architecture"; Architectures { "$architecture"; }; Update::Error-Mode "any"; };
	APT::Sandbox::User "root";
	END
  } >.deps/apt/own.conf
  export APT_CONFIG=$apt/own.conf
  apt-get -qq update
  (cd .deps/apt && apt-get -qq download "$@")
  unset APT_CONFIG
  for deb in .deps/apt/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C .deps/part --strip-components=2 "./$member"
  done
  mkdir -p "$folder"
  (cd .deps/part && for name in *; do rm -rf "../../$folder/$name"; done)
  mv .deps/part/* "$folder"
  rm -rf .deps/apt .deps/part
}

# What an older version of this script, or another Debian, unpacked is not trusted.
stamp="$(cksum <tools/setup.sh) $ID $VERSION_CODENAME"
if [ -e .deps ] && [ "$(cat .deps/stamp 2>/dev/null)" != "$stamp" ]; then rm -rf .deps; fi

look
if [ ${#install[@]} -gt 0 ] || [ -n "$headers" ]; then
  command -v apt-get >/dev/null || die "no apt here. Missing, by Debian's names: ${install[*]}"
fi
[ "$ID" = debian ] || [ ${#install[@]} = 0 ] || say "tried on Debian 12 and 13 only, not on $ID $VERSION_CODENAME"
[ ${#install[@]} = 0 ] || install_packages
if [ -n "$headers" ]; then
  # The keys of Debian 13 came to Debian 12 with its tenth update.
  if [ ! -e /usr/share/keyrings/debian-archive-trixie-stable.gpg ]; then
    install=(debian-archive-keyring) && install_packages
  fi
  unpack "$(dpkg --print-architecture)" .deps usr $(awk 'NF == 3 {print $1 "/" $3}' <<<"$needs")
  # Reached by an app's -Iinclude, not from /usr/include, they would be judged by the app's own warning flags.
  find .deps/include/{hwy,tl,xsimd} -type f -exec sed -i '1i #pragma GCC system_header' {} +
fi
if [ "${1-}" = ci ] && [ "$(uname -m)" = x86_64 ]; then
  if [ ! -e .deps/aarch64/lib/libCatch2.a ]; then
    suite=$VERSION_CODENAME
    [ "$suite" != bookworm ] || suite=bookworm-backports
    unpack arm64 .deps/aarch64 usr "libcatch2-dev/$suite"
  fi
  qemu_10 || unpack amd64 .deps/qemu usr/bin/qemu-aarch64 qemu-user/bookworm-backports
fi
[ ! -e .deps ] || [ -e .deps/stamp ] || echo "$stamp" >.deps/stamp

# So that one -I (include/) is enough for an app on Debian 12 too.
for name in hwy tl xsimd; do
  if [ -d ".deps/include/$name" ]; then
    [ -e "include/$name" ] || ln -sfn "../.deps/include/$name" "include/$name"
  elif [ -L "include/$name" ]; then
    rm "include/$name"
  fi
done
look
[ ${#install[@]} = 0 ] || die "still missing: ${install[*]}"
