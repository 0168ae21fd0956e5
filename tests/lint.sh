#!/usr/bin/env bash
# Formatting and lints of every language. Prints what is wrong and fails.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo fmt --all --check
# What the bench compares with and what the fuzz targets need takes minutes to build: there, only the form is looked at.
cargo fmt --manifest-path bench/rust/Cargo.toml --check
cargo fmt --manifest-path fuzz/Cargo.toml --check
cargo clippy --quiet --workspace --exclude wxsign-node --all-targets -- -D warnings
cargo clippy --quiet --all-targets --features capi,redis -- -D warnings
# What the fuzz targets reach.
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
