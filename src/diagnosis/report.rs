//! What an explanation says.

use serde::Serialize;

use super::CauseCode;

/// Whether the signature is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The SHA-1 fits, and no other evidence contradicts it.
    Valid,
    /// The signature cannot be right for this page.
    Invalid,
    /// The evidence decides neither.
    Unknown,
}

/// How sure a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// The SHA-1 over exactly this mistake is the signature.
    Proven,
    /// The evidence shows the mistake, without a recomputed signature.
    Likely,
    /// The evidence does not exclude it.
    Possible,
}

/// One reason why the signature is, or may be, invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Cause {
    /// The cause's stable word.
    pub code: CauseCode,
    /// How sure it is.
    pub certainty: Certainty,
    /// What happened, in English.
    pub title: &'static str,
    /// What happened, in Chinese.
    pub title_zh: &'static str,
    /// What to do, in English.
    pub fix: &'static str,
    /// What to do, in Chinese.
    pub fix_zh: &'static str,
    /// The URL or the field name that was signed; never a signature, a ticket or the signed text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
    /// The URL or the field name that WeChat expects in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What a client knows of its ticket, in English: when it was handed out, and what became of
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The same in Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail_zh: Option<String>,
}

impl Cause {
    pub(super) fn new(code: CauseCode, certainty: Certainty) -> Self {
        Self {
            code,
            certainty,
            title: code.title(),
            title_zh: code.title_zh(),
            fix: code.fix(),
            fix_zh: code.fix_zh(),
            signed: None,
            expected: None,
            detail: None,
            detail_zh: None,
        }
    }

    pub(super) fn with_detail(mut self, english: String, chinese: String) -> Self {
        (self.detail, self.detail_zh) = (Some(english), Some(chinese));
        self
    }

    pub(super) fn between(mut self, signed: &[u8], expected: &[u8]) -> Self {
        self.signed = Some(String::from_utf8_lossy(signed).into_owned());
        self.expected = Some(String::from_utf8_lossy(expected).into_owned());
        self
    }
}

/// The explanation: a verdict and its causes, the surest and simplest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// Whether the signature is right.
    pub verdict: Verdict,
    /// Why not.
    pub causes: Vec<Cause>,
}

impl Report {
    /// The report as JSON, with the field names in camelCase: what the bindings hand on.
    pub fn to_json(&self) -> String {
        // A struct of texts always serialises; the empty text is never given.
        serde_json::to_string(self).unwrap_or_default()
    }
}
