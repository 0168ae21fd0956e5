// AbortSignal: one caller gives up, and the others are not affected.

const assert = require('node:assert/strict')
const { getEventListeners } = require('node:events')
const { test } = require('node:test')
const { rejects, throws } = require('./support/failure')
const { runScript, sandbox } = require('./support/sandbox')

const PAGE = 'https://example.com/'

/** A signal that is aborted already: ABORTED with its reason, and no request. */
test('an aborted signal: ABORTED, and no request', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.client()
  const reason = new Error('the page went away')
  const signal = AbortSignal.abort(reason)
  for (const call of [
    () => wx.config(PAGE, { signal }),
    () => wx.ticket({ signal }),
    () => wx.accessToken({ signal }),
  ]) {
    assert.equal((await rejects(call(), 'ABORTED')).cause, reason)
  }
  const error = throws(() => wx.tryConfig(PAGE, { signal }), 'ABORTED')
  assert.equal(error.cause, reason)
  assert.deepEqual(JSON.parse(JSON.stringify(error)).cause, { name: 'Error', message: reason.message })
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  for (const [odd, message] of [
    ['enough', 'enough'],
    [proxy, 'it threw something that cannot be read'],
  ]) {
    const json = throws(() => wx.tryConfig(PAGE, { signal: AbortSignal.abort(odd) }), 'ABORTED').toJSON()
    assert.deepEqual(json.cause, { message })
  }
  assert.equal((await wechat.counts()).total, 0)
})

/** Aborted in flight: ABORTED at once, the others get their answer from the same flight. */
test('one waiter gives up, the others are answered', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'hang' })
  const wx = wechat.client()
  const controller = new AbortController()
  const { signal } = controller
  const leaving = rejects(wx.config(PAGE, { signal }), 'ABORTED')
  const staying = wx.config(PAGE, { signal: new AbortController().signal })
  await wechat.underWay(1)
  const began = performance.now()
  controller.abort('enough')
  assert.equal((await leaving).cause, 'enough')
  assert.ok(performance.now() - began < 200)
  await wechat.clear()
  assert.equal((await wechat.verify(await staying, PAGE)).ok, true)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

/** No listener is left on a signal, whether the call succeeds, fails or is answered from memory. */
test('no listener is left on a signal', async (t) => {
  const wechat = await sandbox(t)
  const { signal } = new AbortController()
  const wx = wechat.client()
  for (let i = 0; i < 20; i++) await wx.config(PAGE, { signal })
  await rejects(wechat.client({ appSecret: 'wrong' }).ticket({ signal }), 'CREDENTIAL_REJECTED')
  await rejects(wx.config('ftp://x', { signal }), 'INVALID_URL')
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('an aborted wait does not keep the program alive', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'hang' })
  const { code, stdout, ms } = await runScript(`
    const wx = require('wxsign').createClient(${JSON.stringify(wechat.options)})
    wx.ticket({ signal: AbortSignal.timeout(100) }).catch(({ code, cause }) => console.log(code, cause.name))
  `)
  assert.deepEqual([code, stdout.trim()], [0, 'ABORTED TimeoutError'])
  assert.ok(ms < 2_000, `${ms} ms`)
})
