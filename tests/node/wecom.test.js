// wxsign/wecom: what register() of Tencent's @wecom/jssdk takes. tests/browser has the real one.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { sign } = require('wxsign')
const { signatures } = require('wxsign/wecom')
const { rejects, throws } = require('./support/failure')
const { AGENT_ID, APP_ID, CORP_ID, sandbox } = require('./support/sandbox')

const PAGE = 'https://example.com/a?b=1&c=%2F'

/** The answers have the three fields of a signature, and no other. */
test('signatures() has the functions of register', async (t) => {
  const wechat = await sandbox(t)
  const { getConfigSignature, getAgentConfigSignature, getSuiteConfigSignature } = signatures(wechat.work(), {
    suiteTicket: () => 'SUITE',
  })
  const config = await getConfigSignature(PAGE)
  const agent = await getAgentConfigSignature(PAGE)
  const suite = await getSuiteConfigSignature(PAGE)
  for (const data of [config, agent, suite]) {
    assert.deepEqual(Object.keys(data).sort(), ['nonceStr', 'signature', 'timestamp'])
  }
  assert.equal((await wechat.verify({ appId: CORP_ID, ...config }, PAGE)).errMsg, 'config:ok')
  const app = { corpid: CORP_ID, agentid: AGENT_ID }
  assert.equal((await wechat.verify({ ...app, ...agent }, PAGE)).errMsg, 'agentConfig:ok')
  assert.equal(sign({ ticket: 'SUITE', url: PAGE, ...suite, signature: undefined }).signature, suite.signature)
})

/** The user's function is asked once for many signatures, and again when its ticket ends. */
test('the ticket of a suite is kept for its life', async (t) => {
  const wechat = await sandbox(t)
  let asked = 0
  const suiteTicket = async ({ kind }) => ({ ticket: `${kind} ${++asked}`.replace(' ', '-'), expiresIn: 7_200 })
  const { getSuiteConfigSignature } = signatures(wechat.work(), { suiteTicket })
  const all = await Promise.all(Array.from({ length: 100 }, () => getSuiteConfigSignature(PAGE)))
  for (const { timestamp, nonceStr, signature } of all) {
    assert.equal(signature, sign({ ticket: 'ticket-1', url: PAGE, timestamp, nonceStr }).signature)
  }
  assert.equal(asked, 1)
  assert.equal((await wechat.counts()).total, 0)
})

test('the hosts of the client count for the suite too', async (t) => {
  const wechat = await sandbox(t)
  const all = signatures(wechat.work({ allowedHosts: ['a.example'] }), { suiteTicket: 'SUITE' })
  for (const name of Object.keys(all)) {
    await rejects(all[name]('https://b.example/'), 'HOST_NOT_ALLOWED')
    assert.match((await all[name]('https://a.example/')).signature, /^[0-9a-f]{40}$/)
  }
})

test('what is missing is named', async (t) => {
  const wechat = await sandbox(t)
  for (const client of [undefined, null, {}, wechat.workOptions]) throws(() => signatures(client), 'INVALID_ARGUMENT')
  const wx = wechat.work()
  for (const options of [null, 7, { suiteTicket: 7 }, { suiteTicket: '' }, { ticket: 'x' }]) {
    const { message } = throws(() => signatures(wx, options), 'INVALID_ARGUMENT')
    if (options?.suiteTicket !== undefined) assert.match(message, /^suiteTicket /)
  }
  const { message } = await rejects(signatures(wx).getSuiteConfigSignature(PAGE), 'INVALID_ARGUMENT')
  assert.match(message, /suiteTicket/)
  const official = signatures(wechat.client())
  const { timestamp, nonceStr, signature } = await official.getConfigSignature(PAGE)
  assert.equal((await wechat.verify({ appId: APP_ID, timestamp, nonceStr, signature }, PAGE)).ok, true)
  assert.equal((await rejects(official.getAgentConfigSignature(PAGE), 'INVALID_ARGUMENT')).option, 'agentId')
})
