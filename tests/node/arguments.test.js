// What callers pass wrongly: INVALID_ARGUMENT at every entry point, as a rejection from every async
// one.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { createClient, sign } = require('wxsign')
const compat = require('wxsign/compat')
const { behaviour } = require('./support/behaviour')
const { rejects, throws } = require('./support/failure')
const { dir, runScript } = require('./support/sandbox')

const OPTIONS = { appId: 'wx1', appSecret: 'secret', baseUrl: 'http://127.0.0.1:9', store: 'memory' }
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const trap = {
  get ticket() {
    throw new TypeError('a getter')
  },
}

// One of each kind of value; a parameter is tried with all kinds but its own.
const KINDS = {
  missing: undefined,
  null: null,
  number: 7,
  nan: Number.NaN,
  boolean: true,
  symbol: Symbol('x'),
  bigint: 7n,
  function: () => 'x',
  array: [],
  object: {},
  bare: Object.create(null),
  boxed: new String('x'),
  buffer: Buffer.from('x'),
  promise: Promise.resolve('x'),
}
const but = (...own) => Object.entries(KINDS).filter(([kind]) => !own.includes(kind))
const notString = but()

function eachThrows(name, kinds, call) {
  for (const [kind, value] of kinds) {
    const { message } = throws(() => call(value), 'INVALID_ARGUMENT')
    assert.ok(message.includes(name), `${name} as ${kind}: ${message}`)
  }
}

async function eachRejects(kinds, call) {
  for (const [, value] of kinds) await rejects(call(value), 'INVALID_ARGUMENT')
}

behaviour('invalid_arguments', async (t) => {
  const wx = createClient(OPTIONS)
  t.after(() => wx.close())
  const own = createClient({ appId: 'wx1', accessToken: 'T', baseUrl: OPTIONS.baseUrl, store: 'memory' })
  t.after(() => own.close())

  for (const call of [(url) => wx.config(url), (url) => wx.config(url, {})]) await eachRejects(notString, call)
  eachThrows('url', notString, (url) => wx.tryConfig(url))
  eachThrows('value', notString, (value) => wx.invalidate(value))
  eachThrows('token', notString, (value) => own.setAccessToken(value))
  throws(() => own.setAccessToken(''), 'INVALID_ARGUMENT')
  throws(() => own.setAccessToken('a\nb'), 'INVALID_ARGUMENT')
  throws(() => wx.setAccessToken('T'), 'INVALID_ARGUMENT')

  const url = 'https://example.com/'
  const objects = but('missing', 'object', 'bare', 'boxed', 'buffer', 'promise')
  await eachRejects(objects, (options) => wx.config(url, options))
  await eachRejects(objects, (options) => wx.ticket(options))
  await eachRejects(objects, (options) => wx.accessToken(options))
  for (const [name, own] of Object.entries({
    jsApiList: ['missing', 'array'],
    openTagList: ['missing', 'array'],
    debug: ['missing', 'boolean'],
    signal: ['missing'],
  })) {
    eachThrows(name, but(...own), (value) => wx.tryConfig(url, { [name]: value }))
    await eachRejects(but(...own), (value) => wx.config(url, { [name]: value }))
  }
  throws(() => wx.tryConfig(url, { jsApiList: ['a', 7] }), 'INVALID_ARGUMENT')
  assert.match(throws(() => wx.tryConfig(url, { jsapilist: [] }), 'INVALID_ARGUMENT').message, /"jsapilist"/)
  await eachRejects(but('missing'), (signal) => wx.ticket({ signal }))
  await rejects(wx.ticket({ timeout: 1 }), 'INVALID_ARGUMENT')
})

test('createClient names the option that is wrong', () => {
  eachThrows('createClient', but('object', 'bare', 'boxed', 'buffer', 'promise'), (options) => createClient(options))
  throws(() => createClient({}), 'INVALID_ARGUMENT')
  throws(() => createClient(revoked()), 'INVALID_ARGUMENT')
  const own = {
    appId: [],
    appSecret: [],
    baseUrl: [],
    tokenApi: [],
    accessToken: ['function'],
    store: ['object', 'bare'],
    allowedHosts: [],
    timeoutMs: ['number'],
    proxy: [],
    caFile: [],
    importTicketFile: [],
    onEvent: ['function'],
  }
  for (const [name, kinds] of Object.entries(own)) {
    const base = name === 'accessToken' ? { appId: 'wx1', store: 'memory' } : OPTIONS
    eachThrows(name, but('missing', ...kinds), (value) => createClient({ ...base, [name]: value }))
  }
  eachThrows('store.dir', notString, (dir) => createClient({ ...OPTIONS, store: { dir } }))
  const wrong = {
    appId: ['', 'wx 1', '微信'],
    appSecret: ['', 'a b', 'a\u0000'],
    baseUrl: ['', 'ftp://x', 'http://example.com', ['https://a.example', 7], ['']],
    tokenApi: ['', 'Stable', 'toString'],
    store: ['', 'file', 'redis://', 'rediss://a b', { dir: '' }, { dir: 'a\u0000' }, { path: '/tmp' }],
    allowedHosts: ['', 'https://example.com', [7]],
    timeoutMs: [0, -1, 600_001, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE],
    proxy: ['', 'nonsense://'],
    caFile: ['', 'a\u0000'],
    importTicketFile: ['a\u0000'],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) throws(() => createClient({ ...OPTIONS, [name]: value }), 'INVALID_ARGUMENT')
  }
  const { message } = throws(() => createClient({ appid: 'wx1', appSecret: 's' }), 'INVALID_ARGUMENT')
  assert.match(message, /"appid".*: write appId$/)
  for (const name of ['appid', 'secret', 'toString', '__proto__x']) {
    const { message } = throws(() => createClient({ ...OPTIONS, [name]: 'x' }), 'INVALID_ARGUMENT')
    assert.ok(message.includes(JSON.stringify(name)), message)
  }
  throws(() => createClient({ ...OPTIONS, accessToken: 'T' }), 'INVALID_ARGUMENT')
  throws(() => createClient({ ...OPTIONS, accessToken: () => 'T' }), 'INVALID_ARGUMENT')
})

test('no message repeats a value that may be secret', () => {
  for (const name of ['appSecret', 'accessToken', 'proxy', 'baseUrl']) {
    const error = throws(() => createClient({ ...OPTIONS, [name]: 'hush-hush\u0000' }), 'INVALID_ARGUMENT')
    assert.ok(!error.message.includes('hush-hush'), error.message)
  }
})

test('a dir that cannot be used is found by a call', async (t) => {
  const { writeFileSync } = require('node:fs')
  const file = `${dir(t)}/file`
  writeFileSync(file, '')
  const client = createClient({ ...OPTIONS, store: { dir: file } })
  assert.equal(client.state().storeFailure, null)
  await rejects(client.ticket(), 'NETWORK')
  assert.match(client.state().storeFailure, /"file" is not a directory/)
  client.close()
})

/** A relative path has no meaning then. Windows removes no directory in which a program works. */
test('without a working directory paths are refused', { skip: process.platform === 'win32' }, async () => {
  const script = `
    const { mkdtempSync, rmdirSync } = require('node:fs')
    const { createClient } = require('wxsign')
    const gone = mkdtempSync(require('node:os').tmpdir() + '/wxsign-gone-')
    process.chdir(gone)
    rmdirSync(gone)
    const account = { appId: 'wx1', appSecret: 's' }
    const said = []
    const tries = [{ store: { dir: 'd' } }, { caFile: 'f' }, { importTicketFile: 'f' }, { store: { dir: '/d' } }]
    const attempt = (more) => {
      try {
        createClient({ ...account, ...more })
        said.push('made')
      } catch (error) {
        said.push(error.code + ' ' + error.option)
      }
    }
    tries.forEach(attempt)
    process.env.NODE_EXTRA_CA_CERTS = 'f'
    attempt({})
    console.log(said.join())`
  const { stdout, stderr } = await runScript(script)
  const wrong = ['store', 'caFile', 'importTicketFile'].map((option) => `INVALID_ARGUMENT ${option}`)
  assert.equal(stdout.trim(), [...wrong, 'made', 'INVALID_ARGUMENT undefined'].join(), stderr)
})

/** Sign takes an object of strings, a timestamp in seconds, and no misspelt name. */
test('sign refuses wrong types and misspelt names', () => {
  eachThrows('sign()', but('object', 'bare', 'boxed', 'buffer', 'promise', 'array'), (input) => sign(input))
  throws(() => sign([]), 'INVALID_ARGUMENT')
  throws(() => sign({}), 'INVALID_ARGUMENT')
  throws(() => sign(revoked()), 'INVALID_ARGUMENT')
  throws(() => sign(trap), 'INVALID_ARGUMENT')
  const input = { ticket: 'T', url: 'U', nonceStr: 'N', timestamp: 1 }
  eachThrows('ticket', notString, (ticket) => sign({ ...input, ticket }))
  eachThrows('url', notString, (url) => sign({ ...input, url }))
  eachThrows('nonceStr', but('missing'), (nonceStr) => sign({ ...input, nonceStr }))
  eachThrows('timestamp', but('missing', 'number'), (timestamp) => sign({ ...input, timestamp }))
  for (const timestamp of [
    -1,
    0.5,
    2 ** 53,
    Number.POSITIVE_INFINITY,
    '',
    '01',
    '1.0',
    ' 1',
    '1e3',
    '9007199254740992',
  ]) {
    throws(() => sign({ ...input, timestamp }), 'INVALID_ARGUMENT')
  }
  for (const timestamp of [0, -0, '0', 2 ** 53 - 1, '9007199254740991']) {
    assert.equal(sign({ ...input, timestamp }).timestamp, Number(timestamp) + 0)
  }
  for (const name of ['noncestr', 'nonce', 'timeStamp', 'jsapi_ticket']) {
    const { message } = throws(() => sign({ ...input, [name]: 'x' }), 'INVALID_ARGUMENT')
    assert.ok(message.includes(name), message)
  }
  assert.equal(sign({ ...input, appId: 'ignored' }).signature, sign(input).signature)
})

test('wxsign/compat takes the same care', async () => {
  eachThrows('configure', but('object', 'bare', 'boxed', 'buffer', 'promise'), (value) => compat.configure(value))
  throws(() => compat.configure({ appID: 7, secret: 's' }), 'INVALID_ARGUMENT')
  eachThrows('appId', notString, (appId) => compat.sign(appId, 'T', 'U'))
  eachThrows('ticket', notString, (ticket) => compat.sign('A', ticket, 'U'))
  eachThrows('url', notString, (url) => compat.sign('A', 'T', url))
  await eachRejects(but('missing'), (token) => compat.getJsapiTicket(token))
  await rejects(compat.getJsapiTicket(''), 'INVALID_ARGUMENT')
})
