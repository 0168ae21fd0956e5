//! The error of a store's step: what failed, and the next step in English and Chinese. It is one
//! text, which `state()`, the event and the log show. It holds no credential and no directory above
//! the store's.

use std::fmt;
use std::io;
use std::path::Path;

pub(super) use crate::error::Hint;

/// A failed step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoreError {
    message: String,
    hint: Option<Hint>,
    concerns_one_record: bool,
}

impl StoreError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, concerns_one_record: false }
    }

    /// `operation`, such as "write", failed for the file at `path`, of which only the last part is
    /// named.
    pub(super) fn io(operation: &str, path: &Path, error: &io::Error) -> Self {
        let (why, hint) = cause(error);
        Self { hint, ..Self::new(format!("cannot {operation} {}: {why}", last_part(path))) }
    }

    pub(crate) fn with_hint(self, hint: Hint) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// Only this record cannot be used; the store's other steps work, and it need not be left alone
    /// for a while.
    pub(crate) fn of_one_record(self) -> Self {
        Self { concerns_one_record: true, ..self }
    }

    /// Whether the store itself works, and only the record that was asked for cannot be used.
    pub(crate) fn concerns_one_record(&self) -> bool {
        self.concerns_one_record
    }
}

#[cfg(test)]
impl StoreError {
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn hint(&self) -> &'static str {
        self.hint.unwrap_or_default().0
    }

    pub(super) fn hint_zh(&self) -> &'static str {
        self.hint.unwrap_or_default().1
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.map_or(Ok(()), |(en, zh)| write!(f, ". {en} {zh}"))
    }
}

/// The last part of `path`, in quotes and with control characters escaped, for terminals and logs.
pub(super) fn last_part(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    format!("{:?}", name.to_string_lossy())
}

const DISK_SPACE: Hint = (
    "Free space on the disk of dir, or name a dir on another disk.",
    "请清理 dir 所在的磁盘，或把 dir 指向其他磁盘。",
);
#[cfg(any(unix, test))]
const OPEN_FILES: Hint = (
    "Raise the limit of open files (ulimit -n), and look for code that does not close files.",
    "请提高打开文件数的上限（ulimit -n），并检查是否有代码未关闭文件。",
);
/// Where this process may not write.
pub(super) const WRITABLE_DIR: Hint = (
    "Name a dir that this process may write to, such as a subdirectory of a mounted volume.",
    "请把 dir 指向本进程可写的目录，例如挂载卷中的子目录。",
);
#[cfg(any(unix, test))]
const HEALTHY_DISK: Hint = (
    "Check the disk of dir (the kernel's log names the fault), or name a dir on another one.",
    "请检查 dir 所在的磁盘（内核日志会写明故障），或把 dir 指向其他磁盘。",
);

/// The words for an error of the operating system, and what to do about it.
pub(super) fn cause(error: &io::Error) -> (String, Option<Hint>) {
    let (why, hint) = match known(error) {
        Some((why, hint)) => (why, hint),
        // Such an error's text comes from the operating system and holds no path.
        None if error.raw_os_error().is_some() => return (error.to_string(), None),
        None => return (error.kind().to_string(), None),
    };
    (why.to_owned(), hint)
}

#[cfg(unix)]
fn known(error: &io::Error) -> Option<(&'static str, Option<Hint>)> {
    use rustix::io::Errno;
    Some(match Errno::from_io_error(error)? {
        Errno::NOSPC => ("no space left on the device", Some(DISK_SPACE)),
        Errno::DQUOT => ("the disk quota is used up", Some(DISK_SPACE)),
        Errno::FBIG => ("the file would be larger than allowed", None),
        Errno::MFILE => ("too many open files in this process", Some(OPEN_FILES)),
        Errno::NFILE => ("too many open files on this machine", Some(OPEN_FILES)),
        Errno::ROFS => ("the file system is read-only", Some(WRITABLE_DIR)),
        Errno::ACCESS => ("permission denied", Some(WRITABLE_DIR)),
        Errno::PERM => ("operation not permitted", Some(WRITABLE_DIR)),
        Errno::IO => ("input/output error", Some(HEALTHY_DISK)),
        Errno::STALE => ("the file handle is stale: the file system was mounted anew", None),
        Errno::NOENT => ("it is not there", None),
        Errno::NOTDIR => ("a part of its path is not a directory", Some(WRITABLE_DIR)),
        Errno::LOOP => ("too many symbolic links", Some(WRITABLE_DIR)),
        Errno::NAMETOOLONG => ("its name is too long", Some(WRITABLE_DIR)),
        Errno::NOMEM => ("out of memory", None),
        Errno::NOLCK => ("no locks are available", None),
        Errno::INTR => ("interrupted", None),
        Errno::CONNREFUSED => ("connection refused", None),
        Errno::HOSTUNREACH => ("no route to the host", None),
        Errno::NETUNREACH => ("the network is unreachable", None),
        _ => return None,
    })
}

#[cfg(not(unix))]
fn known(error: &io::Error) -> Option<(&'static str, Option<Hint>)> {
    use io::ErrorKind;
    Some(match error.kind() {
        ErrorKind::StorageFull => ("no space left on the device", Some(DISK_SPACE)),
        ErrorKind::PermissionDenied => ("permission denied", Some(WRITABLE_DIR)),
        ErrorKind::ReadOnlyFilesystem => ("the file system is read-only", Some(WRITABLE_DIR)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each error of a disk has its words, none of them is "uncategorized", and none holds a path.
    #[cfg(unix)]
    #[test]
    fn every_os_error_has_words() {
        use rustix::io::Errno;
        let path = Path::new("/home/CANARY/name");
        for (errno, words) in [
            (Errno::NOSPC, "no space left on the device"),
            (Errno::MFILE, "too many open files in this process"),
            (Errno::NFILE, "too many open files on this machine"),
            (Errno::DQUOT, "quota"),
            (Errno::ROFS, "read-only"),
            (Errno::IO, "input/output"),
            (Errno::STALE, "stale"),
        ] {
            let error = StoreError::io("write", path, &io::Error::from_raw_os_error(errno.raw_os_error()));
            assert!(error.message().starts_with("cannot write \"name\": "), "{error}");
            assert!(error.message().contains(words), "{error}");
        }
        for errno in 1..134 {
            let error = StoreError::io("read", path, &io::Error::from_raw_os_error(errno));
            let shown = error.to_string();
            assert!(!shown.contains("uncategorized") && !shown.contains("CANARY"), "{errno}: {shown}");
        }
    }

    /// A hint is a sentence in both languages, the Chinese one with full-width punctuation.
    #[test]
    fn hints_exist_in_english_and_chinese() {
        for (en, zh) in [DISK_SPACE, OPEN_FILES, WRITABLE_DIR, HEALTHY_DISK] {
            assert!(en.is_ascii() && en.ends_with('.'), "{en}");
            assert!(zh.ends_with('。') && !zh.contains([',', ';', ':', '(']), "{zh}");
            let error = StoreError::new("it failed").with_hint((en, zh));
            assert_eq!(error.to_string(), format!("it failed. {en} {zh}"));
        }
    }

    /// The name of a file cannot write to a terminal.
    #[test]
    fn a_name_is_shown_without_control_characters() {
        let shown = last_part(Path::new("/a/b\u{1b}[31m\u{202e}\n"));
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\n']), "{shown}");
        assert_eq!(last_part(Path::new("/")), "\"/\"");
    }
}
