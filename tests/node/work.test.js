// 企业微信: the client of an app, its two tickets, invoices, and what is refused.

const assert = require('node:assert/strict')
const { inspect } = require('node:util')
const { test } = require('node:test')
const { cardSign, createClient } = require('wxsign')
const { behaviour } = require('./support/behaviour')
const { rejects, throws } = require('./support/failure')
const { AGENT_ID, AGENT_SECRET, APP_ID, CORP_ID, OTHER_AGENT, dir, runIn, sandbox } = require('./support/sandbox')

const PAGE = 'https://example.com/%E9%A1%B5%E9%9D%A2?a=1&b=%2F%E4%B8%AD%E6%96%87#/route'

/** Three counts: of the app's token, the corp's ticket, and the tickets of the app. */
async function counts(wechat) {
  const { gettoken, get_jsapi_ticket, ticket_get } = await wechat.counts()
  return [gettoken, get_jsapi_ticket, ticket_get]
}

/** The objects have exactly the fields that the page's calls take. */
behaviour('corp_config', async (t) => {
  const wechat = await sandbox(t)
  const wx = wechat.work()
  const jsApiList = ['selectExternalContact']
  const agent = await wx.agentConfig(PAGE, { jsApiList })
  const names = ['agentid', 'corpid', 'jsApiList', 'nonceStr', 'signature', 'timestamp']
  assert.deepEqual(Object.keys(agent).sort(), names)
  assert.deepEqual([agent.corpid, agent.agentid, agent.jsApiList], [CORP_ID, AGENT_ID, jsApiList])
  assert.ok(Number.isInteger(agent.timestamp) && /^[A-Za-z0-9]{32}$/.test(agent.nonceStr))
  assert.deepEqual(await wechat.verify(agent, PAGE), { ok: true, errMsg: 'agentConfig:ok' })
  assert.deepEqual((await wx.agentConfig(PAGE)).jsApiList, [])

  const config = await wx.config(PAGE, { jsApiList })
  assert.equal(config.appId, CORP_ID)
  assert.deepEqual(await wechat.verify(config, PAGE), { ok: true, errMsg: 'config:ok' })
  for (let i = 0; i < 50; i++) {
    const again = [wx.tryAgentConfig(PAGE), wx.tryConfig(PAGE)]
    for (const each of again) assert.equal((await wechat.verify(each, PAGE)).ok, true)
  }
  assert.deepEqual(await counts(wechat), [1, 1, 1])
  const state = wx.state()
  assert.deepEqual([state.appId, state.ticket.freshness, state.agentTicket.freshness], [CORP_ID, 'fresh', 'fresh'])
  assert.equal(state.cardTicket, undefined)
})

test('without waiting it is NOT_READY, then served', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'delay', ms: 100 })
  const wx = wechat.work()
  assert.equal(throws(() => wx.tryAgentConfig(PAGE), 'NOT_READY').retryable, true)
  throws(() => wx.tryInvoiceConfig(), 'NOT_READY')
  await wx.agentConfig(PAGE)
  assert.equal((await wechat.verify(wx.tryAgentConfig(PAGE), PAGE)).ok, true)
})

/** Of both families, with all fields of chooseInvoice. */
behaviour('invoice_config', async (t) => {
  const wechat = await sandbox(t)
  for (const [wx, appId] of [
    [wechat.work(), CORP_ID],
    [wechat.client(), APP_ID],
  ]) {
    for (const invoice of [await wx.invoiceConfig(), wx.tryInvoiceConfig()]) {
      assert.deepEqual(Object.keys(invoice).sort(), ['cardSign', 'nonceStr', 'signType', 'timestamp'])
      assert.deepEqual([typeof invoice.timestamp, invoice.signType], ['string', 'SHA1'])
      assert.equal((await wechat.verify({ ...invoice, appId }, PAGE)).errMsg, 'chooseInvoice:ok')
    }
    assert.equal(wx.state().cardTicket.freshness, 'fresh')
    assert.equal(wx.state().agentTicket, undefined)
  }
  assert.deepEqual((await counts(wechat)).slice(1), [0, 1])
})

/** A number is an AgentId too: the console shows it as one. */
test('each app has its own token and tickets', async (t) => {
  const wechat = await sandbox(t)
  const store = { dir: dir(t) }
  const one = wechat.work({ store, agentId: Number(AGENT_ID) })
  const other = wechat.work({ store, ...OTHER_AGENT })
  const configs = await Promise.all([one, other].map((wx) => wx.agentConfig(PAGE)))
  assert.deepEqual(
    configs.map(({ agentid }) => agentid),
    [AGENT_ID, OTHER_AGENT.agentId],
  )
  for (const config of configs) assert.equal((await wechat.verify(config, PAGE)).ok, true)
  assert.notEqual(await one.accessToken(), await other.accessToken())
  assert.deepEqual(await counts(wechat), [2, 0, 2])
})

/** Each errcode of 企业微信 at each of its calls, with the address, the id of the request and a hint. */
behaviour('corp_errors', async (t) => {
  for (const [endpoint, errcode, code, requests] of [
    ['gettoken', 40001, 'CREDENTIAL_REJECTED', [1, 0, 0]],
    ['gettoken', 40091, 'CREDENTIAL_REJECTED', [1, 0, 0]],
    ['gettoken', 40013, 'CREDENTIAL_REJECTED', [1, 0, 0]],
    ['gettoken', 41002, 'CREDENTIAL_REJECTED', [1, 0, 0]],
    ['gettoken', 41004, 'CREDENTIAL_REJECTED', [1, 0, 0]],
    ['ticket_get', 60020, 'IP_NOT_ALLOWED', [1, 0, 1]],
    ['ticket_get', 48002, 'PERMISSION_DENIED', [1, 0, 1]],
    ['ticket_get', 60011, 'PERMISSION_DENIED', [1, 0, 1]],
    ['ticket_get', 45009, 'QUOTA_EXCEEDED', [1, 0, 1]],
    ['ticket_get', 40014, 'TOKEN_INVALIDATED', [2, 0, 1]],
    ['ticket_get', 42001, 'TOKEN_INVALIDATED', [2, 0, 1]],
    ['ticket_get', 45033, 'UPSTREAM_BUSY', [1, 0, 3]],
    ['ticket_get', 40058, 'UPSTREAM_REJECTED', [1, 0, 1]],
  ]) {
    const wechat = await sandbox(t)
    await wechat.fault({ endpoint, kind: 'errcode', errcode })
    const wx = wechat.work()
    const error = await rejects(wx.agentConfig(PAGE), code)
    assert.equal(error.errcode, errcode)
    assert.match(error.rid, /^\d{10,}/, String(errcode))
    assert.ok(!inspect(error).includes(AGENT_SECRET))
    if (error.code === 'CREDENTIAL_REJECTED' && errcode !== 41002 && errcode !== 41004) {
      assert.match(error.hint, /work\.weixin\.qq\.com/)
      assert.match(error.hintZh, /企业微信/)
    }
    if (error.code === 'PERMISSION_DENIED') assert.match(error.hint, /应用管理/)
    if (errcode === 60020) {
      assert.match(error.ip, /^\d+\.\d+\.\d+\.\d+$/)
      assert.match(error.hint + error.hintZh, /企业可信IP/)
    }
    if (requests) assert.deepEqual(await counts(wechat), requests, String(errcode))
  }
})

/** The message names the options by their names here. */
test('options of two families are refused', async () => {
  const app = { corpId: CORP_ID, agentId: AGENT_ID, appSecret: 's' }
  for (const [options, named] of [
    [{ ...app, appId: APP_ID }, /appId.*corpId/],
    [{ ...app, agentId: undefined }, /agentId/],
    [{ ...app, corpId: undefined }, /corpId is missing/],
    [{ agentId: AGENT_ID, appId: APP_ID, appSecret: 's' }, /corpId is missing/],
    [{ ...app, appSecret: undefined }, /appSecret/],
    [{ ...app, tokenApi: 'classic' }, /tokenApi/],
    [{ ...app, importTicketFile: 'x.json' }, /importTicketFile/],
    [{ ...app, agentId: 1.5 }, /agentId/],
    [{ ...app, agentId: '' }, /agentId/],
    [{ ...app, corpId: '"ww1"' }, /corpId/],
    [{ ...app, corpId: 7 }, /corpId/],
  ]) {
    const error = throws(() => createClient(options), 'INVALID_ARGUMENT')
    assert.match(error.message, named)
  }
})

/** On the client of a 公众号 there is no agentConfig, and the error says what to create. */
test('agentConfig needs a client of 企业微信', async (t) => {
  const wx = (await sandbox(t)).client()
  for (const error of [
    await rejects(wx.agentConfig(PAGE), 'INVALID_ARGUMENT'),
    throws(() => wx.tryAgentConfig(PAGE), 'INVALID_ARGUMENT'),
  ]) {
    assert.equal(error.option, 'agentId')
    assert.match(error.message, /企业微信/)
  }
})

test('wrong arguments of the new calls are named', async (t) => {
  const wx = (await sandbox(t)).work({ allowedHosts: 'example.com' })
  for (const value of [undefined, null, 7, {}, [], Promise.resolve(PAGE), Symbol('x')]) {
    await rejects(wx.agentConfig(value), 'INVALID_ARGUMENT')
    throws(() => wx.tryAgentConfig(value), 'INVALID_ARGUMENT')
  }
  for (const values of [undefined, null, 'abc', 7, {}, [null], [{}]]) throws(() => cardSign(values), 'INVALID_ARGUMENT')
  for (const options of [7, 'x', [], { jsApiList: 'x' }, { openTagList: [] }, { debug: true }, { signal: 7 }]) {
    await rejects(wx.agentConfig(PAGE, options), 'INVALID_ARGUMENT')
    throws(() => wx.tryAgentConfig(PAGE, options), 'INVALID_ARGUMENT')
  }
  for (const options of [7, [], { jsApiList: [] }]) await rejects(wx.invoiceConfig(options), 'INVALID_ARGUMENT')
  await rejects(wx.agentConfig('https://evil.com/'), 'HOST_NOT_ALLOWED')
  await rejects(wx.agentConfig('ftp://example.com/'), 'INVALID_URL')
  assert.match(throws(() => cardSign(['a', 1.5]), 'INVALID_ARGUMENT').message, /values\[1\]/)
})

test('a signal and close() end the new calls too', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'hang' })
  const wx = wechat.work()
  const reason = new Error('enough')
  const controller = new AbortController()
  const aborted = ['agentConfig', 'invoiceConfig'].map((name) => {
    const { signal } = controller
    return rejects(name === 'agentConfig' ? wx.agentConfig(PAGE, { signal }) : wx.invoiceConfig({ signal }), 'ABORTED')
  })
  const closed = [rejects(wx.agentConfig(PAGE), 'CLOSED'), rejects(wx.invoiceConfig(), 'CLOSED')]
  await wechat.underWay(1)
  controller.abort(reason)
  for (const error of await Promise.all(aborted)) assert.equal(error.cause, reason)
  throws(() => wx.tryAgentConfig(PAGE, { signal: controller.signal }), 'ABORTED')
  await wx.close()
  await Promise.all(closed)
  throws(() => wx.tryInvoiceConfig(), 'CLOSED')
})

/** The events and the state name each kind of ticket, and no secret, token or ticket. */
test('events name the kind of ticket', async (t) => {
  const wechat = await sandbox(t)
  const heard = []
  let onLast
  const last = new Promise((resolve) => {
    onLast = resolve
  })
  const onEvent = (event) => heard.push(event) === 4 && onLast()
  const wx = wechat.work({ onEvent })
  await wx.config(PAGE)
  await wx.agentConfig(PAGE)
  await wx.invoiceConfig()
  await last
  assert.deepEqual(
    heard.map(({ name, credential }) => `${name} ${credential}`),
    ['refreshed token', 'refreshed ticket', 'refreshed agent_ticket', 'refreshed card_ticket'],
  )
  const shown = inspect([heard, wx.state()], { depth: 9 })
  for (const secret of [AGENT_SECRET, await wx.accessToken(), await wx.ticket()]) assert.ok(!shown.includes(secret))
})

/** Third-party apps of 企业微信 bring the corp's token; wxsign fetches the tickets. */
test('a corp token of one’s own fetches both tickets', async (t) => {
  const wechat = await sandbox(t)
  const token = await wechat.work().accessToken()
  const asked = []
  const wx = wechat.work({
    appSecret: undefined,
    accessToken: async (question) => {
      asked.push(question)
      return token
    },
  })
  assert.equal((await wechat.verify(await wx.config(PAGE), PAGE)).ok, true)
  assert.equal((await wechat.verify(await wx.agentConfig(PAGE), PAGE)).ok, true)
  assert.deepEqual(await counts(wechat), [1, 1, 1])
  assert.ok(asked.length >= 1 && asked.every(({ rejected }) => rejected === undefined))
})

const fromEnv = (body, env) => runIn(env, 'wxsign', body)

test('the environment names an app of 企业微信', async (t) => {
  const wechat = await sandbox(t)
  const app = { WX_CORP_ID: CORP_ID, WX_AGENT_ID: `${AGENT_ID}\n`, WX_APP_SECRET: AGENT_SECRET }
  const env = { ...app, WX_BASE_URL: wechat.url, WXSIGN_STORE: 'memory' }
  const read = `const { corpid, agentid } = await clientFromEnv().agentConfig('https://a.cn/'); return [corpid, agentid]`
  assert.deepEqual(await fromEnv(read, env), [CORP_ID, AGENT_ID])
  const { agentId, appSecret } = OTHER_AGENT
  const other = read.replace('FromEnv()', `FromEnv({ agentId: ${agentId}, appSecret: '${appSecret}' })`)
  assert.deepEqual(await fromEnv(other, env), [CORP_ID, agentId], 'what is passed comes first')
  const official = `const { appId, appSecret } = ${JSON.stringify(wechat.options)};
    return (await clientFromEnv({ appId, appSecret }).config('https://a.cn/')).appId`
  assert.equal(await fromEnv(official, env), APP_ID, 'an appId that is passed takes the place of the corp')
  for (const [more, words] of [
    [{ WX_APP_ID: APP_ID }, /WX_APP_ID.*WX_CORP_ID/],
    [{ WX_AGENT_ID: '' }, /WX_AGENT_ID is not set/],
    [{ WX_CORP_ID: '' }, /WX_CORP_ID is not set/],
    [{ WX_APP_SECRET: '' }, /WX_APP_SECRET/],
  ]) {
    const { code, message } = await fromEnv(read, { ...env, ...more })
    assert.equal(code, 'INVALID_ARGUMENT')
    assert.match(message, words)
  }
})

test('cardSign signs as invoiceConfig does', async (t) => {
  const wechat = await sandbox(t)
  await wechat.post('/_sandbox/settings', { fixed_ticket: 'pIKi3wRPNWCGF-pyP-YU5KWjDDD' })
  const { timestamp, nonceStr, cardSign: signed } = await wechat.work().invoiceConfig()
  assert.equal(cardSign(['INVOICE', timestamp, CORP_ID, nonceStr, 'pIKi3wRPNWCGF-pyP-YU5KWjDDD']), signed)
})
