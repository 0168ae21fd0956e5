// What the demo prints.

/** Where the page is, and who answers in WeChat's place. */
export function intro({ address, sandbox }) {
  const service = sandbox
    ? `the sandbox at ${sandbox}, a stand-in: no account needed`
    : 'WeChat itself, with your account'
  return `
  wxsign demo

  页面 page     ${address}
  服务 service  ${service}`
}

/** What was signed, and the verdict on it. */
export function outcome({ url, page, results, sandbox }) {
  const [config, legacy] = results
  return `
  签名的网址 signed for  ${url.split('#')[0]}

  ${config.config ? call(config.config) : `no config: ${config.failure}`}

  网页 the page        ${page ? 'came' : 'DID NOT COME'}
  验证 /config         ${said(config, sandbox)}
  验证 /legacy/config  ${said(legacy, sandbox)}`
}

function call(config) {
  const lines = Object.entries(config).map(([name, value]) => `    ${name}: ${JSON.stringify(value)},`)
  return `wx.config({\n${lines.join('\n')}\n  })`
}

function said({ failure, right, said: answer }, sandbox) {
  if (failure) return failure
  if (!sandbox) return 'came; nothing verified it: only WeChat can, when the page is opened inside it'
  if (right) return `${answer.errMsg}  (the sandbox recomputed it as WeChat would)`
  return `WRONG: ${answer.errMsg} (${answer.diagnosis ?? 'no diagnosis'}) ${answer.hint ?? ''}`
}

/** What to try next. */
export function greeting({ address, sandbox }) {
  const account = `
  用自己的账号 With your own account:
    WX_APP_ID=wx… WX_APP_SECRET=… make demo URL=https://your.host/page
  先把本机公网 IP 加入白名单 This machine's IP must be on the account's whitelist:
    https://developers.weixin.qq.com/platform/ → 我的业务 → 公众号/服务号 → 基础信息 → 开发密钥 → API IP 白名单`
  const phone = `
  让微信来验证：把一个 JS接口安全域名（用内网穿透或反向代理）转到 ${address}，
  写进 WX_ALLOWED_HOSTS，再到微信里打开页面。
  To see it verified by WeChat, put a tunnel or a proxy of a host among the JS接口安全域名 of the account before
  ${address}, name that host in WX_ALLOWED_HOSTS, and open the page in WeChat.`
  return `${sandbox ? account : phone}

  换一个页面 Another page: make demo URL='https://example.com/?a=1'
  按 Ctrl-C 结束。Ctrl-C ends it.
`
}
