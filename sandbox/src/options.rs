//! The command line.

use std::time::Duration;

use crate::settings::{Settings, seconds};

/// Printed below every complaint about the command line, after the command's name.
pub const USAGE: &str = "[--port N] [--app APPID:SECRET]... [--corp CORPID:AGENTID:SECRET]... [--token-life S] \
                         [--ticket-life S] [--exit-with-parent]";

/// What `--help` prints below its first lines.
pub const HELP: &str = "
  --port N             the port; 0, the default, lets the system choose one
  --app APPID:SECRET   one more account, or another secret for a known one; may be repeated
  --corp CORPID:AGENTID:SECRET
                       one more app of 企业微信 or another secret for a known one; may be repeated
  --token-life S       life of a token in seconds (7200); fractions are allowed
  --ticket-life S      life of a ticket in seconds (7200)
  --exit-with-parent   end when standard input ends
  --help               print this text

The first line on standard output is the address. These exist from the start:
  公众号    appid wx5823bf96d3bd56c7, secret 0123456789abcdef0123456789abcdef
  企业微信  corpid ww5823bf96d3bd56c7, agentid 1000002,
            secret 0123456789abcdef0123456789abcdef-agent10002
Faults: curl -d '{\"endpoint\":\"any\",\"kind\":\"errcode\",\"errcode\":-1,\"times\":2}' ADDRESS/_sandbox/fault";

/// The same in Chinese.
pub const HELP_ZH: &str = "
  --port N             端口；默认是 0，由系统选一个空闲的
  --app APPID:SECRET   增加一个公众号，或者替换已有公众号的 AppSecret；可以写多次
  --corp CORPID:AGENTID:SECRET
                       增加一个企业微信的应用，或者替换已有应用的 Secret；可以写多次
  --token-life S       token 的有效期，单位秒，默认 7200；可以是小数
  --ticket-life S      ticket 的有效期，单位秒，默认 7200
  --exit-with-parent   标准输入结束时退出
  --help               打印这些说明

标准输出的第一行是服务地址。自带的账号：
  公众号    appid wx5823bf96d3bd56c7，secret 0123456789abcdef0123456789abcdef
  企业微信  corpid ww5823bf96d3bd56c7，agentid 1000002，
            secret 0123456789abcdef0123456789abcdef-agent10002
制造故障：curl -d '{\"endpoint\":\"any\",\"kind\":\"errcode\",\"errcode\":-1,\"times\":2}' 服务地址/_sandbox/fault";

const CORP: &str = "ww5823bf96d3bd56c7";
const OTHER_CORP: &str = "wwsandbox00000002";

/// What is wrong with the arguments, in English and Chinese.
#[derive(Debug, PartialEq)]
pub struct Complaint(pub String, pub String);

impl Complaint {
    fn needs(name: &str, english: &str, chinese: &str) -> Self {
        Self(format!("{name} needs {english}"), format!("{name} 需要{chinese}"))
    }
}

/// What the arguments ask for.
#[derive(Debug)]
pub enum Command {
    Serve(Box<Options>),
    Help,
}

/// What the server starts with, and what `/_sandbox/reset` returns to.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub port: u16,
    pub apps: Vec<(String, String)>,
    pub corp_apps: Vec<CorpApp>,
    pub settings: Settings,
    pub exit_with_parent: bool,
}

/// An app of 企业微信. Without an agentid the secret is that of 通讯录.
#[derive(Debug, Clone, PartialEq)]
pub struct CorpApp {
    pub corpid: String,
    pub agentid: Option<String>,
    pub secret: String,
}

impl CorpApp {
    fn new(corpid: &str, agentid: Option<&str>, secret: &str) -> Self {
        let [corpid, secret] = [corpid, secret].map(str::to_owned);
        Self { corpid, agentid: agentid.map(str::to_owned), secret }
    }
}

impl Default for Options {
    fn default() -> Self {
        let app = |appid: &str, secret: &str| (appid.to_owned(), secret.to_owned());
        Self {
            port: 0,
            apps: vec![
                app("wx5823bf96d3bd56c7", "0123456789abcdef0123456789abcdef"),
                app("wxsandbox00000002", "fedcba9876543210fedcba9876543210"),
            ],
            corp_apps: vec![
                CorpApp::new(CORP, Some("1000002"), "0123456789abcdef0123456789abcdef-agent10002"),
                CorpApp::new(CORP, Some("1000003"), "fedcba9876543210fedcba9876543210-agent10003"),
                CorpApp::new(CORP, None, "fedcba9876543210fedcba9876543210-contacts00"),
                CorpApp::new(OTHER_CORP, Some("1000002"), "00112233445566778899aabbccddeeff-agent10002"),
            ],
            settings: Settings::default(),
            exit_with_parent: false,
        }
    }
}

/// Reads the arguments, the program's name left out.
pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Command, Complaint> {
    let mut options = Options::default();
    let mut arguments = arguments;
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| Complaint::needs(&name, "a value", "一个值"));
        match name.as_str() {
            "--port" => {
                let wrong = |_| Complaint::needs(&name, "0 to 65535", " 0 到 65535 的数");
                options.port = value()?.parse().map_err(wrong)?;
            }
            "--app" => add(&mut options.apps, &value()?)?,
            "--corp" => options.corp_apps.push(corp_app(&value()?)?),
            "--token-life" => options.settings.token_life = life(&name, &value()?)?,
            "--ticket-life" => options.settings.ticket_life = life(&name, &value()?)?,
            "--exit-with-parent" => options.exit_with_parent = true,
            "--help" | "-h" => return Ok(Command::Help),
            _ => return Err(Complaint(format!("unknown argument {name}"), format!("没有参数 {name}"))),
        }
    }
    Ok(Command::Serve(Box::new(options)))
}

/// Added to the default accounts; an appid that is there already gets the new secret.
fn add(apps: &mut Vec<(String, String)>, text: &str) -> Result<(), Complaint> {
    let parts = text.split_once(':').filter(|(appid, secret)| !appid.is_empty() && !secret.is_empty());
    let (appid, secret) = parts.ok_or_else(|| Complaint::needs("--app", "APPID:SECRET", " APPID:SECRET"))?;
    apps.retain(|(known, _)| known != appid);
    apps.push((appid.to_owned(), secret.to_owned()));
    Ok(())
}

fn corp_app(text: &str) -> Result<CorpApp, Complaint> {
    let parts: Vec<&str> = text.splitn(3, ':').collect();
    match parts.as_slice() {
        [corpid, agentid, secret] if ![corpid, agentid, secret].iter().any(|part| part.is_empty()) => {
            Ok(CorpApp::new(corpid, Some(agentid), secret))
        }
        _ => Err(Complaint::needs("--corp", "CORPID:AGENTID:SECRET", " CORPID:AGENTID:SECRET")),
    }
}

fn life(name: &str, text: &str) -> Result<Duration, Complaint> {
    text.parse().ok().and_then(seconds).ok_or_else(|| Complaint::needs(name, "seconds", "秒数"))
}

#[cfg(test)]
mod tests {
    // A test that cannot go on should stop at once.
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(text: &str) -> Result<Options, Complaint> {
        match parse(text.split_whitespace().map(str::to_owned))? {
            Command::Serve(options) => Ok(*options),
            Command::Help => Err(Complaint("help".into(), String::new())),
        }
    }

    #[test]
    fn help_wins_over_other_arguments() {
        assert_eq!(of("--port 1 --help").unwrap_err().0, "help");
    }

    #[test]
    fn reads_every_argument() {
        let options = of(
            "--port 8080 --app wxa:s:1 --corp wwa:1:s:2 --token-life 2.5 --ticket-life 3 --exit-with-parent",
        )
        .unwrap();
        assert_eq!(options.port, 8080);
        assert_eq!(options.apps.last().unwrap(), &("wxa".to_owned(), "s:1".to_owned()));
        assert_eq!(options.corp_apps.last().unwrap(), &CorpApp::new("wwa", Some("1"), "s:2"));
        assert_eq!(options.settings.token_life, Duration::from_millis(2500));
        assert_eq!(options.settings.ticket_life, Duration::from_secs(3));
        assert!(options.exit_with_parent);
    }

    #[test]
    fn refuses_nonsense() {
        for text in [
            "--port x",
            "--port",
            "--app wxa",
            "--app :s",
            "--corp wwa:s",
            "--corp wwa::s",
            "--token-life -1",
            "--ticket-life NaN",
            "-v",
        ] {
            let Complaint(english, chinese) = of(text).unwrap_err();
            let name = text.split(' ').next().unwrap();
            assert!(english.is_ascii() && english.contains(name), "{english}");
            assert!(!chinese.is_ascii() && chinese.contains(name), "{chinese}");
        }
    }
}
