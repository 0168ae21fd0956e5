//! The C library's build: its header, into `OUT_DIR`, and how it is linked. Without the feature "capi" there
//! is nothing to do, and nothing is ever written into the source tree.

#[cfg(not(feature = "capi"))]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
}

#[cfg(feature = "capi")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    link()?;
    write_header()
}

/// The number in the shared library's name: `wxsign_abi_version()` and `wxsign_abi_1` carry the same.
#[cfg(feature = "capi")]
const ABI: u32 = 1;

#[cfg(feature = "capi")]
fn link() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::var("CARGO_CFG_TARGET_OS")?.as_str() {
        "linux" | "android" | "freebsd" | "netbsd" | "openbsd" => {
            // Not rustc-cdylib-link-arg: cargo warns of it, because the manifest names no cdylib. So the
            // tests of this package get these too, where they mean nothing.
            println!("cargo:rustc-link-arg=-Wl,-soname,libwxsign.so.{ABI}");
            // Threads that end after a dlclose would run destructors that are no longer there.
            println!("cargo:rustc-link-arg=-Wl,-z,nodelete");
        }
        "macos" | "ios" => {
            // Here it would mean a failure of the tests' linking: the warning is the lesser evil.
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libwxsign.{ABI}.dylib");
        }
        _ => {}
    }
    Ok(())
}

#[cfg(feature = "capi")]
fn write_header() -> Result<(), Box<dyn std::error::Error>> {
    use std::env::var;
    use std::path::Path;

    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    println!("cargo:rerun-if-changed=src/ffi");
    let root = var("CARGO_MANIFEST_DIR")?;
    let root = Path::new(&root);
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml"))?;
    let macros = format!(
        "\n/** The version of this header. */\n\
         #define WXSIGN_VERSION \"{}\"\n\
         #define WXSIGN_VERSION_MAJOR {}\n\
         #define WXSIGN_VERSION_MINOR {}\n\
         #define WXSIGN_VERSION_PATCH {}\n\n\
         /** What a wxsign_config begins as: wxsign_config config = WXSIGN_CONFIG_INIT; */\n\
         #define WXSIGN_CONFIG_INIT {{sizeof(wxsign_config), 0, {{0}}, {{0}}}}",
        var("CARGO_PKG_VERSION")?,
        var("CARGO_PKG_VERSION_MAJOR")?,
        var("CARGO_PKG_VERSION_MINOR")?,
        var("CARGO_PKG_VERSION_PATCH")?,
    );
    config.after_includes = Some(macros);
    // The source files rather than the crate, for which cbindgen asks cargo, and cargo perhaps the network.
    cbindgen::Builder::new()
        .with_src(root.join("src/ffi/mod.rs"))
        .with_config(config)
        .generate()?
        .write_to_file(Path::new(&var("OUT_DIR")?).join("wxsign.h"));
    Ok(())
}
