//! Reading a file that a caller named: a regular one, and of a bounded size.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

/// The bytes of a regular file of at most `most` bytes; none for anything else.
pub(crate) fn read(path: &Path, most: u64) -> Option<Zeroizing<Vec<u8>>> {
    load(path, most).ok()
}

/// Like [`read`], with the reason why not.
pub(crate) fn load(path: &Path, most: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let refused = |why: &str| Err(io::Error::other(why));
    // Looked at first: opening a FIFO would wait for its writer.
    if !fs::metadata(path)?.is_file() {
        return refused("it is no regular file");
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let length = File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if length as u64 > most {
        return refused("it is too large");
    }
    Ok(bytes)
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
