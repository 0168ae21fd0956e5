//! `wxsign explain`: reads what people paste, and names the causes.

use std::io::Read;

use wxsign::{Certainty, Report, Verdict};

use crate::args::Args;
use crate::console::{Color, Console, Failure, Lang};
use crate::{OK, UNKNOWN, WRONG, paste};

const MAX_INPUT: u64 = 256 * 1024;

pub(crate) fn run(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    let args = Args::read(arguments, &[], &[], console)?;
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
    let mut evidence = paste::read(&String::from_utf8_lossy(&bytes));
    if evidence == wxsign::Evidence::default() {
        return Err(Failure::usage(
            "nothing was recognised: paste a string1 line, the object of wx.config, or the object of wx.error",
            "没有识别出任何内容：请粘贴 string1、wx.config 的对象或 wx.error 的对象",
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
        let text = plain(&report, console);
        console.value(&text)?;
        if report.verdict == Verdict::Unknown {
            console.note(&missing(&evidence, console.lang))?;
        }
    }
    Ok(code(&report))
}

pub(crate) fn code(report: &Report) -> u8 {
    match report.verdict {
        Verdict::Valid => OK,
        Verdict::Invalid => WRONG,
        Verdict::Unknown => UNKNOWN,
    }
}

/// The report for a reader.
fn plain(report: &Report, console: &Console<'_>) -> String {
    let (color, english, chinese) = match report.verdict {
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

/// What would make the report surer.
fn missing(evidence: &wxsign::Evidence, lang: Lang) -> String {
    let mut list = Vec::new();
    if evidence.ticket.is_empty() {
        list.push(
            lang.pick(
                "the ticket (WX_JSAPI_TICKET, or a string1 line)",
                "ticket（WX_JSAPI_TICKET 或 string1）",
            ),
        );
    }
    if evidence.real_auth_url.is_empty() {
        list.push(lang.pick("realAuthUrl of wx.error", "wx.error 里的 realAuthUrl"));
    }
    if evidence.signature.is_empty() {
        list.push(lang.pick("the object of wx.config", "wx.config 的对象"));
    }
    let front = lang.pick("Add if you can: ", "若有请补充：");
    format!("{front}{}", list.join(lang.pick(", ", "、")))
}
