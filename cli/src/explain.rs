//! `wxsign explain`: reads what people paste, and names the causes.

use std::io::Read;

use wxsign::{Certainty, Evidence, Report, Verdict};

use crate::args::Args;
use crate::console::{Color, Console, Failure, Lang};
use crate::paste::{self, Pasted};
use crate::{OK, UNKNOWN, WRONG};

const MAX_INPUT: u64 = 256 * 1024;

pub(crate) fn run(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    let args = Args::read(arguments, &[], &[])?;
    let is_pasted = matches!(args.operand()?, None | Some("-"));
    if is_pasted && console.is_typed {
        let prompt = console.say(
            "Paste what you have: the string1 line, the object of wx.config, the object of wx.error, the \
             page's location.href. Then press Ctrl-D (Windows: Ctrl-Z, Enter).",
            "请粘贴手头有的内容：签名串 string1、wx.config 的对象、wx.error 的对象、页面的 location.href，\
             然后按 Ctrl-D（Windows：先按 Ctrl-Z，再按回车）。",
        );
        console.note(&prompt)?;
    }
    let mut bytes = Vec::new();
    match args.operand()? {
        None | Some("-") => console.stdin.take(MAX_INPUT + 1).read_to_end(&mut bytes),
        Some(path) => {
            std::fs::File::open(path).and_then(|file| file.take(MAX_INPUT + 1).read_to_end(&mut bytes))
        }
    }
    .map_err(|error| {
        Failure::usage(&format!("the evidence cannot be read: {error}"), &format!("读不到内容：{error}"))
    })?;
    if bytes.len() as u64 > MAX_INPUT {
        return Err(Failure::usage("the evidence is longer than 256 KiB", "内容超过 256 KiB"));
    }
    let Pasted { mut evidence, differing } = paste::read(&String::from_utf8_lossy(&bytes));
    if evidence == Evidence::default() {
        return Err(Failure::usage(
            "nothing was recognised: paste a string1 line, the object of wx.config, the object of wx.error, \
             or the page's address",
            "没有识别出任何内容：请粘贴签名串 string1、wx.config 的对象、wx.error 的对象或页面的地址",
        ));
    }
    if evidence.ticket.is_empty() {
        evidence.ticket =
            (console.variable)("WX_JSAPI_TICKET").map_or_else(String::new, |ticket| ticket.trim().to_owned());
    }
    let report = wxsign::explain(&evidence);
    if args.has("json") {
        console.value(&report.to_json())?;
    } else {
        let text = plain(&report, is_refused_though_right(&evidence, &report), console);
        console.value(&text)?;
        if report.verdict == Verdict::Unknown {
            console.note(&missing(&evidence, console.lang))?;
        }
    }
    if !differing.is_empty() {
        let names = differing.join(console.lang.pick(", ", "、"));
        let note = console.say(
            &format!(
                "The string1 and the object of wx.config are of two calls: they differ in {names}. Paste those of \
                 one call. If the page mixes two calls, that is the cause."
            ),
            &format!(
                "签名串 string1 与 wx.config 的对象不是同一次调用的：{names} 不同。请粘贴同一次调用的内容；\
                 如果页面里本来就混在一起，原因就是它。"
            ),
        );
        console.note(&note)?;
    }
    Ok(code(&report))
}

/// Whether the signature is right for the URL that was pasted, so that only the client's message
/// speaks against it.
fn is_refused_though_right(evidence: &Evidence, report: &Report) -> bool {
    report.verdict == Verdict::Unknown && {
        let without_message = Evidence { err_msg: String::new(), ..evidence.clone() };
        wxsign::explain(&without_message).verdict == Verdict::Valid
    }
}

pub(crate) fn code(report: &Report) -> u8 {
    match report.verdict {
        Verdict::Valid => OK,
        Verdict::Invalid => WRONG,
        Verdict::Unknown => UNKNOWN,
    }
}

/// The report for a reader.
fn plain(report: &Report, is_refused_though_right: bool, console: &Console<'_>) -> String {
    let (color, english, chinese) = match report.verdict {
        Verdict::Unknown if is_refused_though_right => (
            Color::Yellow,
            "unknown: the signature fits the signed URL, and WeChat refuses it: the page has another address, or \
             the ticket or the account is wrong (wxsign doctor --endpoint URL checks both)",
            "无法判断：签名与所签的网址一致，微信仍然拒绝。要么页面的真实地址不是这个网址，要么 ticket 或账号不对\
             （用 wxsign doctor --endpoint URL 检查后两项）",
        ),
        Verdict::Valid => (Color::Green, "valid: the signature fits this page", "有效：签名与页面一致"),
        Verdict::Invalid => (Color::Red, "invalid", "无效"),
        Verdict::Unknown => (Color::Yellow, "unknown: the evidence decides nothing", "无法判断：证据不足"),
    };
    let mut text = console.colored(color, console.lang.pick(english, chinese));
    for cause in &report.causes {
        let certainty = match cause.certainty {
            Certainty::Proven => console.say("proven", "已证实"),
            Certainty::Likely => console.say("likely", "很可能"),
            Certainty::Possible => console.say("possible", "可能"),
        };
        let (title, fix) = (console.say(cause.title, cause.title_zh), console.say(cause.fix, cause.fix_zh));
        text += &format!("\n\n{} [{certainty}] {title}", cause.code.as_str());
        for (name, value) in [
            (console.say("signed:  ", "签名用的："), &cause.signed),
            (console.say("expected:", "应当是：  "), &cause.expected),
        ] {
            if let Some(value) = value {
                text += &format!("\n  {name} {}", visible(value));
            }
        }
        text += &format!("\n  → {fix}");
    }
    text
}

/// Shows characters that a terminal would swallow.
pub(crate) fn visible(text: &str) -> String {
    text.chars()
        .flat_map(|char| {
            let hidden = char.is_control() || matches!(char, '\u{feff}' | '\u{200b}');
            let escaped: Vec<char> = if hidden { char.escape_debug().collect() } else { vec![char] };
            escaped
        })
        .collect()
}

/// What would make the report surer; the page's address decides most cases.
fn missing(evidence: &Evidence, lang: Lang) -> String {
    let mut list = Vec::new();
    if evidence.page_url.is_empty() && evidence.real_auth_url.is_empty() {
        list.push(lang.pick("the page's location.href", "页面的 location.href"));
    }
    if evidence.real_auth_url.is_empty() {
        list.push(lang.pick("realAuthUrl of wx.error", "wx.error 里的 realAuthUrl"));
    }
    if evidence.ticket.is_empty() {
        list.push(lang.pick(
            "the string1 line, or the ticket in WX_JSAPI_TICKET (wxsign ticket prints it)",
            "签名串 string1，或者用 WX_JSAPI_TICKET 传入 ticket（wxsign ticket 会打印它）",
        ));
    }
    if evidence.signature.is_empty() {
        list.push(lang.pick("the object of wx.config", "wx.config 的对象"));
    }
    if list.is_empty() {
        return lang.pick("Nothing more can help here.", "没有更多可补充的内容。").to_owned();
    }
    let front = lang.pick("Add if you can: ", "若有请补充：");
    format!("{front}{}", list.join(lang.pick("; ", "；")))
}
