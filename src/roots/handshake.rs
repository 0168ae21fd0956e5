//! Why a handshake failed, in words that name the host.

use rustls::{AlertDescription, CertificateError, InvalidMessage};

use crate::error::{Reason, utc};

pub(super) fn explain(host: &str, error: &rustls::Error) -> (Reason, String) {
    use CertificateError as Bad;
    let certificate = match error {
        rustls::Error::InvalidCertificate(certificate) => certificate,
        rustls::Error::AlertReceived(alert) => return explain_alert(host, *alert),
        rustls::Error::PeerIncompatible(_) => {
            return (Reason::TlsFailed, format!("{host} speaks no version or cipher of TLS 1.2 or 1.3"));
        }
        // Such bytes are no record of TLS.
        rustls::Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::MessageTooLarge
            | InvalidMessage::UnknownProtocolVersion,
        ) => return (Reason::TlsFailed, format!("{host} does not speak TLS at this port")),
        _ => return (Reason::TlsFailed, format!("{host} breaks the rules of TLS")),
    };
    let clock = "this machine's clock says";
    match certificate {
        Bad::ExpiredContext { time, not_after } => (
            Reason::CertificateExpired,
            format!(
                "the certificate of {host} was valid until {}, and {clock} {}",
                utc(not_after.as_secs()),
                utc(time.as_secs())
            ),
        ),
        Bad::Expired => (Reason::CertificateExpired, format!("the certificate of {host} has expired")),
        Bad::NotValidYetContext { time, not_before } => (
            Reason::CertificateNotYetValid,
            format!(
                "the certificate of {host} is valid from {} on, and {clock} {}",
                utc(not_before.as_secs()),
                utc(time.as_secs())
            ),
        ),
        Bad::NotValidYet => {
            (Reason::CertificateNotYetValid, format!("the certificate of {host} is not yet valid"))
        }
        Bad::NotValidForNameContext { presented, .. } => {
            let names = crate::secret::scrub(&presented.join(", "), &[]);
            (
                Reason::CertificateWrongName,
                format!("the certificate that {host} shows is for another host: {names}"),
            )
        }
        Bad::NotValidForName => {
            (Reason::CertificateWrongName, format!("the certificate that {host} shows is for another host"))
        }
        Bad::UnknownIssuer => (
            Reason::CertificateUntrusted,
            format!("the certificate of {host} is not trusted: its authority is unknown to this machine"),
        ),
        // An authority of that name is known here, with another key.
        Bad::BadSignature => (
            Reason::CertificateUntrusted,
            format!(
                "the certificate of {host} is not trusted: the authority that this machine knows did not sign it"
            ),
        ),
        Bad::Revoked => (Reason::CertificateInvalid, format!("the certificate of {host} was revoked")),
        Bad::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => (
            Reason::CertificateInvalid,
            format!("the certificate of {host} is an authority's own (CA:TRUE), which no server may use"),
        ),
        other => {
            let words = crate::secret::scrub(&format!("{other:?}"), &[]);
            (Reason::CertificateInvalid, format!("the certificate of {host} cannot be used: {words}"))
        }
    }
}

/// Why the peer ended the connection. Of a server's alerts about certificates, the client's is
/// meant.
pub(crate) fn explain_alert(host: &str, alert: AlertDescription) -> (Reason, String) {
    use AlertDescription as Alert;
    let (reason, why) = match alert {
        Alert::UnrecognisedName => (Reason::TlsUnknownName, "has no certificate for this name"),
        Alert::NoCertificate
        | Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::CertificateUnobtainable
        | Alert::CertificateRequired => (Reason::TlsClientCertificate, "demands a client certificate"),
        _ => (Reason::TlsFailed, "ended the TLS connection"),
    };
    (reason, format!("{host} {why} (TLS alert {alert:?})"))
}
