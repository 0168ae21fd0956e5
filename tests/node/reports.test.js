// Reports of pages at a handler: answered, explained in the log without a value, at most one a
// second.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { wxsign } = require('wxsign/web')
const { throws } = require('./support/failure')
const { sandbox } = require('./support/sandbox')

const ROUTE = 'https://m.example.com/wx/config'

/** A handler and what it warns of. */
async function handlerOf(t, options) {
  const wechat = await sandbox(t)
  const handler = wxsign({ ...wechat.options, allowedHosts: ['m.example.com'], ...options })
  const warnings = []
  const listener = ({ message }) => warnings.push(message)
  process.on('warning', listener)
  t.after(async () => {
    process.off('warning', listener)
    await handler.close()
  })
  const post = (body) => {
    const headers = { 'Content-Type': 'application/json' }
    return handler(new Request(ROUTE, { method: 'POST', headers, body: JSON.stringify(body) }))
  }
  /** What a page sends whose config was signed for another URL. */
  async function evidence() {
    const url = 'https://m.example.com/list?token=SECRETVALUE'
    const config = await handler.client.config(url)
    return {
      url,
      pageUrl: 'https://m.example.com/list?token=SECRETVALUE#/x',
      realAuthUrl: ['https://m.example.com/landing?code=SECRETCODE'],
      ...config,
      errMsg: 'config:invalid signature',
    }
  }
  const settled = () => new Promise(setImmediate)
  return { handler, post, evidence, warnings, settled }
}

test('a report is explained in the log, without a value', async (t) => {
  const { post, evidence, warnings, settled } = await handlerOf(t, { reports: true })
  const answer = await post({ report: await evidence() })
  assert.deepEqual([answer.status, await answer.text()], [204, ''])
  await settled()
  assert.equal(warnings.length, 1)
  assert.match(warnings[0], /config:invalid signature/)
  assert.match(warnings[0], /\/list with the parameters token/)
  assert.match(warnings[0], /\/landing with the parameters code/)
  assert.match(warnings[0], /other_page \(proven\)/)
  assert.doesNotMatch(warnings[0], /SECRET|TICKET/)
})

test("with 'page' the page gets the explanation", async (t) => {
  const { post, evidence } = await handlerOf(t, { reports: 'page' })
  const answer = await post({ report: await evidence() })
  const report = await answer.json()
  assert.deepEqual([answer.status, report.verdict, report.causes[0].code], [200, 'invalid', 'other_page'])
  assert.doesNotMatch(JSON.stringify(report), /TICKET/)
})

test('one report a second is explained', async (t) => {
  const { post, evidence, warnings, settled } = await handlerOf(t, { reports: 'page' })
  const report = await evidence()
  const answers = await Promise.all(Array.from({ length: 20 }, () => post({ report })))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(19).fill(204)])
  await settled()
  assert.equal(warnings.length, 1)
})

test('without the option a report is 404, unlogged', async (t) => {
  const { post, evidence, warnings, settled } = await handlerOf(t, {})
  assert.equal((await post({ report: await evidence() })).status, 404)
  await settled()
  assert.deepEqual(warnings, [])
})

test('odd reports are survived', async (t) => {
  for (const report of [
    null,
    1,
    'x',
    [],
    { url: {} },
    { realAuthUrl: {} },
    { url: `https://e.cn/${'%'.repeat(9_000)}` },
  ]) {
    const { post } = await handlerOf(t, { reports: true })
    assert.equal((await post({ report })).status, 204)
  }
})

test('a wrong option is named', () => {
  const account = { appId: 'wx1', appSecret: 's', store: 'memory', allowedHosts: '*' }
  assert.match(throws(() => wxsign({ ...account, reports: 'yes' }), 'INVALID_ARGUMENT').message, /reports/)
})
