// wxsign/testing: a stand-in for WeChat on threads of the test's own process.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const { createClient } = require('wxsign')
const { startMock } = require('wxsign/testing')
const { rejects, throws } = require('./support/failure')
const { runScript } = require('./support/sandbox')

const PAGE = 'https://m.example.com/a?b=1'

/** A mock that goes with the test. */
async function mocked(t, options) {
  const mock = await startMock(options)
  t.after(() => mock.close())
  return mock
}

function clientOf(t, mock) {
  const client = createClient({ ...mock.options, allowedHosts: ['m.example.com'] })
  t.after(() => client.close())
  return client
}

/** Whether something listens there. */
async function answers(url) {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

test('a client of the mock signs, and the mock verifies', async (t) => {
  const mock = await mocked(t)
  const config = await clientOf(t, mock).config(PAGE)
  assert.deepEqual(mock.verify(config, PAGE), { ok: true, errMsg: 'config:ok' })
  const wrong = mock.verify(config, `${PAGE}&c=2`)
  assert.deepEqual([wrong.ok, typeof wrong.diagnosis, typeof wrong.hint_zh], [false, 'string', 'string'])
  const { stable_token, getticket, total } = mock.counts()
  assert.deepEqual([stable_token, getticket, total], [1, 1, 2])
  assert.deepEqual(
    mock.log().map(({ endpoint }) => endpoint),
    ['stable_token', 'getticket'],
  )
})

test('it verifies what an app of 企业微信 signs', async (t) => {
  const mock = await mocked(t)
  const client = createClient({ ...mock.workOptions, allowedHosts: ['m.example.com'] })
  t.after(() => client.close())
  const invoice = { ...(await client.invoiceConfig()), appId: mock.workOptions.corpId }
  for (const [config, url, errMsg] of [
    [await client.config(PAGE), PAGE, 'config:ok'],
    [await client.agentConfig(PAGE), PAGE, 'agentConfig:ok'],
    [invoice, undefined, 'chooseInvoice:ok'],
  ]) {
    assert.deepEqual(mock.verify(config, url), { ok: true, errMsg })
  }
  assert.equal(mock.verify(await client.agentConfig(PAGE), `${PAGE}&c=2`).ok, false)
})

/** Closing waits for a thread of the mock; JavaScript's own thread goes on meanwhile. */
test('closing does not block the event loop', async () => {
  const mock = await startMock()
  let isClosed = false
  const closing = mock.close().then(() => {
    isClosed = true
  })
  // Were it done when the call returns, so few turns of the queue of promises would show it.
  for (let turns = 0; turns < 10; turns++) await null
  assert.equal(isClosed, false)
  await closing
  assert.equal(await answers(mock.baseUrl), false)
})

test('an account and lives that the test chooses', async (t) => {
  const mock = await mocked(t, { appId: 'wxmine', appSecret: 'my:secret', tokenLife: 60, ticketLife: 90.5 })
  assert.deepEqual([mock.options.appId, mock.options.appSecret], ['wxmine', 'my:secret'])
  assert.match(await clientOf(t, mock).ticket(), /^TICKET/)
  const { token_life, ticket_life } = mock.settings()
  assert.deepEqual([token_life, ticket_life], [60, 90.5])
})

test('faults are played, cleared and reset', async (t) => {
  const mock = await mocked(t)
  mock.fault({ endpoint: 'getticket', kind: 'errcode', errcode: 40164 })
  await rejects(clientOf(t, mock).ticket(), 'IP_NOT_ALLOWED')
  mock.reset()
  assert.equal(mock.counts().total, 0)
  mock.fault({ kind: 'html', times: 1, endpoint: undefined })
  mock.clear()
  assert.equal(
    (await fetch(`${mock.baseUrl}/cgi-bin/token`)).headers.get('content-type').split(';')[0],
    'application/json',
  )
  assert.equal(mock.settings({ ticket_mode: 'rotate' }).ticket_mode, 'rotate')
})

test('a killed token is refused', async (t) => {
  const mock = await mocked(t)
  const token = await clientOf(t, mock).accessToken()
  const ask = async () =>
    (await fetch(`${mock.baseUrl}/cgi-bin/ticket/getticket?type=jsapi&access_token=${token}`)).json()
  assert.equal((await ask()).errcode, 0)
  mock.kill('token')
  assert.equal((await ask()).errcode, 40001)
})

/** Tests of other libraries replace `fetch`; the mock does not use it. */
test('a test may replace fetch', async (t) => {
  const { fetch: own } = globalThis
  globalThis.fetch = () => assert.fail('fetch was called')
  t.after(() => {
    globalThis.fetch = own
  })
  const mock = await mocked(t)
  mock.fault({ kind: 'empty', times: 1 })
  mock.clear()
  const config = await clientOf(t, mock).config(PAGE)
  assert.equal(mock.verify(config, PAGE).ok, true)
})

test('close frees the port and ends what hangs', async () => {
  const mock = await startMock()
  const { port } = new URL(mock.baseUrl)
  mock.fault({ kind: 'hang' })
  const hanging = fetch(`${mock.baseUrl}/cgi-bin/token`).then(
    () => 'answered',
    () => 'ended',
  )
  for (let tries = 0; mock.counts().in_flight === 0; tries++) {
    assert.ok(tries < 500)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await mock.close()
  await mock.close()
  assert.equal(await hanging, 'ended')
  assert.equal(await answers(mock.baseUrl), false)
  throws(() => mock.counts(), 'CLOSED')
  const again = await startMock({ port: Number(port) })
  assert.equal(again.baseUrl, mock.baseUrl)
  await again.close()
})

test('a request to stop ends the mock, and no more', async () => {
  const mock = await startMock()
  await (await fetch(`${mock.baseUrl}/_sandbox/stop`, { method: 'POST' })).text()
  for (let tries = 0; await answers(mock.baseUrl); tries++) {
    assert.ok(tries < 500)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await mock.close()
})

test('wrong options are named', async (t) => {
  const mock = await mocked(t)
  for (const options of [
    { appid: 'wx1' },
    { appId: 'wx1' },
    { appSecret: 's' },
    { appId: 'wx:1', appSecret: 's' },
    { port: '80' },
    { port: 65536 },
    { port: 1.5 },
    { tokenLife: -1 },
    { ticketLife: Number.NaN },
    'x',
  ]) {
    await rejects(startMock(options), 'INVALID_ARGUMENT')
  }
  const { port, host } = new URL(mock.baseUrl)
  const { message } = await rejects(startMock({ port: Number(port) }), 'NETWORK')
  assert.ok(message.includes(host), message)
  for (const fault of [{}, { kind: 'nothing' }, { kind: 'errcode' }, { kind: 'html', often: 1 }, null]) {
    throws(() => mock.fault(fault), 'INVALID_ARGUMENT')
  }
  throws(() => mock.settings({ life: 1 }), 'INVALID_ARGUMENT')
  throws(() => mock.fault({ kind: 'delay', ms: 7n }), 'INVALID_ARGUMENT')
  throws(() => mock.verify({ appId: mock, signature: 7n }), 'INVALID_ARGUMENT')
  throws(() => mock.kill('all'), 'INVALID_ARGUMENT')
})

/** A test that forgets to close it ends all the same, and leaves no process behind. */
test('a forgotten mock ends with its process', async () => {
  const { code, stdout, stderr } = await runScript(
    `const { readdirSync, readFileSync } = require('node:fs')
    require('wxsign/testing').startMock().then(async ({ baseUrl, options }) => {
      const client = require('wxsign').createClient(options)
      const isThere = (await client.ticket()).startsWith('TICKET')
      await client.close()
      const tasks = process.platform === 'linux' ? readdirSync('/proc/self/task') : []
      // A thread may end meanwhile.
      const childrenOf = (task) => {
        try {
          return readFileSync('/proc/self/task/' + task + '/children', 'utf8')
        } catch {
          return ''
        }
      }
      const children = tasks.map(childrenOf).join('')
      console.log(JSON.stringify({ baseUrl, isThere, children }))
    })`,
  )
  assert.deepEqual([code, stderr], [0, ''])
  const { baseUrl, isThere, children } = JSON.parse(stdout)
  assert.deepEqual([isThere, children], [true, ''])
  assert.equal(await answers(baseUrl), false)
})

test('a mock ends with its worker', async () => {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
    const { startMock } = require('wxsign/testing')
    startMock().then(({ baseUrl }) => parentPort.postMessage(baseUrl))
    setInterval(() => {}, 1000)`,
    { eval: true },
  )
  const [baseUrl] = await once(worker, 'message')
  assert.equal(await answers(baseUrl), true)
  await worker.terminate()
  assert.equal(await answers(baseUrl), false)
})

test('await using closes it', async () => {
  const mock = await startMock()
  await mock[Symbol.asyncDispose]()
  assert.equal(await answers(mock.baseUrl), false)
})

test('the example of the page runs', async () => {
  const page = readFileSync(join(__dirname, '../../docs/testing.md'), 'utf8')
  const [, code] = /```js\n(.*?)```/s.exec(page)
  const { code: exit, stdout } = await runScript(code)
  assert.equal(exit, 0, stdout)
  // Node 20 writes TAP, later ones their own form.
  assert.match(stdout, /^[#ℹ] pass 2$/m)
})
