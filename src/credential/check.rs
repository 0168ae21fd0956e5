//! The one check for credentials, numbers and texts that come in, from WeChat as well as from any
//! store.

use std::hint::black_box;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::secret::scrub;

/// Longer than any token or ticket that WeChat is known to return. Tokens of more than 512
/// characters have been seen.
pub(crate) const MAX_VALUE_LEN: usize = 4_096;
/// The longest lifetime that wxsign accepts: a day. WeChat names two hours.
pub(crate) const MAX_LIFE_MS: i64 = 86_400_000;
/// A larger counter is damaged or forged, and some readers of JSON round it.
pub(crate) const MAX_GENERATION: u64 = 1 << 53;

/// Beyond this a floating-point number has no place left for its last digit.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

const MAX_RID_LEN: usize = 64;
const MAX_HOST_LEN: usize = 270;

/// Whether `value` can be a token or a ticket: printable ASCII without spaces, of a sane length,
/// and not one of the words that JavaScript writes for a value that is missing.
pub(crate) fn is_value(value: &str) -> bool {
    (1..=MAX_VALUE_LEN).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_graphic())
        && !matches!(value, "undefined" | "null")
}

/// A whole number in any spelling that programs on the way give it: 7200, 7200.0, 7.2e3, "7200",
/// " 7200.0 ".
pub(crate) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(exact)),
        Value::String(text) => {
            let text = text.trim();
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
            text.parse().ok().or_else(|| text.parse().ok().filter(|_| is_number).and_then(exact))
        }
        _ => None,
    }
}

fn exact(number: f64) -> Option<i64> {
    if number.abs() > MAX_EXACT {
        return None;
    }
    // Converting a number that is out of range raises SIGFPE in a program that has asked for that,
    // and the compiler would convert first and look at the range afterwards.
    let number = black_box(number);
    #[allow(clippy::cast_possible_truncation)] // it is whole, and within the exact range
    (number.fract() == 0.0).then_some(number as i64)
}

/// Deserializes an [`integer`] of a stored record.
pub(crate) fn whole<'de, T: TryFrom<i64>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let number = integer(&Value::deserialize(from)?);
    number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| D::Error::custom("no whole number"))
}

/// Like [`whole`], for a list.
pub(crate) fn wholes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<i64>, D::Error> {
    let numbers = Vec::<Value>::deserialize(from)?;
    let numbers: Option<_> = numbers.iter().map(integer).collect();
    numbers.ok_or_else(|| D::Error::custom("no whole number"))
}

/// Like [`whole`], for a number that may be missing.
pub(crate) fn whole_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        value => integer(&value).map(Some).ok_or_else(|| D::Error::custom("no whole number")),
    }
}

/// A lifetime in milliseconds from `expires_in` in seconds; none if no credential can have it.
pub(crate) fn life_ms(seconds: i64) -> Option<i64> {
    (seconds > 0).then(|| seconds.saturating_mul(1_000).min(MAX_LIFE_MS))
}

/// Whether a lifetime in milliseconds is one that [`life_ms`] returns.
pub(crate) fn is_life_ms(life: i64) -> bool {
    (1..=MAX_LIFE_MS).contains(&life)
}

/// WeChat's request id, if it looks like one.
pub(crate) fn rid(text: &str) -> Option<String> {
    let is_rid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let text = text.trim();
    ((1..=MAX_RID_LEN).contains(&text.len()) && text.bytes().all(is_rid)).then(|| text.to_owned())
}

/// Whether `host` can be the name or address of a host, with or without a port.
pub(crate) fn is_host(host: &str) -> bool {
    (1..=MAX_HOST_LEN).contains(&host.len()) && host.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A text from WeChat or a store, without control characters, secrets' parameters and excess
/// length.
pub(crate) fn text(text: &str) -> String {
    scrub(text, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_printable_values_of_a_sane_length_pass() {
        assert!(is_value(
            "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
        ));
        assert!(is_value(&"a".repeat(MAX_VALUE_LEN)));
        for bad in ["", " ", "a b", "a\0b", "a\r\nb", "票", "a\u{202e}b", "a\u{2028}b", "undefined", "null"]
        {
            assert!(!is_value(bad), "{bad:?}");
        }
        assert!(!is_value(&"a".repeat(MAX_VALUE_LEN + 1)));
    }

    #[test]
    fn lives_are_positive_and_at_most_a_day() {
        assert_eq!(
            [-1, 0, 1, 7_200, i64::MAX].map(life_ms),
            [None, None, Some(1_000), Some(7_200_000), Some(MAX_LIFE_MS)]
        );
    }

    /// All spellings of a whole number count, and nothing else.
    #[test]
    fn whole_numbers_count_in_any_spelling() {
        let read = |json: &str| integer(&serde_json::from_str(json).unwrap());
        for json in ["7200", "7200.0", "7.2e3", r#""7200""#, r#"" 7200.0 ""#, r#""7.2e3""#, r#""+7200""#] {
            assert_eq!(read(json), Some(7_200), "{json}");
        }
        for json in ["7200.5", "1e300", "true", "[]", "null", r#""""#, r#""inf""#, r#""NaN""#, r#""0x10""#] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn a_rid_is_letters_digits_and_hyphens() {
        assert_eq!(rid(" 5f3e-6a-7b ").as_deref(), Some("5f3e-6a-7b"));
        for bad in ["", "a b", "\u{1b}[31m", "a\r\nb", &"a".repeat(65)] {
            assert_eq!(rid(bad), None, "{bad:?}");
        }
    }
}
