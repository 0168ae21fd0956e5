//! A damaged file of the tutorial gives no ticket, or one with a bounded lifetime whose age is
//! unknown.

use std::time::Duration;

use super::{Freshness, Kind, Record, Schedule};
use crate::clock::Clock;

/// When the samples were written, in Unix milliseconds.
const T0: i64 = 1_700_000_000_000;

/// A clock that always shows this many milliseconds after [`T0`].
pub(crate) struct FixedClock(pub(crate) i64);

impl Clock for FixedClock {
    fn wall(&self) -> i64 {
        T0 + self.0
    }
    fn boot(&self) -> i64 {
        1_000_000 + self.0
    }
    fn boot_id(&self) -> &'static str {
        "boot"
    }
    fn sleep(&self, _: Duration) {}
}

/// What the tutorial's program writes, and what programs made after it write.
pub fn seeds() -> Vec<Vec<u8>> {
    let seconds = T0 / 1_000;
    [
        format!(r#"{{"createTime":{T0},"errcode":0,"errmsg":"ok","ticket":"OLD","expires_in":7200}}"#),
        format!(r#"{{"createTime":{seconds},"errcode":0,"errmsg":"ok","ticket":"OLD","expires_in":7200}}"#),
        format!(r#"{{"expires_in":"7200","createTime":"{T0}","ticket":"kgt8ON7yVITDhtdwci0qeQ"}}"#),
        format!(r#"{{"createTime":{T0},"errcode":0,"errmsg":"ok","ticket":"undefined","expires_in":7200}}"#),
        r#"{"errcode":40001,"errmsg":"invalid credential"}"#.to_owned(),
    ]
    .map(String::into_bytes)
    .into()
}

/// Reads a file a minute after the samples were written.
pub fn check(data: &[u8]) -> bool {
    let clock = FixedClock(60_000);
    let Ok(record) = Record::from_tutorial_file(data, &clock) else { return false };
    let (now, shown) = (clock.wall(), String::from_utf8_lossy(data));
    let value = record.value.reveal();
    assert!((1..=4_096).contains(&value.len()) && !value.chars().any(char::is_control), "{shown}");
    assert!(!["undefined", "null"].contains(&value), "{shown}");
    assert!((1_000..=86_400_000).contains(&record.life) && !record.age_known, "{shown}");
    assert!((now + 1..=now + record.life).contains(&record.end()), "{shown}");
    let schedule = Schedule::new(Kind::Ticket, &record, &clock, 0.5);
    assert!(schedule.end - clock.boot() <= record.life, "{shown}");
    // It may be served meanwhile, but its age is checked at once.
    assert!(matches!(schedule.freshness(clock.boot()), Freshness::Stale | Freshness::Expiring), "{shown}");
    let kept = serde_json::to_vec(&record).unwrap();
    assert_eq!(serde_json::from_slice::<Record>(&kept).unwrap(), record, "the store changes it: {shown}");
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::hold;

    #[test]
    fn a_damaged_tutorial_file_gives_no_lasting_ticket() {
        hold("tutorial's files", seeds(), check);
    }
}
