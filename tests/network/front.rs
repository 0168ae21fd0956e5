//! A TLS server in front of a sandbox, which goes wrong as a test asks. Its certificates are signed
//! by its own authority.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// What a connection meets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// A certificate of 127.0.0.1 by our authority: all is well.
    Good,
    /// One that vouches for itself.
    SelfSigned,
    Expired,
    NotYetValid,
    /// One of another host.
    WrongName,
    /// A good certificate, but the server asks the client for one too.
    WantsClient,
    /// No answer to the first message.
    Silent,
    /// The answer to it, byte by byte.
    Drip,
    /// Half of it, and the end.
    Half,
    /// The end instead of an answer.
    CutOff,
    /// A reset instead of an answer.
    Reset,
    /// HTTP without TLS.
    Plain,
}

/// The server, and what it saw.
pub struct Front {
    pub url: String,
    /// What a client must trust.
    pub ca_file: PathBuf,
    shared: Arc<Shared>,
    _home: tempfile::TempDir,
}

struct Shared {
    manner: Mutex<Manner>,
    authority: Authority,
    sandbox: String,
    connections: AtomicU64,
    /// All that came, decrypted.
    heard: Mutex<Vec<u8>>,
}

impl Front {
    /// Starts one that is good at first.
    pub fn start(sandbox: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let ca_file = home.path().join("ca.pem");
        std::fs::write(&ca_file, &authority.pem).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            manner: Mutex::new(Manner::Good),
            authority,
            sandbox: sandbox.trim_start_matches("http://").to_owned(),
            connections: AtomicU64::new(0),
            heard: Mutex::default(),
        });
        let own = Arc::clone(&shared);
        // Both kinds of thread end with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                own.connections.fetch_add(1, Ordering::SeqCst);
                let own = Arc::clone(&own);
                // An error is the client's, who may leave at any time.
                std::thread::spawn(move || drop(own.meet(stream)));
            }
        });
        Self { url, ca_file, shared, _home: home }
    }

    /// How it goes on.
    pub fn turn(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    /// How many connections it has seen.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Whether it received `text`.
    pub fn heard(&self, text: &str) -> bool {
        self.shared.heard.lock().unwrap().windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// Forgets what it received.
    pub fn forget(&self) {
        self.shared.heard.lock().unwrap().clear();
    }
}

impl Shared {
    fn meet(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let manner = *self.manner.lock().unwrap();
        match manner {
            Manner::Silent => self.listen(&mut stream),
            Manner::Plain => {
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")?;
                self.listen(&mut stream)
            }
            Manner::CutOff => {
                let read = stream.read(&mut [0; 4_096])?;
                stream.shutdown(Shutdown::Both)?;
                if read == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
            }
            // Closed with something unread, a connection is reset.
            Manner::Reset => stream.peek(&mut [0]).map(drop),
            Manner::Half | Manner::Drip => {
                let mut tls = ServerConnection::new(self.authority.config(Manner::Good)).unwrap();
                while !tls.wants_write() {
                    tls.read_tls(&mut stream)?;
                    tls.process_new_packets().map_err(std::io::Error::other)?;
                }
                let mut answer = Vec::new();
                while tls.wants_write() {
                    tls.write_tls(&mut answer)?;
                }
                if manner == Manner::Half {
                    return stream.write_all(&answer[..answer.len() / 2]);
                }
                answer.chunks(1).try_for_each(|byte| {
                    std::thread::sleep(Duration::from_millis(200));
                    stream.write_all(byte)
                })
            }
            certified => {
                let tls = ServerConnection::new(self.authority.config(certified)).unwrap();
                self.carry(StreamOwned::new(tls, stream))
            }
        }
    }

    /// Hears whatever comes, to its end.
    fn listen(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        let mut part = [0; 4_096];
        loop {
            let read = stream.read(&mut part)?;
            if read == 0 {
                return Ok(());
            }
            self.heard.lock().unwrap().extend(&part[..read]);
        }
    }

    /// Carries one request to the sandbox and its answer back.
    fn carry(&self, mut tls: StreamOwned<ServerConnection, TcpStream>) -> std::io::Result<()> {
        let mut sandbox = TcpStream::connect(&self.sandbox)?;
        let (mut request, mut part) = (Vec::new(), [0; 4_096]);
        while !is_whole(&request) {
            let read = tls.read(&mut part)?;
            if read == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.heard.lock().unwrap().extend(&part[..read]);
            request.extend(&part[..read]);
        }
        sandbox.write_all(&request)?;
        let mut answer = Vec::new();
        sandbox.read_to_end(&mut answer)?;
        tls.write_all(&answer)?;
        tls.conn.send_close_notify();
        tls.flush()
    }
}

/// Whether a request's head is there, and all of the body that it announces.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    body.len() >= length.map_or(0, |length| length.trim().parse().unwrap())
}

/// Who signs the certificates.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
    roots: Arc<RootCertStore>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).unwrap();
        Self { pem: certificate.pem(), issuer: Issuer::new(params, key), roots: Arc::new(roots) }
    }

    fn config(&self, manner: Manner) -> Arc<ServerConfig> {
        let name = if manner == Manner::WrongName { "wx.example.com" } else { "127.0.0.1" };
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        match manner {
            Manner::Expired => params.not_after = date_time_ymd(2020, 1, 1),
            Manner::NotYetValid => params.not_before = date_time_ymd(2999, 1, 1),
            _ => {}
        }
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = match manner {
            Manner::SelfSigned => params.self_signed(&key),
            _ => params.signed_by(&key, &self.issuer),
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = if manner == Manner::WantsClient {
            let roots = Arc::clone(&self.roots);
            config.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(roots, provider).build().unwrap(),
            )
        } else {
            config.with_no_client_auth()
        };
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
        Arc::new(config.with_single_cert(vec![certificate.unwrap().der().clone()], key.into()).unwrap())
    }
}
