// What a caller's own functions and objects do wrong stays the caller's fault, and never the end of
// the program.

const assert = require('node:assert/strict')
const { readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { cardSign, createClient, explain, sign } = require('wxsign')
const { signatures } = require('wxsign/wecom')
const { FAILING, THROWN } = require('./support/failing')
const { rejects, throws } = require('./support/failure')
const { DEAD_URL, dir, runScript, sandbox } = require('./support/sandbox')

const PAGE = 'https://example.com/'
const CANARY = 'CANARY0123456789abcdef0123456789ab'

/** Whatever an accessToken function throws, rejects with or returns is a coded failure. */
test('all that accessToken throws is a coded failure', async (t) => {
  const wechat = await sandbox(t)
  for (const accessToken of [...FAILING, () => ({}), () => Symbol('s'), () => Object.create(null)]) {
    const wx = wechat.clientWithToken(accessToken)
    const error = await rejects(wx.config(PAGE), 'TOKEN_INVALIDATED')
    assert.doesNotMatch(error.message, /\[object/)
  }
})

test('whatever a listener throws is a warning', async (t) => {
  const wechat = await sandbox(t)
  const warnings = []
  const listener = ({ name, message }) => name === 'WxSignWarning' && warnings.push(message)
  process.on('warning', listener)
  t.after(() => process.off('warning', listener))
  // Each client has its own account, and so something to report.
  for (const [at, onEvent] of FAILING.entries()) {
    const wx = wechat.client({ onEvent, appId: `wxown${at}` })
    await rejects(wx.config(PAGE), 'CREDENTIAL_REJECTED')
  }
  for (let tries = 0; tries < 200 && warnings.length < FAILING.length; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.ok(warnings.length >= FAILING.length, `${warnings.length} warnings`)
  for (const warning of warnings) assert.match(warning, /^onEvent failed: /)
})

/** A listener that asks again at each event uses constant stack, and ends nothing. */
test('a listener may call the client', async (t) => {
  const wechat = await sandbox(t)
  let calls = 0
  const wx = wechat.client({
    onEvent() {
      calls++
      for (let i = 0; i < 100; i++) wx.config(PAGE).catch(() => {})
      throws(() => wx.tryConfig('ftp://x'), 'INVALID_URL')
    },
  })
  await wx.config(PAGE)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(calls, 2)
  assert.equal((await wechat.counts()).total, 2)
})

/** A signal of another library may lack methods, or have some that fail. */
test('odd signals end nothing and change no answer', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.client()
  const bare = { aborted: false, addEventListener() {} }
  const rejecting = { aborted: false, addEventListener: FAILING[12], removeEventListener: FAILING[13] }
  const removing = { ...bare, removeEventListener: FAILING[0] }
  for (const signal of [bare, rejecting, removing]) {
    assert.equal((await wechat.verify(await wx.config(PAGE, { signal }), PAGE)).ok, true)
    assert.ok((await wx.ticket({ signal })).startsWith('TICKET'))
    wx.tryConfig(PAGE, { signal })
  }
  const throwing = { aborted: false, addEventListener: FAILING[0] }
  await rejects(wx.ticket({ signal: throwing }), 'INVALID_ARGUMENT')
  const moody = {
    ...bare,
    aborted: true,
    get reason() {
      throw new Error('no reason')
    },
  }
  assert.equal((await rejects(wx.ticket({ signal: moody }), 'ABORTED')).cause, undefined)
  const eager = { aborted: false, addEventListener: (_, listener) => listener(), reason: 'eager' }
  assert.equal((await rejects(wx.ticket({ signal: eager }), 'ABORTED')).cause, 'eager')
})

/** Nothing is read from `Object.prototype`, and no name on it makes a call fail. */
test('Object.prototype has no effect', async (t) => {
  const wechat = await sandbox(t)
  const evil = await sandbox(t)
  const script = `
    const { clientFromEnv, createClient, sign, WxSignError } = require('wxsign')
    const compat = require('wxsign/compat')
    const jsSHA = require('wxsign/jssha')
    const handlers = ['http', 'web', 'koa', 'express'].map((name) => require('wxsign/' + name))
    const options = { ...${JSON.stringify(wechat.options)}, allowedHosts: ['example.com'] }
    const foreign = {
      appId: 'evil', appSecret: 'evil', baseUrl: '${evil.url}', allowHttp: true, tokenApi: 'classic', accessToken: 'evil',
      store: 'redis://127.0.0.1:1', allowedHosts: '*', timeoutMs: 1, proxy: 'http://127.0.0.1:1', caFile: '/evil',
      extraCaFile: '/evil', importTicketFile: '/evil', onEvent: () => process.exit(9), baseUrls: ['${evil.url}'], classic: true,
      storeDir: '/evil', storeMemory: true, storeRedis: 'redis://127.0.0.1:1', dir: '/evil', jsApiList: ['evil'],
      openTagList: ['evil'], debug: true, signal: 'evil', ticket: 'evil', url: 'https://evil.com/', nonceStr: 'evil',
      timestamp: 7, nonce: 'evil', noncestr: 'evil', get: 'evil', set: 'evil', value: 'evil', writable: false,
      once: 'evil', cause: 'evil', errcode: 7, retryAt: 7, failure: 'evil', client: {}, path: '*', corsOrigins: '*',
      onError: () => process.exit(8), mountPath: '/evil', matched: [], route: {}, body: { url: 'https://evil.com/' },
      originalUrl: '/evil', statusText: 'evil', 'content-type': 'evil', origin: 'evil', outputUpper: true, b64Pad: 'x',
      appID: 'evil', secret: 'evil', wxapiBaseUrl: '${evil.url}', 0: 'evil.com', rejected: 'evil', askToken: () => 'evil',
      native: 'evil', asked: 'evil', status: 200, code: 'evil', then: 'evil', anything: 'evil',
    }
    // Before, for what it must be afterwards.
    const fixed = { ticket: 'T', url: 'U', nonceStr: 'N', timestamp: 1 }
    const before = [sign(fixed).signature, new jsSHA('x', 'TEXT').getHash('SHA-1', 'B64')]
    // Before: Node's own fetch does not even load once such a name is there.
    const requests = ['https://example.com/', 'https://evil.com/', undefined].map((url) =>
      new Request('http://127.0.0.1/wx/config' + (url ? '?url=' + encodeURIComponent(url) : '')))
    new Response()
    Object.assign(Object.prototype, foreign)
    const said = []
    const clean = (object, ...names) => names.every((name) => !Object.hasOwn(object, name))
    ;(async () => {
      said.push(sign(fixed).signature === before[0], new jsSHA('x', 'TEXT').getHash('SHA-1', 'B64') === before[1])
      said.push(sign({ ticket: 'T', url: 'U' }).nonceStr.length === 32)
      for (const input of [{}, { ticket: 'T' }]) try { sign(input); said.push('signed') } catch (e) { said.push(e.code) }
      for (const wrong of [{}, { appId: 'wx1' }]) try { createClient(wrong); said.push('made') } catch (e) { said.push(e.code) }
      try { createClient({ ...options, allowedHosts: [,] }); said.push('made') } catch (e) { said.push(e.code) }
      try { createClient({ ...options, store: {} }); said.push('made') } catch (e) { said.push(e.code) }
      const wx = createClient(options)
      const config = await wx.config('https://example.com/', { jsApiList: ['scanQRCode'] })
      said.push(clean(config, 'openTagList') && config.debug === false && config.appId === options.appId)
      said.push((await wx.ticket({})).slice(0, 6), wx.state().store)
      said.push(await wx.config('https://evil.com/').catch((e) => e.code + clean(e, 'errcode', 'retryAt', 'cause', 'asked')))
      said.push((await clientFromEnv(options).ticket()).slice(0, 6))
      compat.configure(options)
      said.push((await compat.getJsapiTicket()).slice(0, 6))
      // Node's own streams cannot be made while these are there.
      for (const name of ['get', 'set', 'value', 'writable']) delete Object.prototype[name]
      const web = handlers[1].wxsign({ ...options, onError() {} })
      for (const request of requests) {
        const answer = await web(request)
        said.push(answer.status, answer.statusText, clean(await answer.json(), 'openTagList'))
      }
      try { handlers[0].wxsign({ appId: 'wx1', appSecret: 's' }); said.push('made') } catch (e) { said.push(e.code) }
    })().catch((error) => said.push(String(error?.stack))).then(() => {
      for (const name of Object.keys(foreign)) delete Object.prototype[name]
      console.log(JSON.stringify(said))
    })`
  const { stdout, stderr, code } = await runScript(script)
  assert.equal(code, 0, stderr)
  const wrong = 'INVALID_ARGUMENT'
  assert.deepEqual(JSON.parse(stdout), [
    ...[true, true, true],
    ...[wrong, wrong, wrong, wrong, wrong, wrong],
    ...[true, 'TICKET', 'memory', 'HOST_NOT_ALLOWEDtrue', 'TICKET', 'TICKET'],
    ...[200, '', true, 403, '', true, 400, '', true],
    wrong,
  ])
  assert.equal((await evil.counts()).total, 0)
  assert.equal((await wechat.counts()).total, 2)
})

/** A token from a function is measured as one that is passed. */
test("a function's token is checked like a passed one", async (t) => {
  const wechat = await sandbox(t)
  for (const token of ['', 'a\nb', 'x'.repeat(60_000)]) {
    await rejects(wechat.clientWithToken(() => token).config(PAGE), 'INVALID_ARGUMENT')
  }
  assert.equal((await wechat.counts()).total, 0)
})

test('objects that cannot be read are INVALID_ARGUMENT', async (t) => {
  const wechat = await sandbox(t)
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const angry = Object.defineProperty(['example.com'], 0, {
    get() {
      throw new TypeError('angry')
    },
  })
  const angrySignal = {
    get aborted() {
      throw new TypeError('angry')
    },
  }
  throws(() => createClient(revoked.proxy), 'INVALID_ARGUMENT')
  throws(() => wechat.client({ baseUrl: revoked.proxy }), 'INVALID_ARGUMENT')
  throws(() => wechat.client({ allowedHosts: angry }), 'INVALID_ARGUMENT')
  throws(() => sign({ ticket: revoked.proxy, url: PAGE }), 'INVALID_ARGUMENT')
  await rejects(wechat.client().config(PAGE, { signal: angrySignal }), 'INVALID_ARGUMENT')
})

/** A proxy that was thrown refuses even the question whether it is a WxSignError. */
test('all that a getter throws is INVALID_ARGUMENT', async (t) => {
  const wechat = await sandbox(t)
  const { wxsign } = require('wxsign/web')
  const wx = wechat.client()
  await wx.ticket()
  for (const make of THROWN) {
    const get = () => {
      throw make()
    }
    const angry = (name) => Object.defineProperty({ ...wechat.options }, name, { get, enumerable: true })
    const angryList = Object.defineProperty([], 0, { get })
    throws(() => createClient(angry('appId')), 'INVALID_ARGUMENT')
    throws(() => wechat.client({ store: angry('dir') }), 'INVALID_ARGUMENT')
    throws(() => wechat.client({ allowedHosts: angryList }), 'INVALID_ARGUMENT')
    throws(() => wxsign(angry('path')), 'INVALID_ARGUMENT')
    throws(() => sign(Object.defineProperty({ ticket: 'x' }, 'url', { get })), 'INVALID_ARGUMENT')
    throws(() => cardSign(angryList), 'INVALID_ARGUMENT')
    throws(() => explain(angry('url')), 'INVALID_ARGUMENT')
    await rejects(wx.explain(angry('url')), 'INVALID_ARGUMENT')
    await rejects(wx.config(PAGE, { signal: { aborted: false, addEventListener: get } }), 'INVALID_ARGUMENT')
    throws(() => wxsign({ client: make() ?? 0 }), 'INVALID_ARGUMENT')
    throws(() => signatures(make()), 'INVALID_ARGUMENT')
  }
  // Frameworks wrap objects for their own ends: the client's methods need the client itself.
  const open = wechat.client({ allowedHosts: '*' })
  throws(() => wxsign({ client: new Proxy(open, {}) }), 'INVALID_ARGUMENT')
  throws(() => signatures(new Proxy(open, {})), 'INVALID_ARGUMENT')
})

/** An unknown name is repeated only if it looks like a name. */
test('an unknown name is repeated if it looks like one', () => {
  assert.match(throws(() => createClient({ apId: 'x' }), 'INVALID_ARGUMENT').message, /apId/)
  const { message } = throws(() => createClient({ [CANARY]: 1 }), 'INVALID_ARGUMENT')
  assert.doesNotMatch(message, /CANARY/)
})

/** If Redis is down, memory serves, and no message contains its password. */
test('with its Redis down a client serves from memory', async (t) => {
  const wechat = await sandbox(t)
  const address = DEAD_URL.replace('http://', '')
  const events = []
  const wx = wechat.client({ store: `redis://:${CANARY}@${address}`, onEvent: (event) => events.push(event) })
  await wx.config(PAGE)
  assert.equal(wx.state().store, 'redis')
  assert.equal(typeof wx.state().storeFailure, 'string')
  assert.doesNotMatch(JSON.stringify([wx.state(), events]), /CANARY/)
})

/** The tutorial's file is taken over where the store is empty, and never changed. */
test("the tutorial's file is adopted, never changed", async (t) => {
  const wechat = await sandbox(t)
  const home = dir(t)
  const file = `${home}/jsapiTicket.json`
  const stored = JSON.stringify({ createTime: Date.now(), errcode: 0, errmsg: 'ok', ticket: 'OLD', expires_in: 7200 })
  writeFileSync(file, stored)
  const wx = wechat.client({ store: { dir: `${home}/store` }, importTicketFile: file })
  assert.equal(await wx.ticket(), 'OLD')
  assert.equal(readFileSync(file, 'utf8'), stored)
  for (const damaged of ['', '{', JSON.stringify({ ticket: 'undefined' })]) {
    writeFileSync(file, damaged)
    const other = wechat.client({ store: { dir: `${home}/other` }, importTicketFile: file })
    assert.notEqual(await other.ticket(), 'OLD')
  }
})

/** The client works without it, so that nothing else would show the mistake. */
test('a file that is not taken over is a warning', async (t) => {
  const wechat = await sandbox(t)
  const file = join(dir(t), 'jsapiTicket.json')
  const warnings = []
  const listener = ({ message }) => warnings.push(message)
  process.on('warning', listener)
  t.after(() => process.off('warning', listener))
  const events = []
  for (const onEvent of [undefined, (event) => events.push(event)]) {
    await wechat.client({ importTicketFile: file, onEvent, store: { dir: dir(t) } }).ticket()
    for (let tries = 0; tries < 500 && (onEvent ? events : warnings).length === 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  assert.equal(warnings.length, 1, 'a client with a listener leaves it to the listener')
  assert.match(warnings[0], /importTicketFile was not taken: it is missing.*\n.*\n.*。$/)
  assert.equal(events.find(({ name }) => name === 'failed').error.message, warnings[0].split('\n')[0])
})
