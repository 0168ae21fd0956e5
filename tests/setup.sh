#!/usr/bin/env bash
# Finds the programs that `make demo`, `make test`, `make bench` and `make cross` need.
# usage: tests/setup.sh demo|all|bench|cross [--install]
#
# Toolchains (Rust, Node, Go) must be there. On Debian, root gets the missing system packages from
# apt; the list is printed first. Everyone else gets the one command that installs them, or with
# --install the packages themselves, through sudo.
set -euo pipefail
lane=${1:-all}

missing=()
need() { # PROGRAM PACKAGE
  command -v "$1" >/dev/null 2>&1 || missing+=("$2")
}

toolchain() { # PROGRAM WHERE
  command -v "$1" >/dev/null 2>&1 || { echo "wxsign: $1 is missing; install it from $2" >&2; exit 1; }
}

toolchain cargo https://rustup.rs
toolchain node https://nodejs.org
toolchain npm https://nodejs.org
need cc gcc
case $lane in
  demo) ;;
  all)
    toolchain go https://go.dev/dl
    need g++ g++
    need python3 python3
    python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
    need nm binutils
    [ "$(uname -s)" != Linux ] || need ip iproute2
    need cmake cmake
    need pkg-config pkg-config
    need valgrind valgrind
    need chromium chromium
    need redis-server redis-server
    need shellcheck shellcheck
    ;;
  bench)
    toolchain go https://go.dev/dl
    need pkg-config pkg-config
    need nm binutils
    pkg-config --exists openssl 2>/dev/null || missing+=(libssl-dev)
    ;;
  cross)
    toolchain rustup https://rustup.rs
    toolchain go https://go.dev/dl
    need python3 python3
    python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
    need qemu-aarch64-static qemu-user-static
    need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
    need aarch64-linux-gnu-g++ g++-aarch64-linux-gnu
    need arm-linux-gnueabihf-gcc gcc-arm-linux-gnueabihf
    need arm-linux-gnueabihf-g++ g++-arm-linux-gnueabihf
    need musl-gcc musl-tools
    need x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64
    ;;
  *) echo "usage: tests/setup.sh demo|all|bench|cross" >&2; exit 2 ;;
esac

[ ${#missing[@]} -gt 0 ] || exit 0
install=(apt-get install -y --no-install-recommends "${missing[@]}")
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
if ! command -v apt-get >/dev/null 2>&1; then
  echo "wxsign: programs are missing. Install what Debian calls: ${missing[*]}" >&2
  exit 1
elif [ ${#sudo[@]} = 0 ] || [ "${2:-}" = --install ]; then
  echo "wxsign: installing system packages: ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" -qq >/dev/null
else
  echo "wxsign: programs are missing. Install them with: sudo ${install[*]}" >&2
  exit 1
fi
