// What all handlers demand when they are made, and what they tell the operator. Each framework has a file of its own.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { once } = require('node:events')
const { join } = require('node:path')
const { test } = require('node:test')
const { createClient } = require('wxsign')
const { throws } = require('./support/failure')
const { HOSTS, PAGE } = require('./support/handlers')
const { sandbox } = require('./support/sandbox')

const ENTRIES = ['http', 'web', 'koa', 'express']
const OPTIONS = { appId: 'wx1', appSecret: 's', store: 'memory', baseUrl: 'http://127.0.0.1:9' }

test('hosts are listed, or * is written out', () => {
  const open = createClient(OPTIONS)
  for (const entry of ENTRIES) {
    const { wxsign } = require(`wxsign/${entry}`)
    for (const options of [OPTIONS, { client: open }]) {
      assert.match(throws(() => wxsign(options), 'INVALID_ARGUMENT').message, /allowedHosts.*'\*'/s)
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

test('without onError each code is warned of once; one that throws does not harm the answer', async (t) => {
  const { wxsign } = require('wxsign/web')
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'errcode', errcode: 40164 })
  const question = () => new Request(`http://127.0.0.1/wx/config?url=${encodeURIComponent(PAGE)}`)
  const warnings = []
  const listener = (warning) => warnings.push(warning)
  process.on('warning', listener)
  t.after(() => process.off('warning', listener))
  const silent = wxsign({ ...wechat.options, allowedHosts: HOSTS })
  for (let i = 0; i < 3; i++) assert.equal((await silent(question())).status, 502)
  await new Promise(setImmediate)
  assert.deepEqual(
    warnings.map(({ name }) => name),
    ['WxSignWarning'],
  )
  assert.match(warnings[0].message, /^IP_NOT_ALLOWED: .*\n.*\n.*。$/)

  const clumsy = wxsign({
    client: silent.client,
    onError() {
      throw new Error('a fault')
    },
  })
  const warned = once(process, 'warning')
  assert.equal((await clumsy(question())).status, 502)
  assert.match((await warned)[0].message, /onError failed: Error: a fault/)
  await clumsy.close()
  assert.equal(silent.client.state().closed, false, 'the client is not the handler’s')
  await silent.close()
  assert.equal(silent.client.state().closed, true)
})

test('require and import give the same handlers', async () => {
  for (const entry of [...ENTRIES, 'fastify', 'nest']) {
    const required = require(`wxsign/${entry}`)
    const imported = await import(`wxsign/${entry}`)
    const names = Object.keys(required)
    assert.deepEqual(names.sort(), entry === 'nest' ? ['WxSignModule', 'WxSignService'] : ['wxsign'])
    for (const name of names) assert.equal(imported[name], required[name])
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
