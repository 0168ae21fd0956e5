// allowHttp: plain http to a machine that is not this one, such as a relay in the user's network.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { createServer } = require('node:http')
const { connect } = require('node:net')
const { test } = require('node:test')
const { createClient } = require('wxsign')
const { throws } = require('./support/failure')
const { listening } = require('./support/handlers')
const { APP_ID, APP_SECRET, runScript, sandbox } = require('./support/sandbox')

// Only the proxy can reach it.
const RELAY = 'http://wx-relay.test'

/** A proxy that leads every host to the sandbox, and what it was asked for. */
async function proxyTo(t, url) {
  const asked = []
  const server = createServer().on('connect', async (request, socket) => {
    asked.push(request.url)
    const upstream = connect(Number(new URL(url).port), '127.0.0.1')
    await once(upstream, 'connect')
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    socket.on('error', () => upstream.destroy()).pipe(upstream)
    upstream.on('error', () => socket.destroy()).pipe(socket)
  })
  return { proxy: await listening(t, server), asked }
}

test('allowHttp reaches a relay over plain http', async (t) => {
  const wechat = await sandbox(t)
  const { proxy, asked } = await proxyTo(t, wechat.url)
  const wx = wechat.client({ baseUrl: RELAY, allowHttp: true, proxy })
  assert.match(await wx.ticket(), /^TICKET/)
  assert.ok(asked.length > 0 && asked.every((host) => host === 'wx-relay.test:80'), String(asked))
})

/** A relay that plain http is refused to is named with the option; WeChat's own hosts never get a secret so. */
test('without allowHttp plain http is refused', () => {
  const account = { appId: APP_ID, appSecret: APP_SECRET, store: 'memory' }
  for (const allowHttp of [undefined, false]) {
    const { message, option } = throws(
      () => createClient({ ...account, baseUrl: RELAY, allowHttp }),
      'INVALID_ARGUMENT',
    )
    assert.equal(option, 'baseUrl')
    assert.match(message, /wx-relay\.test.*allowHttp/)
  }
  for (const allowHttp of [1, 'true', null]) {
    const error = throws(() => createClient({ ...account, baseUrl: RELAY, allowHttp }), 'INVALID_ARGUMENT')
    assert.equal(error.option, 'allowHttp')
  }
  throws(() => createClient({ ...account, baseUrl: 'http://api.weixin.qq.com', allowHttp: true }), 'INVALID_ARGUMENT')
})

/** A token of the caller takes the account's way to the service. */
test('wxsign/compat takes allowHttp for every token', async (t) => {
  const wechat = await sandbox(t)
  const { proxy } = await proxyTo(t, wechat.url)
  const settings = JSON.stringify({ baseUrl: RELAY, allowHttp: true, proxy })
  const script = `const { configure, getJsapiTicket } = require('wxsign/compat')
    configure(${settings})
    getJsapiTicket('${await wechat.token()}').then(console.log)`
  const { stdout, stderr } = await runScript(script)
  assert.match(stdout, /^TICKET/, stderr)
})
