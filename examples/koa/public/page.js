// Fetches the config for this very page, gives it to wx.config, and shows what became of it.

const $ = (id) => document.getElementById(id)
const inWeChat = /micromessenger/i.test(navigator.userAgent)
// What is known so far: the server's answer to /verify, and the word of WeChat's SDK.
const known = { sandbox: undefined, wechat: undefined }

/** The big card on top. */
function verdict(state, zh, en, why) {
  $('verdict').dataset.state = state
  $('verdict-zh').textContent = zh
  $('verdict-en').textContent = en
  $('verdict-why').textContent = why ?? ''
  $('verdict-why').hidden = !why
}

/** Puts together what is known. The sandbox, if there is one, also names the cause; else WeChat's message is all there is. */
function conclude() {
  const { sandbox, wechat } = known
  if (sandbox === undefined) return
  if (sandbox.ok) {
    verdict('good', '签好了，验证通过', 'Signed, and verified by the sandbox as WeChat would.')
  } else if (sandbox.ok === false) {
    verdict('bad', '签名没有通过', sandbox.errMsg, sandbox.hint_zh ?? sandbox.diagnosis)
  } else if (wechat) {
    if (wechat.ok) verdict('good', '签好了，微信验证通过', 'Signed, and verified by WeChat.')
    else verdict('bad', '签名没有通过', wechat.errMsg)
  } else if (inWeChat) {
    verdict('waiting', '已签名，等待微信校验…', 'Signed. WeChat is verifying it …')
  } else {
    verdict('unknown', '已签名，只有微信能验证', 'Signed. Only WeChat can verify it: open this page inside WeChat.')
  }
}

/** One line of what WeChat said. */
function event(kind, name, zh, en) {
  const line = document.createElement('li')
  line.className = kind
  for (const [tag, text] of [
    ['b', name],
    ['span', zh],
    ['small', en],
  ]) {
    const part = document.createElement(tag)
    part.textContent = text
    line.append(part, ' ')
  }
  $('events').append(line)
}

function show(config) {
  for (const name of ['appId', 'timestamp', 'nonceStr', 'signature']) $(name).textContent = config[name]
  $('moment').textContent = new Date(config.timestamp * 1000).toLocaleString()
  $('hashed').textContent =
    `jsapi_ticket=〈ticket〉&noncestr=${config.nonceStr}&timestamp=${config.timestamp}&url=${$('url').textContent}`
  $('given').textContent = `wx.config(${JSON.stringify(config, null, 2)})`
}

/** Hands the config to WeChat's SDK, which has it verified inside WeChat and is silent elsewhere. */
function configure(config) {
  if (!inWeChat) event('quiet', '不在微信里', '微信的 SDK 不会有任何反应。', 'Not inside WeChat: its SDK stays silent.')
  wx.error(({ errMsg }) => {
    known.wechat = { ok: false, errMsg }
    $('events').dataset.result = 'error'
    event('bad', 'wx.error', errMsg, '')
    conclude()
  })
  wx.ready(() => {
    if (known.wechat) return event('quiet', 'wx.ready', '照样触发，不算数。', 'Fires all the same.')
    known.wechat = { ok: true }
    $('events').dataset.result = 'ready'
    event('good', 'wx.ready', 'config:ok', '')
    conclude()
    // From here on the page may call what is on the jsApiList, such as
    // wx.updateAppMessageShareData({ … }).
  })
  // A copy: the SDK renames entries of jsApiList in place.
  wx.config({ ...config, jsApiList: [...config.jsApiList] })
}

/** Asks this server whether the signature is right; it knows only if the stand-in for WeChat is used. */
async function verify(url, { appId, timestamp, nonceStr, signature }) {
  const answer = await fetch(`/verify?${new URLSearchParams({ url, appId, timestamp, nonceStr, signature })}`)
  if (!answer.ok) throw new Error(`/verify: HTTP ${answer.status}`)
  known.sandbox = await answer.json()
  conclude()
}

/** Shows the address, and beside it a readable form if it is full of escapes. */
function showAddress(url) {
  $('url').textContent = url
  try {
    const readable = decodeURI(url)
    if (readable !== url) $('readable').textContent = `读作 ${readable}`
  } catch {
    // A lone % is fine in an address, and has no other reading.
  }
}

async function main() {
  // What WeChat hashes, and what a server cannot know by itself: WeChat adds parameters when a page
  // is shared.
  const url = location.href.split('#')[0]
  showAddress(url)
  const answer = await fetch(`/config?url=${encodeURIComponent(url)}`)
  if (!answer.ok) {
    // Something in between may have answered, and in HTML.
    const { code, message } = await answer.json().catch(() => ({ code: `HTTP ${answer.status}` }))
    const log = '原因写在服务器的日志里。The server’s log says why.'
    verdict('bad', '没有拿到签名', `No signature: ${code}`, message ? `${message} ${log}` : log)
    return
  }
  const config = await answer.json()
  show(config)
  configure(config)
  await verify(url, config)
}

main().catch((error) => verdict('bad', '出错了', 'Something went wrong.', error.message))
