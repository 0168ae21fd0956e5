#!/usr/bin/env bash
# What we depend on: licences, sources, duplicates and known vulnerabilities. A check whose tool or
# database cannot be had here is skipped and says so.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
good=0 bad=0

result() { # NAME CODE
  if [ "$2" = 0 ]; then good=$((good + 1)); else bad=$((bad + 1)) && echo "FAIL  $1"; fi
}

if command -v cargo-deny >/dev/null 2>&1 || cargo install --quiet --locked cargo-deny@0.19.7 2>/dev/null; then
  cargo deny --all-features check bans licenses sources
  result "cargo deny" $?
  if cargo deny --all-features fetch db >/dev/null 2>&1; then
    cargo deny --all-features check advisories
    result "cargo deny advisories" $?
  else
    echo "skip  cargo deny advisories: the database cannot be fetched"
  fi
else
  echo "skip  cargo deny: it cannot be installed"
fi

# npm audit fails in the same way if the registry does not answer and if it finds something: the
# report tells the two apart.
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
