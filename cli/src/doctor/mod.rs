//! `wxsign doctor`: ten checks in a fixed order, then a report to paste into an issue.
//!
//! Each check is ok, a warning, a failure or skipped, and says what to do next. Nothing is changed
//! at WeChat: with `tokenApi: classic` no token is fetched, because that would end another
//! program's.

mod credentials;
mod endpoint;
mod facts;
mod fields;
mod machine;
mod page;
mod settings;

use serde_json::{Value, json};

use crate::args::Args;
use crate::console::{Color, Console, Failure};
use crate::settings::Settings;
use crate::web::Web;
use crate::{OK, WRONG};

use endpoint::Tickets;
use facts::Facts;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    Warning,
    Failure,
    Skipped,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failure => "failure",
            Self::Skipped => "skipped",
        }
    }
}

/// One check's outcome. Its texts never contain a secret, a token or a ticket.
pub(crate) struct Check {
    /// The check's stable word.
    name: &'static str,
    status: Status,
    /// The finding's stable word: a code of wxsign's errors, of a diagnosis, or of this check.
    code: String,
    text: (String, String),
    /// What to do, and how to check again.
    next: Option<(String, String)>,
}

impl Check {
    fn new(name: &'static str, status: Status, code: &str, english: &str, chinese: &str) -> Self {
        Self {
            name,
            status,
            code: code.to_owned(),
            text: (english.to_owned(), chinese.to_owned()),
            next: None,
        }
    }

    fn next(mut self, english: &str, chinese: &str) -> Self {
        self.next = Some((english.to_owned(), chinese.to_owned()));
        self
    }

    fn of_error(name: &'static str, error: &wxsign::Error) -> Self {
        let text = crate::message(error);
        let (english, chinese) = crate::hints(error);
        Self::new(name, Status::Failure, error.code().as_str(), &text, &text).next(&english, &chinese)
    }

    fn to_json(&self) -> Value {
        let mut value = json!({
            "name": self.name,
            "status": self.status.word(),
            "code": self.code,
            "text": self.text.0,
            "textZh": self.text.1,
        });
        if let (Some((english, chinese)), Some(object)) = (&self.next, value.as_object_mut()) {
            object.insert("next".into(), english.as_str().into());
            object.insert("nextZh".into(), chinese.as_str().into());
        }
        value
    }
}

pub(crate) fn run(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    let args = Args::read(arguments, &["endpoint", "page"], &["quota"])?;
    if args.operand()?.is_some() {
        return Err(Failure::usage("doctor takes options only", "doctor 只接受选项"));
    }
    let settings = Settings::read(console)?;
    let web = Web::new(&settings);
    let facts = Facts::gather(&settings);
    let own = (console.variable)("WX_JSAPI_TICKET").map(|ticket| ticket.trim().to_owned());
    let tickets =
        Tickets { agent: own.clone().or_else(|| facts.agent_ticket()), page: own.or_else(|| facts.ticket()) };
    let mut checks = vec![
        settings::check(&settings),
        machine::store(&facts),
        machine::clock(&settings, &web),
        machine::network(&settings, &web),
        credentials::token(&settings, &facts),
        credentials::ticket(&settings, &facts),
        credentials::quota(&settings, &facts, &web, args.has("quota")),
        credentials::other_programs(&settings, &facts),
        page::check(args.value("page"), &settings, &web),
    ];
    let route = args.value("endpoint");
    checks.extend(endpoint::check(route, args.value("page"), &settings, &web, &tickets));
    let is_wrong = checks.iter().any(|check| check.status == Status::Failure);
    if args.has("json") {
        let list: Vec<_> = checks.iter().map(Check::to_json).collect();
        let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
        let value = json!({"version": wxsign::VERSION, "system": system, "ok": !is_wrong, "checks": list, "state": facts.state});
        console.value(&value.to_string())?;
    } else {
        for (number, check) in checks.iter().enumerate() {
            let line = line(number + 1, check, console);
            console.value(&line)?;
        }
        let report = report(&checks, &facts);
        let title = console.say("\n--- report to paste into an issue ---", "\n--- 可粘贴到 issue 的报告 ---");
        console.value(&format!("{title}\n{report}"))?;
    }
    Ok(if is_wrong { WRONG } else { OK })
}

fn line(number: usize, check: &Check, console: &Console<'_>) -> String {
    let (color, english, chinese) = match check.status {
        Status::Ok => (Color::Green, "ok     ", "正常"),
        Status::Warning => (Color::Yellow, "warning", "警告"),
        Status::Failure => (Color::Red, "FAILURE", "失败"),
        Status::Skipped => (Color::Grey, "skipped", "跳过"),
    };
    let status = console.colored(color, console.lang.pick(english, chinese));
    let text = console.lang.pick(&check.text.0, &check.text.1);
    let mut line = format!("{number:>2} {status} {} [{}] {text}", check.name, check.code);
    if let Some((english, chinese)) = &check.next {
        for next in console.lang.pick(english, chinese).lines() {
            line += &format!("\n     → {next}");
        }
    }
    line
}

/// In English, whatever the reader's language is: it is for the people who answer issues.
fn report(checks: &[Check], facts: &Facts) -> String {
    let mut text =
        format!("wxsign {} on {} {}", wxsign::VERSION, std::env::consts::OS, std::env::consts::ARCH);
    for check in checks {
        text += &format!("\n{:<7} {} [{}]", check.status.word(), check.name, check.code);
    }
    if let Some(state) = &facts.state {
        // The names of directories and hosts are the user's own.
        let kept: serde_json::Map<String, Value> = state
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| !matches!(name.as_str(), "appId" | "storeFailure"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        text += &format!("\nstate {}", Value::from(kept));
    }
    text
}
