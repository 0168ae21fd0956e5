//! Which file systems have locks that can be trusted.

use std::fs::File;
use std::io;

use super::super::filesystem::{has_no_locks, is_remote};

#[test]
fn a_dir_of_this_machine_is_not_remote() {
    let home = tempfile::tempdir().unwrap();
    assert!(!is_remote(&File::open(home.path()).unwrap()));
}

/// The kernel's number of a file system is signed on some processors and unsigned on others.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn remote_types_are_known_whatever_their_sign() {
    use super::super::filesystem::is_remote_type;
    let known = |f_type: i64| is_remote_type(f_type as rustix::fs::FsWord);
    // NFS, SMB 2 as a signed and as an unsigned number, FUSE, 9P.
    for f_type in [0x6969, 0xfe53_4d42, 0xfe53_4d42_u32.cast_signed().into(), 0x6573_5546, 0x0102_1997] {
        assert!(known(f_type), "{f_type:#x}");
    }
    // ext4, XFS, Btrfs, ZFS, tmpfs, overlayfs, GFS2.
    for f_type in [0xef53, 0x5846_5342, 0x9123_683e, 0x2fc1_2fc1, 0x0102_1994, 0x794c_7630, 0x0116_1970] {
        assert!(!known(f_type), "{f_type:#x}");
    }
}

/// A file system without locks is used without; a lock that fails is an error.
#[test]
fn no_locks_differ_from_a_lock_that_failed() {
    use rustix::io::Errno;
    for errno in [Errno::NOLCK, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS] {
        assert!(has_no_locks(&io::Error::from_raw_os_error(errno.raw_os_error())), "{errno}");
    }
    for errno in [Errno::IO, Errno::INTR, Errno::STALE, Errno::ACCESS] {
        assert!(!has_no_locks(&io::Error::from_raw_os_error(errno.raw_os_error())), "{errno}");
    }
}
