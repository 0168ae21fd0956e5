#!/usr/bin/env bash
# Builds the addon of one platform and puts it into build/release/PLATFORM.node. That of this
# machine also becomes the checkout's own, build/node/wxsign.node.
# usage: addon.sh [PLATFORM]   (a name of platforms.json; by default the one of this machine)
#
# zig links the addons for Linux: against glibc 2.28, so that they run on older systems than the one
# that builds them, or against musl.
set -euo pipefail
cd "$(dirname "$0")/../../.."

own=$(node -p '
  const { platform, arch } = process
  const musl = platform === "linux" && process.report.getReport().header.glibcVersionRuntime === undefined
  platform + "-" + arch + ({ linux: musl ? "-musl" : arch === "arm" ? "-gnueabihf" : "-gnu", win32: "-msvc" }[platform] ?? "")')
platform=${1:-$own}
target=$(node -p "require('./bindings/node/release/platforms.json')['$platform']?.target ?? ''")
[ -n "$target" ] || { echo "addon.sh: no platform is called $platform" >&2; exit 2; }
built=${CARGO_TARGET_DIR:-target}

if [[ $target = *-linux-gnu ]] && rustc -vV | grep -qx "host: $target"; then
  # The dependencies are those of every other build here; only the last link is zig's.
  WXSIGN_TARGET=$target cargo rustc --release --locked -p wxsign-node -- -C linker="$PWD/bindings/zig/cc.sh"
else
  bindings/zig/cargo.sh "$target" build --release --locked -p wxsign-node
  built=$built/$target
fi
mkdir -p build/release
for file in "$built"/release/libwxsign_node.so "$built"/release/libwxsign_node.dylib "$built"/release/wxsign_node.dll; do
  [ ! -f "$file" ] || cp "$file" "build/release/$platform.node"
done
if [ "$platform" = "$own" ]; then
  mkdir -p build/node
  cp "build/release/$platform.node" build/node/wxsign.node.new && mv build/node/wxsign.node.new build/node/wxsign.node
fi
echo "build/release/$platform.node"
