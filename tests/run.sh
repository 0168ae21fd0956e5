#!/usr/bin/env bash
# Every test that this machine can run. First everything is built: linking optimised code keeps one
# core busy, so the Rust tests are compiled meanwhile, and the lanes that need no build run. Then the
# tests run, two lanes at a time. Node's and Go's measure time, so each runs alone.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/lanes.sh
. tests/lanes.sh

makes() { make --no-print-directory "$@"; }
npm_tests() { (cd "$1" && npm test --silent); }

# All Rust packages but the addon, whose exports exist for Node alone, with the same features: each
# is compiled once.
cargo_test() { cargo test --quiet --workspace --exclude wxsign-node --features wxsign/capi,wxsign/redis "$@"; }
rust_build() {
  cargo_test --no-run && mkdir -p build/bin &&
    cp "${CARGO_TARGET_DIR:-target}/debug/wxsign-sandbox" build/bin/wxsign-sandbox.new &&
    mv build/bin/wxsign-sandbox.new build/bin/wxsign-sandbox
}
axum() { cargo test --quiet --locked --manifest-path examples/axum/Cargo.toml --target-dir build/examples; }
supply() {
  local code=0
  tests/msrv.sh || code=1
  makes supply || code=1
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
# The addon that is packed is also the checkout's own: what is tested is what is published.
package() {
  makes pack && npm run --silent lint:package && node --test tests/package/*.test.mjs
}

installs() {
  lane install makes {,tests/bundlers/,tests/runtimes/,tests/browser/,examples/koa/}node_modules/.package-lock.json
}
optimised() {
  lane build makes build-go release-node
}
compiled() {
  lane compile rust_build
  lane supply supply
  lane axum axum
}
core() {
  lane lint tests/lint.sh
  lane Rust cargo_test --no-fail-fast
  lane C c_binding
}
packaged() {
  lane package package
  lane bundlers npm_tests tests/bundlers
  lane runtimes npm_tests tests/runtimes
  lane Koa eval 'DEMO_ONCE=1 makes demo BUILDS= && npm_tests examples/koa'
  lane browser npm_tests tests/browser
  lane documents python3 tests/documents.py
  lane workflows makes workflows
  lane C++ tests/cpp/run.sh
}

beside installs optimised compiled
beside core packaged
lane Node npm test --silent
lane Go go_binding

report
