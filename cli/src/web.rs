//! Plain HTTP requests of the doctor, apart from those of the client: nothing is followed, retried
//! or kept.

use std::fs::File;
use std::io::Read as _;
use std::time::Duration;

use ureq::http::Response;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};
use wxsign::doctor;

use crate::settings::Settings;

/// The most bytes of an answer that are looked at.
const MAX_BODY: u64 = 256 * 1024;
/// More than all public roots together.
const MAX_CA_FILE: u64 = 4 << 20;
/// A page is asked for as WeChat on iOS asks for it.
const USER_AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Mobile/15E148 MicroMessenger/8.0.50(0x18003231) NetType/WIFI Language/zh_CN wxsign-doctor";

/// An answer, as far as the doctor needs it.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) date: Option<String>,
    pub(crate) location: Option<String>,
    /// At most its first 256 KiB, without a byte-order mark.
    pub(crate) body: String,
}

/// The doctor's requests, on the way that the client's requests take: with `WX_PROXY` and
/// `WX_CA_FILE`, and with no proxy from the environment.
pub(crate) struct Web {
    proxy: Option<Proxy>,
    /// The certificates of `WX_CA_FILE`, which add to the others.
    added: Option<RootCerts>,
    /// Why no request can be made.
    problem: Option<String>,
}

impl Web {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut web = Self { proxy: None, added: None, problem: None };
        if let Some(url) = &settings.proxy {
            match Proxy::new(url) {
                Ok(proxy) => web.proxy = Some(proxy),
                // The text of ureq's error could repeat the proxy's password.
                Err(_) => web.problem = Some("WX_PROXY is not of the form http://host:port".to_owned()),
            }
        }
        if let Some(path) = &settings.ca_file {
            match certificates(path) {
                Ok(certificates) => web.added = Some(certificates.into()),
                Err(why) => web.problem = Some(format!("WX_CA_FILE: {path}: {why}")),
            }
        }
        web
    }

    /// Asks for a URL.
    pub(crate) fn get(&self, url: &str) -> Result<Answer, String> {
        self.send(url, |agent| agent.get(url).call())
    }

    /// Sends JSON.
    pub(crate) fn post(&self, url: &str, json: &str) -> Result<Answer, String> {
        self.send(url, |agent| agent.post(url).header("Content-Type", "application/json").send(json))
    }

    fn send(
        &self,
        url: &str,
        call: impl Fn(&Agent) -> Result<Response<ureq::Body>, ureq::Error>,
    ) -> Result<Answer, String> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        let mut answer = call(&self.agent(url, RootCerts::PlatformVerifier));
        if answer.as_ref().is_err_and(is_distrust) {
            let others = other_roots(doctor::is_bare_machine(), self.added.as_ref());
            if let Some(trusted) = others.into_iter().find_map(|roots| call(&self.agent(url, roots)).ok()) {
                answer = Ok(trusted);
            }
        }
        read(answer)
    }

    fn agent(&self, url: &str, roots: RootCerts) -> Agent {
        // What this machine asks of itself is not for the proxy to read.
        let proxy = self.proxy.clone().filter(|_| !doctor::is_loopback(url));
        Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(10)))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(USER_AGENT)
            .proxy(proxy)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build()
            .into()
    }
}

/// The certificates of a PEM file.
fn certificates(path: &str) -> Result<Vec<Certificate<'static>>, String> {
    let mut pem = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_CA_FILE).read_to_end(&mut pem).map_err(|error| error.to_string())?;
    let list: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if list.is_empty() { Err("it has no certificate in PEM form".to_owned()) } else { Ok(list) }
}

/// What a client trusts beside the system's roots: the certificates of `WX_CA_FILE`, and on a
/// machine without roots the public ones that are built in.
fn other_roots(is_bare: bool, added: Option<&RootCerts>) -> Vec<RootCerts> {
    is_bare.then_some(RootCerts::WebPki).into_iter().chain(added.cloned()).collect()
}

/// Whether the server's certificate was not trusted.
fn is_distrust(error: &ureq::Error) -> bool {
    let text = error.to_string().to_ascii_lowercase();
    ["certificate", "root", "unknownissuer"].iter().any(|word| text.contains(word))
}

fn read(answer: Result<Response<ureq::Body>, ureq::Error>) -> Result<Answer, String> {
    let answer = answer.map_err(|error| error.to_string())?;
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (date, location) = (header("date"), header("location"));
    let status = answer.status().as_u16();
    let mut bytes = Vec::new();
    let mut start = answer.into_body().into_reader().take(MAX_BODY);
    start.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&bytes);
    let body = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
    Ok(Answer { status, date, location, body })
}

/// What `encodeURIComponent` makes of a text.
pub(crate) fn encode(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
    text.bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Scheme, host and port of a URL.
pub(crate) fn origin(url: &str) -> Option<&str> {
    let start = url.find("://")? + 3;
    let end = url.get(start..)?.find(['/', '?', '#']).map_or(url.len(), |end| start + end);
    url.get(..end)
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The moment of an HTTP `Date`, in Unix seconds: `Thu, 26 Nov 2026 02:22:38 GMT`.
pub(crate) fn http_date(text: &str) -> Option<i64> {
    let mut parts = text.split_once(", ")?.1.split(' ');
    let day: i64 = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let month = i64::try_from(MONTHS.iter().position(|month| *month == name)?).ok()? + 1;
    let year: i64 = parts.next()?.parse().ok()?;
    let mut clock = parts.next()?.split(':').map(str::parse::<i64>);
    let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    // The days since 1970 of a Gregorian date, with the year beginning in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (m * 153 + 2) / 5 + day - 719_469;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http_are_read() {
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(http_date("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        assert_eq!(http_date("yesterday"), None);
    }

    #[test]
    fn public_roots_are_for_bare_machines_alone() {
        let added = RootCerts::from(Vec::new());
        assert!(other_roots(false, None).is_empty());
        assert!(matches!(other_roots(false, Some(&added))[..], [RootCerts::Specific(_)]));
        assert!(matches!(other_roots(true, Some(&added))[..], [RootCerts::WebPki, RootCerts::Specific(_)]));
    }

    #[test]
    fn origins_end_before_path_query_and_fragment() {
        for url in ["https://a.cn:8443", "https://a.cn:8443/", "https://a.cn:8443?a", "https://a.cn:8443#a"] {
            assert_eq!(origin(url), Some("https://a.cn:8443"));
        }
        assert_eq!(origin("a.cn"), None);
    }
}
