#!/usr/bin/env bash
# Publishes the tarballs of build/npm: the platforms first, so that the root package never names one
# that is not there. What is published already is left out, so that a failed run can be repeated. A
# pre-release does not become `latest`.
# usage: tests/release/npm_publish.sh [OPTION of npm publish...]
set -euo pipefail
cd "$(dirname "$0")/../../build/npm"

for tarball in wxsign-[a-z]*.tgz wxsign-[0-9]*.tgz; do
  manifest=$(tar -xzOf "$tarball" package/package.json)
  name=$(node -p 'JSON.parse(process.argv[1]).name' "$manifest")
  version=$(node -p 'JSON.parse(process.argv[1]).version' "$manifest")
  if [ "$(npm view "$name@$version" version 2>/dev/null)" = "$version" ]; then
    echo "$name $version is published"
    continue
  fi
  case $version in
    *-*) tag=next ;;
    *) tag=latest ;;
  esac
  npm publish "./$tarball" --access public --tag "$tag" "$@"
done
