//! Answers that are spoilt in their bytes, as programs between WeChat and the client spoil them.

use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::fault::Spelling;
use crate::response::Response;

/// The right names with values of wrong types.
pub fn wrong_types(endpoint: Endpoint) -> Value {
    if endpoint.is_ticket() {
        json!({"errcode": "zero", "errmsg": null, "ticket": ["x"], "expires_in": {}})
    } else {
        json!({"access_token": 12345, "expires_in": [7200]})
    }
}

/// The answer with one more field, so that only its size is wrong.
pub fn padded(bytes: usize, mut normal: Response) -> Response {
    if normal.body.pop() == Some(b'}') {
        normal.body.extend_from_slice(br#","padding":""#);
        let end = br#""}"#;
        let missing = bytes.saturating_sub(normal.body.len() + end.len());
        normal.body.resize(normal.body.len() + missing, b'x');
        normal.body.extend_from_slice(end);
    }
    normal
}

/// The answer after the byte order mark of UTF-8.
pub fn with_bom(mut normal: Response) -> Response {
    normal.body.splice(0..0, *b"\xef\xbb\xbf");
    normal
}

/// The answer with each of its whole numbers in another spelling.
pub fn respelled(spelling: Spelling, mut normal: Response) -> Response {
    if let Ok(answer) = serde_json::from_slice(&normal.body) {
        normal.body = written(spelling, &answer).into_bytes();
    }
    normal
}

fn written(spelling: Spelling, value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields =
                fields.iter().map(|(name, value)| format!("{}:{}", json!(name), written(spelling, value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        other => other.as_i64().map_or_else(|| other.to_string(), |number| spelling.write(number)),
    }
}

/// The answer as gzip. The data is stored as it is, which every decompressor reads.
pub fn gzip(with_header: bool, mut normal: Response) -> Response {
    let body = std::mem::take(&mut normal.body);
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
    let stored = body.get(..usize::from(length)).unwrap_or_default();
    normal.body.extend_from_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1]);
    normal.body.extend_from_slice(&length.to_le_bytes());
    normal.body.extend_from_slice(&(!length).to_le_bytes());
    normal.body.extend_from_slice(stored);
    normal.body.extend_from_slice(&crc32(stored).to_le_bytes());
    normal.body.extend_from_slice(&u32::from(length).to_le_bytes());
    if with_header { normal.with_header("Content-Encoding", "gzip") } else { normal }
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value that the CRC catalogues give for CRC-32.
    #[test]
    fn the_checksum_is_that_of_gzip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn only_the_numbers_are_respelled() {
        let normal = Response::json(&json!({"expires_in": 7200, "ticket": "1", "quota": {"used": 0}}));
        let body = respelled(Spelling::Exponent, normal).body;
        assert_eq!(
            String::from_utf8_lossy(&body),
            r#"{"expires_in":72e2,"quota":{"used":0e0},"ticket":"1"}"#
        );
    }
}
