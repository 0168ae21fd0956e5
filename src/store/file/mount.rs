//! Whether a lock on a file keeps anybody out: on a network's file system it may lie, or hang for ever.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Whether the file system below an open file is one whose locks are not to be trusted. One that cannot be told is
/// taken for a disk of this machine.
pub(super) fn is_foreign(file: &File) -> bool {
    #[cfg(test)]
    if tests::PRETENDED.get() {
        return true;
    }
    found::is_foreign(file)
}

/// The same for a directory, which may not be there yet.
pub(super) fn is_foreign_dir(dir: &Path) -> bool {
    File::open(dir).is_ok_and(|dir| is_foreign(&dir))
}

/// Whether the system says that there are no locks here, and not that something went wrong with one.
pub(super) fn has_no_locks(error: &io::Error) -> bool {
    if error.kind() == ErrorKind::Unsupported {
        return true;
    }
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        let none = [Errno::NOLCK, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS];
        none.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
    }
    #[cfg(not(unix))]
    false
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod found {
    use std::fs::File;

    /// The low half of `f_type`, which is all that is ever used of it; its sign differs between processors.
    ///
    /// All of these hand a lock on to a server, a daemon or a host, which may know no locks at all (9P, FUSE), may keep
    /// one from this machine's processes alone (as Lustre and GPFS do unless told otherwise), or may never
    /// answer. Cluster file systems whose locks are made for this (GFS2, OCFS2) are not here, and neither is overlayfs,
    /// which locks on the disk below.
    const FOREIGN: [u32; 20] = [
        0x0000_6969, // NFS: no lock without a daemon, and none that is sure with one
        0x0000_517b, // SMB, as the oldest driver names it
        0xff53_4d42, // CIFS
        0xfe53_4d42, // SMB 2 and 3
        0x6573_5546, // FUSE: sshfs, cloud dirs, virtiofs, Docker's shared dirs on a Mac
        0x0102_1997, // 9P: WSL's view of Windows, sandboxes of containers
        0x5346_414f, // OpenAFS
        0x6b41_4653, // the kernel's AFS
        0x7375_7245, // Coda
        0x0000_564c, // NCP
        0x00c3_6400, // Ceph
        0x0bd0_0bd0, // Lustre
        0x4750_4653, // GPFS
        0x1983_0326, // BeeGFS
        0xaad7_aaea, // PanFS
        0x2003_0528, // OrangeFS
        0xbeef_dead, // StorNext
        0x786f_4256, // a dir that VirtualBox shares
        0xbacb_acbc, // a dir that VMware shares
        0x7c7c_6673, // a dir that Parallels shares
    ];

    pub(super) fn is_foreign(file: &File) -> bool {
        rustix::fs::fstatfs(file).is_ok_and(|found| is_foreign_type(found.f_type))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // see FOREIGN
    pub(super) fn is_foreign_type(f_type: rustix::fs::FsWord) -> bool {
        FOREIGN.contains(&(f_type as u32))
    }
}

/// There the system says itself whether a disk is its own.
#[cfg(target_vendor = "apple")]
mod found {
    use std::fs::File;

    /// `MNT_LOCAL` of `sys/mount.h`.
    const LOCAL: u32 = 0x1000;

    pub(super) fn is_foreign(file: &File) -> bool {
        rustix::fs::fstatfs(file).is_ok_and(|found| found.f_flags & LOCAL == 0)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod found {
    use std::fs::File;

    pub(super) fn is_foreign(_: &File) -> bool {
        false
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// Whether every file that this thread looks at is taken for one on a network.
        pub(crate) static PRETENDED: Cell<bool> = const { Cell::new(false) };
    }

    #[test]
    fn a_dir_of_this_machine_is_its_own_and_so_is_what_cannot_be_told() {
        let home = tempfile::tempdir().unwrap();
        assert!(!is_foreign_dir(home.path()));
        assert!(!is_foreign_dir(&home.path().join("none")));
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn the_networks_file_systems_are_known_whatever_the_sign_of_their_number() {
        let known = |f_type: i64| found::is_foreign_type(f_type as rustix::fs::FsWord);
        // NFS, SMB 2 as a signed and as an unsigned number, FUSE, 9P.
        for f_type in [0x6969, 0xfe53_4d42, 0xfe53_4d42_u32.cast_signed().into(), 0x6573_5546, 0x0102_1997] {
            assert!(known(f_type), "{f_type:#x}");
        }
        // ext4, XFS, Btrfs, ZFS, tmpfs, overlayfs, GFS2.
        for f_type in [0xef53, 0x5846_5342, 0x9123_683e, 0x2fc1_2fc1, 0x0102_1994, 0x794c_7630, 0x0116_1970] {
            assert!(!known(f_type), "{f_type:#x}");
        }
    }

    #[test]
    fn a_file_system_without_locks_is_told_from_a_lock_that_failed() {
        use rustix::io::Errno;
        for errno in [Errno::NOLCK, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS] {
            assert!(has_no_locks(&io::Error::from_raw_os_error(errno.raw_os_error())), "{errno}");
        }
        for errno in [Errno::IO, Errno::INTR, Errno::STALE, Errno::ACCESS] {
            assert!(!has_no_locks(&io::Error::from_raw_os_error(errno.raw_os_error())), "{errno}");
        }
    }
}
