//! Plain HTTP requests of the doctor, apart from those of the client: nothing is followed, retried or kept.

use std::time::Duration;

use ureq::Agent;
use ureq::http::Response;

/// The most bytes of an answer that are looked at.
const MAX_BODY: u64 = 256 * 1024;
/// A page is asked for as WeChat on iOS asks for it.
const USER_AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Mobile/15E148 MicroMessenger/8.0.50(0x18003231) NetType/WIFI Language/zh_CN wxsign-doctor";

/// An answer, as far as the doctor needs it.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) date: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

/// Asks for a URL.
pub(crate) fn get(url: &str) -> Result<Answer, String> {
    read(agent().get(url).call())
}

/// Sends JSON.
pub(crate) fn post(url: &str, json: &str) -> Result<Answer, String> {
    read(agent().post(url).header("Content-Type", "application/json").send(json))
}

fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(10)))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(USER_AGENT)
        .build()
        .into()
}

fn read(answer: Result<Response<ureq::Body>, ureq::Error>) -> Result<Answer, String> {
    let mut answer = answer.map_err(|error| error.to_string())?;
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (date, location) = (header("date"), header("location"));
    let body = answer.body_mut().with_config().limit(MAX_BODY).lossy_utf8(true).read_to_string();
    let body = body.map_err(|error| error.to_string())?;
    Ok(Answer { status: answer.status().as_u16(), date, location, body })
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
    fn origins_end_before_path_query_and_fragment() {
        for url in ["https://a.cn:8443", "https://a.cn:8443/", "https://a.cn:8443?a", "https://a.cn:8443#a"] {
            assert_eq!(origin(url), Some("https://a.cn:8443"));
        }
        assert_eq!(origin("a.cn"), None);
    }
}
