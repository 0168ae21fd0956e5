#!/usr/bin/env bash
# Finds or installs the programs that `make demo`, `make test` and `make bench` need. Toolchains (rustc, node, go) are only
# looked for; the rest comes from apt where this is Debian and we are root, else one line names what is missing.
set -euo pipefail

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
if [ "${1:-all}" = all ]; then
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
fi
if [ "${1:-all}" = bench ]; then
  toolchain go https://go.dev/dl
  need pkg-config pkg-config
  need nm binutils
  pkg-config --exists openssl 2>/dev/null || missing+=(libssl-dev)
fi

[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "wxsign: please install: ${missing[*]}" >&2
  exit 1
fi
