#!/usr/bin/env bash
# Packs the C library of one target for a release: what `make install` installs, and the archive
# that the Go module links. Leaves both in build/archives.
# usage: tests/release/library.sh TARGET
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$1
version=$(python3 tests/release/check.py --version)
name=wxsign-$version-$target
stage=$PWD/build/stage/$name

host=$(rustc -vV | sed -n 's/^host: //p')
# The host's own Linux library is built like the others: zig links it against an old glibc.
case $target in
  *-linux-*) chosen=$target ;;
  "$host") chosen= ;;
  *) echo "library.sh: $target cannot be built on $host" >&2 && exit 2 ;;
esac
rm -rf "$stage" && mkdir -p build/archives
make build-go TARGET="$chosen"
make install TARGET="$chosen" DESTDIR="$stage" PREFIX=/usr/local
cp LICENSE-MIT LICENSE-APACHE README.md CHANGELOG.md "$stage/"
tar -cJf "build/archives/$name.tar.xz" -C build/stage --owner=0 --group=0 "$name" 2>/dev/null \
  || tar -cJf "build/archives/$name.tar.xz" -C build/stage "$name"
cp bindings/go/lib/libwxsign_*.a build/archives/
echo "build/archives/$name.tar.xz"
