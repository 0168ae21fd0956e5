//! The ticket file that the tutorial's program writes:
//! `{"createTime":…,"errcode":0,"errmsg":"ok","ticket":…,"expires_in":…}`.
//!
//! The tutorial is 《node 微信公众号开发（四）》 by liuxy0551, 2020. It writes `createTime` as the
//! text of a `Date`; programs made after it write milliseconds or seconds.

use serde_json::Value;

use super::Record;
use super::check::{integer, is_value, life_ms};
use crate::clock::{Clock, Stamp};
use crate::secret::Secret;

/// Later than any time in seconds and earlier than any in milliseconds.
const MIN_MILLISECONDS: i64 = 100_000_000_000;

impl Record {
    /// The record from the tutorial's file, or the reason why there is none. The ticket's age is
    /// unknown, so it is checked at once.
    pub(crate) fn from_tutorial_file(file: &[u8], clock: &dyn Clock) -> Result<Self, &'static str> {
        // Editors add a byte order mark in front and a line's end behind.
        let json = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file).trim_ascii();
        let file: Value = serde_json::from_slice(json).map_err(|_| "it is not JSON")?;
        let ticket = file.get("ticket").and_then(Value::as_str).filter(|ticket| is_value(ticket));
        let ticket = ticket.ok_or("it holds no ticket")?;
        let life =
            file.get("expires_in").and_then(integer).and_then(life_ms).ok_or("it holds no expires_in")?;
        let created = file.get("createTime").and_then(time_ms).ok_or("it holds no createTime")?;
        let now = clock.wall();
        if created > now {
            return Err("its ticket was created in the future");
        }
        if created.saturating_add(life) <= now {
            return Err("its ticket has expired");
        }
        Ok(Self {
            age_known: false,
            next_check: now,
            ..Self::first(Secret::new(ticket), created, life, Stamp::take(clock))
        })
    }
}

/// Unix milliseconds from a number of milliseconds or seconds, or from the text of a `Date`.
fn time_ms(value: &Value) -> Option<i64> {
    match integer(value) {
        Some(time) if time < MIN_MILLISECONDS => Some(time.saturating_mul(1_000)),
        Some(time) => Some(time),
        None => date_ms(value.as_str()?.trim()),
    }
}

/// Unix milliseconds from `2026-11-25T22:37:57.284Z`, as JavaScript writes a `Date` into JSON.
fn date_ms(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(digits);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut clock = clock.splitn(3, ':').map(digits);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let millisecond = digits(fraction.get(..3).unwrap_or(fraction))?;
    let is_in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    is_in_range.then(|| seconds * 1_000 + millisecond)
}

fn digits(text: &str) -> Option<i64> {
    ((1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::tests::Manual;

    const T0: i64 = 1_700_000_000_000;

    fn import(json: &str) -> Result<Record, &'static str> {
        Record::from_tutorial_file(json.as_bytes(), &*Manual::at(T0))
    }

    /// A valid ticket is imported with its own expiry, and its age is checked at once.
    #[test]
    fn a_living_ticket_is_imported() {
        let created = [
            "1699999000000",
            "1699999000",
            "1699999000.0",
            "1.699999e12",
            "\"1699999000000\"",
            "\"2023-11-14T21:56:40.000Z\"",
        ];
        for created in created {
            let json = format!(
                r#"{{"createTime":{created},"errcode":0,"errmsg":"ok","ticket":"OLD","expires_in":7200}}"#
            );
            let float = json.replace("7200", "7200.0");
            for json in [json.clone(), float, format!("{json}\r\n"), format!("\u{feff}{json}\n")] {
                let record = import(&json).unwrap();
                assert_eq!(record.expires_at, 1_699_999_000_000 + 7_200_000, "{created}");
                assert!(!record.age_known && record.value.reveal() == "OLD" && record.next_check == T0);
            }
        }
    }

    #[test]
    fn dates_are_read_as_javascript_writes_them() {
        for (text, want) in [
            ("1970-01-01T00:00:00.000Z", Some(0)),
            ("2026-11-25T22:37:57.284Z", Some(1_795_646_277_284)),
            ("2024-02-29T23:59:59.999Z", Some(1_709_251_199_999)),
            ("2000-03-01T00:00:00Z", Some(951_868_800_000)),
            ("2026-11-25", None),
            ("2026-11-25T22:37:57.284", None),
            ("2026-13-25T22:37:57.284Z", None),
            ("-026-11-25T22:37:57.284Z", None),
            ("2026-11-25T22:37:57.中Z", None),
            ("", None),
        ] {
            assert_eq!(date_ms(text), want, "{text}");
        }
    }

    /// An expired or damaged ticket, or one from the future, is not imported, and the reason is
    /// returned.
    #[test]
    fn any_other_file_is_refused_with_a_reason() {
        for (json, why) in [
            ("", "JSON"),
            ("null", "ticket"),
            ("[]", "ticket"),
            (r#"{"createTime":1699999000000,"ticket":"OLD"}"#, "expires_in"),
            (r#"{"createTime":"yesterday","ticket":"OLD","expires_in":7200}"#, "createTime"),
            (r#"{"createTime":1690000000000,"ticket":"OLD","expires_in":7200}"#, "expired"),
            (r#"{"createTime":1800000000000,"ticket":"OLD","expires_in":7200}"#, "future"),
            (r#"{"createTime":1699999000000,"ticket":"","expires_in":7200}"#, "ticket"),
            (r#"{"createTime":1699999000000,"ticket":"undefined","expires_in":7200}"#, "ticket"),
            (r#"{"createTime":1699999000000,"ticket":"OLD","expires_in":-1}"#, "expires_in"),
            (r#"{"createTime":9223372036854775807,"ticket":"OLD","expires_in":7200}"#, "future"),
            (r#"{"errcode":40001,"errmsg":"invalid credential"}"#, "ticket"),
        ] {
            let reason = import(json).unwrap_err();
            assert!(reason.contains(why), "{json}: {reason}");
        }
    }
}
