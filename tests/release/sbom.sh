#!/usr/bin/env bash
# Writes the bill of materials of each artifact, in CycloneDX.
# usage: tests/release/sbom.sh DIR
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$1
mkdir -p "$out"
command -v cargo-cyclonedx >/dev/null || cargo install --quiet --locked cargo-cyclonedx@0.5.9
cargo cyclonedx --quiet --format json --all-features --override-filename wxsign-sbom
find . -name wxsign-sbom.json -not -path './target/*' -not -path './node_modules/*' | while read -r file; do
  crate=$(dirname "${file#./}" | tr / -)
  case $crate in .) crate=core ;; esac
  mv "$file" "$out/wxsign-rust-$crate.cdx.json"
done
npm sbom --sbom-format cyclonedx --omit dev > "$out/wxsign-npm.cdx.json"
