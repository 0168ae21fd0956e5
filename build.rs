//! Builds the C library: writes its header to `OUT_DIR` and sets link options. Without the feature
//! "capi" it does nothing. It never writes into the source tree.

#[cfg(not(feature = "capi"))]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
}

#[cfg(feature = "capi")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    link()?;
    write_header()
}

/// The number in the shared library's name. `wxsign_abi_version()` and `wxsign_abi_1` use it too.
#[cfg(feature = "capi")]
const ABI: u32 = 1;

#[cfg(feature = "capi")]
fn link() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::var("CARGO_CFG_TARGET_OS")?.as_str() {
        "linux" | "android" | "freebsd" | "netbsd" | "openbsd" => {
            // Not rustc-cdylib-link-arg: cargo warns about it, because the manifest names no
            // cdylib. The tests of this package get these options too, without any effect.
            println!("cargo:rustc-link-arg=-Wl,-soname,libwxsign.so.{ABI}");
            // A thread that ends after dlclose would run destructors that are unloaded.
            println!("cargo:rustc-link-arg=-Wl,-z,nodelete");
        }
        "macos" | "ios" => {
            // On this platform the tests would not link with the option. The warning is better.
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
         /** Initialises a wxsign_config: wxsign_config config = WXSIGN_CONFIG_INIT; */\n\
         #define WXSIGN_CONFIG_INIT {{sizeof(wxsign_config), 0, {{0}}, {{0}}}}",
        var("CARGO_PKG_VERSION")?,
        var("CARGO_PKG_VERSION_MAJOR")?,
        var("CARGO_PKG_VERSION_MINOR")?,
        var("CARGO_PKG_VERSION_PATCH")?,
    );
    config.after_includes = Some(macros);
    // Source files instead of the crate: for a crate cbindgen runs cargo, which may use the
    // network.
    cbindgen::Builder::new()
        .with_src(root.join("src/ffi/mod.rs"))
        .with_config(config)
        .generate()?
        .write_to_file(Path::new(&var("OUT_DIR")?).join("wxsign.h"));
    Ok(())
}
