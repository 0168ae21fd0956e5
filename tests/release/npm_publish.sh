#!/usr/bin/env bash
# Publishes the tarballs of build/npm: the platforms first, so that the root package never names one
# that is not there. What is published already is left out, so that a failed run can be repeated; if
# its content is another one, nothing more is published: the packages of a version must come from
# one build. A pre-release does not become `latest`.
# usage: tests/release/npm_publish.sh [OPTION of npm publish...]
set -euo pipefail
cd "$(dirname "$0")/../../build/npm"

for tarball in wxsign-[a-z]*.tgz wxsign-[0-9]*.tgz; do
  manifest=$(tar -xzOf "$tarball" package/package.json)
  name=$(node -p 'JSON.parse(process.argv[1]).name' "$manifest")
  version=$(node -p 'JSON.parse(process.argv[1]).version' "$manifest")
  content=sha512-$(node -p 'crypto.createHash("sha512").update(fs.readFileSync(process.argv[1])).digest("base64")' "$tarball")
  published=$(npm view "$name@$version" dist.integrity 2>/dev/null || true)
  if [ "$published" = "$content" ]; then
    echo "$name $version is published"
    continue
  elif [ -n "$published" ]; then
    echo "npm_publish.sh: $name $version is published with another content: tag the next version" >&2
    exit 1
  fi
  case $version in
    *-*) tag=next ;;
    *) tag=latest ;;
  esac
  npm publish "./$tarball" --access public --tag "$tag" "$@"
done
