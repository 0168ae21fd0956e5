#!/usr/bin/env bash
# Prints "PASSED FAILED SKIPPED" of a log of cargo test, node --test, go test -v or our own C suite.
set -euo pipefail
awk '
  /^test result: /           { gsub(/;/, ""); for (i = 1; i <= NF; i++) { if ($i == "passed") good += $(i-1); if ($i == "failed") bad += $(i-1); if ($i == "ignored") skipped += $(i-1) } }
  /^(#|ℹ) pass [0-9]+$/       { good += $3 }
  /^(#|ℹ) fail [0-9]+$/       { bad += $3 }
  /^(#|ℹ) skipped [0-9]+$/    { skipped += $3 }
  /^ *--- PASS: /            { good++ }
  /^ *--- FAIL: /            { bad++ }
  /^ *--- SKIP: /            { skipped++ }
  # Our own suites print these. A Rust test that prints one also counts as passed.
  /^(SKIPPED|skip) /         { skipped++ }
  /^[A-Za-z]+: [0-9]+ passed, [0-9]+ failed/ { good += $2; bad += $4 }
  END { print good + 0, bad + 0, skipped + 0 }
' "$1"
