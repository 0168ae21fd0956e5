# shellcheck shell=bash
# Lanes: commands that run one after the other. A failed one does not stop those behind it. Sourced by run.sh,
# soak.sh and cross.sh, in the root of the checkout.

logs=build/test-logs
mkdir -p "$logs"
summary=() passed=0 failed=0 skipped=0 broken=0

# lane NAME COMMAND...: runs the command, and keeps its output, its counts and its time.
lane() {
  local name=$1 begun=$SECONDS code=0
  shift
  printf '\n=== %s\n' "$name"
  "$@" 2>&1 | tee "$logs/$name.log"
  code=${PIPESTATUS[0]}
  local took=$((SECONDS - begun)) good bad left
  read -r good bad left < <(tests/count.sh "$logs/$name.log")
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
  [ "$code" = 0 ] || broken=1
  [ "$code" = 0 ] || [ "$bad" != 0 ] || failed=$((failed + 1))
  summary+=("$(printf '%-8s %s  %4d passed, %d failed, %d skipped  %4d s' "$name" "$([ "$code" = 0 ] && echo ok || echo FAILED)" \
    "$good" "$bad" "$left" "$took")")
}

# Prints a line for each lane and one for all. Ends the script, and fails if a lane failed.
report() {
  printf '\n'
  printf '%s\n' "${summary[@]}"
  printf 'total: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  exit "$broken"
}
