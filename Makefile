# Two commands matter: `make demo` and `make test`. Everything below is what they are made of.
CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)/release
SO := $(if $(filter Darwin,$(shell uname -s)),dylib,so)

.PHONY: build build-sandbox build-c build-node
build: build-sandbox build-c build-node

build-sandbox:
	$(CARGO) build --release -p wxsign-sandbox
	mkdir -p build/bin && cp $(TARGET)/wxsign-sandbox build/bin/

# One call builds both C libraries: a crate-type list in the manifest would silently drop LTO.
build-c:
	$(CARGO) rustc --release --lib --features capi --crate-type staticlib,cdylib
	mkdir -p build/lib && cp $(TARGET)/libwxsign.a $(TARGET)/libwxsign.$(SO) build/lib/

build-node:
	$(CARGO) build --release -p wxsign-node
	mkdir -p build/node && cp $(TARGET)/libwxsign_node.$(SO) build/node/wxsign.node
