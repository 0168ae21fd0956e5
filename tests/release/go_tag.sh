#!/usr/bin/env bash
# Publishes the tag of the Go module: the tree that make go-release makes, with the libraries in
# build/archives.
# usage: GH_TOKEN=… GITHUB_REPOSITORY=OWNER/NAME tests/release/go_tag.sh vX.Y.Z
#   (in a checkout of that tag)
set -euo pipefail
cd "$(dirname "$0")/../.."
tag=bindings/go/$1
cp build/archives/libwxsign_*.a bindings/go/lib/
python3 bindings/go/release.py build/go --all
git -C build/go push "https://x-access-token:$GH_TOKEN@github.com/$GITHUB_REPOSITORY.git" "refs/tags/$tag"
