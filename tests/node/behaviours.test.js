// The behaviours that all bindings share, if all goes well: serving, adopting, replacing,
// reporting, closing.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { join } = require('node:path')
const { createClient, sign } = require('wxsign')
const { behaviour } = require('./support/behaviour')
const { rejects, throws } = require('./support/failure')
const { APP_ID, dir, runScript, sandbox } = require('./support/sandbox')

const PAGE = 'https://example.com/%E9%A1%B5%E9%9D%A2?a=1&b=%2F%E4%B8%AD%E6%96%87#/route'

behaviour('official_vector', () => {
  const { signature } = sign({
    ticket: 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg',
    nonceStr: 'Wm3WZYTPz0wzccnW',
    timestamp: 1414587457,
    url: 'http://mp.weixin.qq.com?params=value',
  })
  assert.equal(signature, '0f9de62fce790f9a083d5c99e95740ceb90c27ed')
})

behaviour('config_verifies', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.client()
  const lists = { jsApiList: ['scanQRCode'], openTagList: ['wx-open-launch-app'], debug: true }
  const config = await wx.config(PAGE, lists)
  const { timestamp, nonceStr, signature, ...rest } = config
  assert.deepEqual(rest, { appId: APP_ID, ...lists })
  assert.equal(typeof timestamp, 'number')
  assert.match(nonceStr, /^[A-Za-z0-9]{32}$/)
  assert.match(signature, /^[0-9a-f]{40}$/)
  assert.deepEqual(await wechat.verify(config, PAGE), { ok: true, errMsg: 'config:ok' })
  const plain = wx.tryConfig(PAGE)
  assert.deepEqual([plain.debug, plain.jsApiList, 'openTagList' in plain], [false, [], false])
  assert.equal((await wechat.verify(plain, PAGE)).ok, true)
  assert.equal((await wechat.verify({ ...plain, timestamp: plain.timestamp + 1 }, PAGE)).ok, false)
})

behaviour('one_fetch_for_many_calls', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.client()
  for (let i = 0; i < 100; i++) await wx.config(`https://example.com/${i}`)
  const { stable_token, getticket, total } = await wechat.counts()
  assert.deepEqual([stable_token, getticket, total], [1, 1, 2])
})

behaviour('one_fetch_for_cold_callers', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'delay', ms: 100 })
  // Two clients of one account share the flight too.
  const clients = [wechat.client(), wechat.client()]
  const configs = await Promise.all(Array.from({ length: 50 }, (_, i) => clients[i % 2].config(PAGE)))
  assert.equal(new Set(configs.map(({ nonceStr }) => nonceStr)).size, 50)
  const { stable_token, getticket, total } = await wechat.counts()
  assert.deepEqual([stable_token, getticket, total], [1, 1, 2])
})

behaviour('second_process_adopts', async (t) => {
  const wechat = await sandbox(t)
  const store = { dir: dir(t) }
  const ticket = await wechat.client({ store }).ticket()
  const options = JSON.stringify({ ...wechat.options, store })
  const script = `require('wxsign').createClient(${options}).ticket().then((ticket) => console.log(ticket))`
  const { stdout, stderr } = await runScript(script)
  assert.equal(stdout.trim(), ticket, stderr)
  assert.equal((await wechat.counts()).total, 2)
})

behaviour('dead_token_is_refetched', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.client()
  const before = await wx.accessToken()
  await wechat.post('/_sandbox/kill', { what: 'token' })
  assert.ok((await wx.ticket()).startsWith('TICKET'))
  assert.notEqual(await wx.accessToken(), before)
  const { stable_token, getticket } = await wechat.counts()
  assert.deepEqual([stable_token, getticket], [2, 2])
})

behaviour('not_ready', async (t) => {
  const wechat = await sandbox(t)
  // Without the delay a flight could be over before the call that began it looks again.
  await wechat.fault({ endpoint: 'any', kind: 'delay', ms: 100 })
  const wx = wechat.client()
  const error = throws(() => wx.tryConfig(PAGE), 'NOT_READY')
  assert.equal(error.retryable, true)
  await wx.config(PAGE)
  assert.equal((await wechat.verify(wx.tryConfig(PAGE), PAGE)).ok, true)
})

behaviour('invalidate', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.client()
  const ticket = await wx.ticket()
  assert.equal(wx.invalidate(`${ticket}x`), false)
  assert.equal(wx.state().ticket.freshness, 'fresh')
  assert.equal(wx.invalidate(ticket), true)
  assert.equal(wx.state().ticket.freshness, 'expired')
  assert.equal(wx.invalidate(ticket), false)
})

behaviour('explains_former_ticket', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.client()
  const former = await wx.ticket()
  await wechat.post('/_sandbox/kill', { what: 'ticket' })
  wx.invalidate(former)
  const current = await wx.ticket()
  const explain = async (ticket) => {
    const report = await wx.explain({ ...sign({ ticket, url: PAGE }), url: PAGE })
    for (const one of [former, current]) assert.ok(!JSON.stringify(report).includes(one))
    return report
  }
  const { verdict, causes } = await explain(former)
  assert.deepEqual([verdict, causes[0].code, causes[0].certainty], ['invalid', 'dead_ticket', 'proven'])
  assert.match(causes[0].detail, /was refused at .* UTC/)
  assert.match(causes[0].detailZh, /被拒绝/)
  assert.equal((await explain(current)).verdict, 'valid')
})

behaviour('own_token', async (t) => {
  const wechat = await sandbox(t)
  const token = await wechat.token()
  const wx = wechat.clientWithToken(token)
  assert.equal(await wx.accessToken(), token)
  assert.equal((await wechat.verify(await wx.config(PAGE), PAGE)).ok, true)

  const dead = wechat.clientWithToken('never-issued')
  const error = await rejects(dead.ticket(), 'TOKEN_INVALIDATED')
  assert.equal(error.errcode, 40001)
  assert.equal((await wechat.counts()).getticket, 2, 'it is not asked with again')
  dead.setAccessToken(token)
  assert.ok((await dead.ticket()).startsWith('TICKET'))
  const { stable_token, token: classic } = await wechat.counts()
  assert.deepEqual([stable_token, classic], [0, 1], 'the one that this test fetched')
})

behaviour('own_token_function', async (t) => {
  const wechat = await sandbox(t)
  const token = await wechat.token()
  const questions = []
  const wx = wechat.clientWithToken(async (question) => {
    questions.push(question)
    return question.rejected === undefined ? 'never-issued' : token
  })
  assert.equal((await wechat.verify(await wx.config(PAGE), PAGE)).ok, true)
  assert.deepEqual(questions, [{}, { rejected: 'never-issued' }])

  const sync = wechat.clientWithToken(() => token, { appId: 'wxsync' })
  assert.ok((await sync.ticket()).startsWith('TICKET'))
})

behaviour('close', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'hang' })
  const wx = wechat.client()
  const waiters = [
    rejects(wx.config(PAGE), 'CLOSED'),
    rejects(wx.ticket(), 'CLOSED'),
    rejects(wx.accessToken(), 'CLOSED'),
  ]
  await wechat.underWay(1)
  await wx.close()
  await Promise.all(waiters)
  await wx.close()
  await wx[Symbol.asyncDispose]()
  await rejects(wx.config(PAGE), 'CLOSED')
  await rejects(wx.ticket(), 'CLOSED')
  throws(() => wx.tryConfig(PAGE), 'CLOSED')
  throws(() => wx.invalidate('x'), 'CLOSED')
  throws(() => wx.setAccessToken('x'), 'CLOSED')
  assert.equal(wx.state().closed, true)
})

behaviour('state', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.client()
  assert.deepEqual([wx.state().ticket.freshness, wx.state().store, wx.state().appId], ['expired', 'memory', APP_ID])
  const [ticket, token] = [await wx.ticket(), await wx.accessToken()]
  const state = wx.state()
  assert.deepEqual([state.ticket.freshness, state.ticket.source, state.token.source], ['fresh', 'service', 'service'])
  assert.ok(state.ticket.remainingMs > 7_000_000 && state.ticket.remainingMs <= 7_200_000)
  assert.deepEqual([state.closed, state.lock, state.circuitOpen], [false, 'process', false])

  await wechat.fault({ endpoint: 'getticket', kind: 'errcode', errcode: 45009 })
  wx.invalidate(ticket)
  await rejects(wx.ticket(), 'QUOTA_EXCEEDED')
  const after = wx.state()
  assert.deepEqual([after.ticket.lastError, after.ticket.lastErrcode], ['QUOTA_EXCEEDED', 45009])
  for (const secret of [ticket, token, wechat.options.appSecret]) {
    assert.ok(!JSON.stringify([state, after]).includes(secret))
  }

  await wechat.fault({ endpoint: 'any', kind: 'status', status: 503 })
  const busy = wechat.client({ store: { dir: join(dir(t), 's') } })
  await rejects(busy.ticket(), 'UPSTREAM_BUSY')
  const open = busy.state()
  assert.deepEqual([open.store, open.lock, open.circuitOpen], ['file', 'file', true])
})

behaviour('events', async (t) => {
  const wechat = await sandbox(t)
  const heard = []
  // The third event may come after the call that it is about.
  let onThird
  const third = new Promise((resolve) => {
    onThird = resolve
  })
  const onEvent = (event) => heard.push(event) === 3 && onThird()
  const wx = wechat.client({ onEvent })
  const [ticket, token] = [await wx.ticket(), await wx.accessToken()]
  await wechat.fault({ endpoint: 'getticket', kind: 'errcode', errcode: 48001 })
  wx.invalidate(ticket)
  const error = await rejects(wx.ticket(), 'PERMISSION_DENIED')
  await third
  const events = heard.map(({ name, credential, source }) => [name, credential, source])
  assert.deepEqual(events, [
    ['refreshed', 'token', 'service'],
    ['refreshed', 'ticket', 'service'],
    ['failed', 'ticket', undefined],
  ])
  assert.ok(heard[1].remainingMs > 7_000_000)
  assert.equal(heard[2].error.code, error.code)
  assert.equal(heard[2].error.rid, error.rid)
  const all = require('node:util').inspect(heard, { depth: 9 })
  for (const secret of [ticket, token, wechat.options.appSecret]) assert.ok(!all.includes(secret))

  // A listener that throws causes a warning; it ends nothing.
  const warned = once(process, 'warning')
  const other = createClient({
    ...wechat.options,
    tokenApi: 'classic',
    onEvent: () => {
      throw new Error('a fault of the listener')
    },
  })
  t.after(() => other.close())
  await other.accessToken()
  assert.match(String((await warned)[0]), /onEvent failed: a fault of the listener/)
})
