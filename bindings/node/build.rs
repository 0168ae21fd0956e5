//! Passes the linker what an addon needs: symbols that Node provides, no unloading, and a name.

fn main() {
    napi_build::setup();
    // Apple's linker would write the path of this build into the library.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "macos") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/wxsign.node");
    }
}
