#!/usr/bin/env bash
# Checks the core with the oldest Rust that Cargo.toml promises (rust-version). Without that
# toolchain and without a network to install it, it is skipped and says so.
set -euo pipefail
cd "$(dirname "$0")/.."

oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
# 1.89 and 1.89.0 are different toolchains to rustup.
case $oldest in *.*.*) ;; *) oldest=$oldest.0 ;; esac
if ! command -v rustup >/dev/null 2>&1; then
  echo "skip  Rust $oldest: there is no rustup"
elif ! rustup run "$oldest" rustc --version >/dev/null 2>&1 \
  && ! rustup toolchain install "$oldest" --profile minimal >/dev/null 2>&1; then
  echo "skip  Rust $oldest: rustup cannot install it"
else
  RUSTUP_TOOLCHAIN=$oldest cargo check --quiet --locked --features capi,redis --target-dir build/msrv
  echo "MSRV: 1 passed, 0 failed"
fi
