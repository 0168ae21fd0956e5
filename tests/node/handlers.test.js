// What all handlers demand when they are made, and what they report to the operator. Each framework
// has its own file.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { join } = require('node:path')
const { test } = require('node:test')
const { createClient } = require('wxsign')
const { throws } = require('./support/failure')
const { HOSTS, PAGE } = require('./support/handlers')
const { FAILING } = require('./support/failing')
const { runScript, sandbox } = require('./support/sandbox')

const ENTRIES = ['http', 'web', 'koa', 'express']
const OPTIONS = { appId: 'wx1', appSecret: 's', store: 'memory', baseUrl: 'http://127.0.0.1:9' }

test('hosts are listed, or * is written out', () => {
  const open = createClient(OPTIONS)
  for (const entry of ENTRIES) {
    const { wxsign } = require(`wxsign/${entry}`)
    for (const options of [OPTIONS, { client: open }]) {
      const { message, option } = throws(() => wxsign(options), 'INVALID_ARGUMENT')
      assert.match(message, /allowedHosts.*'\*'/s)
      assert.equal(option, 'allowedHosts')
    }
    for (const allowedHosts of ['*', ['example.com']]) {
      const { client } = wxsign({ ...OPTIONS, allowedHosts })
      assert.equal(wxsign({ client }).client, client)
    }
  }
})

test('wrong options are named when the handler is made', () => {
  const { wxsign } = require('wxsign/web')
  const client = createClient({ ...OPTIONS, allowedHosts: '*' })
  const wrong = {
    path: [7, '', 'wx/config', '/a?b', '/a b', '/a#b', '**'],
    jsApiList: ['scanQRCode', [7]],
    openTagList: [{}],
    debug: ['true'],
    corsOrigins: [7, '', '*', 'null', 'm.example.com', 'https://m.example.com/', ['https://M.example.com'], ['x', 7]],
    onError: ['log'],
    client: [{}, createClient],
    paths: ['/x'],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const { message } = throws(() => wxsign({ client, [name]: value }), 'INVALID_ARGUMENT')
      assert.ok(message.includes(name), `${name}: ${message}`)
    }
  }
  for (const options of [undefined, null, 'x', []]) throws(() => wxsign(options), 'INVALID_ARGUMENT')
  assert.match(throws(() => wxsign({ client, appId: 'wx1' }), 'INVALID_ARGUMENT').message, /appId exclude/)
})

/** What the process warns of during a test. */
function warningsOf(t) {
  const warnings = []
  const listener = (warning) => warnings.push(warning)
  process.on('warning', listener)
  t.after(() => process.off('warning', listener))
  return async () => {
    await new Promise(setImmediate)
    const ours = warnings.splice(0).filter(({ name }) => name === 'WxSignWarning')
    return ours.map(({ message }) => message)
  }
}

const question = (page = PAGE) => new Request(`http://127.0.0.1/wx/config?url=${encodeURIComponent(page)}`)

/** Without `onError` there is one warning per outage and code, and one for its end. */
test('an outage is one warning, its end another', async (t) => {
  const warnings = warningsOf(t)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const wechat = await sandbox(t)
  const failure = await wechat
    .client({ appSecret: 'wrong' })
    .ticket()
    .catch((error) => error)
  const client = wechat.client({ allowedHosts: HOSTS })
  const handler = require('wxsign/web').wxsign({ client })
  for (let outage = 0; outage < 2; outage++) {
    client.config = async () => {
      throw failure
    }
    for (let i = 0; i < 3; i++) assert.equal((await handler(question())).status, 502)
    const [warning, ...others] = await warnings()
    assert.match(warning, /^CREDENTIAL_REJECTED: .*\n.*\n.*。$/)
    assert.deepEqual(others, [])
    delete client.config
    for (let i = 0; i < 3; i++) assert.equal((await handler(question())).status, 200)
    const [end, ...more] = await warnings()
    assert.match(end, /signs pages again.*CREDENTIAL_REJECTED/)
    assert.deepEqual(more, [])
    t.mock.timers.tick(120_000)
  }
})

/** An outage that began within a minute of the last one is reported when the minute is over, and then its end. */
test('no outage ends that was not reported', async (t) => {
  const warnings = warningsOf(t)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const wechat = await sandbox(t)
  const client = wechat.client({ allowedHosts: HOSTS })
  const failure = await wechat
    .client({ appSecret: 'wrong' })
    .ticket()
    .catch((error) => error)
  const handler = require('wxsign/web').wxsign({ client })
  const fails = async () => {
    client.config = async () => {
      throw failure
    }
    await handler(question())
    delete client.config
    return warnings()
  }
  const succeeds = async () => {
    await handler(question())
    return warnings()
  }
  assert.equal((await fails()).length, 1)
  assert.equal((await succeeds()).length, 1)
  t.mock.timers.tick(30_000)
  assert.deepEqual([await fails(), await succeeds(), await fails()], [[], [], []])
  t.mock.timers.tick(31_000)
  assert.match((await fails())[0], /^CREDENTIAL_REJECTED/)
  assert.match((await succeeds())[0], /signs pages again/)
})

/** What a visitor is refused is reported once a minute per code: with names, and never with a value. */
test('a refusal is reported once a minute', async (t) => {
  const warnings = warningsOf(t)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const wechat = await sandbox(t)
  const client = wechat.client({ allowedHosts: HOSTS })
  const heard = []
  const { wxsign } = require('wxsign/web')
  const handlers = [wxsign({ client }), wxsign({ client, onError: (error) => heard.push(error) })]
  const page = 'https://www.shop.example.com:8443/act?code=VALUE1&state=VALUE2&code=3#VALUE4'
  for (let minute = 0; minute < 2; minute++) {
    for (const handler of handlers) {
      for (let i = 0; i < 3; i++) assert.equal((await handler(question(page))).status, 403)
      for (let i = 0; i < 3; i++) assert.equal((await handler(question('VALUE5'))).status, 400)
    }
    const [host, url, ...others] = await warnings()
    const words = ['HOST_NOT_ALLOWED: ', 'www.shop.example.com:8443', '/act', 'code, state', HOSTS.join(', ')]
    for (const part of words) assert.ok(host.includes(part), host)
    assert.match(url, /^INVALID_URL: .*parameters url.*shop\.example\.com/)
    assert.deepEqual(others, [])
    assert.doesNotMatch(host + url, /VALUE/)
    const [first, second, ...rest] = heard.splice(0)
    assert.deepEqual([first.code, second.code, rest], ['HOST_NOT_ALLOWED', 'INVALID_URL', []])
    const { host: asked, path, parameters, allowedHosts } = first.asked
    const wanted = ['www.shop.example.com:8443', '/act', ['code', 'state'], HOSTS]
    assert.deepEqual([asked, path, parameters, allowedHosts], wanted)
    assert.deepEqual(second.asked, { parameters: ['url'], allowedHosts: HOSTS })
    assert.doesNotMatch(JSON.stringify([first, second]), /VALUE/)
    t.mock.timers.tick(60_000)
  }
})

test('NODE_DEBUG=wxsign prints what was refused', async () => {
  const script = `const client = require('wxsign').createClient({ ...${JSON.stringify(OPTIONS)}, allowedHosts: 'a.example' })
    const handler = require('wxsign/web').wxsign({ client, onError() {} })
    const url = encodeURIComponent('https://www.a.example/p?secret=VALUE')
    handler(new Request('http://127.0.0.1/?url=' + url)).then(({ status }) => console.log(status))`
  const { stdout, stderr } = await runScript(script, { env: { NODE_DEBUG: 'wxsign' } })
  assert.equal(stdout.trim(), '403')
  assert.match(stderr, /^WXSIGN \d+: HOST_NOT_ALLOWED.*www\.a\.example.*\/p.*secret.*allowed hosts: a\.example/m)
  assert.doesNotMatch(stderr, /VALUE/)
})

/** Whatever `onError` throws or rejects with is a warning, and the answer is the same. */
test('an onError that fails changes no answer', async (t) => {
  const warnings = warningsOf(t)
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'errcode', errcode: 40164 })
  const client = wechat.client({ allowedHosts: HOSTS })
  for (const onError of FAILING) {
    const handler = require('wxsign/web').wxsign({ client, onError })
    const answer = await handler(question())
    assert.deepEqual([answer.status, (await answer.json()).code], [502, 'IP_NOT_ALLOWED'])
    assert.equal((await handler(question('https://evil.com/'))).status, 403)
    await new Promise(setImmediate)
    const heard = await warnings()
    assert.equal(heard.length, 2, onError.toString())
    for (const warning of heard) assert.match(warning, /^onError failed: /)
    await handler.close()
  }
  assert.equal(client.state().closed, false, 'the client is not the handler’s')
})

/** Some programs make every warning an error. */
test('a warning that throws changes no answer', async (t) => {
  const wechat = await sandbox(t)
  t.mock.method(process, 'emitWarning', () => {
    throw new Error('no warnings here')
  })
  const handler = require('wxsign/web').wxsign({ client: wechat.client({ allowedHosts: HOSTS }) })
  assert.equal((await handler(question('https://evil.com/'))).status, 403)
  const failing = require('wxsign/web').wxsign({ client: handler.client, onError: FAILING[0] })
  assert.equal((await failing(question('https://evil.com/'))).status, 403)
  await new Promise(setImmediate)
})

/** The error is the listener's to change; the answer is not. */
test('an onError that changes errors changes no answer', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'errcode', errcode: 40164 })
  const onError = (error) => Object.assign(error, { httpStatus: 7, code: 'MINE', publicMessage: error.message })
  const handler = require('wxsign/web').wxsign({ client: wechat.client({ allowedHosts: HOSTS }), onError })
  for (const [page, status, code] of [
    [PAGE, 502, 'IP_NOT_ALLOWED'],
    ['https://evil.com/', 403, 'HOST_NOT_ALLOWED'],
  ]) {
    const answer = await handler(question(page))
    const body = await answer.json()
    assert.deepEqual([answer.status, body.code], [status, code])
    assert.doesNotMatch(body.message, /40164|evil/)
  }
})

test('the types fit those of the frameworks', () => {
  const tsc = require.resolve('typescript/package.json').replace(/package\.json$/, 'bin/tsc')
  try {
    execFileSync(process.execPath, [tsc, '-p', join(__dirname, 'types/frameworks')], { encoding: 'utf8' })
  } catch (error) {
    assert.fail(error.stdout)
  }
})
