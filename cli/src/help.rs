//! `wxsign help`.

use crate::OK;
use crate::args::Args;
use crate::console::{Console, Failure};

const ENGLISH: &str = "\
wxsign signs WeChat JS-SDK pages and explains invalid signatures. (unofficial)

  wxsign explain [FILE]     why is this signature invalid? Reads what you paste: a string1 line, the
                            object of wx.config, the object of wx.error, the page's
                            location.href; ends with Ctrl-D
  wxsign doctor             checks the set-up, and prints a report without secrets
      --endpoint URL        calls your own signing route with awkward page URLs
      --page URL            follows redirects and shows the address that iOS verifies
      --quota               also asks for today's quota (costs a call)
  wxsign config URL         prints what wx.config takes (--js-api a,b  --open-tag x  --debug)
  wxsign agent-config URL   prints what wx.agentConfig of 企业微信 takes (--js-api a,b)
  wxsign invoice-config     prints what chooseInvoice takes
  wxsign sign URL           signs with the ticket in WX_JSAPI_TICKET (--ticket-file FILE, --nonce,
                            --timestamp)
  wxsign ticket, token      print the jsapi_ticket, the access_token
  wxsign state              prints the client's state (--wait: after asking for a ticket)
  wxsign mock               runs a stand-in for WeChat on this machine (--help lists its options)

Everywhere: --json, --lang en|zh.
Environment: WX_APP_ID (WX_CORP_ID and WX_AGENT_ID for 企业微信 apps), WX_APP_SECRET or
WX_APP_SECRET_FILE, WX_BASE_URL, WXSIGN_STORE, WX_ALLOWED_HOSTS, WX_TOKEN_API=classic, WX_PROXY,
WX_CA_FILE, WX_ALLOW_HTTP=1, WX_JSAPI_TICKET. Colours: none with NO_COLOR.
Exit codes: 0 fine, 1 wrong (an invalid signature, a failed check), 2 wrong arguments or input,
3 undecided, 4 refused by WeChat or by the set-up, 5 failed for now.";

const CHINESE: &str = "\
wxsign 为微信 JS-SDK 页面签名，并解释签名为什么无效。（非官方）

  wxsign explain [文件]     签名为什么无效？直接粘贴签名串 string1、wx.config 的对象、wx.error 的
                            对象、页面的 location.href，以 Ctrl-D 结束
  wxsign doctor             检查配置，并给出不含敏感信息的报告
      --endpoint URL        用容易出错的网址调用你自己的签名接口
      --page URL            跟随跳转，显示 iOS 校验的网址
      --quota               同时查询当日额度（消耗一次调用）
  wxsign config URL         输出 wx.config 的参数（--js-api a,b  --open-tag x  --debug）
  wxsign agent-config URL   输出企业微信 wx.agentConfig 的参数（--js-api a,b）
  wxsign invoice-config     输出 chooseInvoice 的参数
  wxsign sign URL           用 WX_JSAPI_TICKET 里的 ticket 签名（--ticket-file 文件、--nonce、
                            --timestamp）
  wxsign ticket、token      输出 jsapi_ticket、access_token
  wxsign state              输出客户端状态（--wait：先取一次 ticket）
  wxsign mock               在本机运行微信的模拟服务（选项见 --help）

通用选项：--json、--lang en|zh。
环境变量：WX_APP_ID（企业微信：WX_CORP_ID 和 WX_AGENT_ID）、WX_APP_SECRET 或 WX_APP_SECRET_FILE、
WX_BASE_URL、WXSIGN_STORE、WX_ALLOWED_HOSTS、WX_TOKEN_API=classic、WX_PROXY、WX_CA_FILE、
WX_ALLOW_HTTP=1、WX_JSAPI_TICKET。设置 NO_COLOR 则没有颜色。
退出码：0 正常，1 有问题（签名无效、检查失败），2 参数或输入有误，3 无法判断，
4 被微信或配置拒绝，5 暂时失败。";

pub(crate) fn run(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    Args::read(arguments, &[], &[])?;
    console.value(console.lang.pick(ENGLISH, CHINESE))?;
    Ok(OK)
}
