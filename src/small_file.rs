//! Reading a file that a caller named: a regular one, and of a bounded size.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

/// The bytes of a regular file of at most `most` bytes; none for anything else.
pub(crate) fn read(path: &Path, most: u64) -> Option<Zeroizing<Vec<u8>>> {
    // Looked at first: opening a FIFO would wait for its writer.
    fs::metadata(path).ok().filter(Metadata::is_file)?;
    let file = File::open(path).ok()?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).ok().filter(|&length| length as u64 <= most)?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_regular_file_of_a_bounded_size_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "12345").unwrap();
        assert_eq!(read(&file, 5).unwrap().as_slice(), b"12345");
        assert!(read(&file, 4).is_none());
        assert!(read(dir.path(), 5).is_none() && read(&dir.path().join("none"), 5).is_none());
        #[cfg(unix)]
        {
            let fifo = dir.path().join("fifo");
            rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
            assert!(read(&fifo, 5).is_none() && read(Path::new("/dev/zero"), 5).is_none());
        }
    }
}
