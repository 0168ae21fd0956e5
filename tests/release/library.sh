#!/usr/bin/env bash
# Packs the C library of one target for a release: what `make install` installs, and the archive
# that the Go module links. Leaves both in build/archives. A program signs with the unpacked library
# if this machine can build and run it.
# usage: tests/release/library.sh TARGET
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$1
name=wxsign-$(python3 tests/release/check.py --version)-$target
archive=$PWD/build/archives/$name.tar.xz
stage=$PWD/build/stage
# What programs without pkg-config look through; the archive unpacks into any other.
prefix=/usr/local

host=$(rustc -vV | sed -n 's/^host: //p')
# The host's own Linux library is built like the others: zig links it against an old glibc.
case $target in
  *-linux-*) chosen=$target built=build/lib/$target ;;
  "$host") chosen="" built=build/lib ;;
  *) echo "library.sh: $target cannot be built on $host" >&2 && exit 2 ;;
esac
# As link.go names the archive.
case $target in
  aarch64-*) cpu=arm64 ;;
  *) cpu=amd64 ;;
esac
case $target in
  *-musl) module=linux_${cpu}_musl ;;
  *-linux-*) module=linux_$cpu ;;
  *) module=darwin_$cpu ;;
esac
rm -rf "$stage" && mkdir -p "$stage" build/archives
make build-c TARGET="$chosen"
make install TARGET="$chosen" DESTDIR="$stage/root" PREFIX="$prefix"
mv "$stage/root$prefix" "$stage/$name"
cp README.md CHANGELOG.md "$stage/$name/share/doc/wxsign/"
# macOS has another tar, which would also pack attributes of its own, each as a file.
owner=(--owner=0 --group=0)
[[ $(tar --version) != bsdtar* ]] || owner=(--uid 0 --gid 0 --no-mac-metadata --no-xattrs)
tar -cJf "$archive" -C "$stage" "${owner[@]}" "$name"
cp "$built/libwxsign.a" "build/archives/libwxsign_$module.a"

if [ "$target" = "$host" ]; then
  mkdir "$stage/try" && tar -xJf "$archive" -C "$stage/try" --strip-components=1
  export PKG_CONFIG_PATH=$stage/try/lib/pkgconfig
  read -ra flags <<< "$(pkg-config --define-prefix --cflags --libs wxsign)"
  cc bindings/c/examples/sign.c "${flags[@]}" "-Wl,-rpath,$stage/try/lib" -o "$stage/sign"
  "$stage/sign" | grep -qx 0f9de62fce790f9a083d5c99e95740ceb90c27ed
  echo "$name signs"
else
  echo "skip  $name: not tried on $host"
fi
echo "$archive"
