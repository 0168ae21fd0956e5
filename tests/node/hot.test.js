// The hot call: whatever length, character or fragment sends a URL one way or the other, what is
// signed is the same.

const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const { once } = require('node:events')
const { join } = require('node:path')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const { sign } = require('wxsign')
const { hot, native } = require('../../dist/index')[Symbol.for('wxsign.inside')]('native')
const { runScript, sandbox } = require('./support/sandbox')

const TICKET = 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg'
const ORIGIN = 'https://example.com/'
const LONGEST = 2048

function byHand(ticket, { nonceStr, timestamp }, page) {
  const text = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${page}`
  return createHash('sha1').update(text).digest('hex')
}

/** Signs, and holds what came out against the usual hand-written code. */
function check(url, page = url, ticket = TICKET) {
  const signed = sign({ ticket, url })
  assert.equal(signed.signature, byHand(ticket, signed, page), `ticket of ${ticket.length}, URL of ${url.length}`)
  assert.match(signed.nonceStr, /^[a-z2-7]{32}$/)
  assert.ok(Math.abs(signed.timestamp - Date.now() / 1000) < 5)
  return signed
}

test('every length of a URL, whichever way it takes', () => {
  for (let length = 0; length <= LONGEST + 8; length++) check('u'.repeat(length))
  // The way is the one that is meant.
  const key = native.prepare(TICKET)
  assert.equal(hot(key, 'u'.repeat(LONGEST)).length, 76)
  assert.equal(hot(key, 'u'.repeat(LONGEST + 1)), undefined)
})

test('every length of a ticket', () => {
  for (let length = 1; length <= 512; length++) {
    const ticket = TICKET.repeat(6).slice(0, length)
    // Thrice: the second time the ticket is the last one, and its nonce begins as the first one
    // did.
    for (let turn = 0; turn < 3; turn++) check(`${ORIGIN}?${length}`, undefined, ticket)
  }
})

test('a fragment at every position', () => {
  const page = `${ORIGIN}${'abc?d=e&'.repeat(20)}`
  for (let at = 0; at <= page.length; at++) {
    check(`${page.slice(0, at)}#${page.slice(at)}#`, page.slice(0, at))
  }
})

test('a character that is not ASCII at every position', () => {
  const page = `${ORIGIN}${'x'.repeat(300)}`
  for (const strange of ['é', '\u0080', '\u00ff', 'Ā', '中', '😀']) {
    for (let at = 0; at <= page.length; at++) {
      const url = page.slice(0, at) + strange + page.slice(at + 1)
      check(url)
      assert.equal(hot(native.prepare(TICKET), url), undefined)
    }
  }
  // Half a pair is what UTF-8 makes of it, as in the hand-written code.
  for (const half of ['\ud83d', '\ude00']) check(`${ORIGIN}${half}x`)
  check(`${ORIGIN}?q=\0\u0001\u007f`)
})

/** Strings of every build: cut out, joined, of two bytes a character. */
test('strings of every build are signed alike', () => {
  const long = `--${ORIGIN}page?id=12345--`
  const joined = [...`${ORIGIN}?`].reduce((text, letter) => text + letter, '') + Math.random()
  const wide = `中${ORIGIN}?wide`.slice(1)
  for (const url of [long.slice(2, -2), joined, wide]) check(url)
})

test('tickets and nonces never mix', () => {
  const nonces = new Set()
  for (let turn = 0; turn < 20_000; turn++) {
    const ticket = `${TICKET}${turn % 3 === 0 ? turn % 5 : ''}`
    nonces.add(check(`${ORIGIN}?${turn}`, undefined, ticket).nonceStr)
  }
  assert.equal(nonces.size, 20_000)
})

/** What is out of the ordinary is left to those who know its name. */
test('the hot call leaves the unusual to the others', () => {
  for (const args of [
    [],
    [0],
    [0, 1],
    ['0', ORIGIN],
    [{}, {}],
    [1e9, ORIGIN],
    [-12345, ORIGIN],
    [Number.NaN, ORIGIN],
  ]) {
    assert.equal(hot(...args), undefined)
  }
  // A key is for one ticket: another facade over the same addon cannot sign with the wrong one.
  const key = native.prepare('first')
  native.prepare('second')
  assert.equal(hot(key, ORIGIN), undefined)
  check(ORIGIN)
})

/** A client checks the URL and its own state at every call. */
test('a client checks URL and state at every call', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.client({ allowedHosts: ['example.com', '*.example.org'] })
  const ticket = await wx.ticket()
  const other = wechat.client({ appId: 'wxother', allowedHosts: '*' })
  for (let length = ORIGIN.length; length <= LONGEST; length += 7) {
    const url = ORIGIN + 'p'.repeat(length - ORIGIN.length)
    for (const config of [wx.tryConfig(url), await wx.config(url), wx.tryConfig(`${url}#f`)]) {
      assert.equal(config.signature, byHand(ticket, config, url))
    }
  }
  for (const [url, code] of [
    ['https://evil.com/', 'HOST_NOT_ALLOWED'],
    ['https://example.com.evil.com/', 'HOST_NOT_ALLOWED'],
    ['https://example.com:80:80/', 'INVALID_URL'],
    ['https://example.com/\n', 'INVALID_URL'],
    ['https://example.com\\@evil.com/', 'INVALID_URL'],
    [`${ORIGIN}${'x'.repeat(8192)}`, 'INVALID_URL'],
    [`${ORIGIN}?q=中文`, 'INVALID_URL'],
    [`${ORIGIN}?q=a b`, 'INVALID_URL'],
  ]) {
    assert.throws(() => wx.tryConfig(url), { code }, url)
    await assert.rejects(wx.config(url), { code })
  }
  assert.throws(() => other.tryConfig(ORIGIN), { code: 'NOT_READY' })
  const options = { jsApiList: ['scanQRCode'], openTagList: ['wx-open-launch-app'], debug: true }
  const config = wx.tryConfig(ORIGIN, options)
  assert.deepEqual({ ...config, ...options }, config)
  await wx.close()
  assert.throws(() => wx.tryConfig(ORIGIN), { code: 'CLOSED' })
  await assert.rejects(wx.config(ORIGIN), { code: 'CLOSED' })
})

/** Eight workers sign while the ticket changes, and never with a mix of two. */
test('workers never sign with a mix of two tickets', async (t) => {
  const wechat = await sandbox(t)
  await wechat.post('/_sandbox/settings', { ticket_life: 2 })
  const wx = wechat.client()
  const tickets = new Set([await wx.ticket()])
  const workers = Array.from(
    { length: 8 },
    () =>
      new Worker(join(__dirname, 'support/hot-worker.js'), { workerData: { options: wechat.options, url: ORIGIN } }),
  )
  // The first message says that it signs, the second one brings what it signed.
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const results = workers.map((worker) => once(worker, 'message'))
  for (
    const end = Date.now() + 15_000;
    Date.now() < end && tickets.size < 4;
    await new Promise((resolve) => setTimeout(resolve, 20))
  ) {
    tickets.add(await wx.ticket())
  }
  for (const worker of workers) worker.postMessage('stop')
  const used = new Set()
  for (const [configs] of await Promise.all(results)) {
    for (const config of configs) {
      const ticket = [...tickets].find((ticket) => byHand(ticket, config, ORIGIN) === config.signature)
      assert.ok(ticket, 'a signature of no ticket that there was')
      used.add(ticket)
    }
  }
  assert.ok(used.size > 2, `only ${used.size} tickets were seen`)
})

/** V8 keeps the shapes of the answers, so that no object literal of the program makes them slow. */
test('V8 keeps the shapes that it was shown', async () => {
  const script = `require('wxsign')
    for (let i = 0; i < 3; i++) gc()
    const signed = (timestamp) => ({ nonceStr: '', timestamp, signature: '' })
    const config = (timestamp) => ({ debug: false, appId: '', timestamp, nonceStr: '', signature: '', jsApiList: [] })
    for (const make of [signed, config]) {
      const first = make(1)
      console.log(%HaveSameMap(first, make(0.5)), %HaveSameMap(first, make('')))
    }`
  const { code, stdout } = await runScript(script, { args: ['--expose-gc', '--allow-natives-syntax'] })
  assert.deepEqual([code, stdout], [0, 'true true\ntrue true\n'])
})
