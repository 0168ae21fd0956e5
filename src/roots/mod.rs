//! Which certificate authorities are trusted, for WeChat and for a store over TLS alike.
//!
//! By default the system's roots are. `caFile` adds to them, and so does the binding's extra file.
//! `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's. A machine without any root, such as a
//! bare container, gets the public roots that are built in, and an error that says so if they do
//! not suffice.
//!
//! Nothing is read before the first handshake. Clients that name the same files share what was
//! loaded, for as long as one of them lives; a failure is not kept.

mod files;
mod handshake;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::{fmt, fs};

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::error::{Code, Error, Reason, Subject, io_reason};
use crate::fork::PerProcess;
use crate::sync::lock;
use files::{named_by_environment, read_file};
use handshake::explain;
pub(crate) use handshake::explain_alert;

/// The roots of all clients of this process that name the same files.
pub(crate) struct Roots {
    ca_file: Option<PathBuf>,
    extra_file: Option<PathBuf>,
    trust: Mutex<Option<Trust>>,
}

/// The roots that are in use.
static SHARED: PerProcess<Mutex<Vec<Weak<Roots>>>> = PerProcess::new();

/// Roots that were loaded.
#[derive(Clone)]
pub(crate) struct Trust {
    config: Arc<ClientConfig>,
    /// The machine has no roots.
    is_bare: bool,
    /// The extra file could not be used: where it is and why.
    extra_failure: Option<String>,
}

impl Roots {
    /// `extra_file` is one that the user did not name to wxsign, such as `NODE_EXTRA_CA_CERTS`: if
    /// it cannot be read, only a handshake that fails at an unknown authority reports it.
    pub(crate) fn new(ca_file: Option<&Path>, extra_file: Option<&Path>) -> Arc<Self> {
        let own = |path: Option<&Path>| path.map(Path::to_owned);
        let roots = Self { ca_file: own(ca_file), extra_file: own(extra_file), trust: Mutex::default() };
        let shared = SHARED.get();
        let mut shared = lock(&shared);
        shared.retain(|one| one.strong_count() > 0);
        let same = |one: &Arc<Self>| one.id() == roots.id();
        if let Some(known) = shared.iter().filter_map(Weak::upgrade).find(same) {
            return known;
        }
        let roots = Arc::new(roots);
        shared.push(Arc::downgrade(&roots));
        roots
    }

    /// Distinguishes these roots from others.
    pub(crate) fn id(&self) -> String {
        let of =
            |path: &Option<PathBuf>| path.as_ref().map_or(String::new(), |path| path.display().to_string());
        format!("{}\n{}", of(&self.ca_file), of(&self.extra_file))
    }

    /// Loads the roots if they are not loaded yet. This is I/O, which may hang as any file may, so
    /// it is for a thread that can be abandoned. If several load at once, none waits for another,
    /// and all use what the first one has loaded.
    pub(crate) fn trust(&self) -> Result<Trust, Error> {
        self.trust_by(|| self.load())
    }

    fn trust_by(&self, load: impl FnOnce() -> Result<Trust, Error>) -> Result<Trust, Error> {
        if let Some(trust) = self.loaded() {
            return Ok(trust);
        }
        // Without the lock: a file that hangs must not keep the other threads from trying.
        let trust = load()?;
        Ok(lock(&self.trust).get_or_insert(trust).clone())
    }

    /// The roots, if they are loaded already. Never does I/O.
    pub(crate) fn loaded(&self) -> Option<Trust> {
        lock(&self.trust).clone()
    }

    fn load(&self) -> Result<Trust, Error> {
        let mut added = match &self.ca_file {
            Some(path) => read_file(path).map_err(|fault| fault.of("caFile", path))?,
            None => Vec::new(),
        };
        let mut extra_failure = None;
        if let Some(path) = &self.extra_file {
            match read_file(path) {
                Ok(certificates) => added.extend(certificates),
                Err(fault) => extra_failure = Some(format!("{} {fault}", path.display())),
            }
        }
        // The host program may use rustls too: its choice of a provider is not ours, and ours not
        // its.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let named = named_by_environment()?;
        let (verifier, is_bare) = match named {
            Some(roots) => (webpki(roots, added, &provider)?, false),
            None => system(added, &provider)?,
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&error))?
            .dangerous() // the name of the method; the verifier checks everything
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        // One request in two hours resumes nothing.
        config.resumption = Resumption::disabled();
        Ok(Trust { config: Arc::new(config), is_bare, extra_failure })
    }
}

impl Trust {
    /// For any number of handshakes.
    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// Why a handshake with `host` failed.
    pub(crate) fn explain(&self, host: &str, error: &rustls::Error) -> Error {
        let (reason, why) = explain(host, error);
        if reason != Reason::CertificateUntrusted {
            return failed(host, reason, why);
        }
        let extra = self.extra_failure.as_ref().map_or(String::new(), |why| format!("; {why}"));
        if self.is_bare {
            let why = format!(
                "{why}; no root certificates were found on this machine, so only the built-in public ones were tried: \
                 install ca-certificates or name `caFile`{extra}"
            );
            return failed(host, Reason::NoRoots, why);
        }
        failed(host, reason, why + &extra)
    }
}

fn failed(host: &str, reason: Reason, why: String) -> Error {
    Error::new(Code::Network, why).with_reason(reason).with_subject(Subject::Host(host.to_owned()))
}

/// Whether neither the system nor the environment has a root certificate.
pub(crate) fn is_bare_machine() -> bool {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    matches!(named_by_environment(), Ok(None))
        && system(Vec::new(), &provider).is_ok_and(|(_, is_bare)| is_bare)
}

/// The system's roots and `added`; whether there were none, so that the built-in ones serve.
fn system(
    added: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<(Arc<dyn ServerCertVerifier>, bool), Error> {
    // Alone first: with other roots the verifier does not say that the system has none.
    let alone = Verifier::new(Arc::clone(provider));
    if added.is_empty() {
        if let Ok(verifier) = alone {
            return Ok((Arc::new(verifier), false));
        }
    } else if alone.is_ok() {
        // A certificate that is no authority's is not worth a failure, as it is none in the
        // system's own files.
        let mut usable = RootCertStore::empty();
        let added = added.into_iter().filter(|certificate| usable.add(certificate.clone()).is_ok());
        let verifier = Verifier::new_with_extra_roots(added, Arc::clone(provider));
        return Ok((Arc::new(verifier.map_err(|error| unusable(&error))?), false));
    }
    // Not a machine without roots, but one that cannot open their files now.
    if let Some(reason) = fs::read_dir(Path::new("/")).err().and_then(|error| io_reason(&error)) {
        return Err(
            Error::new(Code::Network, "the system's root certificates cannot be read").with_reason(reason)
        );
    }
    let mut bundled = RootCertStore::empty();
    bundled.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    Ok((webpki(bundled, added, provider)?, true))
}

fn webpki(
    mut roots: RootCertStore,
    added: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    roots.add_parsable_certificates(added);
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    Ok(verifier.build().map_err(|error| unusable(&error))?)
}

fn unusable(error: &dyn fmt::Display) -> Error {
    Error::new(Code::Network, format!("no usable root certificates: {error}")).with_reason(Reason::NoRoots)
}

#[cfg(test)]
mod tests {
    use rustls::{CertificateError, InvalidMessage};

    use super::*;

    fn write(pem: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        fs::write(&path, pem).unwrap();
        (dir, path)
    }

    fn authority() -> String {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        rcgen::CertificateParams::default().self_signed(&key).unwrap().pem()
    }

    #[test]
    fn a_bad_ca_file_is_named_with_its_path() {
        let (_dir, garbage) = write("-----BEGIN CERTIFICATE-----\nnot base64\n");
        for path in [Path::new("/nonexistent/ca.pem"), Path::new("/"), &garbage] {
            let error = Roots::new(Some(path), None).trust().err().unwrap();
            assert_eq!((error.code(), error.reason()), (Code::InvalidArgument, Some("CA_FILE")), "{error}");
            assert_eq!(error.subject(), Some(&Subject::Option("caFile")));
            assert!(error.message().contains(&*path.to_string_lossy()), "{error}");
        }
    }

    #[test]
    fn a_failure_to_load_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let roots = Roots::new(Some(&path), None);
        assert!(roots.trust().is_err() && roots.loaded().is_none());
        fs::write(&path, authority()).unwrap();
        assert!(roots.trust().is_ok() && roots.loaded().is_some());
    }

    /// A thread whose file hangs keeps no other from loading, and takes what was loaded meanwhile.
    #[test]
    fn a_hanging_file_keeps_no_other_thread_waiting() {
        // Other tests share the roots that name no file, and may have loaded them.
        let (_dir, path) = write(&authority());
        let roots = Roots::new(None, Some(&path));
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let (started, has_started) = std::sync::mpsc::channel();
        let own = Arc::clone(&roots);
        let hanging = std::thread::spawn(move || {
            own.trust_by(|| {
                started.send(()).unwrap();
                wait.recv().unwrap();
                own.load()
            })
        });
        has_started.recv().unwrap();
        let (done, outcome) = std::sync::mpsc::channel();
        let own = Arc::clone(&roots);
        std::thread::spawn(move || done.send(own.trust()));
        let trust = outcome.recv_timeout(std::time::Duration::from_secs(10)).unwrap().ok().unwrap();
        release.send(()).unwrap();
        let late = hanging.join().unwrap().ok().unwrap();
        assert!(Arc::ptr_eq(&trust.config, &late.config), "the first to load publishes");
    }

    #[test]
    fn a_bad_extra_file_is_named_only_if_it_matters() {
        let (_dir, path) = write("nothing");
        let trust = Roots::new(None, Some(&path)).trust().ok().unwrap();
        let said = |error: CertificateError| trust.explain("wx.example", &error.into()).message().to_owned();
        assert!(said(CertificateError::UnknownIssuer).contains(&*path.to_string_lossy()));
        assert!(!said(CertificateError::Revoked).contains(&*path.to_string_lossy()));
    }

    #[test]
    fn each_fault_of_a_certificate_has_its_words() {
        use rustls::pki_types::UnixTime;
        use std::time::Duration;
        let trust = Roots::new(None, None).trust().ok().unwrap();
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let (time, not_after, not_before) = (at(1_700_000_000), at(1_600_000_000), at(1_800_000_000));
        let expired = CertificateError::ExpiredContext { time, not_after };
        let early = CertificateError::NotValidYetContext { time, not_before };
        for (fault, reason, words) in [
            (expired, "CERTIFICATE_EXPIRED", "until 2020-09-13 12:26:40 UTC"),
            (
                early,
                "CERTIFICATE_NOT_YET_VALID",
                "from 2027-01-15 08:00:00 UTC on, and this machine's clock says 2023-11-14",
            ),
            (CertificateError::NotValidForName, "CERTIFICATE_WRONG_NAME", "another host"),
            (CertificateError::Revoked, "CERTIFICATE_INVALID", "revoked"),
            (CertificateError::BadEncoding, "CERTIFICATE_INVALID", "BadEncoding"),
        ] {
            let error = trust.explain("wx.example", &fault.into());
            assert_eq!(error.reason(), Some(reason));
            assert!(error.message().contains(words) && error.message().contains("wx.example"), "{error}");
        }
        for (fault, words) in [
            (InvalidMessage::InvalidContentType.into(), "does not speak TLS"),
            (InvalidMessage::CertificatePayloadTooLarge.into(), "breaks the rules of TLS"),
            (rustls::Error::DecryptError, "breaks the rules of TLS"),
        ] {
            let error = trust.explain("wx.example", &fault);
            assert_eq!(error.reason(), Some("TLS_FAILED"));
            assert!(error.message().contains(words), "{error}");
        }
    }

    /// An unknown name and a missing certificate of the client are no matter of scheme and port.
    #[test]
    fn each_tls_alert_has_the_advice_for_its_cause() {
        use rustls::AlertDescription as Alert;
        let trust = Roots::new(None, None).trust().ok().unwrap();
        for (alert, reason, en, zh) in [
            (Alert::UnrecognisedName, "TLS_UNKNOWN_NAME", "spelling of the host", "主机名"),
            (Alert::CertificateRequired, "TLS_CLIENT_CERTIFICATE", "client certificate", "客户端证书"),
            (Alert::BadCertificate, "TLS_CLIENT_CERTIFICATE", "client certificate", "客户端证书"),
            (Alert::UnknownCA, "TLS_CLIENT_CERTIFICATE", "client certificate", "客户端证书"),
            (Alert::ProtocolVersion, "TLS_FAILED", "scheme and port", "协议和端口"),
            (Alert::HandshakeFailure, "TLS_FAILED", "devices that inspect TLS", "拦截 TLS"),
            (Alert::InternalError, "TLS_FAILED", "devices that inspect TLS", "拦截 TLS"),
        ] {
            let error = trust.explain("wx.example", &rustls::Error::AlertReceived(alert));
            assert_eq!(error.reason(), Some(reason), "{alert:?}");
            let named = [format!("{alert:?}"), "wx.example".to_owned()];
            assert!(named.iter().all(|part| error.message().contains(part)), "{error}");
            assert!(error.hint().contains(en) && error.hint_zh().contains(zh), "{alert:?}: {error:?}");
        }
    }
}
