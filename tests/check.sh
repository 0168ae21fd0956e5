#!/usr/bin/env bash
# Format, lints and the core's tests: what to run before each commit. `make test` has the rest.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo fmt --all --check
npm run --silent lint
unformatted=$(gofmt -l bindings/go bench/go 2>/dev/null || true)
[ -z "$unformatted" ] || { echo "gofmt: $unformatted" >&2; exit 1; }
cargo clippy --quiet --features capi,redis --lib -- -D warnings
# Several tests wait for a deadline, so more of them than the machine has cores run at once.
cargo test --quiet --features capi,redis --lib -- --test-threads=6
