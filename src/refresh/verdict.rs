//! What a failure means for the failures after it: whether to try again in the flight, and the cooldown it leaves.

use crate::error::{Code, Error};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
/// Beijing has no summer time.
const BEIJING_OFFSET_MS: i64 = 8 * HOUR_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Whether the same flight may ask again.
pub(super) fn again_in_flight(error: &Error) -> bool {
    matches!(error.code(), Code::Network | Code::Timeout | Code::UpstreamBusy | Code::BadResponse)
}

/// How long nobody asks after this failure, from the failure's start.
pub(super) fn cooldown_ms(error: &Error, wall_now: i64) -> i64 {
    match (error.code(), error.errcode()) {
        // The day's quota comes back at midnight in Beijing, and perhaps earlier: one probe an hour.
        (Code::QuotaExceeded, Some(45009)) => HOUR_MS.min(until_beijing_midnight(wall_now).max(MINUTE_MS)),
        (Code::IpNotAllowed, Some(89501 | 89503 | 89506 | 89507)) => HOUR_MS,
        _ => MINUTE_MS,
    }
}

fn until_beijing_midnight(wall_now: i64) -> i64 {
    DAY_MS - (wall_now + BEIJING_OFFSET_MS).rem_euclid(DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_are_a_minute_but_for_a_days_quota_and_an_admins_consent() {
        let at =
            |code, errcode, now| cooldown_ms(&Error::new(code, "").with_answer(errcode, None, None), now);
        let noon_utc = 1_700_000_000_000 / DAY_MS * DAY_MS + 12 * HOUR_MS;
        assert_eq!(at(Code::UpstreamBusy, -1, noon_utc), MINUTE_MS);
        assert_eq!(at(Code::QuotaExceeded, 45011, noon_utc), MINUTE_MS);
        assert_eq!(at(Code::QuotaExceeded, 45009, noon_utc), HOUR_MS);
        let almost_midnight = noon_utc + 4 * HOUR_MS - 600_000;
        assert_eq!(at(Code::QuotaExceeded, 45009, almost_midnight), 600_000);
        assert_eq!(at(Code::IpNotAllowed, 40164, noon_utc), MINUTE_MS);
        assert_eq!(at(Code::IpNotAllowed, 89503, noon_utc), HOUR_MS);
    }
}
