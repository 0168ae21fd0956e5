//! The commands: what they print where, and their exit codes.
// A test that cannot go on should stop at once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{APP_ID, CORP_ID, CORP_SECRET, SECRET, Sandbox, TICKET, run, run_typed, sha1};

const STRING1: &str = "jsapi_ticket=sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg&noncestr=Wm3WZYTPz0wzccnW&timestamp=1414587457&url=http://mp.weixin.qq.com?params=value";
const RIGHT: &str = "0f9de62fce790f9a083d5c99e95740ceb90c27ed";

#[test]
fn sign_prints_the_signature_alone() {
    let arguments = [
        "sign",
        "http://mp.weixin.qq.com?params=value",
        "--nonce",
        "Wm3WZYTPz0wzccnW",
        "--timestamp",
        "1414587457",
    ];
    let ran = run(&arguments, &[("WX_JSAPI_TICKET", TICKET)], "");
    assert_eq!((ran.code, ran.out.trim()), (0, RIGHT));
    let ran = run(&[&arguments[..], &["--ticket-file", "-", "--json"]].concat(), &[], &format!("{TICKET}\n"));
    assert_eq!(ran.json()["signature"], RIGHT);
    assert_eq!(ran.json()["timestamp"], 1_414_587_457);
    assert_eq!(ran.err, "");
}

#[test]
fn sign_without_a_ticket_is_a_usage_error() {
    let ran = run(&["sign", "https://e.cn/"], &[], "");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("WX_JSAPI_TICKET"));
}

/// A secret in the arguments can be read by every user of the machine.
#[test]
fn secrets_in_arguments_are_refused() {
    for argument in [STRING1, "--ticket=abc", "SECRET=abc", "https://e.cn/?access_token=1"] {
        let ran = run(&["explain", argument], &[], "");
        assert_eq!(ran.code, 2, "{argument}");
        assert!(!ran.err.contains("abc") && !ran.err.contains("sM4AOV"), "{}", ran.err);
    }
}

#[test]
fn wrong_arguments_are_usage_errors() {
    for arguments in [
        &["sing"][..],
        &["sign"],
        &["sign", "a", "b"],
        &["doctor", "x"],
        &["explain", "--lang", "fr"],
        &["state", "--nonsense"],
        &["sign", "https://e.cn/", "--timestamp", "now"],
        &["explain", "/nonexistent/file"],
        &["explain"],
        &["config", "https://e.cn/"],
        &["agent-config"],
        &["invoice-config", "x"],
    ] {
        let ran = run(arguments, &[("WX_JSAPI_TICKET", "t")], "");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.err.starts_with("wxsign: "), "{}", ran.err);
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    for arguments in
        [&[][..], &["help"], &["--help"], &["doctor", "--help"], &["config", "https://a.cn/", "-h"]]
    {
        let ran = run(arguments, &[], "");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert!(ran.out.contains("wxsign doctor"));
    }
    assert_eq!(run(&["--version"], &[], "").out.trim(), wxsign::VERSION);
}

/// The first command of a newcomer: its help and its complaints are in the reader's language, under
/// the name that was typed.
#[test]
fn mock_speaks_the_language_of_its_reader() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, locale, code, words) in [
        (&["mock", "--help", "--lang", "zh"][..], "en_US", 0, "用法：wxsign mock [选项]...\n\n  --port"),
        (&["mock", "--help"], "en_US", 0, "usage: wxsign mock [OPTION]...\n\n  --port"),
        (&["mock", "--port", &port], "zh_CN.UTF-8", 1, "已被占用，请用 --port 换一个"),
        (&["mock", "--lang=en", "--port", &port], "zh_CN.UTF-8", 1, "is in use; choose another one"),
        (&["mock", "--prot"], "zh_CN.UTF-8", 2, "用法：wxsign mock"),
    ] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_wxsign"))
            .args(arguments)
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env("LANG", locale)
            .output()
            .unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.code() == Some(code) && said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn the_language_follows_the_locale_and_the_option() {
    let chinese =
        |arguments: &[&str], variables: &[(&str, &str)]| run(arguments, variables, "").out.contains("签名");
    assert!(chinese(&["help"], &[("LANG", "zh_CN.UTF-8")]));
    assert!(chinese(&["help"], &[("LANG", "en_US.UTF-8"), ("LC_ALL", "zh_TW")]));
    assert!(!chinese(&["help"], &[("LANG", "en_US.UTF-8")]));
    assert!(chinese(&["help", "--lang", "zh"], &[]));
    assert!(!chinese(&["help", "--lang=en"], &[("LANG", "zh_CN")]));
    for arguments in [&["sing", "--lang", "zh"][..], &["sign", "--nonsense", "--lang=zh"]] {
        let ran = run(arguments, &[], "");
        assert!(ran.err.contains("没有") && ran.err.contains("用法"), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn explain_reads_string1_and_a_config_together() {
    let config = format!(
        "{{ appId: 'wx5823bf96d3bd56c7', signature: '{}' }}",
        sha1(&STRING1.replace("http:", "https:"))
    );
    let ran = run(&["explain"], &[], &format!("{STRING1}\n{config}"));
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("scheme_changed [proven]"), "{}", ran.out);
    assert!(!ran.out.contains(TICKET) && !ran.err.contains(TICKET));
    let ran = run(&["explain", "--json"], &[], &format!("{STRING1}\nsignature: {RIGHT}"));
    assert_eq!((ran.code, ran.json()["verdict"].as_str()), (0, Some("valid")));
}

/// The mistakes of pages show only beside the page's address: without it the reader is asked for
/// it, and not told that nothing fits.
#[test]
fn explain_asks_for_the_address_of_the_page() {
    let pasted = format!("{STRING1}\n{{signature: '{RIGHT}'}}\n{{errMsg: 'config:fail, invalid signature'}}");
    for (lang, words) in [("en", "the signature fits the signed URL"), ("zh", "签名与所签的网址一致")]
    {
        let ran = run(&["explain", "--lang", lang], &[], &pasted);
        assert_eq!(ran.code, 3, "{}", ran.out);
        assert!(ran.out.contains(words) && ran.out.contains("doctor --endpoint"), "{}", ran.out);
        assert!(ran.err.contains("location.href"), "{}", ran.err);
    }
    let ran = run(&["explain"], &[], &format!("{pasted}\nhttp://mp.weixin.qq.com?params=value&more=1"));
    assert!(ran.code == 1 && ran.out.contains("cut_at_ampersand [proven]"), "{}", ran.out);
}

/// What the reader pastes beside the object of `wx.config` is the page's address, not what the
/// server signed.
#[test]
fn a_page_beside_a_config_is_not_blamed() {
    let config = format!("{{nonceStr: 'Wm3WZYTPz0wzccnW', timestamp: 1414587457, signature: '{RIGHT}'}}");
    let page = "http://mp.weixin.qq.com?params=value#top";
    let ran = run(&["explain"], &[], &format!("{config}\n{page}"));
    assert!(ran.code == 3 && !ran.out.contains("fragment_kept"), "{}", ran.out);
    assert!(ran.err.contains("WX_JSAPI_TICKET") && !ran.err.contains("location.href"), "{}", ran.err);
    let ran = run(&["explain"], &[("WX_JSAPI_TICKET", TICKET)], &format!("{config}\n{page}"));
    assert_eq!(ran.code, 0, "{}", ran.out);
}

/// WeChat verifies the values of `wx.config`; a string1 with others is that of another call.
#[test]
fn explain_notices_pieces_of_two_calls() {
    let config = format!("{{nonceStr: 'another', timestamp: 1414587457, signature: '{RIGHT}'}}");
    for (lang, words) in
        [("en", "are of two calls: they differ in nonceStr"), ("zh", "不是同一次调用的：nonceStr 不同")]
    {
        let ran = run(&["explain", "--lang", lang], &[], &format!("{STRING1}\n{config}"));
        assert!(ran.code == 1 && ran.out.contains("other_call"), "{}", ran.out);
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}

/// A terminal that waits in silence looks like a command that hangs.
#[test]
fn explain_prompts_at_a_terminal() {
    for (lang, words) in [("en", "then press Ctrl-D"), ("zh", "然后按 Ctrl-D")] {
        let typed = run_typed(&["explain", "--lang", lang], &[], STRING1, true);
        assert!(typed.err.to_lowercase().contains(&words.to_lowercase()), "{}", typed.err);
        assert!(!run(&["explain", "--lang", lang], &[], STRING1).err.contains(words));
    }
}

#[test]
fn explain_reads_an_error_with_its_address() {
    let input = r#"{"errMsg":"config:invalid signature","realAuthUrl":["https://e.cn/landing"]} url: 'https://e.cn/now'"#;
    let ran = run(&["explain", "--lang", "zh"], &[], input);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("无效") && ran.out.contains("https://e.cn/landing"), "{}", ran.out);
    let ran = run(&["explain"], &[], r#"{"errMsg":"config:invalid signature"}"#);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("realAuthUrl"), "{}", ran.err);
}

#[test]
fn explain_takes_the_ticket_from_the_environment() {
    let input = format!(
        "url: http://mp.weixin.qq.com?params=value, nonceStr: 'Wm3WZYTPz0wzccnW', timestamp: 1414587457, signature: '{RIGHT}'"
    );
    let ran = run(&["explain"], &[("WX_JSAPI_TICKET", TICKET)], &input);
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn the_client_commands_print_their_values() {
    let sandbox = Sandbox::start();
    let variables = sandbox.variables(&[("WX_ALLOWED_HOSTS", "m.example.com")]);
    let ticket = run(&["ticket"], &variables, "");
    assert!(ticket.code == 0 && ticket.out.starts_with("TICKET"), "{}", ticket.err);
    let token = run(&["token", "--json"], &variables, "");
    assert!(token.json()["accessToken"].as_str().unwrap().starts_with("90_TOKEN"));
    let config = run(
        &["config", "https://m.example.com/a?b=1&c=2", "--js-api", "scanQRCode,chooseImage"],
        &variables,
        "",
    );
    let value = config.json();
    assert_eq!((value["appId"].as_str(), value["jsApiList"].as_array().unwrap().len()), (Some(APP_ID), 2));
    let state = run(&["state", "--json", "--wait"], &variables, "");
    assert_eq!(state.json()["ticket"]["freshness"], "fresh");
    assert!(!state.out.contains("TICKET") && !state.out.contains(SECRET));
    let refused = run(&["config", "https://other.example.com/"], &variables, "");
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
}

/// What the sandbox, as the client of 企业微信, says of an object that the page was given.
fn verdict(sandbox: &Sandbox, given: &serde_json::Value, url: &str) -> String {
    let mut given = given.clone();
    given["url"] = url.into();
    let verdict: serde_json::Value =
        serde_json::from_str(&sandbox.post("/verify", &given.to_string())).unwrap();
    verdict["errMsg"].as_str().unwrap().to_owned()
}

#[test]
fn an_app_of_work_has_every_config() {
    let sandbox = Sandbox::start();
    let variables = sandbox.work_variables(&[]);
    let page = "https://m.example.com/a?b=1&c=2";
    let config = run(&["config", page], &variables, "").json();
    assert_eq!(config["appId"], CORP_ID);
    assert_eq!(verdict(&sandbox, &config, page), "config:ok");
    let agent = run(&["agent-config", page, "--js-api", "selectExternalContact"], &variables, "").json();
    assert_eq!((agent["corpid"].as_str(), agent["agentid"].as_str()), (Some(CORP_ID), Some("1000002")));
    assert_eq!(agent["jsApiList"], serde_json::json!(["selectExternalContact"]));
    assert_eq!(agent.as_object().unwrap().len(), 6);
    assert_eq!(verdict(&sandbox, &agent, page), "agentConfig:ok");
    let mut invoice = run(&["invoice-config"], &variables, "").json();
    assert_eq!(invoice.as_object().unwrap().len(), 4);
    invoice["appId"] = CORP_ID.into();
    assert_eq!(verdict(&sandbox, &invoice, page), "chooseInvoice:ok");
    let state = run(&["state", "--json", "--wait"], &variables, "");
    assert_eq!(state.json()["ticket"]["freshness"], "fresh");
    assert!(!state.out.contains(CORP_SECRET));
    assert_eq!(run(&["token"], &variables, "").code, 0);
}

#[test]
fn an_official_account_has_an_invoice_config() {
    let sandbox = Sandbox::start();
    let mut invoice = run(&["invoice-config"], &sandbox.variables(&[]), "").json();
    invoice["appId"] = APP_ID.into();
    assert_eq!(verdict(&sandbox, &invoice, ""), "chooseInvoice:ok");
    let agent = run(&["agent-config", "https://e.cn/"], &sandbox.variables(&[]), "");
    assert_eq!((agent.code, agent.out.as_str()), (2, ""));
    assert!(agent.err.contains("WX_CORP_ID"), "{}", agent.err);
}

#[test]
fn an_account_is_of_one_family() {
    let sandbox = Sandbox::start();
    for (variables, named) in [
        (sandbox.work_variables(&[("WX_APP_ID", APP_ID)]), "WX_APP_ID and WX_CORP_ID"),
        (sandbox.variables(&[("WX_CORP_ID", CORP_ID)]), "WX_APP_ID and WX_CORP_ID"),
        (sandbox.variables(&[("WX_AGENT_ID", "1")]), "WX_CORP_ID is not set"),
        (vec![("WX_CORP_ID", CORP_ID), ("WX_APP_SECRET", "s")], "WX_AGENT_ID is not set"),
    ] {
        let ran = run(&["ticket"], &variables, "");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{variables:?}");
        assert!(ran.err.contains(named), "{}", ran.err);
    }
}

#[test]
fn refusals_and_outages_have_their_own_codes() {
    let sandbox = Sandbox::start();
    let wrong =
        run(&["ticket"], &sandbox.variables(&[("WX_APP_SECRET", "ffffffffffffffffffffffffffffffff")]), "");
    assert_eq!(wrong.code, 4, "{}", wrong.err);
    assert!(!wrong.err.contains("ffffffff"));
    let dead = run(&["ticket"], &sandbox.variables(&[("WX_BASE_URL", "http://127.0.0.1:1")]), "");
    assert_eq!(dead.code, 5, "{}", dead.err);
}

#[test]
fn a_secret_file_is_read() {
    let sandbox = Sandbox::start();
    let path = std::env::temp_dir().join(format!("wxsign-cli-{}", std::process::id()));
    std::fs::write(&path, format!("{SECRET}\r\n")).unwrap();
    let file = path.to_str().unwrap();
    let mut variables = sandbox.variables(&[("WX_APP_SECRET_FILE", file)]);
    let both = run(&["ticket"], &variables, "");
    variables.retain(|(name, _)| *name != "WX_APP_SECRET");
    let ran = run(&["ticket"], &variables, "");
    std::fs::remove_file(&path).unwrap();
    assert_eq!((both.code, ran.code), (2, 0), "{}", ran.err);
}

/// Verdicts go to standard output, so that stream decides: a file gets no escape codes, although
/// standard error is a terminal.
#[cfg(target_os = "linux")]
#[test]
fn colours_are_for_a_terminal_on_stdout() {
    let path = std::env::temp_dir().join(format!("wxsign-cli-colour-{}", std::process::id()));
    std::fs::write(&path, STRING1).unwrap();
    let (program, file) = (env!("CARGO_BIN_EXE_wxsign"), path.display());
    // `script` gives its command a terminal.
    let run = |command: &str| {
        let output = std::process::Command::new("script")
            .args(["-qec", command, "/dev/null"])
            .env_remove("NO_COLOR")
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let to_terminal = run(&format!("{program} explain {file}"));
    let to_file = run(&format!("{program} explain {file} >{file}.out; cat {file}.out"));
    std::fs::remove_file(format!("{file}.out")).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(to_terminal.contains('\u{1b}'), "{to_terminal}");
    assert!(to_file.contains("unknown") && !to_file.contains('\u{1b}'), "{to_file}");
}
