//! The evidence taken apart, and what its numbers, URLs, shapes and messages say.

use std::borrow::Cow;

use super::cause::CauseCode;
use super::codec::{bare, cut, unescape};
use super::compare;
use super::digest::{Given, Spelling};
use super::evidence::Evidence;
use super::field_shapes;
use super::message::Message;
use super::report::{Cause, Certainty};
use super::search::{Match, Question, Room};
use super::user_agent::WechatClient;
use super::wrong_texts::Values;

/// WeChat reports one or two addresses. More are not looked at: each may have to be searched.
const MAX_PAGES: usize = 2;

/// Whether two mistakes at once are searched for, which takes nearly all of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pairs {
    Searched,
    Skipped,
}

/// What the numbers and URLs say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    /// The SHA-1 fits the page.
    Fits,
    /// It does not, or the URLs differ.
    Contradicts,
    /// The signed URL is that of another page, which may be what the client verifies.
    MayFit,
    /// There is too little to decide.
    Open,
}

/// The evidence, taken apart.
pub(super) struct Case<'a> {
    evidence: &'a Evidence,
    client: WechatClient,
    message: Message,
    /// What was to be signed, with its fragment.
    url: &'a [u8],
    /// The addresses that WeChat takes for the page's, by the best evidence there is.
    pages: Vec<Cow<'a, [u8]>>,
    given: Given,
    pairs: Pairs,
}

impl<'a> Case<'a> {
    pub(super) fn of(evidence: &'a Evidence, pairs: Pairs) -> Self {
        let url = evidence.url.as_bytes();
        // Android reports the same address twice.
        let mut pages: Vec<_> = Vec::with_capacity(MAX_PAGES);
        for page in evidence.real_auth_url.iter().map(|url| location(url.as_bytes())) {
            if pages.len() < MAX_PAGES && !pages.contains(&page) {
                pages.push(page);
            }
        }
        if pages.is_empty() && !evidence.page_url.is_empty() {
            pages.push(location(evidence.page_url.as_bytes()));
        }
        if pages.is_empty() && !url.is_empty() {
            pages.push(location(url));
        }
        Self {
            evidence,
            client: WechatClient::of(&evidence.user_agent),
            message: Message::of(&evidence.err_msg),
            url,
            pages,
            given: Given::of(&evidence.signature),
            pairs,
        }
    }

    /// Whether the addresses in `pages` are what WeChat verified, and not what the caller believes.
    fn is_verified(&self) -> bool {
        !self.evidence.real_auth_url.is_empty()
    }

    /// Whether the signature is right for a page, or for the URL that was to be signed.
    pub(super) fn fits_an_url(&self) -> bool {
        let Some(question) = self.question() else { return false };
        let urls = self.pages.iter().map(Cow::as_ref).chain(Some(self.url).filter(|url| !url.is_empty()));
        urls.into_iter().any(|url| question.fits(cut(url)) || question.fits(url))
    }

    fn question(&self) -> Option<Question<'a>> {
        let Given::Sha1 { hash, .. } = self.given else { return None };
        self.values().map(|values| Question { values, hash })
    }

    /// Everything that was hashed but the URL, if all of it is known.
    fn values(&self) -> Option<Values<'a>> {
        let Evidence { ticket, nonce_str, timestamp, app_id, .. } = self.evidence;
        if ticket.is_empty() || nonce_str.is_empty() || timestamp.is_empty() || self.pages.is_empty() {
            return None;
        }
        Some(Values {
            ticket: ticket.as_bytes(),
            nonce: nonce_str.as_bytes(),
            timestamp: timestamp.as_bytes(),
            url: b"",
            app_id: app_id.as_bytes(),
        })
    }

    pub(super) fn arithmetic(&self, causes: &mut Vec<Cause>) -> Arithmetic {
        let spelling = match &self.given {
            Given::Sha1 { spelling, .. } => *spelling,
            Given::OtherFunction(digest) => {
                for page in &self.pages {
                    let found = self.values().map(|values| Question::search_other(&values, digest, page));
                    causes.extend(found.iter().flatten().flat_map(|found| proven(found, cut(page))));
                }
                if causes.is_empty() {
                    causes.push(Cause::new(CauseCode::OtherDigest, Certainty::Likely));
                }
                return Arithmetic::Contradicts;
            }
            Given::Malformed => {
                causes.push(Cause::new(CauseCode::SignatureMalformed, Certainty::Likely));
                return Arithmetic::Contradicts;
            }
            Given::Missing => Spelling::Right,
        };
        let Some(question) = self.question() else {
            let spelled = spelling_cause(spelling, Certainty::Likely);
            let is_base64 = spelling == Spelling::Base64;
            causes.extend(spelled);
            let compared = self.compared(causes, Certainty::Likely);
            return if is_base64 { Arithmetic::Contradicts } else { compared };
        };
        let fitting = self.pages.iter().filter(|page| question.fits(cut(page))).count();
        if fitting == 0 {
            return self.searched(&question, spelling, causes);
        }
        causes.extend(spelling_cause(spelling, Certainty::Proven));
        if spelling == Spelling::Base64 {
            return Arithmetic::Contradicts;
        }
        if fitting < self.pages.len() && self.message == Message::Signature {
            // One of the addresses that WeChat verified is not the signed one.
            for page in self.pages.iter().filter(|page| !question.fits(cut(page))) {
                let signed = self.pages.iter().find(|page| question.fits(cut(page)));
                self.differences(cut(signed.unwrap_or(page)), page, Certainty::Likely, causes);
            }
            return Arithmetic::Contradicts;
        }
        if spelling == Spelling::UpperCase { Arithmetic::Open } else { Arithmetic::Fits }
    }

    /// The signature fits no page: what was hashed instead?
    fn searched(&self, question: &Question<'_>, spelling: Spelling, causes: &mut Vec<Cause>) -> Arithmetic {
        if !self.url.is_empty() && question.fits(cut(self.url)) {
            // Right for the URL that was passed, which is not the page's.
            return self.compared(causes, Certainty::Proven);
        }
        if !self.url.is_empty() && question.fits(self.url) {
            for page in &self.pages {
                self.differences(self.url, page, Certainty::Proven, causes);
            }
            return Arithmetic::Contradicts;
        }
        let mut room = Room::new(self.pairs == Pairs::Searched);
        for page in &self.pages {
            let found = question.search(page, &mut room);
            causes.extend(found.iter().flat_map(|found| proven(found, cut(page))));
        }
        if causes.is_empty() && !self.url.is_empty() && !self.pages.iter().any(|page| **page == *self.url) {
            let found = question.search(self.url, &mut room);
            causes.extend(found.iter().flat_map(|found| proven(found, cut(self.url))));
            if !causes.is_empty() {
                self.compared(causes, Certainty::Likely);
            }
        }
        if causes.is_empty() {
            self.compared(causes, Certainty::Likely);
            let certainty = if causes.is_empty() { Certainty::Likely } else { Certainty::Possible };
            causes.push(Cause::new(CauseCode::OtherCall, certainty));
        } else {
            causes.extend(spelling_cause(spelling, Certainty::Proven));
        }
        Arithmetic::Contradicts
    }

    /// Compares the URL that was to be signed with the page's.
    fn compared(&self, causes: &mut Vec<Cause>, certainty: Certainty) -> Arithmetic {
        if self.url.is_empty() || self.pages.is_empty() {
            return Arithmetic::Open;
        }
        let mut differ = 0;
        let mut decided = false;
        for page in &self.pages {
            let signed = self.signed_without_ticket(page);
            let codes = self.differences(signed, page, certainty, causes);
            differ += usize::from(!codes.is_empty());
            decided |= codes.iter().any(|code| !depends_on_client(*code));
        }
        if differ == 0 {
            return Arithmetic::Open;
        }
        let is_certain = self.is_verified() || decided || self.client == WechatClient::Android;
        if is_certain { Arithmetic::Contradicts } else { Arithmetic::MayFit }
    }

    /// Without a ticket it is open whether the signer cut the URL at its '#'. The uncut one counts
    /// if a known mistake made it of the page, or if the URL would otherwise be right.
    fn signed_without_ticket(&self, page: &[u8]) -> &'a [u8] {
        let url = cut(self.url);
        let only_fragment = url == cut(page) && self.url != page;
        if url != self.url && (only_fragment || compare::is_known(self.url, page)) { self.url } else { url }
    }

    fn differences(
        &self,
        signed: &[u8],
        page: &[u8],
        certainty: Certainty,
        causes: &mut Vec<Cause>,
    ) -> Vec<CauseCode> {
        let codes = compare::compare(signed, page, self.client);
        for &code in &codes {
            causes.push(Cause::new(code, certainty).between(signed, cut(page)));
            if code == CauseCode::OtherPage {
                for spa in [CauseCode::SpaLandingUrl, CauseCode::SpaCurrentUrl] {
                    causes.push(Cause::new(spa, Certainty::Possible).between(signed, cut(page)));
                }
            }
            if code == CauseCode::OauthParametersAdded && self.is_verified() {
                causes.push(Cause::new(CauseCode::OauthLandingUrl, Certainty::Possible));
            }
        }
        codes
    }

    /// What the shapes of the fields show; whether one of them cannot be right.
    pub(super) fn shapes(&self, causes: &mut Vec<Cause>, arithmetic: Arithmetic) -> bool {
        let is_explained = causes.iter().any(|cause| cause.certainty == Certainty::Proven);
        let mut findings = field_shapes::fields(self.evidence);
        if arithmetic == Arithmetic::Open && !self.url.is_empty() {
            findings.extend(field_shapes::url(self.url));
        }
        let mut fatal = false;
        for finding in findings {
            let only_hint = !finding.is_fatal || arithmetic == Arithmetic::Fits;
            if arithmetic == Arithmetic::Fits && !finding.is_fatal && finding.code == CauseCode::TicketShape {
                continue;
            }
            fatal |= finding.is_fatal && finding.code != CauseCode::AppIdMalformed;
            let certainty = if only_hint || is_explained { Certainty::Possible } else { Certainty::Likely };
            let mut cause = Cause::new(finding.code, certainty);
            if let Some((signed, expected)) = &finding.names {
                cause = cause.between(signed.as_bytes(), expected.as_bytes());
            }
            causes.push(cause);
        }
        let is_failed = self.message == Message::Signature || arithmetic != Arithmetic::Fits;
        if is_failed && self.pages.iter().any(|page| field_shapes::is_local(page)) {
            causes.push(Cause::new(CauseCode::LocalPage, Certainty::Possible));
        }
        fatal
    }

    /// What the client's message adds.
    pub(super) fn message(&self, causes: &mut Vec<Cause>, arithmetic: Arithmetic) -> Message {
        use CauseCode::*;
        match self.message {
            Message::Other(code) => {
                causes.push(Cause::new(code, Certainty::Likely));
                if code == DomainNotListed {
                    causes.push(Cause::new(ThirdPartyPlatform, Certainty::Possible));
                }
            }
            Message::Signature if arithmetic == Arithmetic::Fits => {
                // The numbers are right for this page, and WeChat refuses them: the ticket, the
                // account, or an address that the evidence does not show.
                let suspects = if self.is_verified() { &[][..] } else { &[SpaLandingUrl][..] };
                for &code in suspects.iter().chain(&[
                    DeadTicket,
                    OtherAccountTicket,
                    WrongTicketKind,
                    MiniProgramAppId,
                    Iframe,
                    AccountLapsed,
                    ThirdPartyPlatform,
                ]) {
                    causes.push(Cause::new(code, Certainty::Possible));
                }
            }
            Message::Signature if causes.is_empty() => {
                for code in [DeadTicket, OtherAccountTicket, ServerErrorSigned, MiniProgramAppId, OtherCall] {
                    causes.push(Cause::new(code, Certainty::Possible));
                }
            }
            _ => {}
        }
        self.message
    }
}

/// A page's address without what pasting made of it: no browser has blanks or quotes around it, nor
/// the whole of it escaped.
fn location(url: &[u8]) -> Cow<'_, [u8]> {
    let url = bare(url);
    let is_escaped =
        |start: &[u8]| url.get(..start.len()).is_some_and(|front| front.eq_ignore_ascii_case(start));
    if is_escaped(b"http%3a") || is_escaped(b"https%3a") {
        Cow::Owned(unescape(url, |_| true))
    } else {
        Cow::Borrowed(url)
    }
}

/// Whether the client may verify the signed URL although it is not the page's current one.
fn depends_on_client(code: CauseCode) -> bool {
    use CauseCode::*;
    matches!(
        code,
        OtherPage
            | SpaLandingUrl
            | SpaCurrentUrl
            | MiniProgramWebView
            | ShareParametersAdded
            | OauthParametersAdded
            | OauthParametersMissing
    )
}

fn spelling_cause(spelling: Spelling, certainty: Certainty) -> Option<Cause> {
    let code = match spelling {
        Spelling::Right => return None,
        Spelling::UpperCase => CauseCode::DigestUpperCase,
        Spelling::Base64 => CauseCode::DigestBase64,
    };
    Some(Cause::new(code, certainty))
}

/// The causes of one match, all of which are proven together.
fn proven<'a>(found: &'a Match, expected: &'a [u8]) -> impl Iterator<Item = Cause> + use<'a> {
    found.codes.iter().map(move |&code| {
        let cause = Cause::new(code, Certainty::Proven);
        match found.names {
            Some((signed, right)) if found.codes.last() == Some(&code) => {
                cause.between(signed.as_bytes(), right.as_bytes())
            }
            _ if found.signed == expected => cause,
            _ => cause.between(&found.signed, expected),
        }
    })
}
