#!/usr/bin/env bash
# Builds the addon of one platform and puts it into build/release/PLATFORM.node. That of this machine also becomes the
# checkout's own, build/node/wxsign.node.
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
export WXSIGN_ZIG_TARGET=$zig
linker=$PWD/$here/zigcc.sh
built=${CARGO_TARGET_DIR:-target}
# musl's targets link statically by default, and an addon is a shared library.
case $target in *-musl) export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=-crt-static" ;; esac

if [ "$target" = "$(rustc -vV | sed -n 's/^host: //p')" ]; then
  # The dependencies are those of every other build here; only the last link is zig's.
  cargo rustc --release --locked -p wxsign-node -- ${zig:+-C linker="$linker"}
else
  if [ -n "$zig" ]; then
    name=${target//-/_}
    export "CARGO_TARGET_$(echo "$name" | tr '[:lower:]' '[:upper:]')_LINKER=$linker"
    # ring's C code is compiled by zig too.
    export "CC_$name=$linker" "AR_$name=$PWD/$here/zigar.sh"
  fi
  cargo build --release --locked -p wxsign-node --target "$target"
  built=$built/$target
fi
mkdir -p build/release
for file in "$built"/release/libwxsign_node.so "$built"/release/libwxsign_node.dylib "$built"/release/wxsign_node.dll; do
  [ ! -f "$file" ] || cp "$file" "build/release/$platform.node"
done
if [ "$built" = "${CARGO_TARGET_DIR:-target}" ]; then
  mkdir -p build/node
  cp "build/release/$platform.node" build/node/wxsign.node.new && mv build/node/wxsign.node.new build/node/wxsign.node
fi
echo "build/release/$platform.node"
