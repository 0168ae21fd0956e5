//! The kinds of faults.

use std::time::Duration;

use crate::fields::Fields;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Errcode {
        errcode: i64,
        errmsg: Option<String>,
    },
    Status(u16),
    Html(u16),
    /// Half of the normal body, with the length of the whole body or with no length at all.
    Truncated {
        with_length: bool,
    },
    Delay(Duration),
    /// The normal answer; from this layer on byte by byte, with a pause before each byte.
    Drip {
        layer: Layer,
        pause: Duration,
    },
    /// The answer stops within this layer, or before it begins.
    Hang(Option<Layer>),
    /// This layer never ends.
    Endless(Layer),
    Reset,
    /// The normal answer, padded to this many bytes.
    Huge(usize),
    Redirect {
        status: u16,
        location: Option<String>,
    },
    Empty,
    WrongTypes,
    CloseEarly,
    /// The normal answer in chunks.
    Chunked,
    /// The normal answer compressed, with or without the header that says so.
    Gzip {
        with_header: bool,
    },
    /// The normal answer after a byte order mark.
    Bom,
    /// The normal answer with its numbers in another JSON spelling.
    Numbers(Spelling),
}

/// A layer of an HTTP answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Interim answers (103) before the real one.
    Interim,
    Status,
    Header,
    Body,
    /// The size line of a chunk.
    Chunk,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// `"7200"`
    Text,
    /// `7200.0`
    Point,
    /// `72e2`
    Exponent,
    /// `7200.5`, which is no whole number.
    Fraction,
}

impl Kind {
    pub fn read(fields: &Fields) -> Result<Self, String> {
        let status = |default: u16| match fields.count("status")? {
            None => Ok(default),
            Some(status @ 200..=599) => u16::try_from(status).map_err(|_| String::new()),
            Some(_) => Err("status must be 200 to 599".to_owned()),
        };
        let ms = |default| -> Result<_, String> {
            Ok(Duration::from_millis(fields.count("ms")?.unwrap_or(default).min(3_600_000)))
        };
        let layer = fields.text("layer")?.map(Layer::read).transpose()?;
        Ok(match fields.needed("kind")? {
            "errcode" => Self::Errcode {
                errcode: fields.integer("errcode")?.ok_or("errcode is missing")?,
                errmsg: fields.text("errmsg")?.map(str::to_owned),
            },
            "status" => Self::Status(status(502)?),
            "html" => Self::Html(status(200)?),
            "truncated" => match fields.text("flavour")? {
                Some("length") | None => Self::Truncated { with_length: true },
                Some("close") => Self::Truncated { with_length: false },
                Some(_) => return Err("flavour must be length or close".into()),
            },
            "delay" => Self::Delay(ms(3000)?),
            "drip" => Self::Drip { layer: layer.unwrap_or(Layer::Body), pause: ms(100)? },
            "hang" => Self::Hang(layer),
            "endless" => Self::Endless(layer.unwrap_or(Layer::Body)),
            "reset" => Self::Reset,
            "huge" => match fields.count("bytes")?.unwrap_or(1_000_000) {
                bytes @ 0..=67_108_864 => Self::Huge(usize::try_from(bytes).unwrap_or_default()),
                _ => return Err("bytes must be 64 MiB at most".into()),
            },
            "redirect" => {
                Self::Redirect { status: status(302)?, location: fields.text("location")?.map(str::to_owned) }
            }
            "empty" => Self::Empty,
            "wrong_types" => Self::WrongTypes,
            "close_early" => Self::CloseEarly,
            "chunked" => Self::Chunked,
            "gzip" => Self::Gzip { with_header: fields.flag("header")?.unwrap_or(true) },
            "bom" => Self::Bom,
            "numbers" => Self::Numbers(Spelling::read(fields.text("spelling")?.unwrap_or("text"))?),
            other => return Err(format!("unknown kind {other}")),
        })
    }

    /// The name that a test gave it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Errcode { .. } => "errcode",
            Self::Status(_) => "status",
            Self::Html(_) => "html",
            Self::Truncated { .. } => "truncated",
            Self::Delay(_) => "delay",
            Self::Drip { .. } => "drip",
            Self::Hang(_) => "hang",
            Self::Endless(_) => "endless",
            Self::Reset => "reset",
            Self::Huge(_) => "huge",
            Self::Redirect { .. } => "redirect",
            Self::Empty => "empty",
            Self::WrongTypes => "wrong_types",
            Self::CloseEarly => "close_early",
            Self::Chunked => "chunked",
            Self::Gzip { .. } => "gzip",
            Self::Bom => "bom",
            Self::Numbers(_) => "numbers",
        }
    }
}

impl Layer {
    fn read(name: &str) -> Result<Self, String> {
        match name {
            "interim" => Ok(Self::Interim),
            "status" => Ok(Self::Status),
            "header" => Ok(Self::Header),
            "body" => Ok(Self::Body),
            "chunk" => Ok(Self::Chunk),
            _ => Err("layer must be interim, status, header, body or chunk".into()),
        }
    }
}

impl Spelling {
    fn read(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Self::Text),
            "point" => Ok(Self::Point),
            "exponent" => Ok(Self::Exponent),
            "fraction" => Ok(Self::Fraction),
            _ => Err("spelling must be text, point, exponent or fraction".into()),
        }
    }

    /// This whole number in this spelling.
    pub fn write(self, number: i64) -> String {
        match self {
            Self::Text => format!("\"{number}\""),
            Self::Point => format!("{number}.0"),
            Self::Exponent => {
                let digits = number.to_string();
                let zeros = if number == 0 { 0 } else { digits.len() - digits.trim_end_matches('0').len() };
                format!("{}e{zeros}", digits.get(..digits.len() - zeros).unwrap_or("0"))
            }
            Self::Fraction => format!("{number}.5"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_other_spellings() {
        for (spelling, written) in [
            (Spelling::Text, ["\"7200\"", "\"0\""]),
            (Spelling::Point, ["7200.0", "0.0"]),
            (Spelling::Exponent, ["72e2", "0e0"]),
            (Spelling::Fraction, ["7200.5", "0.5"]),
        ] {
            assert_eq!([spelling.write(7200), spelling.write(0)], written);
        }
    }
}
