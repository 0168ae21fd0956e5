// The promise to readers of the tutorial: their files stay as they are but for one line.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { ACCOUNT, startSandbox, verdict } from '../demo/sandbox.mjs'

const require = createRequire(import.meta.url)

for (const name of ['getAccessToken', 'getJsapiTicket', 'sign']) {
  /** Utils/${name}.js is two lines: wxsign's function in the place of the tutorial's. */
  test(`utils/${name}.js is two lines`, () => {
    const source = readFileSync(new URL(`../utils/${name}.js`, import.meta.url), 'utf8')
    assert.equal(source, `const { ${name} } = require('wxsign/compat')\nmodule.exports = ${name}\n`)
  })
}

/** The call sites give what the tutorial says they give. */
test('the call sites return what the tutorial says', async () => {
  const sandbox = await startSandbox()
  try {
    require('wxsign/compat').configure({ ...ACCOUNT, wxapiBaseUrl: `${sandbox.address}/cgi-bin`, store: 'memory' })
    const accessToken = await require('../utils/getAccessToken')()
    const ticket = await require('../utils/getJsapiTicket')(accessToken)
    assert.match(ticket, /^TICKET/)
    const url = 'https://shop.example.com/?q=中文'
    const signed = require('../utils/sign')(ACCOUNT.appId, ticket, `${url}#top`)
    assert.deepEqual(Object.keys(signed).sort(), ['appId', 'nonceStr', 'signature', 'timestamp'])
    assert.equal(typeof signed.timestamp, 'string')
    assert.equal((await verdict(sandbox.address, url, signed)).errMsg, 'config:ok')
  } finally {
    await sandbox.stop()
  }
})

/** Without a list of hosts the application does not start. */
test('without a list of hosts it does not start', () => {
  assert.throws(() => require('../app.js')({ ...ACCOUNT }), /WX_ALLOWED_HOSTS/)
  assert.throws(() => require('../app.js')({ ...ACCOUNT, allowedHosts: [] }), /WX_ALLOWED_HOSTS/)
})

test('WXSIGN_STORE names a directory, Redis or memory', () => {
  const file = require.resolve('../config')
  for (const [value, store] of [
    ['', undefined],
    ['memory', 'memory'],
    ['redis://127.0.0.1', 'redis://127.0.0.1'],
    ['/var/lib/wxsign', { dir: '/var/lib/wxsign' }],
  ]) {
    process.env.WXSIGN_STORE = value
    delete require.cache[file]
    assert.deepEqual(require(file).store, store)
  }
  delete process.env.WXSIGN_STORE
})
