#!/usr/bin/env bash
# Builds the addon of one platform and puts it into build/release/PLATFORM.node.
# usage: addon.sh [PLATFORM]   (a name of platforms.json; by default the one of this machine)
#
# The addons for Linux are linked by zig: against glibc 2.28, so that they run on older systems than
# the one that builds them, or against musl.
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=bindings/node/release

value() { # NAME: this platform's value in platforms.json, or nothing
  node -p "require('./$here/platforms.json')['$platform']?.['$1'] ?? ''"
}

platform=${1:-$(node -p '
  const { platform, arch } = process
  const musl = platform === "linux" && process.report.getReport().header.glibcVersionRuntime === undefined
  platform + "-" + arch + ({ linux: musl ? "-musl" : arch === "arm" ? "-gnueabihf" : "-gnu", win32: "-msvc" }[platform] ?? "")')}
target=$(value target)
zig=$(value zig)
[ -n "$target" ] || { echo "addon.sh: no platform is called $platform" >&2; exit 2; }

if [ -n "$zig" ]; then
  name=${target//-/_}
  upper=$(echo "$name" | tr '[:lower:]' '[:upper:]')
  export WXSIGN_ZIG_TARGET=$zig
  export "CARGO_TARGET_${upper}_LINKER=$PWD/$here/zigcc.sh"
  # ring's C code is compiled by zig too.
  export "CC_$name=$PWD/$here/zigcc.sh" "AR_$name=$PWD/$here/zigar.sh"
  # musl's targets link statically by default, and an addon is a shared library.
  case $target in *-musl) export "CARGO_TARGET_${upper}_RUSTFLAGS=-C target-feature=-crt-static" ;; esac
fi

cargo build --release --locked -p wxsign-node --target "$target"
mkdir -p build/release
built=${CARGO_TARGET_DIR:-target}/$target/release
for file in "$built"/libwxsign_node.so "$built"/libwxsign_node.dylib "$built"/wxsign_node.dll; do
  [ ! -f "$file" ] || cp "$file" "build/release/$platform.node"
done
echo "build/release/$platform.node"
