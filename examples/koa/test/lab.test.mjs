// The demo's laboratory: mistakes made on purpose, and evidence that a visitor pastes.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'

import { startProject } from './project.mjs'

const PAGE = 'https://shop.example.com/page/%E5%95%86?id=1&q=a%20b&from=singlemessage&isappinstalled=0#/detail'
// What the diagnosis must name for each mistake on this page.
const CODES = {
  fragment: 'fragment_kept',
  ampersand: 'cut_at_ampersand',
  encoded: 'url_encoded',
  twice: 'url_encoded_twice',
  decoded: 'url_decoded',
  scheme: 'scheme_changed',
  share: 'share_parameters_missing',
  milliseconds: 'timestamp_milliseconds',
  nonce: 'key_names',
  appid: 'app_id_hashed',
  undefined: 'ticket_placeholder',
  former: 'dead_ticket',
}

let project
let ticket
before(async () => {
  project = await startProject({ allowedHosts: ['shop.example.com'], demo: true })
  await project.ask('/config', PAGE)
  ticket = await currentTicket()
})
after(() => project.stop())

async function currentTicket() {
  return (await (await fetch(`${project.sandbox}/_sandbox/current`)).json()).jsapi_ticket.value
}

/** Signs PAGE, or another page, with a mistake. */
async function broken(mistake, url = PAGE) {
  return fetch(`${project.address}/broken?${new URLSearchParams({ mistake, url })}`)
}

function explain(body, headers = { 'Content-Type': 'application/json' }) {
  return fetch(`${project.address}/explain`, { method: 'POST', headers, body })
}

test('every mistake is refused and named', async () => {
  const list = await (await fetch(`${project.address}/broken`)).json()
  assert.deepEqual(list.map(({ name }) => name).sort(), [...Object.keys(CODES), 'account'].sort())
  for (const { name, zh, en } of list) {
    assert.match(zh, /[\u4e00-\u9fff]/)
    assert.match(en, /^[\x20-\x7e]+$/)
    const text = await (await broken(name)).text()
    assert.ok(!text.includes(ticket), name)
    const { hashed, config, said, report } = JSON.parse(text)
    assert.equal(said.ok, false, name)
    assert.equal(report.verdict, 'invalid', name)
    // What is shown is what was hashed, but for the ticket.
    const shown = createHash('sha1').update(hashed.replaceAll('〈ticket〉', ticket)).digest('hex')
    if (name === 'account') {
      assert.equal(said.diagnosis, 'other_account_ticket')
      continue
    }
    assert.equal(shown, config.signature, name)
    const proven = report.causes.filter(({ certainty }) => certainty === 'proven').map(({ code }) => code)
    assert.ok(proven.includes(CODES[name]), `${name}: ${proven}`)
    assert.ok(report.causes.every(({ titleZh, fixZh, title, fix }) => titleZh && fixZh && title && fix))
  }
})

/** The client remembers the ticket before this one, and what became of it. */
test('a former ticket is named with its times', async () => {
  for (let time = 0; time < 5; time++) {
    const { said, report } = await (await broken('former')).json()
    assert.equal(said.diagnosis, 'dead_ticket')
    assert.match(report.causes[0].detail, /^The ticket was refused at .* UTC\. This client handed it out from /)
    assert.match(report.causes[0].detailZh, /被拒绝/)
  }
})

test('a page that may not be signed is not broken', async () => {
  assert.equal((await broken('scheme', 'https://evil.example/')).status, 403)
  assert.equal((await broken('scheme', 'no url')).status, 400)
  assert.equal((await broken('nothing')).status, 404)
  assert.equal((await broken('decoded', 'https://shop.example.com/?q=100%')).status, 400)
})

test('pasted evidence is explained with our ticket', async () => {
  const url = 'https://shop.example.com/a?b=1'
  // Another test has made the client fetch the next one.
  const ticket = await currentTicket()
  const signed = `jsapi_ticket=${ticket}&noncestr=N1&timestamp=1700000000&url=${url.replace('https', 'http')}`
  const signature = createHash('sha1').update(signed).digest('hex')
  const config = `{ appId: 'wx5823bf96d3bd56c7', nonceStr: 'N1', timestamp: 1700000000, signature: '${signature}' }`
  const answer = await explain(JSON.stringify({ text: `url: '${url}'\n${config}` }))
  assert.equal(answer.status, 200)
  const text = await answer.text()
  assert.ok(!text.includes(ticket))
  const { verdict, causes } = JSON.parse(text)
  assert.deepEqual([verdict, causes[0].code, causes[0].certainty], ['invalid', 'scheme_changed', 'proven'])
})

test('an object of wx.error is explained', async () => {
  const error = '{"errMsg":"config:invalid signature","realAuthUrl":["https://e.cn/landing"]} url: "https://e.cn/now"'
  const { verdict, causes } = await (await explain(JSON.stringify({ text: error }))).json()
  assert.deepEqual([verdict, causes[0].expected], ['invalid', 'https://e.cn/landing'])
})

test('what is no evidence gets an answer', async () => {
  const { isEmpty } = await (await explain(JSON.stringify({ text: 'hello' }))).json()
  assert.equal(isEmpty, true)
  for (const [body, headers, status] of [
    ['{}', undefined, 400],
    ['no JSON', undefined, 400],
    [JSON.stringify({ text: 'x'.repeat(70_000) }), undefined, 400],
    // A page of another site can send this without asking.
    ['{"text":"x"}', { 'Content-Type': 'text/plain' }, 415],
  ]) {
    assert.equal((await explain(body, headers)).status, status)
  }
  assert.equal((await fetch(`${project.address}/explain`)).status, 405)
})

/** A program that is started by a visitor, and wrong signatures, have no place outside of the demo. */
test('npm start has no laboratory', async () => {
  const other = await startProject()
  try {
    for (const path of ['/broken', '/broken?mistake=scheme&url=https://e.cn/', '/explain']) {
      assert.equal((await fetch(other.address + path)).status, 404)
    }
    assert.equal((await fetch(`${other.address}/explain`, { method: 'POST' })).status, 404)
  } finally {
    await other.stop()
  }
})

/** Without the stand-in only evidence that a visitor pastes is explained. */
test('a real account breaks nothing on purpose', async () => {
  const real = await startProject({ demo: true, sandbox: undefined })
  try {
    assert.equal((await fetch(`${real.address}/broken?mistake=scheme&url=https://e.cn/`)).status, 404)
    assert.equal((await fetch(`${real.address}/explain`)).status, 405)
  } finally {
    await real.stop()
  }
})
