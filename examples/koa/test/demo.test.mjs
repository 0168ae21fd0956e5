// The demo as a program: its exit code shows whether the page came and its signature is right.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'

import { startSandbox } from '../demo/sandbox.mjs'
import { run } from './program.mjs'

let sandbox
before(async () => {
  sandbox = await startSandbox()
})
after(() => sandbox.stop())

/** A service in front of the sandbox that alters one character of each ticket, so that no signature is right. */
async function startLiar() {
  const server = createServer(async (request, response) => {
    const chunks = await collect(request)
    const { method, url } = request
    const answer = await fetch(sandbox.address + url, {
      method,
      body: method === 'POST' ? Buffer.concat(chunks) : undefined,
    })
    response.end((await answer.text()).replace(/"ticket":"TICKET/, '"ticket":"TOCKET'))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { address: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() }
}

async function collect(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

/** Without a terminal the demo shows a verified config and exits 0. */
test('without a terminal the demo exits 0', async () => {
  const { code, output } = await run({})
  assert.equal(code, 0, output)
  assert.match(output, /wx\.config\(\{/)
  assert.equal(output.match(/config:ok/g).length, 2)
})

test('it signs the URL that it is given', async () => {
  const { code, output } = await run({ DEMO_ONCE: '1', URL: 'https://shop.example.com/%E4%B8%AD%E6%96%87?a=1#top' })
  assert.equal(code, 0, output)
  assert.ok(output.includes('https://shop.example.com/%E4%B8%AD%E6%96%87?a=1\n'))
})

test('a signature that does not verify makes it fail', async () => {
  const liar = await startLiar()
  try {
    const { code, output } = await run({ WX_SANDBOX: liar.address })
    assert.equal(code, 1, output)
    assert.match(output, /WRONG: config:fail, invalid signature/)
  } finally {
    liar.stop()
  }
})

/** A URL that is refused, half an account, a wrong port, a service that is gone: each makes it fail with a reason. */
test('the demo fails with a reason', async () => {
  for (const [variables, reason] of [
    [{ URL: 'ftp://shop.example.com/' }, /HTTP 400 INVALID_URL/],
    [{ WX_APP_ID: 'wx0' }, /WX_APP_SECRET/],
    [{ PORT: '99999' }, /PORT must be/],
    [{ PORT: new URL(sandbox.address).port }, /EADDRINUSE/],
    [{ WX_SANDBOX: 'http://127.0.0.1:9' }, /HTTP 503 NETWORK/],
  ]) {
    const { code, output } = await run(variables)
    assert.equal(code, 1, output)
    assert.match(output, reason)
  }
})

/** With an account it asks that account, and says that nothing verified the result. */
test('with an account the demo asks that account', async () => {
  const account = { WX_APP_ID: 'wxsandbox00000002', WX_APP_SECRET: 'fedcba9876543210fedcba9876543210' }
  const { code, output } = await run({ ...account, WX_BASE_URL: sandbox.address, WXSIGN_STORE: 'memory' })
  assert.equal(code, 0, output)
  assert.match(output, /nothing verified it/)
  assert.ok(!output.includes(account.WX_APP_SECRET))
})
