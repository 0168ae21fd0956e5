// explain(): the binding's half. The core's own tests have every cause.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { explain, sign } = require('wxsign')
const { throws } = require('./support/failure')
const { PATIENCE, sandbox } = require('./support/sandbox')

const ticket = 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg'
const page = 'https://m.example.com/shop?id=1&from=singlemessage#/item'

/** What a page hands over, signed for `url`. */
function signed(url) {
  return { ...sign({ ticket, url }), ticket }
}

test('a right signature is valid', () => {
  assert.deepEqual(explain({ ...signed(page), url: page }), { verdict: 'valid', causes: [] })
})

test('a mistake is proven, in both languages', () => {
  const wrong = page.replace('https', 'http').split('#')[0]
  const { verdict, causes } = explain({ ...signed(wrong), url: page })
  assert.equal(verdict, 'invalid')
  const [{ code, certainty, signed: was, expected, ...texts }] = causes
  assert.deepEqual([code, certainty, was, expected], ['scheme_changed', 'proven', wrong, page.split('#')[0]])
  assert.deepEqual(Object.keys(texts).sort(), ['fix', 'fixZh', 'title', 'titleZh'])
  assert.match(texts.titleZh, /https/)
})

test('realAuthUrl is a text or a list', () => {
  for (const realAuthUrl of ['https://m.example.com/landing', ['https://m.example.com/landing']]) {
    const { verdict, causes } = explain({ url: page, realAuthUrl })
    assert.equal(verdict, 'invalid')
    assert.equal(causes[0].expected, 'https://m.example.com/landing')
  }
})

test('a misspelled field is found by its name', () => {
  const { causes } = explain({ noncestr: 'x', jsApiList: [], debug: true })
  assert.deepEqual(
    causes.map(({ code, signed: was, expected }) => [code, was, expected]),
    [['field_names', 'noncestr', 'nonceStr']],
  )
})

test('no report contains the ticket', () => {
  const text = JSON.stringify(
    explain({ ...signed('https://other.example.com/'), url: `${page}?${ticket}`, errMsg: ticket }),
  )
  assert.ok(!text.includes(ticket))
})

test('evidence of a wrong type is INVALID_ARGUMENT', () => {
  const circular = {}
  circular.url = circular
  for (const wrong of [undefined, null, 'text', [], { url: {} }, { ticket: [ticket] }, { url: 1n }, circular]) {
    assert.throws(
      () => explain(wrong),
      (error) => error.code === 'INVALID_ARGUMENT' && !error.message.includes(ticket),
    )
  }
})

test('the search of an unknown mistake is fast', () => {
  const evidence = { ...signed(page), url: page, signature: '0'.repeat(40) }
  explain(evidence)
  const times = Array.from({ length: 5 }, () => {
    const begin = performance.now()
    explain(evidence)
    return performance.now() - begin
  })
  // The promise is 50 ms; a busy machine gets four times that.
  assert.ok(Math.min(...times) < 200 * PATIENCE, `${times}`)
})

test('a client explains with its own ticket', async (t) => {
  const wechat = await sandbox(t)
  const client = wechat.client()
  const wrong = page.replace('https', 'http').split('#')[0]
  const config = await client.config(wrong)
  const { verdict, causes } = await client.explain({ ...config, url: page })
  assert.deepEqual([verdict, causes[0].code, causes[0].certainty], ['invalid', 'scheme_changed', 'proven'])
  assert.ok(!JSON.stringify(causes).includes(await client.ticket()))
  await assert.rejects(client.explain(null), { code: 'INVALID_ARGUMENT' })
})

/** A client of 企业微信 has two tickets, and sees which one was used. */
test('a client of an app tells its tickets apart', async (t) => {
  const wechat = await sandbox(t)
  const client = wechat.work()
  const url = page.split('#')[0]
  const agent = await client.agentConfig(url)
  const { appId: _, ...config } = await client.config(url)
  const refused = { url, errMsg: 'agentConfig:fail, 42012 ticket no available' }
  assert.equal((await client.explain({ ...agent, url, pageUrl: url })).verdict, 'valid')
  assert.equal((await client.explain({ ...config, url, pageUrl: url })).verdict, 'valid')
  const { causes } = await client.explain({ ...refused, ...config })
  assert.equal(causes[0].code, 'wrong_ticket_kind')
  const other = await client.explain({ url, errMsg: 'config:fail, 42012', ...agent, agentid: undefined })
  assert.equal(other.causes[0].code, 'wrong_ticket_kind')
  const { causes: proven } = await client.explain({
    ...refused,
    ...(await client.agentConfig(url.replace('https', 'http'))),
  })
  assert.deepEqual([proven[0].code, proven[0].certainty], ['scheme_changed', 'proven'])
})

/** It makes no request: a page that reports must not spend the account's quota. */
test('a client without a ticket explains the rest', async (t) => {
  const wechat = await sandbox(t)
  for (const client of [wechat.client(), wechat.work()]) {
    const { causes } = await client.explain({ url: 'https://e.cn/a', pageUrl: 'http://e.cn/a' })
    assert.deepEqual([causes[0].code, causes[0].certainty], ['scheme_changed', 'likely'])
  }
  assert.equal((await wechat.counts()).total, 0)
})

/** A program that cuts a text after some length cuts an emoji in two. */
test('half a character in the evidence is no mistake', () => {
  for (const half of ['\ud83d', '\udc00']) {
    const { verdict } = explain({ ...signed(page), url: page, userAgent: half, [half]: 1, inFrame: null })
    assert.equal(verdict, 'valid')
  }
})

test('evidence that cannot be read is refused', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  throws(() => explain(proxy), 'INVALID_ARGUMENT')
})
