//! Times as messages show them. They are in UTC: nothing here knows the time zones.

/// `14:03:05 UTC`.
pub(super) fn of_day(unix_ms: i64) -> String {
    let second = unix_ms.div_euclid(1_000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02} UTC", second / 3_600, second / 60 % 60, second % 60)
}

/// `2026-11-26 14:03:05 UTC`.
pub(crate) fn utc(unix_seconds: u64) -> String {
    // Years that begin in March put the leap day at their end; four hundred of them have 146,097
    // days.
    let days = i64::try_from(unix_seconds / 86_400).unwrap_or_default() + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 { (month + 3, year) } else { (month - 9, year + 1) };
    let time = of_day(i64::try_from(unix_seconds % 86_400).unwrap_or_default() * 1_000);
    format!("{:04}-{month:02}-{day:02} {time}", era * 400 + year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, shown) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_700_000_585, "2023-11-14 22:23:05 UTC"),
            (4_107_542_399, "2100-02-28 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(utc(seconds), shown);
        }
    }
}
