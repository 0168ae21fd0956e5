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

/** Waits that are served, aborted or time out leave nothing, in V8's memory or the core's. `make soak` does 400,000. */
test('waits that have ended leave no memory', async (t) => {
  const [wechat, silent] = [await sandbox(t), await sandbox(t)]
  await silent.fault({ endpoint: 'any', kind: 'hang' })
  const rounds = process.env.SOAK ? 100 : 5
  const { code, stdout, stderr } = await runScript(
    `
    const { createClient } = require('wxsign')
    const served = createClient(${JSON.stringify(wechat.options)})
    const silent = createClient({ ...${JSON.stringify(silent.options)}, timeoutMs: 5, onEvent() {} })
    const code = (wait) => wait.then(() => 'ok', (error) => error.code)
    async function round() {
      const codes = {}
      for (let batch = 0; batch < 20; batch++) {
        const waits = []
        for (let n = 0; n < 50; n++) {
          const controller = new AbortController()
          waits.push(code(served.config('${PAGE}', { signal: controller.signal })), code(served.ticket()))
          waits.push(code(silent.config('${PAGE}')), code(silent.ticket({ signal: controller.signal })))
          controller.abort()
        }
        for (const code of await Promise.all(waits)) codes[code] = (codes[code] ?? 0) + 1
      }
      return codes
    }
    async function settled() {
      await new Promise((resolve) => setTimeout(resolve, 50))
      gc()
      const { heapUsed, heapTotal, rss } = process.memoryUsage()
      // Without the room that V8 keeps free for itself: Node 22 takes three times as much as Node 20.
      return { heapUsed, rss: rss - heapTotal }
    }
    ;(async () => {
      await served.ticket()
      for (let n = 0; n < 3; n++) await round()
      const before = await settled()
      let codes
      for (let n = 0; n < ${rounds}; n++) codes = await round()
      const after = await settled()
      console.log(JSON.stringify({ codes, heap: after.heapUsed - before.heapUsed, rss: after.rss - before.rss }))
      served.close()
      silent.close()
    })()`,
    { args: ['--expose-gc'], timeout: 120_000 },
  )
  assert.equal(code, 0, stderr)
  const { codes, heap, rss } = JSON.parse(stdout)
  // What is aborted during the cooldown after a request that hung has failed before.
  const { ok, ABORTED = 0, TIMEOUT, ...others } = codes
  assert.deepEqual([ok, ABORTED + TIMEOUT, others], [2_000, 2_000, {}])
  // Fifty bytes for each wait of the short run, and eighty of the long one, in which V8 has grown to its size.
  assert.ok(heap < 1_000_000, `the heap has grown by ${heap} bytes`)
  // In the long run V8 and the allocator grow by steps, by 16 to 67 MB after the version of Node, and then no more.
  assert.ok(rss < (process.env.SOAK ? 96 : 32) << 20, `the process has grown by ${rss} bytes outside of V8's heap`)
})
