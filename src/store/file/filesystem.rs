//! Whether a lock on a file excludes other processes. On a network's file system it may not, or it
//! may hang for ever.

use std::fs::File;
use std::io::{self, ErrorKind};

/// Whether an open file is on a file system whose locks cannot be trusted. If its type is unknown,
/// it counts as a disk of this machine.
pub(super) fn is_remote(file: &File) -> bool {
    found::is_remote(file)
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
pub(super) use found::is_remote_type;

/// Whether the operating system reports that there are no locks here, and not that taking one
/// failed.
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

    /// The low half of `f_type`, which is all that is ever used of it; its sign differs between
    /// processors.
    ///
    /// All of these pass a lock on to a server, a daemon or a host, which may have no locks at all
    /// (9P, FUSE), may exclude this machine's processes only (Lustre and GPFS by default), or may
    /// never answer. Cluster file systems whose locks are made for this (GFS2, OCFS2) are not here,
    /// and neither is overlayfs, which locks on the disk below.
    const REMOTE: [u32; 20] = [
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

    pub(super) fn is_remote(file: &File) -> bool {
        rustix::fs::fstatfs(file).is_ok_and(|found| is_remote_type(found.f_type))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // see REMOTE
    pub(in crate::store::file) fn is_remote_type(f_type: rustix::fs::FsWord) -> bool {
        REMOTE.contains(&(f_type as u32))
    }
}

/// macOS marks the disks of the machine itself.
#[cfg(target_vendor = "apple")]
mod found {
    use std::fs::File;

    /// `MNT_LOCAL` of `sys/mount.h`.
    const LOCAL: u32 = 0x1000;

    pub(super) fn is_remote(file: &File) -> bool {
        rustix::fs::fstatfs(file).is_ok_and(|found| found.f_flags & LOCAL == 0)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod found {
    use std::fs::File;

    pub(super) fn is_remote(_: &File) -> bool {
        false
    }
}
