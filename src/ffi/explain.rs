//! The diagnosis: evidence as JSON in, a report as JSON out. A pure function, also after fork.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::error::Error;
use super::guard::guard;
use super::status::WxsignStatus;
use super::text::{StringOut, text};

/// Explains a failed wx.config: whether the signature is right, and if not, what was signed
/// instead. It only computes: no network, no file, no lock.
///
/// `evidence` is a JSON object. All its keys are optional: url (what the page sent to be signed),
/// pageUrl (location.href), realAuthUrl (a text or a list, from wx.error), ticket, nonceStr,
/// timestamp, signature, appId, errMsg, userAgent, inFrame. The report is a JSON object:
///
/// | key | value |
/// |---|---|
/// | verdict | "valid", "invalid" or "unknown" |
/// | causes | a list, the surest first: |
/// | .code | a stable word, such as "fragment_kept" |
/// | .certainty | "proven" (the SHA-1 over exactly this mistake is the signature), "likely" or "possible" |
/// | .title, .titleZh, .fix, .fixZh | what happened and what to do, in English and Chinese |
/// | .signed, .expected | URLs or field names; missing if there are none |
///
/// A report never contains a ticket or a signature. On success `*report` is yours: free it with
/// wxsign_string_free(). On failure it is NULL. `report_len` may be NULL.
///
/// Fails with INVALID_ARGUMENT if the evidence is not such an object or is longer than 256 KiB.
///
/// Threads: any, also after fork().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_explain(
    evidence: *const c_char,
    evidence_len: usize,
    report: Option<&mut MaybeUninit<*mut c_char>>,
    report_len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = StringOut::new(report, report_len, "report")?;
        // SAFETY: the caller passes the text with its length.
        let evidence = unsafe { text(evidence, evidence_len, "evidence") }?;
        out.give(crate::explain(&crate::Evidence::from_json(evidence)?).to_json())
    })
}
