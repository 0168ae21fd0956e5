//! Half characters in JSON: programs that cut a text in the middle of an emoji leave the half of a
//! surrogate pair (`\ud83d`), and the parser refuses the whole text for it.

use std::borrow::Cow;
use std::ops::Range;

/// The JSON with U+FFFD in place of every half of a surrogate pair that stands alone.
pub(crate) fn without_halves(json: &str) -> Cow<'_, str> {
    if !json.contains("\\ud") && !json.contains("\\uD") {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((front, tail)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(front);
        let pair = unit(tail).zip(tail.get(ESCAPE..).and_then(unit));
        let is_pair = pair.is_some_and(|(high, low)| HIGH.contains(&high) && LOW.contains(&low));
        let is_half = unit(tail).is_some_and(|unit| HIGH.contains(&unit) || LOW.contains(&unit));
        let (kept, length) = if is_pair {
            (tail.get(..2 * ESCAPE), 2 * ESCAPE)
        } else if is_half {
            (Some("\\ufffd"), ESCAPE)
        } else {
            // The backslash and the character that it escapes.
            let length = 1 + tail.chars().nth(1).map_or(0, char::len_utf8);
            (tail.get(..length), length)
        };
        out.push_str(kept.unwrap_or_default());
        rest = tail.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The length of `\ud83d`.
const ESCAPE: usize = 6;
const HIGH: Range<u16> = 0xd800..0xdc00;
const LOW: Range<u16> = 0xdc00..0xe000;

/// The number of an escape with which the text begins.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::without_halves;

    #[test]
    fn halves_alone_are_replaced() {
        for (json, text) in [
            (r#""a\ud83d""#, "a\u{fffd}"),
            (r#""\uDE00b""#, "\u{fffd}b"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
            (r#""\uD83D\uDE00""#, "😀"),
            (r#""\\ud83d""#, "\\ud83d"),
            (r#""\\\ud83d""#, "\\\u{fffd}"),
            (r#""中\/\"\u4e2d""#, "中/\"中"),
        ] {
            assert_eq!(serde_json::from_str::<String>(&without_halves(json)).unwrap(), text, "{json}");
        }
    }

    #[test]
    fn what_is_no_json_is_survived() {
        for json in ["\\", "\\u", "\\ud8", "\\ud83", "\\ud83d\\", "\\ud83d\\u", "\\中\\ud", "\\ud+1d"] {
            let _ = without_halves(json);
        }
    }
}
