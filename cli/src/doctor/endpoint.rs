//! The check of the user's own signing route, without a phone: it is asked to sign awkward page
//! URLs, and what it answers is explained.

use std::collections::BTreeMap;

use wxsign::{CauseCode, Certainty, Evidence, Report, Verdict, explain};

use super::fields::{Fields, read};
use super::{Check, Status};
use crate::settings::{Account, Settings};
use crate::web::{self, Web};

/// What pages look like that careless servers sign wrongly; each follows on an origin.
const PAGES: [&str; 8] = [
    "/shop/item?id=1&from=singlemessage&isappinstalled=0",
    "/shop?q=1%2B1&next=%2Fcart",
    "/%E4%B8%AD%E6%96%87?name=%E4%B8%AD%E6%96%87&q=a%20b",
    "/list?page=2#/detail/7",
    "/?redirect=https%3A%2F%2Fexample.com%2Fa%3Fb%3D1",
    "/",
    "/act/?code=021abc&state=a:1",
    "/Search?Empty=&B=2&A=1",
];

/// What the route may sign with: the ticket of `wx.config`, and that of `wx.agentConfig`.
pub(super) struct Tickets {
    pub(super) page: Option<String>,
    pub(super) agent: Option<String>,
}

/// 10: does the route sign what pages send? One check, or one for each fault that was found.
pub(super) fn check(
    endpoint: Option<&str>,
    page: Option<&str>,
    settings: &Settings,
    web: &Web,
    tickets: &Tickets,
) -> Vec<Check> {
    let check =
        |status, code, english: &str, chinese: &str| Check::new("endpoint", status, code, english, chinese);
    let Some(endpoint) = endpoint else {
        return vec![check(
            Status::Skipped,
            "not_asked",
            "--endpoint URL tries your signing route",
            "用 --endpoint 指定签名接口",
        )];
    };
    let Some(origin) = origin(endpoint, page, settings) else {
        return vec![check(
            Status::Failure,
            "INVALID_URL",
            "--endpoint is no http(s) URL",
            "--endpoint 不是 http(s) 网址",
        )];
    };
    let mut answers = Vec::new();
    for path in PAGES {
        let url = format!("{origin}{path}");
        match ask(web, endpoint, &url) {
            Ok(answer) => answers.push((url, answer)),
            Err((english, chinese)) => {
                let text = (format!("{url}: {english}"), format!("{url}：{chinese}"));
                return vec![check(Status::Failure, "no_signature", &text.0, &text.1).next(
                    "Look at the log of your server; --endpoint takes {url} where the page's URL belongs, e.g. \
                     'https://example.com/sign?link={url}'; WX_ALLOWED_HOSTS=example.com names a host that it \
                     accepts.",
                    "查看服务器日志。可在 --endpoint 里用 {url} 标出网址的位置，如 'https://example.com/sign?link={url}'；\
                     用 WX_ALLOWED_HOSTS=example.com 指定它接受的域名。",
                )];
            }
        }
    }
    // A route of wx.agentConfig names the app.
    let is_agent = answers.iter().any(|(_, answer)| !answer.agent_id.is_empty());
    let (page, agent) = (tickets.page.as_deref(), tickets.agent.as_deref());
    let (ticket, other) = if is_agent { (agent, page) } else { (page, agent) };
    if other != ticket && other.is_some_and(|other| are_signed_with(&answers, other)) {
        let cause = CauseCode::WrongTicketKind;
        return vec![
            check(Status::Failure, cause.as_str(), cause.title(), cause.title_zh())
                .next(cause.fix(), cause.fix_zh()),
        ];
    }
    let mut faults = Faults::default();
    for (url, answer) in &answers {
        let secret = ticket.unwrap_or_default();
        if let Some(own) = own_address(&request_url(endpoint, url), url, answer, secret) {
            faults.add_cause(url, CauseCode::OwnAddressSigned, Some(&own));
            continue;
        }
        let report = explained(url, answer, secret);
        faults.add(url, &report, ticket.is_some());
    }
    faults.add_repeated(&answers);
    let mut checks = faults.checks(ticket.is_some(), answers.len());
    let secrets = [page, agent, settings.secret.as_deref()];
    checks.extend(beside(&answers, settings.account.as_ref(), secrets));
    checks
}

/// What a right signature does not show: another account, a secret in the answer, a field that
/// `wx.config` does not read.
fn beside(answers: &[(String, Fields)], account: Option<&Account>, secrets: [Option<&str>; 3]) -> Vec<Check> {
    let mut list = Vec::new();
    let fields = || answers.iter().map(|(_, fields)| fields);
    let mut add = |status, code, english: &str, chinese: &str, next: (&str, &str)| {
        list.push(Check::new("endpoint", status, code, english, chinese).next(next.0, next.1));
    };
    let is_other = |fields: &Fields| {
        let Some(Account::Official { app_id }) = account else { return false };
        !fields.app_id.is_empty() && fields.agent_id.is_empty() && fields.app_id != *app_id
    };
    if fields().any(is_other) {
        add(
            Status::Failure,
            "other_app_id",
            "the route answers with another appId than WX_APP_ID",
            "接口返回的 appId 与 WX_APP_ID 不同",
            (
                "wx.config takes the appId of the account whose ticket signs. In a web-view of a mini program too that \
                 is the 公众号's, not the mini program's.",
                "wx.config 的 appId 必须属于签名所用 ticket 的账号；小程序的 web-view 页面也要用公众号的 appId，而不是小程序的。",
            ),
        );
    }
    let is_exposed =
        |fields: &Fields| secrets.into_iter().flatten().any(|secret| fields.body.contains(secret));
    if fields().any(is_exposed) {
        add(
            Status::Failure,
            "secret_exposed",
            "the answer holds the ticket or the AppSecret",
            "接口的返回里有 ticket 或 AppSecret",
            (
                "Answer with appId, timestamp, nonceStr and signature alone: with the ticket every page can be signed.",
                "只返回 appId、timestamp、nonceStr 和 signature：拿到 ticket 的人可以为任何页面签名。",
            ),
        );
    }
    if let Some((name, right)) = fields().find_map(|fields| fields.misspelled.as_ref()) {
        add(
            Status::Warning,
            CauseCode::FieldNames.as_str(),
            &format!("the answer has {name} where wx.config takes {right}"),
            &format!("返回的字段名是 {name}，而 wx.config 要的是 {right}"),
            (CauseCode::FieldNames.fix(), CauseCode::FieldNames.fix_zh()),
        );
    }
    list
}

fn are_signed_with(answers: &[(String, Fields)], ticket: &str) -> bool {
    answers.iter().all(|(url, answer)| explained(url, answer, ticket).verdict == Verdict::Valid)
}

/// Where the pages stand: the page that was named, the first allowed host, or beside the route.
fn origin(endpoint: &str, page: Option<&str>, settings: &Settings) -> Option<String> {
    let host = settings.allowed_hosts.iter().find(|host| !host.contains('*'));
    let host = host.map(|host| format!("https://{host}"));
    page.and_then(web::origin)
        .map(str::to_owned)
        .or(host)
        .or_else(|| web::origin(endpoint).map(str::to_owned))
}

/// The address of the request that asks the route to sign a page.
fn request_url(endpoint: &str, page: &str) -> String {
    let escaped = web::encode(page);
    let mark = if endpoint.contains('?') { '&' } else { '?' };
    if endpoint.contains("{url}") {
        endpoint.replace("{url}", &escaped)
    } else {
        format!("{endpoint}{mark}url={escaped}")
    }
}

fn ask(web: &Web, endpoint: &str, url: &str) -> Result<Fields, (String, String)> {
    let both = |why: String| (why.clone(), why);
    let mut answer = web.get(&request_url(endpoint, url)).map_err(both)?;
    if matches!(answer.status, 404 | 405) && !endpoint.contains("{url}") {
        answer = web.post(endpoint, &serde_json::json!({"url": url}).to_string()).map_err(both)?;
    }
    read(&answer)
}

fn explained(page: &str, fields: &Fields, ticket: &str) -> Report {
    let mut evidence = Evidence {
        url: page.to_owned(),
        page_url: page.to_owned(),
        ticket: ticket.to_owned(),
        nonce_str: fields.nonce.clone(),
        timestamp: fields.timestamp.clone(),
        signature: fields.signature.clone(),
        app_id: fields.app_id.clone(),
        ..Evidence::default()
    };
    if ticket.is_empty() && !fields.url.is_empty() {
        // The route says which URL it signed.
        evidence.url.clone_from(&fields.url);
    }
    explain(&evidence)
}

/// The request's address if the route signed that: with its query or without, and with the scheme
/// that a server behind a proxy sees. Only the doctor knows that address; from the page's, which may
/// be of another host, it cannot be guessed.
fn own_address(request: &str, page: &str, fields: &Fields, ticket: &str) -> Option<String> {
    let path = request.split('?').next().unwrap_or(request);
    let twin = |url: &str| match url.strip_prefix("https:") {
        Some(rest) => format!("http:{rest}"),
        None => url.replacen("http:", "https:", 1),
    };
    let addresses = [request.to_owned(), path.to_owned(), twin(request), twin(path)];
    let timestamp = fields.timestamp.parse().ok()?;
    // A route at `/` also has to sign the page that is there.
    let is_signed = |own: &&String| {
        **own != *page
            && wxsign::sign(ticket, &fields.nonce, timestamp, own).as_str()
                == fields.signature.to_ascii_lowercase()
    };
    addresses.into_iter().find(|own| is_signed(&own))
}

/// The faults of a route.
#[derive(Default)]
struct Faults {
    causes: BTreeMap<CauseCode, Fault>,
    right: usize,
    unexplained: usize,
}

/// The pages that showed one cause, and what was signed for the first of them if that is known.
struct Fault {
    pages: Vec<String>,
    signed: Option<String>,
}

impl Faults {
    fn add(&mut self, page: &str, report: &Report, has_ticket: bool) {
        if report.verdict == Verdict::Valid {
            self.right += 1;
            return;
        }
        let surest = report.causes.iter().map(|cause| cause.certainty).min();
        // A page's own address is no fault of the route.
        let is_fault =
            |code| !matches!(code, CauseCode::LocalPage | CauseCode::FragmentKept | CauseCode::SampleCopied);
        let mut is_explained = false;
        for cause in report.causes.iter().filter(|cause| Some(cause.certainty) == surest) {
            let is_proof = cause.certainty == Certainty::Proven;
            if !is_proof && !is_fault(cause.code) || cause.code == CauseCode::OtherCall {
                continue;
            }
            is_explained = true;
            self.add_cause(page, cause.code, cause.expected.as_ref().and(cause.signed.as_deref()));
        }
        self.unexplained += usize::from(has_ticket && !is_explained);
    }

    fn add_cause(&mut self, page: &str, code: CauseCode, signed: Option<&str>) {
        let first = || Fault { pages: Vec::new(), signed: signed.map(str::to_owned) };
        self.causes.entry(code).or_insert_with(first).pages.push(page.to_owned());
    }

    /// One signature for several pages: it was cached, or the URL is a constant.
    fn add_repeated(&mut self, answers: &[(String, Fields)]) {
        let cut = |url: &str| url.split('#').next().unwrap_or(url).to_owned();
        let is_repeated = |(index, (page, fields)): &(usize, &(String, Fields))| {
            answers.iter().take(*index).any(|(other, earlier)| {
                cut(other) != cut(page)
                    && (&earlier.signature, &earlier.nonce, &earlier.timestamp)
                        == (&fields.signature, &fields.nonce, &fields.timestamp)
            })
        };
        let repeated = answers.iter().enumerate().find(is_repeated);
        if let Some((_, (page, _))) = repeated.filter(|_| !self.causes.contains_key(&CauseCode::OtherPage)) {
            self.add_cause(page, CauseCode::OtherPage, None);
        }
    }

    fn checks(mut self, has_ticket: bool, count: usize) -> Vec<Check> {
        let check = |status, code, english: &str, chinese: &str| {
            Check::new("endpoint", status, code, english, chinese)
        };
        if self.right == count {
            return vec![check(
                Status::Ok,
                "ok",
                &format!("{count} awkward pages are signed correctly"),
                &format!("{count} 个容易出错的网址都签对了"),
            )];
        }
        // A mistake that explains only what a more frequent one explains too is a coincidence.
        let most = self.causes.values().map(|fault| fault.pages.len()).max().unwrap_or_default();
        let best: Vec<String> = self
            .causes
            .values()
            .filter(|fault| fault.pages.len() == most)
            .flat_map(|fault| fault.pages.clone())
            .collect();
        self.causes.retain(|_, Fault { pages, .. }| {
            pages.len() == most || pages.iter().any(|page| !best.contains(page))
        });

        let mut list: Vec<Check> = self
            .causes
            .iter()
            .map(|(code, Fault { pages, signed })| {
                let page = pages.first().map_or("", String::as_str);
                let signed = signed.as_deref().map(crate::explain::visible);
                let shown = |front: &str, end: &str| {
                    signed.as_ref().map_or_else(String::new, |signed| format!("{front}{signed}{end}"))
                };
                let (english, chinese) = (
                    format!(
                        "{} {} of {count} pages, e.g. {page}{}",
                        code.title(),
                        pages.len(),
                        shown(" (signed: ", ")")
                    ),
                    format!(
                        "{}{count} 个页面里有 {} 个，例如 {page}{}",
                        code.title_zh(),
                        pages.len(),
                        shown("（实际签的是 ", "）")
                    ),
                );
                check(Status::Failure, code.as_str(), &english, &chinese).next(code.fix(), code.fix_zh())
            })
            .collect();
        if list.is_empty() && has_ticket {
            list.push(
                check(
                    Status::Failure,
                    "other_ticket",
                    "no page is signed with this account's ticket and no usual mistake explains it",
                    "没有一个页面是用这个账号的 ticket 签名的，也不属于常见错误",
                )
                .next(
                    "Does the route use another account, another store or a dead ticket? Pass its ticket in WX_JSAPI_TICKET.",
                    "接口是否用了另一个账号、另一个存储或已失效的 ticket？可用 WX_JSAPI_TICKET 传入它的 ticket。",
                ),
            );
        } else if list.is_empty() {
            list.push(
                check(
                    Status::Skipped,
                    "no_ticket",
                    "the route answers, but without its ticket nothing can be recomputed",
                    "接口有响应，但没有 ticket，无法重新计算",
                )
                .next(
                    "Set the route's account (WX_APP_ID, WX_APP_SECRET) or its ticket (WX_JSAPI_TICKET).",
                    "设置该接口的账号（WX_APP_ID、WX_APP_SECRET）或 ticket（WX_JSAPI_TICKET）。",
                ),
            );
        } else if self.unexplained > 0 && self.right == 0 && has_ticket {
            let count = self.unexplained;
            list.push(check(
                Status::Warning,
                "other_call",
                &format!("{count} more pages are signed wrongly for an unknown reason"),
                &format!("另有 {count} 个页面签名错误，原因不明"),
            ));
        }
        list
    }
}
