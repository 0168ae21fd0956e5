#!/usr/bin/env bash
# What we depend on: licences, sources, duplicates, known vulnerabilities. A database that cannot be
# had here is skipped, with a word.
# usage: tests/supply.sh   (called by make supply, which fetches cargo-deny)
set -uo pipefail
cd "$(dirname "$0")/.." || exit
good=0 bad=0

result() { # NAME CODE
  if [ "$2" = 0 ]; then good=$((good + 1)); else bad=$((bad + 1)) && echo "FAIL  $1"; fi
}

PATH=$PWD/build/deny/bin:$PATH
cargo deny --log-level error check bans licenses sources
result "cargo deny" $?
if cargo deny fetch db >/dev/null 2>&1; then
  cargo deny --log-level error check advisories
  result "cargo deny: advisories" $?
else
  echo "skip  cargo deny, advisories: the database cannot be fetched"
fi

# `npm audit` exits with 1 both if it finds something and if the registry does not answer; only an
# answer has a version.
report=$(npm audit --omit=dev --json 2>/dev/null)
if echo "$report" | grep -q '"auditReportVersion"'; then
  vulnerable=$(echo "$report" | node -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).metadata.vulnerabilities.total')
  [ "$vulnerable" = 0 ]
  result "npm audit: $vulnerable vulnerabilities" $?
else
  echo "skip  npm audit: the registry does not answer it"
fi

echo "Supply: $good passed, $bad failed"
[ "$bad" = 0 ]
