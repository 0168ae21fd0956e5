// The caller's own tickets: a string, or a function that is asked for each kind. WeChat is never
// asked.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { createClient, sign } = require('wxsign')
const { behaviour } = require('./support/behaviour')
const { rejects, throws } = require('./support/failure')
const { AGENT_ID, CORP_ID, runScript } = require('./support/sandbox')

const PAGE = 'https://example.com/a?b=1'
// No server listens there: a request would fail.
const BASE = { baseUrl: 'http://127.0.0.1:9' }
const WORK = { ...BASE, corpId: CORP_ID, agentId: AGENT_ID }

function client(t, options) {
  const made = createClient(options)
  t.after(() => made.close())
  return made
}

/** Whether a config or an agentConfig was signed with this ticket. */
function isSignedWith(ticket, { nonceStr, timestamp, signature }) {
  return sign({ ticket, url: PAGE, nonceStr, timestamp }).signature === signature
}

behaviour('own_ticket', async (t) => {
  const wx = client(t, { ...BASE, appId: 'wx1', ticket: 'T1' })
  assert.equal(await wx.ticket(), 'T1')
  assert.ok(isSignedWith('T1', wx.tryConfig(PAGE)))
  wx.setTicket('T2')
  for (const config of [await wx.config(PAGE), wx.tryConfig(PAGE)]) assert.ok(isSignedWith('T2', config))
  assert.equal(wx.state().requests, 0)
  for (const value of [undefined, null, 7, '', 'a b']) throws(() => wx.setTicket(value), 'INVALID_ARGUMENT')
  assert.equal((await rejects(wx.accessToken(), 'INVALID_ARGUMENT')).option, 'ticket')
})

/** The other kinds need a function: a corp's ticket cannot sign for agentConfig. */
test('a ticket string is that of wx.config alone', async (t) => {
  const wx = client(t, { ...WORK, ticket: 'T1' })
  assert.ok(isSignedWith('T1', await wx.config(PAGE)))
  for (const error of [
    await rejects(wx.agentConfig(PAGE), 'INVALID_ARGUMENT'),
    await rejects(wx.invoiceConfig(), 'INVALID_ARGUMENT'),
    throws(() => wx.tryAgentConfig(PAGE), 'INVALID_ARGUMENT'),
  ]) {
    assert.equal(error.option, 'ticket')
  }
})

/** One question per kind serves many calls; after invalidate() the next one has the rejected ticket. */
behaviour('own_ticket_function', async (t) => {
  const questions = []
  const ticket = async (question) => {
    questions.push(question)
    return { ticket: `T-${question.kind}-${questions.length}`, expiresIn: 7_200 }
  }
  const events = []
  const wx = client(t, { ...WORK, ticket, onEvent: (event) => events.push(event) })
  const signed = await Promise.all(Array.from({ length: 50 }, () => wx.config(PAGE)))
  assert.ok(signed.every((config) => isSignedWith('T-ticket-1', config)))
  assert.ok(isSignedWith('T-agent_ticket-2', await wx.agentConfig(PAGE)))
  assert.ok(isSignedWith('T-agent_ticket-2', wx.tryAgentConfig(PAGE)))
  await wx.invoiceConfig()
  assert.equal(wx.invalidate('T-ticket-1'), true)
  assert.ok(isSignedWith('T-ticket-4', await wx.config(PAGE)))
  assert.deepEqual(questions, [
    { kind: 'ticket' },
    { kind: 'agent_ticket' },
    { kind: 'card_ticket' },
    { kind: 'ticket', rejected: 'T-ticket-1' },
  ])
  const { ticket: state } = wx.state()
  assert.ok(state.freshness === 'fresh' && state.remainingMs > 7_000_000)
  assert.equal(state.source, 'caller')
  for (let tries = 0; events.length < questions.length && tries < 500; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.deepEqual(
    events.map(({ name, credential, source }) => [name, credential, source]),
    questions.map(({ kind }) => ['refreshed', kind, 'caller']),
  )
  throws(() => wx.setTicket('x'), 'INVALID_ARGUMENT')
})

/** A ticket whose life is not known is served for a minute. */
test('a function may return the ticket alone', async (t) => {
  const wx = client(t, { ...BASE, appId: 'wx1', ticket: () => 'T1' })
  assert.ok(isSignedWith('T1', await wx.config(PAGE)))
  const { remainingMs } = wx.state().ticket
  assert.ok(remainingMs > 50_000 && remainingMs <= 60_000, String(remainingMs))
})

test('a function that fails is an error with its words', async (t) => {
  for (const [ticket, words] of [
    [() => Promise.reject(new Error('the vault is sealed')), /the vault is sealed/],
    [
      () => {
        throw new Error('no luck')
      },
      /no luck/,
    ],
    [() => undefined, /neither a string nor/],
    [() => ({ ticket: 'T', expiresIn: '7200' }), /neither a string nor/],
    [() => ({ ticket: 'T', expiresIn: Number.NaN }), /expiresIn/],
    [() => ({ ticket: 'T', expiresIn: -1 }), /expiresIn/],
    [() => ({ ticket: 'T', expiresIn: 0 }), /zero|expired/],
    [() => 'a b', /ticket/],
    [() => '', /ticket/],
    [() => Object.create(null, { ticket: { get: () => assert.fail('a getter') } }), /a getter/],
  ]) {
    const wx = client(t, { ...BASE, appId: 'wx1', ticket })
    const error = await wx.config(PAGE).then(assert.fail, (error) => error)
    assert.ok(['NOT_READY', 'INVALID_ARGUMENT', 'BAD_RESPONSE'].includes(error.code), `${error.code} ${error.message}`)
    assert.match(`${error.message} ${error.cause?.message}`, words)
  }
})

/** Wrong types, and what a client of tickets cannot have besides. */
test('a ticket takes the place of everything else', () => {
  for (const value of [null, 7, true, [], {}, Symbol('x'), Promise.resolve('T')]) {
    const error = throws(() => createClient({ appId: 'wx1', ticket: value }), 'INVALID_ARGUMENT')
    assert.equal(error.option, 'ticket')
  }
  for (const [more, named] of [
    [{ appSecret: 's' }, /appSecret/],
    [{ accessToken: 'T' }, /accessToken/],
    [{ accessToken: () => 'T' }, /accessToken/],
    [{ importTicketFile: 'x.json' }, /importTicketFile/],
    [{ store: { dir: '/tmp/x' } }, /store/],
    [{ store: 'redis://127.0.0.1' }, /store/],
    [{ appId: undefined }, /appId/],
  ]) {
    for (const ticket of ['T', () => 'T']) {
      const error = throws(() => createClient({ appId: 'wx1', ticket, ...more }), 'INVALID_ARGUMENT')
      assert.match(error.message, named)
    }
  }
})

/** The environment's secret and store are not for such a client, and a pending question keeps no program alive. */
test('clientFromEnv takes a ticket function too', async () => {
  const script = `const wx = require('wxsign').clientFromEnv({ ticket: async () => 'T' })
    wx.ticket().then(console.log)`
  const env = { WX_APP_ID: 'wx1', WX_APP_SECRET: 's', WXSIGN_STORE: '/nowhere/at/all' }
  const { stdout, stderr, code } = await runScript(script, { env })
  assert.deepEqual([stdout.trim(), stderr, code], ['T', '', 0])
})
