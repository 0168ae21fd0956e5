#!/usr/bin/env bash
# Runs the fuzz targets under AddressSanitizer, one after the other, and says what each came to. A
# target that finds something does not keep the others from running.
# usage: fuzz/run.sh [TARGET...]
#   (RUNS: inputs for each, 100000000 by default; TIME: at most so many seconds for each)
set -uo pipefail
cd "$(dirname "$0")"

runs=${RUNS:-100000000} time=${TIME:-0}
targets=("$@")
[ $# -gt 0 ] || targets=(token_answer ticket_answer tutorial record failures page_url signing c_sign)

if ! cargo fuzz --version >/dev/null 2>&1; then
  echo 'fuzz: installing cargo-fuzz'
  cargo install --quiet --locked cargo-fuzz || { echo 'fuzz: cargo-fuzz is missing and cannot be installed: nothing was fuzzed' >&2; exit 1; }
fi

# Sanitizers need a nightly compiler, or a stable one with RUSTC_BOOTSTRAP.
toolchain=()
if rustup run nightly rustc --version >/dev/null 2>&1 ||
  { command -v rustup >/dev/null && rustup --quiet toolchain install nightly --profile minimal >/dev/null 2>&1; }; then
  toolchain=(+nightly)
else
  echo 'fuzz: nightly Rust is missing and cannot be installed: using this compiler with RUSTC_BOOTSTRAP=1'
  export RUSTC_BOOTSTRAP=1
fi

cargo "${toolchain[@]}" fuzz build --fuzz-dir . || { echo 'fuzz: the targets do not build: nothing was fuzzed' >&2; exit 1; }

passed=0 failed=() log=$(mktemp)
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
  options=(-runs="$runs" -max_total_time="$time" -timeout=10 -rss_limit_mb=4096 -print_final_stats=1)
  case $target in
    *_answer | tutorial | record | failures) options+=(-dict=json.dict -max_len=4096) ;;
    page_url) options+=(-dict=url.dict -max_len=2200) ;;
    *) options+=(-max_len=2048) ;;
  esac
  begun=$SECONDS
  if cargo "${toolchain[@]}" fuzz run --fuzz-dir . "$target" -- "${options[@]}" >"$log" 2>&1; then
    verdict=ok
    passed=$((passed + 1))
  else
    verdict=FAILED
    failed+=("$target")
    grep -v '^#[0-9]' "$log" | tail -60
  fi
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
  printf '%-14s %-6s %12s of %s inputs, %s edges, %d s\n' "$target" "$verdict" "${executions:-?}" "$runs" "${edges:-?}" $((SECONDS - begun))
done
echo "fuzz: $passed passed, ${#failed[@]} failed"
[ ${#failed[@]} = 0 ] || { echo "fuzz: failed: ${failed[*]}; the inputs are in fuzz/artifacts" >&2; exit 1; }
