#!/usr/bin/env bash
# Sets the tag of the Go module: the released tree with the archives in build/archives added to it.
# usage: GH_TOKEN=… tests/release/go_tag.sh vX.Y.Z   (in a checkout of that tag)
set -euo pipefail
cd "$(dirname "$0")/../.."
tag=bindings/go/$1
wanted=$(sed -n 's/.*lib\/\(libwxsign_[a-z0-9_]*\.a\).*/\1/p' bindings/go/link*.go | sort -u)
for archive in $wanted; do
  [ -f "build/archives/$archive" ] || { echo "go_tag.sh: build/archives/$archive is missing" >&2; exit 1; }
  cp "build/archives/$archive" bindings/go/lib/
  git add --force "bindings/go/lib/$archive"
done
git -c user.name=wxsign -c user.email=release@users.noreply.github.com commit --quiet --message "Add the archives of $1"
git tag "$tag"
git push "https://x-access-token:$GH_TOKEN@github.com/$GITHUB_REPOSITORY.git" "refs/tags/$tag"
