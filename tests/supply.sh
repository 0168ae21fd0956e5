#!/usr/bin/env bash
# What we depend on: licences, sources, known vulnerabilities. A check whose tool or database cannot be
# had here is skipped and says so.
# usage: tests/supply.sh [--install]   (--install builds cargo-deny if it is missing: minutes)
set -uo pipefail
cd "$(dirname "$0")/.." || exit
good=0 bad=0

result() { # NAME CODE
  if [ "$2" = 0 ]; then good=$((good + 1)); else bad=$((bad + 1)) && echo "FAIL  $1"; fi
}

# Needs nothing but cargo. cargo-deny checks the same and more.
python3 tests/licences.py
result "licences and sources" $?

PATH=$PWD/build/tools/bin:$PATH
if [ "${1:-}" = --install ] && ! command -v cargo-deny >/dev/null 2>&1; then
  cargo install --quiet --locked --root build/tools cargo-deny@0.20.2
fi
if ! command -v cargo-deny >/dev/null 2>&1; then
  echo "skip  cargo deny: it is not installed (tests/supply.sh --install)"
else
  cargo deny --all-features check bans licenses sources
  result "cargo deny" $?
  if cargo deny --all-features fetch db >/dev/null 2>&1; then
    cargo deny --all-features check advisories
    result "cargo deny: advisories" $?
  else
    echo "skip  cargo deny, advisories: the database cannot be fetched"
  fi
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
