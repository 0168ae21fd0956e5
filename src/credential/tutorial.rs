//! the tutorial's `jsapiTicket.json`: read once on request, believed as little as possible.

use serde_json::Value;

use super::Record;
use crate::clock::{Clock, Stamp};
use crate::secret::Secret;

/// Later than any time in seconds and earlier than any in milliseconds: tells which of the two a number is.
const MILLISECONDS: i64 = 100_000_000_000;

impl Record {
    /// The record that the tutorial's file makes: `{createTime, errcode, errmsg, ticket, expires_in}`. None where it
    /// holds no ticket that could still live. Its age is unknown, so WeChat is asked at once.
    pub(crate) fn from_tutorial_file(json: &[u8], clock: &dyn Clock) -> Option<Self> {
        let file: Value = serde_json::from_slice(json).ok()?;
        let number = |name| match file.get(name)? {
            Value::String(text) => text.trim().parse::<i64>().ok(),
            value => value.as_i64(),
        };
        let ticket = file.get("ticket")?.as_str().filter(|ticket| is_ticket(ticket))?;
        let life =
            number("expires_in").filter(|seconds| (1..=86_400).contains(seconds))?.saturating_mul(1_000);
        let created = number("createTime")?;
        let created = if created < MILLISECONDS { created.saturating_mul(1_000) } else { created };
        let now = clock.wall();
        let expires_at = created.saturating_add(life);
        (created <= now && now < expires_at).then(|| Self {
            generation: 1,
            value: Secret::new(ticket),
            fetched_at: created,
            first_seen: created,
            age_known: false,
            expires_at,
            lease_until: 0,
            next_check: now,
            life,
            stamp: Stamp::take(clock),
        })
    }
}

/// The tutorial's cache is known to hold the word where the ticket should be.
fn is_ticket(text: &str) -> bool {
    (1..=4_096).contains(&text.len())
        && text != "undefined"
        && text != "null"
        && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::tests::Manual;

    const T0: i64 = 1_700_000_000_000;

    fn import(json: &str) -> Option<Record> {
        Record::from_tutorial_file(json.as_bytes(), &*Manual::at(T0))
    }

    #[test]
    fn a_living_ticket_is_taken_with_its_own_end_and_on_probation() {
        for created in ["1699999000000", "1699999000", "\"1699999000000\""] {
            let json = format!(
                r#"{{"createTime":{created},"errcode":0,"errmsg":"ok","ticket":"OLD","expires_in":7200}}"#
            );
            let record = import(&json).unwrap();
            assert_eq!(record.expires_at, 1_699_999_000_000 + 7_200_000);
            assert!(!record.age_known && record.value.reveal() == "OLD" && record.next_check == T0);
        }
    }

    #[test]
    fn what_is_dead_damaged_or_from_the_future_is_not_taken() {
        for json in [
            "",
            "null",
            "[]",
            r#"{"createTime":1699999000000,"ticket":"OLD"}"#,
            r#"{"createTime":1690000000000,"ticket":"OLD","expires_in":7200}"#,
            r#"{"createTime":1800000000000,"ticket":"OLD","expires_in":7200}"#,
            r#"{"createTime":1699999000000,"ticket":"","expires_in":7200}"#,
            r#"{"createTime":1699999000000,"ticket":"undefined","expires_in":7200}"#,
            r#"{"createTime":1699999000000,"ticket":"OLD","expires_in":-1}"#,
            r#"{"createTime":9223372036854775807,"ticket":"OLD","expires_in":7200}"#,
            r#"{"errcode":40001,"errmsg":"invalid credential"}"#,
        ] {
            assert!(import(json).is_none(), "{json}");
        }
    }
}
