// The mistakes that the demo makes on purpose, each as careless servers make it.

const { createClient } = require('wxsign')

/** The text that WeChat hashes. */
const text = ({ ticket, nonceStr, timestamp, url }) =>
  `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${url}`

const cut = (url) => url.split('#')[0]
const changed = (change) => (values) => text({ ...values, url: change(cut(values.url)) })

/** Without the parameters that WeChat appends to a shared link. */
function withoutShare(url) {
  const [front, query = ''] = url.split('?')
  const kept = query.split('&').filter((pair) => !/^(from|isappinstalled)=/.test(pair))
  return kept.join('&') ? `${front}?${kept.join('&')}` : front
}

/** A ticket that is alive, and belongs to the stand-in's second account. */
async function ofAnotherAccount({ baseUrl }) {
  const account = { appId: 'wxsandbox00000002', appSecret: 'fedcba9876543210fedcba9876543210' }
  const client = createClient({ ...account, baseUrl, store: 'memory' })
  try {
    return await client.ticket()
  } finally {
    await client.close()
  }
}

const formerTickets = new WeakMap()

/** The client's ticket before this one. At the first time the stand-in ends the ticket, and the client gets the next. */
async function former({ wx, baseUrl, appId }) {
  if (!formerTickets.has(wx)) {
    const ticket = await wx.ticket()
    const body = JSON.stringify({ what: 'ticket', appid: appId })
    await fetch(`${baseUrl}/_sandbox/kill`, { method: 'POST', body, signal: AbortSignal.timeout(5000) })
    wx.invalidate(ticket)
    await wx.ticket()
    formerTickets.set(wx, ticket)
  }
  return formerTickets.get(wx)
}

/**
 * Each mistake by its name: what it is called, and the text that it hashes. `ticket` gives another
 * ticket to hash.
 */
module.exports = {
  fragment: { zh: '没有截掉 # 后面的部分', en: 'The URL with its #fragment', make: text },
  ampersand: {
    zh: '上传网址时没有编码，& 之后丢失',
    en: 'The URL ends at its first &',
    make: changed((url) => url.split('&')[0]),
  },
  encoded: { zh: '对编码后的网址签名', en: 'The escaped URL', make: changed(encodeURIComponent) },
  twice: { zh: '网址编码了两次', en: 'The URL escaped twice', make: changed((url) => url.replaceAll('%', '%25')) },
  decoded: { zh: '网址多解码了一次', en: 'The URL decoded once more', make: changed(decodeURIComponent) },
  scheme: {
    zh: 'http 和 https 弄反',
    en: 'The other scheme: http for https',
    make: changed((url) => (url.startsWith('https:') ? url.replace('https:', 'http:') : url.replace('http:', 'https:'))),
  },
  share: { zh: '丢了分享参数', en: 'Without the share parameters', make: changed(withoutShare) },
  milliseconds: {
    zh: '签名用毫秒，wx.config 用秒',
    en: 'Milliseconds in the signature, seconds in wx.config',
    make: (values) => text({ ...values, url: cut(values.url), timestamp: `${values.timestamp}000` }),
  },
  nonce: {
    zh: '签名串里写成了 nonceStr',
    en: 'nonceStr in place of noncestr',
    make: (values) => text({ ...values, url: cut(values.url) }).replace('&noncestr=', '&nonceStr='),
  },
  appid: {
    zh: '签名串里混入了 appId',
    en: 'The appId is hashed too',
    make: (values) => `appId=${values.appId}&${text({ ...values, url: cut(values.url) })}`,
  },
  undefined: {
    zh: 'ticket 还没拿到就签名',
    en: 'Signed before the ticket came',
    make: (values) => text({ ...values, url: cut(values.url), ticket: undefined }),
  },
  account: {
    zh: '用了另一个公众号的 ticket',
    en: 'The ticket of another account',
    make: changed((url) => url),
    ticket: ofAnotherAccount,
  },
  former: {
    zh: '用了已经失效的旧 ticket',
    en: 'The ticket before this one',
    make: changed((url) => url),
    ticket: former,
  },
}
