//! The package that users download from crates.io.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may panic
#![allow(clippy::case_sensitive_file_extension_comparisons)] // our files have lower-case extensions

use std::process::Command;

/// The crate has its sources with their unit tests, header, documents and licences, and nothing
/// else: no test data, no other language, no build output.
#[test]
fn the_package_holds_the_crate_and_nothing_else() {
    let root = env!("CARGO_MANIFEST_DIR");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = ["package", "--list", "--allow-dirty", "--offline", "--manifest-path"];
    let output = Command::new(cargo).args(arguments).arg(format!("{root}/Cargo.toml")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list = String::from_utf8(output.stdout).unwrap();
    let files: Vec<_> = list.lines().collect();
    for wanted in ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "build.rs", "src/lib.rs"] {
        assert!(files.contains(&wanted), "{wanted} is missing");
    }
    // Without them `cargo test` would not compile.
    for tests in ["src/error/tests.rs", "src/refresh/tests/mod.rs"] {
        assert!(files.contains(&tests), "{tests} is missing");
    }
    let mut size = 0;
    for file in &files {
        let is_source = file.starts_with("src/") && file.ends_with(".rs");
        let is_document = file.starts_with("docs/") || file.starts_with("include/");
        let is_at_the_top = !file.contains('/');
        assert!(is_source || is_document || is_at_the_top, "{file} is not the crate's");
        assert!(!file.ends_with(".js") && !file.starts_with("package"), "{file} is not the crate's");
        // What cargo makes by itself has no file here.
        size += std::fs::metadata(format!("{root}/{file}")).map_or(0, |file| file.len());
    }
    assert!(size < 2_000_000, "{size} bytes before they are compressed");
}
