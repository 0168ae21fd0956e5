#!/usr/bin/env bash
# The long lanes: the same tests with larger sizes. A failed part does not stop the others.
# usage: tests/soak.sh [PART...]
#   (all parts by default; WXSIGN_SOAK=0.1 does a tenth of each test that has a size)
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/lanes.sh
. tests/lanes.sh
export WXSIGN_SOAK=${WXSIGN_SOAK:-1}
chosen=("$@")

# part NAME COMMAND...: a lane, if it was chosen.
part() {
  [ ${#chosen[@]} = 0 ] || [[ " ${chosen[*]} " == *" $1 "* ]] || return 0
  lane "$@"
}

cargo_test() { cargo test --profile soak --features capi,redis --no-fail-fast "$@"; }

# One test at a time, because some measure time: part NAME and its filters. The core's other tests
# come last.
rows=()
core() {
  local name=$1
  shift
  rows+=("$@")
  part "$name" cargo_test --lib "$@" -- --test-threads=1 --show-output
}
others() {
  local skip=() row
  for row in "${rows[@]}"; do skip+=(--skip "$row"); done
  cargo_test --lib -- "${skip[@]}" --show-output
}
row() { # NAME TEST...
  local name=$1 test
  local tests=()
  shift
  for test in "$@"; do tests+=(--test "$test"); done
  part "$name" cargo_test "${tests[@]}" -- --test-threads=1 --show-output
}

part build cargo_test --no-run
core flight refresh::tests::threads
core tenants refresh::tests::mixes
core outage refresh::tests::outage
core killed refresh::tests::invalidation
core clocks refresh::tests::clocks
core ages refresh::tests::ticket_age
core kills store::file::tests::kills
core parsers fuzz
core core-redis store::redis
part core others
row model model
row processes processes ticket_age
row growth growth endless
row redis redis
row matrix matrix network
row redaction redaction
part C make --no-print-directory soak-c
part Node make --no-print-directory soak-node
part bundlers make --no-print-directory soak-bundlers
part fuzz make --no-print-directory soak-fuzz
report
