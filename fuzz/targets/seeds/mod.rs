//! The inputs that a target begins with: those of the harness, written down where libFuzzer looks
//! for them.

use std::fs;
use std::path::Path;

/// Writes `seeds` into the corpus of `target`.
pub fn plant(target: &str, seeds: Vec<Vec<u8>>) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&corpus).unwrap();
    for (n, seed) in seeds.iter().enumerate() {
        fs::write(corpus.join(format!("seed-{n}")), seed).unwrap();
    }
}
