#!/usr/bin/env bash
# Everything that CI runs: build once, lint, then the tests of each binding. A failed lane does not stop
# the others. Ends with a line for each lane, and fails if one of them failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/lanes.sh
. tests/lanes.sh

rust() {
  local code=0
  cargo test --quiet --features capi,redis || code=1
  cargo test --quiet -p wxsign-sandbox -p wxsign-cli || code=1
  return "$code"
}
# The Rust examples are workspaces of their own: their async runtime is not wxsign's.
rust_examples() {
  local example code=0
  for example in axum cli; do
    cargo test --quiet --locked --manifest-path "examples/$example/Cargo.toml" --target-dir build/examples || code=1
  done
  return "$code"
}
c_binding() {
  local suite code=0
  for suite in run abi examples archive install soundness; do
    "tests/c/$suite.sh" || code=1
  done
  return "$code"
}
go_binding() {
  (cd bindings/go && go test -race -count=1 -v ./...) && tests/c/go_release.sh
}
koa() {
  DEMO_ONCE=1 make --no-print-directory demo && (cd examples/koa && npm test --silent)
}
package() {
  make --no-print-directory pack && npm run --silent lint:package && node --test tests/package/*.test.mjs
}
bundlers() {
  make --no-print-directory tests/bundlers/node_modules/.package-lock.json && (cd tests/bundlers && npm test --silent)
}
runtimes() {
  make --no-print-directory tests/runtimes/node_modules/.package-lock.json && (cd tests/runtimes && npm test --silent)
}
browser() {
  make --no-print-directory tests/browser/node_modules/.package-lock.json && (cd tests/browser && npm test --silent)
}

supply() {
  local code=0
  tests/msrv.sh || code=1
  tests/supply.sh || code=1
  return "$code"
}

lane build make --no-print-directory build
lane lint tests/lint.sh
lane workflows make --no-print-directory workflows
lane supply supply
lane Rust rust
lane examples rust_examples
lane Node npm test --silent
lane package package
lane bundlers bundlers
lane runtimes runtimes
lane C c_binding
lane C++ tests/cpp/run.sh
lane Go go_binding
lane Koa koa
lane browser browser
lane documents python3 tests/documents.py

report
