//! Passes the linker what an addon needs: symbols that Node provides, and no unloading.

fn main() {
    napi_build::setup();
}
