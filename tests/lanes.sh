# shellcheck shell=bash
# Lanes: commands whose output, counts and time are kept. A failed one does not stop those behind
# it. Sourced by run.sh, soak.sh and cross.sh, in the root of the checkout.

logs=build/test-logs
mkdir -p "$logs"
: > "$logs/summary"

# lane NAME COMMAND...: runs the command. In a chain its output is shown when it has ended, and else
# as it comes.
lane() {
  local name=$1 begun=$SECONDS code=0 good bad left result=ok
  shift
  if [ -n "${in_chain:-}" ]; then
    "$@" > "$logs/$name.log" 2>&1 || code=$?
    { flock 8 2> /dev/null; printf '\n=== %s\n' "$name"; cat "$logs/$name.log"; } 8> "$logs/.screen"
  else
    printf '\n=== %s\n' "$name"
    "$@" 2>&1 | tee "$logs/$name.log"
    code=${PIPESTATUS[0]}
  fi
  read -r good bad left < <(tests/count.sh "$logs/$name.log")
  if [ "$code" != 0 ]; then
    result=FAILED
    [ "$bad" != 0 ] || bad=1
  fi
  printf '%-9s %-6s %5d passed, %d failed, %d skipped  %4d s\n' "$name" "$result" "$good" "$bad" "$left" \
    $((SECONDS - begun)) >> "$logs/summary"
}

# beside CHAIN...: runs these functions, each with lanes of its own, at the same time.
beside() {
  local chain
  for chain in "$@"; do
    in_chain=1 "$chain" &
  done
  wait
}

# Prints a line for each lane, in the order in which they ended, and one for all. Ends the script,
# and fails if one failed.
report() {
  printf '\n'
  awk '{ print; passed += $3; failed += $5; skipped += $7 }
    END { printf "total: %d passed, %d failed, %d skipped", passed, failed, skipped }' "$logs/summary"
  printf '  %d s\n' "$SECONDS"
  ! grep -q ' FAILED ' "$logs/summary"
  exit
}
