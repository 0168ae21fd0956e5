// P2 and P5 with eight processes on one directory: cold callers, and callers with a wrong secret
// that go on trying.

const assert = require('node:assert/strict')
const { fork } = require('node:child_process')
const { once } = require('node:events')
const { join } = require('node:path')
const { test } = require('node:test')
const { AGENT_ID, CORP_ID, OTHER_AGENT, PATIENCE, dir, sandbox } = require('./support/sandbox')

const PROCESSES = 8
const CALLERS = join(__dirname, 'support/callers.js')

/** What all calls of eight processes came to, and how often. */
async function play(options, role) {
  // Late enough for the slowest to have started.
  const begin = Date.now() + 1_500 * PATIENCE
  const { calls = 1, ms = 0, agents } = role
  const env = { ROLE: JSON.stringify({ options, agents, begin, calls, until: begin + ms }) }
  const children = Array.from({ length: PROCESSES }, () =>
    fork(CALLERS, { env: { ...process.env, ...env, NODE_TEST_CONTEXT: '' } }),
  )
  const all = {}
  for (const [seen] of await Promise.all(children.map((child) => once(child, 'message')))) {
    for (const [what, count] of Object.entries(seen)) all[what] = (all[what] ?? 0) + count
  }
  return all
}

/** Eight processes of five hundred cold calls each cost one token and one ticket. */
test('eight cold processes cost one token, one ticket', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'delay', ms: 100 })
  const all = await play({ ...wechat.options, store: { dir: join(dir(t), 's') } }, { calls: 500 })
  const [[ticket, count], ...others] = Object.entries(all)
  assert.ok(ticket.startsWith('TICKET') && others.length === 0, JSON.stringify(all))
  assert.equal(count, PROCESSES * 500)
  const { stable_token, getticket, total } = await wechat.counts()
  assert.deepEqual([stable_token, getticket, total], [1, 1, 2])
})

/** Two apps of one corp: each has its own token and tickets, whatever the number of processes. */
test('eight cold processes fetch each app’s own', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'delay', ms: 100 })
  const app = { ...wechat.workOptions, store: { dir: join(dir(t), 's') } }
  const all = await play(undefined, { calls: 500, agents: [app, { ...app, ...OTHER_AGENT }] })
  const share = (PROCESSES * 500) / 4
  assert.deepEqual(all, {
    [`${CORP_ID} ${AGENT_ID}`]: share,
    [`${CORP_ID} ${OTHER_AGENT.agentId}`]: share,
    [`${CORP_ID} `]: 2 * share,
  })
  // The corp's ticket is fetched with each app's token: 企业微信 counts it for the app as well as for
  // the corp.
  const { gettoken, get_jsapi_ticket, ticket_get, total } = await wechat.counts()
  assert.deepEqual([gettoken, get_jsapi_ticket, ticket_get, total], [2, 2, 2, 6])
})

/** Eight processes that go on trying a wrong secret for three seconds cost one request. */
test('eight processes with a wrong secret: one request', async (t) => {
  const wechat = await sandbox(t)
  const options = { ...wechat.options, appSecret: 'f'.repeat(32), store: { dir: join(dir(t), 's') } }
  const all = await play(options, { ms: 3_000 })
  assert.deepEqual(Object.keys(all), ['CREDENTIAL_REJECTED'])
  assert.ok(all.CREDENTIAL_REJECTED > (PROCESSES * 100) / PATIENCE, 'callers at a cooldown do not wait')
  assert.equal((await wechat.counts()).total, 1)
})
