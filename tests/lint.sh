#!/usr/bin/env bash
# Formatting and lints of every language. Prints what is wrong, and then fails.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo fmt --all --check
# The dependencies of the bench and of the fuzz targets take minutes to build: only their format is
# checked.
cargo fmt --manifest-path bench/rust/Cargo.toml --check
cargo fmt --manifest-path fuzz/Cargo.toml --check
cargo clippy --quiet --workspace --exclude wxsign-node --all-targets --features wxsign/capi,wxsign/redis -- -D warnings
# Without features, and with the code that only the fuzz targets see.
cargo clippy --quiet --lib -- --cfg fuzzing -D warnings
# The addon has no test targets: its exports exist for Node alone.
cargo clippy --quiet -p wxsign-node -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --features capi,redis
npm run --silent lint
unformatted=$(gofmt -l bindings/go bench/go)
[ -z "$unformatted" ] || { echo "gofmt: $unformatted" >&2; exit 1; }
(cd bindings/go && go vet ./...)
python3 tests/vectors/generate.py --check
python3 tests/matrix/generate.py --check
# SC2317: functions that a lane calls by name look unreachable. SC1091: sourced files are checked
# alone.
shellcheck --exclude=SC2317,SC1091 tests/*.sh tests/release/*.sh bindings/c/*.sh bindings/node/release/*.sh bindings/zig/*.sh
