//! What to do next, in English and Chinese: for each code, and for the errcodes and causes that
//! deserve other words.
//!
//! Options stand in backticks, by their names in Node; [`super::binding::render`] puts the
//! binding's own names there.

use super::{Code, Reason};

/// A hint in English, then in Chinese.
pub(crate) type Hint = (&'static str, &'static str);

/// The hint for a failure.
pub(super) fn of(code: Code, errcode: Option<i64>, reason: Option<Reason>) -> Hint {
    errcode
        .and_then(|errcode| for_errcode(code, errcode))
        .or_else(|| reason.map(for_reason))
        .unwrap_or_else(|| for_code(code))
}

fn for_errcode(code: Code, errcode: i64) -> Option<Hint> {
    Some(match (code, errcode) {
        (Code::CredentialRejected, 40013) => (
            "The appId is wrong: copy it from https://developers.weixin.qq.com/platform/ under 我的业务 → 公众号/服务号 → 基础信息. The corpId of 企业微信 is at https://work.weixin.qq.com/ under 我的企业 → 企业信息 → 企业ID.",
            "appId 不正确：请到微信开发者平台（https://developers.weixin.qq.com/platform/）「我的业务 → 公众号/服务号 → 基础信息」重新复制。企业微信的 corpId 在管理后台（https://work.weixin.qq.com/）「我的企业 → 企业信息 → 企业ID」。",
        ),
        (Code::CredentialRejected, 40001) => (
            "The AppSecret is wrong or belongs to another appId: check or reset it at https://developers.weixin.qq.com/platform/ under 我的业务 → 公众号/服务号 → 基础信息 → 开发密钥. The Secret of an app of 企业微信 is at https://work.weixin.qq.com/ under 应用管理 → the app → Secret.",
            "AppSecret 错误，或不属于该 appId：请到微信开发者平台（https://developers.weixin.qq.com/platform/）「我的业务 → 公众号/服务号 → 基础信息 → 开发密钥」核对或重置。企业微信应用的 Secret 在管理后台（https://work.weixin.qq.com/）「应用管理 → 对应应用 → Secret」。",
        ),
        (Code::CredentialRejected, 40091) => (
            "The Secret belongs to an app of another company: take the Secret and the corpId from the same company at https://work.weixin.qq.com/ under 应用管理 → the app → Secret and 我的企业 → 企业信息 → 企业ID.",
            "Secret 属于其他企业的应用：请在企业微信管理后台（https://work.weixin.qq.com/）取同一家企业的 Secret（应用管理 → 对应应用 → Secret）和 corpId（我的企业 → 企业信息 → 企业ID）。",
        ),
        (Code::CredentialRejected, 40125) => (
            "The AppSecret is wrong or belongs to another appId: check or reset it at https://developers.weixin.qq.com/platform/ under 我的业务 → 公众号/服务号 → 基础信息 → 开发密钥. A reset ends the old one at once.",
            "AppSecret 错误，或不属于该 appId：请到微信开发者平台（https://developers.weixin.qq.com/platform/）「我的业务 → 公众号/服务号 → 基础信息 → 开发密钥」核对或重置。重置后旧的 AppSecret 立即失效。",
        ),
        (Code::CredentialRejected, 40243) => (
            "The AppSecret is frozen: unfreeze it at https://developers.weixin.qq.com/platform/ under 我的业务 → 公众号/服务号 → 基础信息 → 开发密钥. This takes effect after 10 minutes.",
            "AppSecret 已被冻结：请到微信开发者平台（https://developers.weixin.qq.com/platform/）「我的业务 → 公众号/服务号 → 基础信息 → 开发密钥」解冻，10 分钟后生效。",
        ),
        (Code::CredentialRejected, 41002 | 41004) => {
            ("The appId or the AppSecret is empty: set both.", "appId 或 AppSecret 为空：请同时配置。")
        }
        (Code::IpNotAllowed, 89501 | 89503) => (
            "The account's admin has received a message: the admin must confirm this machine's address. wxsign asks again once an hour.",
            "公众号管理员已收到微信消息，需要由管理员确认本机 IP。wxsign 每小时重试一次。",
        ),
        (Code::IpNotAllowed, 89506 | 89507) => (
            "The account's admin has refused this machine's address, which blocks it for a while. wxsign asks again once an hour; ask the admin to confirm then.",
            "公众号管理员已拒绝本机 IP，一段时间内无法调用。wxsign 每小时重试一次，届时请管理员确认。",
        ),
        (Code::IpNotAllowed, 60020) => (
            "Add this machine's public address to the app's trusted addresses at https://work.weixin.qq.com/ under 应用管理 → the app → 开发者接口 → 企业可信IP.",
            "请在企业微信管理后台（https://work.weixin.qq.com/）「应用管理 → 对应应用 → 开发者接口 → 企业可信IP」中加入本机公网 IP。",
        ),
        (Code::PermissionDenied, 48001) => (
            "The account may not use this interface: the JS-SDK needs a verified account. See https://developers.weixin.qq.com/platform/ under 接口管理 → 接口权限与额度.",
            "该账号没有此接口的权限：JS-SDK 需要已认证的公众号/服务号。请到微信开发者平台（https://developers.weixin.qq.com/platform/）「接口管理 → 接口权限与额度」查看。",
        ),
        (Code::PermissionDenied, 48002) => (
            "The Secret is that of 通讯录 or the like and not that of an app: take the app's at https://work.weixin.qq.com/ under 应用管理 → the app → Secret.",
            "所用的 Secret 不是应用的 Secret（例如是通讯录的）：请到企业微信管理后台（https://work.weixin.qq.com/）「应用管理 → 对应应用 → Secret」复制。",
        ),
        (Code::PermissionDenied, 60011) => (
            "The app lacks this right, or the user is outside its visible range: see https://work.weixin.qq.com/ under 应用管理 → the app → 可见范围.",
            "应用没有这项权限，或用户不在可见范围内：请到企业微信管理后台（https://work.weixin.qq.com/）「应用管理 → 对应应用 → 可见范围」查看。",
        ),
        (Code::PermissionDenied, 48004 | 50002 | 50004 | 50007) => (
            "The interface is banned or the account is limited: read the notices of the account at https://mp.weixin.qq.com/.",
            "接口被封禁，或账号受限：请到公众平台（https://mp.weixin.qq.com/）查看该公众号的通知。",
        ),
        (Code::QuotaExceeded, 45011) => {
            ("Too many calls in this minute: wait a minute.", "本分钟调用过于频繁：请等待一分钟。")
        }
        (Code::UpstreamRejected, 40056) => (
            "The agentId is wrong: copy the app's AgentId at https://work.weixin.qq.com/ under 应用管理 → the app into `agentId`.",
            "agentId 不正确：请到企业微信管理后台（https://work.weixin.qq.com/）「应用管理 → 对应应用」复制 AgentId，填入 `agentId`。",
        ),
        (Code::UpstreamRejected, 61024) => (
            "WeChat expects the token of a 第三方平台 here: to sign for a 公众号 that authorised the platform, set that account's appId, and hand over its authorizer_access_token as `accessToken`.",
            "微信要求使用第三方平台专用的 token：为授权给平台的公众号签名时，请填写该公众号的 appId，并把它的 authorizer_access_token 传给 `accessToken`。",
        ),
        (Code::UpstreamRejected, 48017) => (
            "A fixed IP address of WeChat's that is retired was used: remove the entry for api.weixin.qq.com from the hosts file.",
            "使用了微信已下线的固定 IP：请删除 hosts 文件中 api.weixin.qq.com 的条目。",
        ),
        (Code::CredentialRejected | Code::UpstreamRejected, 41001) => (
            "The request arrived without its access_token: check whether the relay at `baseUrl` or the proxy drops parameters, or answers with another call of WeChat's.",
            "请求到达微信时没有 access_token：请检查 `baseUrl` 指向的中转服务或代理是否丢弃了参数，或转发到了微信的其他接口。",
        ),
        (Code::UpstreamRejected, 43002 | 43003) => (
            "Something between this machine and WeChat changes the request (POST or https was lost): check the relay at `baseUrl` and the proxy.",
            "请求在到达微信之前被改动（POST 或 https 丢失）：请检查 `baseUrl` 指向的中转服务和代理。",
        ),
        _ => return None,
    })
}

#[allow(clippy::too_many_lines)] // a table
fn for_reason(reason: Reason) -> Hint {
    match reason {
        Reason::ConnectionRefused => (
            "The host was found, but no program accepts connections at this port: check host and port of `baseUrl`, or a firewall that rejects.",
            "已找到主机，但该端口无人监听：请检查 `baseUrl` 的主机和端口，或是否被防火墙拒绝。",
        ),
        Reason::HostNotFound => (
            "The name does not exist in this machine's DNS: check the spelling of the host and the name servers in /etc/resolv.conf.",
            "本机 DNS 中没有该域名：请检查域名拼写，以及 /etc/resolv.conf 中的 DNS 服务器。",
        ),
        Reason::LookupFailed | Reason::LookupTimeout => (
            "This machine's name server does not answer: check /etc/resolv.conf and that UDP port 53 is open.",
            "本机的 DNS 服务器没有响应：请检查 /etc/resolv.conf，并确认 UDP 53 端口可用。",
        ),
        Reason::Unreachable => (
            "This machine has no route to the host: check its network, or set `proxy` if it may only leave through one.",
            "本机没有到该主机的路由：请检查网络；如果只能经代理出网，请设置 `proxy`。",
        ),
        Reason::ConnectTimeout => (
            "Connecting got no answer, as behind a firewall that drops packets: open port 443 to the host, or set `proxy`.",
            "连接无响应，常见于防火墙丢弃数据包：请放行到该主机的 443 端口，或设置 `proxy`。",
        ),
        Reason::TlsTimeout => (
            "The connection stands, but the TLS handshake does not end: check a firewall or proxy that inspects TLS.",
            "连接已建立，但 TLS 握手没有完成：请检查会拦截 TLS 的防火墙或代理。",
        ),
        Reason::ReadTimeout => (
            "The host accepted the request and did not answer in time: it is slow or hangs. wxsign tries again by itself.",
            "对方已收到请求，但没有按时响应：服务缓慢或已挂起。wxsign 会自动重试。",
        ),
        Reason::Reset | Reason::ClosedEarly => (
            "The host or a device before it ended the connection: wxsign tries again by itself. If it goes on, check firewalls and the relay at `baseUrl`.",
            "对方或中间设备断开了连接：wxsign 会自动重试。如果持续出现，请检查防火墙和 `baseUrl` 指向的中转服务。",
        ),
        Reason::ProxyUnreachable => (
            "The proxy itself cannot be reached: check host and port of `proxy`, and that the proxy runs.",
            "无法连接代理：请检查 `proxy` 的主机和端口，并确认代理正在运行。",
        ),
        Reason::ProxyTimeout => (
            "The proxy accepted the connection and does not go on: check that it may reach WeChat.",
            "代理已接受连接，但没有继续：请确认代理可以访问微信。",
        ),
        Reason::ProxyAuthentication => (
            "The proxy demands a user and a password: write `proxy` as http://user:password@host:port, with %40 for an @ in them.",
            "代理要求用户名和密码：请把 `proxy` 写成 http://user:password@host:port，其中的 @ 写作 %40。",
        ),
        Reason::ProxyForbidden => (
            "The proxy forbids this host: let its administrator allow CONNECT to port 443 of api.weixin.qq.com.",
            "代理禁止访问该主机：请让代理管理员放行到 api.weixin.qq.com:443 的 CONNECT。",
        ),
        Reason::ProxyRefused => (
            "The proxy did not make the connection: its log says why. Check that `proxy` is an HTTP proxy that allows CONNECT.",
            "代理没有建立连接：原因见代理的日志。请确认 `proxy` 是允许 CONNECT 的 HTTP 代理。",
        ),
        Reason::CertificateUntrusted => (
            "The certificate is signed by an authority that this machine does not trust, as 微信云托管 and a company's proxy have it: name that authority's certificate with `caFile`.",
            "证书由本机不信任的机构签发，常见于企业代理或微信云托管：请用 `caFile` 指定该机构的证书。",
        ),
        Reason::CertificateExpired => (
            "The certificate has expired, or this machine's clock is ahead: compare the dates of the message with the clock.",
            "证书已过期，或本机时钟偏快：请把错误信息中的日期与本机时间对照。",
        ),
        Reason::CertificateNotYetValid => (
            "This machine's clock is behind: set it (for example with NTP).",
            "本机时钟偏慢：请校准时间（例如使用 NTP）。",
        ),
        Reason::CertificateWrongName => (
            "The certificate is another host's: `baseUrl` or the hosts file leads to the wrong machine.",
            "证书属于其他主机：`baseUrl` 或 hosts 文件指向了错误的机器。",
        ),
        Reason::CertificateInvalid => (
            "The host's certificate cannot be used: its operator must replace it.",
            "对方的证书无效：请让该主机的运维人员更换证书。",
        ),
        Reason::NoRoots => (
            "Install the package ca-certificates, or name a file of root certificates with `caFile`.",
            "请安装 ca-certificates 软件包，或用 `caFile` 指定根证书文件。",
        ),
        Reason::CaFile => (
            "Name a readable file of PEM certificates (\"-----BEGIN CERTIFICATE-----\").",
            "请指定可读取的 PEM 证书文件（以「-----BEGIN CERTIFICATE-----」开头）。",
        ),
        Reason::TlsFailed => (
            "The host does not speak TLS 1.2 or 1.3 at this port, or something between disturbs it: check scheme and port of `baseUrl`, and devices that inspect TLS.",
            "对方在该端口不支持 TLS 1.2 或 1.3，或连接受到中间设备干扰：请检查 `baseUrl` 的协议和端口，以及会拦截 TLS 的设备。",
        ),
        Reason::TlsUnknownName => (
            "The machine that answers has no certificate for this host name: check the spelling of the host in `baseUrl`, and whether the hosts file or DNS leads to the wrong machine.",
            "响应的机器没有该主机名的证书：请检查 `baseUrl` 中的主机名拼写，以及 hosts 文件或 DNS 是否指向了错误的机器。",
        ),
        Reason::TlsClientCertificate => (
            "The host demands a client certificate, which wxsign does not have: let the relay at `baseUrl` ask for none.",
            "对方要求客户端证书，而 wxsign 没有：请让 `baseUrl` 指向的中转服务不要求客户端证书。",
        ),
        Reason::Redirect => (
            "wxsign follows no redirect, because the next host would see the secret: set `baseUrl` to the final address. A captive portal redirects too.",
            "wxsign 不跟随重定向，以免密钥泄露给下一个主机：请把 `baseUrl` 改为最终地址。网络认证页面也会造成重定向。",
        ),
        Reason::Compressed => (
            "A relay compresses answers although wxsign does not ask for it: switch gzip off there.",
            "中转服务压缩了响应，而 wxsign 并未请求压缩：请在该处关闭 gzip。",
        ),
        Reason::Html => (
            "A web page came in place of WeChat's answer: check `baseUrl`, the proxy, and captive portals.",
            "返回的是网页，而不是微信的响应：请检查 `baseUrl`、代理和网络认证页面。",
        ),
        Reason::Truncated | Reason::Empty => (
            "The answer ends too early: wxsign tries again by itself. If it goes on, check the relay at `baseUrl` and the proxy.",
            "响应不完整：wxsign 会自动重试。如果持续出现，请检查 `baseUrl` 指向的中转服务和代理。",
        ),
        Reason::TooLarge | Reason::NotJson | Reason::Malformed => (
            "The answer is not WeChat's: check what answers at `baseUrl`.",
            "返回内容不是微信的响应：请检查 `baseUrl` 指向的服务。",
        ),
        Reason::NotHttp => (
            "What answers does not speak HTTP: check scheme and port of `baseUrl` and of `proxy`.",
            "对方不是 HTTP 服务：请检查 `baseUrl` 和 `proxy` 的协议与端口。",
        ),
        Reason::HttpStatus => (
            "WeChat answers such calls with status 200, and this was another: check the path of `baseUrl`, and the relay \
             behind it.",
            "微信对这类请求总是返回状态码 200，而这里不是：请检查 `baseUrl` 的路径，以及它背后的中转服务。",
        ),
        Reason::NoThreads => (
            "This process may not start another thread: raise its limit (ulimit -u, the container's pids limit).",
            "本进程无法再创建线程：请提高限制（ulimit -u，或容器的 pids 上限）。",
        ),
        Reason::NoDescriptors => (
            "This process has too many files and connections open: raise its limit (ulimit -n), or look for a leak.",
            "本进程打开的文件和连接过多：请提高限制（ulimit -n），或检查是否泄漏。",
        ),
        Reason::NoSpace => ("The disk is full: free some space.", "磁盘已满：请清理空间。"),
        Reason::NoMemory => (
            "The system has no memory left for this: raise the limit of the process or of its container.",
            "系统内存不足：请提高进程或容器的内存上限。",
        ),
        Reason::Function => (
            "Your own function for the token or the ticket gave none: the message says why. Correct it, or the service that it asks.",
            "你提供的获取 token 或 ticket 的函数没有返回结果：原因见错误信息。请修正该函数，或它所访问的服务。",
        ),
        Reason::UrlDecoded => (
            "The URL was decoded on the way: send encodeURIComponent(location.href), and do not decode it a second time.",
            "URL 在途中被解码：请发送 encodeURIComponent(location.href)，服务端不要重复解码。",
        ),
        Reason::UrlNotEncoded => (
            "The page sent its URL as it is: send encodeURIComponent(location.href).",
            "页面发送的 URL 未经编码：请发送 encodeURIComponent(location.href)。",
        ),
        Reason::UrlEncodedTwice => (
            "Call encodeURIComponent once: axios and URLSearchParams encode parameters by themselves.",
            "encodeURIComponent 只能调用一次：axios 和 URLSearchParams 会自动编码参数。",
        ),
    }
}

fn for_code(code: Code) -> Hint {
    match code {
        Code::InvalidArgument => {
            ("Correct the option or parameter that the message names.", "请修正错误信息中指出的选项或参数。")
        }
        Code::InvalidUrl => (
            "Pass the page's own location.href; if the page sends it, use encodeURIComponent.",
            "请传入页面自身的 location.href；由页面传来时，请使用 encodeURIComponent 编码。",
        ),
        Code::HostNotAllowed => (
            "If the page is yours, add its host to `allowedHosts`.",
            "如果该页面属于你，请把它的域名加入 `allowedHosts`。",
        ),
        Code::CredentialRejected => (
            "Check the appId and the AppSecret at https://developers.weixin.qq.com/platform/ under 我的业务 → 公众号/服务号 → 基础信息 → 开发密钥.",
            "请到微信开发者平台（https://developers.weixin.qq.com/platform/）「我的业务 → 公众号/服务号 → 基础信息 → 开发密钥」核对 appId 与 AppSecret。",
        ),
        Code::IpNotAllowed => (
            "Add this machine's public address to the account's IP whitelist at https://developers.weixin.qq.com/platform/ under 我的业务 → 公众号/服务号 → 基础信息 → 开发密钥 → API IP 白名单. It takes effect in minutes, and it guards every call, also those with an access_token.",
            "请到微信开发者平台（https://developers.weixin.qq.com/platform/）「我的业务 → 公众号/服务号 → 基础信息 → 开发密钥」，把本机公网 IP 加入「API IP 白名单」，几分钟内生效。白名单对所有接口有效，包括携带 access_token 的调用。",
        ),
        Code::PermissionDenied => (
            "The account may not use this interface: see https://developers.weixin.qq.com/platform/ under 接口管理 → 接口权限与额度.",
            "该账号无权使用此接口：请到微信开发者平台（https://developers.weixin.qq.com/platform/）「接口管理 → 接口权限与额度」查看。",
        ),
        Code::QuotaExceeded => (
            "The quota of calls is used up: wait until it resets, and let all processes share one store.",
            "接口调用次数已用完：请等待重置，并让所有进程共用同一个 `store`。",
        ),
        Code::TokenInvalidated => (
            "Another service has refreshed the access token: let it use stable_token, or hand over its current token. At 企业微信 see whether the app was disabled, or its Secret reset.",
            "access_token 已被其他服务刷新：请让其改用 stable_token，或传入其当前的 access_token。企业微信：请检查应用是否被停用，或 Secret 是否被重置。",
        ),
        Code::UpstreamBusy => {
            ("WeChat is busy: wxsign tries again by itself.", "微信服务繁忙：wxsign 会自动重试。")
        }
        Code::UpstreamRejected => (
            "Look the errcode up in WeChat's documentation, and give the rid to Tencent's support.",
            "请在微信文档中查询该 errcode，并把 rid 提供给微信客服。",
        ),
        Code::BadResponse => (
            "The answer is not WeChat's: check `baseUrl`, the proxy and captive portals.",
            "返回内容不是微信的响应：请检查 `baseUrl`、代理和网络认证页面。",
        ),
        Code::NotReady => (
            "Wait for a call once before you use the calls that do not wait.",
            "请先完成一次等待的调用，再使用不等待的调用。",
        ),
        Code::Network => (
            "Check DNS, the firewall and the proxy of this machine, and that `baseUrl` is right.",
            "请检查本机的 DNS、防火墙和代理，并确认 `baseUrl` 正确。",
        ),
        Code::Timeout => (
            "The service is slow: try again, or allow more time with `timeoutMs`.",
            "服务响应过慢：请重试，或用 `timeoutMs` 加长等待时间。",
        ),
        Code::Store => (
            "Name a subdirectory for the store: wxsign creates it, owned by this user, with mode 0700.",
            "请为 store 指定一个子目录：wxsign 会以当前用户创建它，权限为 0700。",
        ),
        Code::Closed => ("Make a new client: this one was closed.", "该客户端已关闭：请新建一个。"),
        Code::Aborted => {
            ("The caller gave up waiting; call again when needed.", "调用方已放弃等待；需要时请重新调用。")
        }
        Code::Forked => (
            "Make a new client after fork; plain signing goes on working.",
            "fork 之后请新建客户端；单纯的签名函数仍可使用。",
        ),
        Code::Internal => (
            "This is a defect of wxsign: please report it with the message.",
            "这是 wxsign 的缺陷：请附上错误信息反馈给我们。",
        ),
    }
}
