// The behaviours that all bindings share, if the service or the caller goes wrong: a typed
// error, soon, and no loop.

const assert = require('node:assert/strict')
const { inspect } = require('node:util')
const { sign } = require('wxsign')
const { behaviour } = require('./support/behaviour')
const { rejects, throws } = require('./support/failure')
const { DEAD_URL, sandbox, APP_SECRET } = require('./support/sandbox')

const PAGE = 'https://example.com/page'

/** The failure of a cold client whose service has this fault. */
async function failureOf(t, fault, code, more) {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', ...fault })
  const wx = wechat.client(more)
  const began = performance.now()
  const error = await rejects(wx.config(PAGE), code)
  const ms = performance.now() - began
  return { error, wechat, wx, ms }
}

behaviour('wrong_secret', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.client({ appSecret: 'f'.repeat(32) })
  for (let i = 0; i < 3; i++) {
    const error = await rejects(wx.config(PAGE), 'CREDENTIAL_REJECTED')
    assert.equal(error.errcode, 40125)
    assert.match(error.rid, /^[0-9a-f]{8}(-[0-9a-f]{8}){2}$/)
    assert.equal(error.retryable, false)
    assert.ok(error.retryAt instanceof Date)
    const wait = error.retryAt.getTime() - Date.now()
    assert.ok(wait > 0 && wait <= 60_000, `retryAt is in ${wait} ms`)
  }
  assert.equal((await wechat.counts()).total, 1)
})

behaviour('wrong_app_id', async (t) => {
  const wechat = await sandbox(t)
  const error = await rejects(wechat.client({ appId: 'wx0000000000000000' }).ticket(), 'CREDENTIAL_REJECTED')
  assert.equal(error.errcode, 40013)
})

behaviour('ip_not_allowed', async (t) => {
  const { error } = await failureOf(t, { kind: 'errcode', errcode: 40164 }, 'IP_NOT_ALLOWED')
  assert.match(error.ip, /^[0-9a-f.:]+$/)
  assert.equal(error.errcode, 40164)
})

behaviour('quota_exceeded', async (t) => {
  const { error } = await failureOf(t, { kind: 'errcode', errcode: 45009 }, 'QUOTA_EXCEEDED')
  assert.equal(error.retryable, true)
  assert.ok(error.retryAt.getTime() > Date.now())
})

behaviour('permission_denied', async (t) => {
  const fault = { endpoint: 'getticket', kind: 'errcode', errcode: 48001 }
  const { error } = await failureOf(t, fault, 'PERMISSION_DENIED')
  assert.equal(error.errcode, 48001)
})

behaviour('unknown_errcode', async (t) => {
  const { error } = await failureOf(t, { kind: 'errcode', errcode: 99999 }, 'UPSTREAM_REJECTED')
  assert.equal(error.errcode, 99999)
})

behaviour('busy', async (t) => {
  const { error, wechat } = await failureOf(t, { kind: 'errcode', errcode: -1 }, 'UPSTREAM_BUSY')
  assert.equal(error.errcode, -1)
  assert.equal((await wechat.counts()).total, 3)

  const other = await sandbox(t)
  await other.fault({ endpoint: 'stable_token', kind: 'errcode', errcode: -1, times: 1 })
  assert.ok((await other.client().ticket()).startsWith('TICKET'))
})

behaviour('server_error', async (t) => {
  await failureOf(t, { kind: 'status', status: 502 }, 'UPSTREAM_BUSY')
})

behaviour('html', async (t) => {
  await failureOf(t, { kind: 'html' }, 'BAD_RESPONSE')
})

behaviour('truncated', async (t) => {
  for (const flavour of ['length', 'close']) {
    const wechat = await sandbox(t)
    await wechat.fault({ endpoint: 'any', kind: 'truncated', flavour })
    const wx = wechat.client()
    const error = await wx.config(PAGE).then(assert.fail, (error) => error)
    assert.ok(['BAD_RESPONSE', 'NETWORK'].includes(error.code), inspect(error))
    const { token, ticket } = wx.state()
    assert.deepEqual([token.freshness, ticket.freshness], ['expired', 'expired'])
  }
})

behaviour('redirect', async (t) => {
  const { wechat } = await failureOf(t, { kind: 'redirect' }, 'BAD_RESPONSE')
  assert.equal((await wechat.counts()).other, 0)
})

behaviour('huge_body', async (t) => {
  await failureOf(t, { kind: 'huge', bytes: 65_537 }, 'BAD_RESPONSE')
})

behaviour('reset', async (t) => {
  await failureOf(t, { kind: 'reset' }, 'NETWORK')
})

behaviour('no_connection', async (t) => {
  const wechat = await sandbox(t)
  const began = performance.now()
  const error = await rejects(wechat.client({ baseUrl: DEAD_URL }).ticket(), 'NETWORK')
  assert.equal(error.retryable, true)
  assert.ok(performance.now() - began < 10_500)
})

behaviour('slow_service', async (t) => {
  for (const fault of [{ kind: 'hang' }, { kind: 'drip', ms: 500 }]) {
    const { error, ms } = await failureOf(t, fault, 'TIMEOUT', { timeoutMs: 300 })
    assert.equal(error.retryable, true)
    assert.ok(ms >= 290 && ms < 1_000, `${fault.kind}: ${ms} ms`)
  }
})

behaviour('invalid_urls', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.client()
  await wx.ticket()
  const urls = [
    '',
    'example.com',
    'ftp://example.com/',
    'javascript:alert(1)',
    `https://example.com/${'x'.repeat(9_000)}`,
    'https://evil.com\\@good.com/',
    'https://good.com\t.evil.com/',
    'https://user:word@example.com/',
    'https://example.com/\u0000',
    'https:///path',
  ]
  for (const url of urls) {
    throws(() => wx.tryConfig(url), 'INVALID_URL')
    await rejects(wx.config(url), 'INVALID_URL')
    assert.match(sign({ ticket: 'T', url }).signature, /^[0-9a-f]{40}$/)
  }
})

behaviour('host_not_allowed', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.client({ allowedHosts: ['example.com', '*.example.org'] })
  await rejects(wx.config('https://example.net/'), 'HOST_NOT_ALLOWED')
  await rejects(wx.config('https://example.com.evil.net/'), 'HOST_NOT_ALLOWED')
  for (const page of ['https://example.com/a', 'https://www.example.org/']) {
    assert.equal((await wechat.verify(await wx.config(page), page)).ok, true)
  }
})

behaviour('errors_explain', async (t) => {
  const fault = { kind: 'errcode', errcode: 40164, echo: true }
  const { error } = await failureOf(t, fault, 'IP_NOT_ALLOWED')
  assert.equal(error.code, 'IP_NOT_ALLOWED')
  assert.equal(error.errcode, 40164)
  assert.match(error.rid, /^[0-9a-f]{8}(-[0-9a-f]{8}){2}$/)
  assert.equal(error.retryable, false)
  assert.match(error.hint, /^[A-Z].{20,}\.$/)
  assert.match(error.hintZh, /[\u4e00-\u9fff].*。$/)
  assert.ok(error instanceof Error && Object.prototype.toString.call(error) === '[object Error]')
  assert.match(error.stack, /^WxSignError: /)
  assert.ok(!Object.hasOwn(error, 'name'), 'as the built-in errors have it')
  assert.equal(error.httpStatus, 502)
  assert.equal(error.status, undefined, 'frameworks would take it for the page’s')
  assert.equal(error.statusCode, undefined)
  assert.match(error.docs, /^https:/)
  const json = JSON.parse(JSON.stringify(error))
  const { name, code, message, errcode, rid, ip, hint, hintZh, docs, retryable } = json
  assert.equal(name, 'WxSignError')
  const given = [code, message, errcode, rid, ip, hint, hintZh, docs, retryable]
  const wanted = ['code', 'message', 'errcode', 'rid', 'ip', 'hint', 'hintZh', 'docs', 'retryable']
  assert.deepEqual(
    given,
    wanted.map((field) => error[field]),
  )
  const all = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)
  assert.ok(!all.includes(APP_SECRET), all)

  // The same at the ticket call, whose URL holds the token.
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'getticket', kind: 'html', echo: true })
  const wx = wechat.client()
  const token = await wx.accessToken()
  const html = await rejects(wx.ticket(), 'BAD_RESPONSE')
  assert.ok(!inspect(html, { depth: 9, showHidden: true }).includes(token))
})
