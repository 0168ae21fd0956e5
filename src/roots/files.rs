//! Certificates in files: those that the user names, and those of the environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{Code, Error, Reason, Subject, io_reason};
use crate::small_file;

/// More than all public roots together.
const MAX_FILE: u64 = 4 << 20;
/// More files than any directory of roots has.
const MAX_FILES: usize = 4_096;
/// More certificates than all directories of roots together have, in bytes.
const MAX_ALL: usize = 16 << 20;

/// Why a file of certificates cannot be used.
pub(super) struct FileFault {
    reason: Reason,
    words: String,
}

impl FileFault {
    fn new(error: &io::Error) -> Self {
        let reason = io_reason(error).unwrap_or(Reason::CaFile);
        Self { reason, words: format!("cannot be read: {error}") }
    }

    pub(super) fn of(self, option: &'static str, path: &Path) -> Error {
        let why = format!("{} {self}", path.display());
        if self.reason == Reason::CaFile {
            return Error::option(option, format!("names a file that cannot be used: {why}"))
                .with_reason(self.reason);
        }
        Error::new(Code::Network, why)
            .with_reason(self.reason)
            .with_subject(Subject::Path(path.display().to_string()))
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

pub(super) fn read_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, FileFault> {
    let pem = small_file::load(path, MAX_FILE).map_err(|error| FileFault::new(&error))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).collect();
    if certificates.is_empty() {
        return Err(FileFault { reason: Reason::CaFile, words: "holds no PEM certificate".to_owned() });
    }
    Ok(certificates)
}

/// The roots that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, if they are set.
pub(super) fn named_by_environment() -> Result<Option<RootCertStore>, Error> {
    named_by(|name| env::var_os(name))
}

fn named_by(variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<RootCertStore>, Error> {
    let named = |name| variable(name).filter(|value| !value.is_empty());
    let (file, dirs) = (named("SSL_CERT_FILE"), named("SSL_CERT_DIR"));
    if file.is_none() && dirs.is_none() {
        return Ok(None);
    }
    let mut roots = RootCertStore::empty();
    let mut fault = None;
    let mut files: Vec<PathBuf> = file.iter().map(PathBuf::from).collect();
    for dir in dirs.iter().flat_map(env::split_paths) {
        match fs::read_dir(&dir) {
            Ok(entries) => files.extend(entries.flatten().take(MAX_FILES).map(|entry| entry.path())),
            Err(error) => fault = Some((dir, FileFault::new(&error))),
        }
    }
    // A directory of roots has lists and notes in it as well: one file that is none is no failure.
    let mut length = 0;
    for path in files {
        match read_file(&path) {
            Ok(certificates) => {
                length += certificates.iter().map(|certificate| certificate.len()).sum::<usize>();
                roots.add_parsable_certificates(certificates);
            }
            Err(why) => fault = Some((path, why)),
        }
        if length > MAX_ALL {
            break;
        }
    }
    match fault {
        Some((path, why)) if roots.is_empty() => {
            let name = if file.is_some() { "SSL_CERT_FILE" } else { "SSL_CERT_DIR" };
            let reason = if why.reason == Reason::CaFile { Reason::NoRoots } else { why.reason };
            Err(Error::new(Code::Network, format!("{name} is set, and {} {why}", path.display()))
                .with_reason(reason)
                .with_subject(Subject::Path(path.display().to_string())))
        }
        _ => Ok(Some(roots)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All files of a directory together have a limit, as each file has: what is read stays in
    /// memory.
    #[test]
    fn all_certificates_of_a_directory_are_limited() {
        const LARGE: usize = 60_000;
        let mut params = rcgen::CertificateParams::default();
        let extension = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![0; LARGE]);
        params.custom_extensions.push(extension);
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let pem = pem.repeat(usize::try_from(MAX_FILE).unwrap() / pem.len());
        let dir = tempfile::tempdir().unwrap();
        for name in 0..10 {
            fs::write(dir.path().join(format!("{name}.pem")), &pem).unwrap();
        }
        let roots =
            named_by(|name| (name == "SSL_CERT_DIR").then(|| dir.path().into())).ok().unwrap().unwrap();
        let length = roots.len() * LARGE;
        let most = MAX_ALL + usize::try_from(MAX_FILE).unwrap();
        assert!((MAX_ALL / 2..most).contains(&length), "{length} bytes");
    }
}
