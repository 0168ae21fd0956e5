// clientFromEnv(): each in its own process, because a process has one environment.

const assert = require('node:assert/strict')
const { writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { APP_ID, APP_SECRET, dir, runIn, sandbox } = require('./support/sandbox')

const fromEnv = (body, env) => runIn(env, 'wxsign', body)

/** The account, the service and the store come from the environment. */
test('the environment has every setting', async (t) => {
  const wechat = await sandbox(t)
  const file = join(dir(t), 'secret')
  writeFileSync(file, `${APP_SECRET}\n`)
  const home = dir(t)
  const common = { WX_APP_ID: APP_ID, WX_BASE_URL: `${wechat.url}, ${wechat.url}/cgi-bin` }
  const read = 'const wx = clientFromEnv(); return [wx.state().store, (await wx.ticket()).slice(0, 6)]'
  assert.deepEqual(await fromEnv(read, { ...common, WX_APP_SECRET: APP_SECRET, WXSIGN_STORE: 'memory' }), [
    'memory',
    'TICKET',
  ])
  const filed = { ...common, WX_APP_SECRET_FILE: file, WXSIGN_STORE: home }
  assert.deepEqual(await fromEnv(read, filed), ['file', 'TICKET'])
  await fromEnv(read, filed)
  assert.equal((await wechat.counts()).getticket, 2, 'the third process adopted the second one’s')
})

test('what is passed comes before the environment', async (t) => {
  const wechat = await sandbox(t)
  const env = {
    WX_APP_ID: 'wxother',
    WX_APP_SECRET: 'other',
    WX_BASE_URL: 'http://127.0.0.1:9',
    WXSIGN_STORE: 'memory',
  }
  const options = JSON.stringify(wechat.options)
  const body = `return (await clientFromEnv({ ...${options}, timeoutMs: undefined }).ticket()).slice(0, 6)`
  assert.equal(await fromEnv(body, env), 'TICKET')
  const token = await wechat.token()
  const own = `return (await clientFromEnv({ accessToken: '${token}', baseUrl: '${wechat.url}' }).ticket()).slice(0, 6)`
  assert.equal(await fromEnv(own, env), 'TICKET', 'a token takes the place of the secret')
})

/** What is missing or contradictory is named, and no secret is repeated. */
test('the missing is named, no secret is repeated', async (t) => {
  const read = 'clientFromEnv()'
  const empty = join(dir(t), 'empty')
  writeFileSync(empty, ' \n')
  for (const [env, words] of [
    [{}, /WX_APP_ID/],
    [{ WX_APP_ID: APP_ID }, /WX_APP_SECRET.*WX_APP_SECRET_FILE/],
    [{ WX_APP_ID: APP_ID, WX_APP_SECRET: 'hush', WX_APP_SECRET_FILE: '/x' }, /exclude/],
    [{ WX_APP_ID: APP_ID, WX_APP_SECRET_FILE: '/no/such/file' }, /WX_APP_SECRET_FILE.*cannot be read/],
    [{ WX_APP_ID: APP_ID, WX_APP_SECRET_FILE: empty }, /empty/],
    [{ WX_APP_ID: APP_ID, WX_APP_SECRET: 'hush', WX_BASE_URL: 'http://example.com' }, /./],
    [{ WX_APP_ID: APP_ID, WX_APP_SECRET: 'hush', WXSIGN_STORE: 'redis://' }, /Redis|redis/],
  ]) {
    const { code, message } = await fromEnv(read, env)
    assert.equal(code, 'INVALID_ARGUMENT', JSON.stringify(env))
    assert.match(message, words)
    assert.ok(!message.includes('hush'), message)
  }
  const { code } = await fromEnv("clientFromEnv({ appid: 'wx1' })", {})
  assert.equal(code, 'INVALID_ARGUMENT')
})

test('the allowed hosts come from the environment', async (t) => {
  const wechat = await sandbox(t)
  const env = { WX_APP_ID: APP_ID, WX_APP_SECRET: APP_SECRET, WX_BASE_URL: wechat.url, WXSIGN_STORE: 'memory' }
  const body = `const wx = clientFromEnv()
    const ask = (host) => wx.config('https://' + host + '/').then(() => 'signed', (error) => error.code)
    return Promise.all(['a.example', 'x.b.example', 'c.example'].map(ask))`
  const hosts = { WX_ALLOWED_HOSTS: 'a.example， *.b.example,\n' }
  assert.deepEqual(await fromEnv(body, { ...env, ...hosts }), ['signed', 'signed', 'HOST_NOT_ALLOWED'])
  const handler = `require('wxsign/web').wxsign({ client: clientFromEnv() }); return 'made'`
  assert.equal(await fromEnv(handler, { ...env, ...hosts }), 'made')
  assert.match((await fromEnv(handler, env)).message, /allowedHosts/)
})

/** A line break at the end of a setting is cut, as in a file; quotes are refused by name. */
test('line breaks are cut, quotes are refused', async (t) => {
  const wechat = await sandbox(t)
  const file = join(dir(t), 'secret')
  const good = { WX_APP_ID: APP_ID, WX_APP_SECRET: APP_SECRET, WX_BASE_URL: wechat.url, WXSIGN_STORE: 'memory' }
  const read = 'return (await clientFromEnv().ticket()).slice(0, 6)'
  for (const end of ['\n', '\r\n', ' \n']) {
    const env = Object.fromEntries(Object.entries(good).map(([name, value]) => [name, value + end]))
    assert.equal(await fromEnv(read, env), 'TICKET', JSON.stringify(end))
  }
  for (const name of Object.keys(good)) {
    for (const [open, close] of ['""', "''", '“”']) {
      const { code, message } = await fromEnv(read, { ...good, [name]: `${open}${good[name]}${close}\n` })
      assert.equal(code, 'INVALID_ARGUMENT')
      assert.match(message, new RegExp(`${name} has quotes around it`))
      assert.ok(!message.includes(APP_SECRET))
    }
  }
  writeFileSync(file, `"${APP_SECRET}"\n`)
  const { message } = await fromEnv(read, { ...good, WX_APP_SECRET: '', WX_APP_SECRET_FILE: file })
  assert.match(message, /WX_APP_SECRET_FILE names has quotes/)
  const passed = `const { createClient } = require('wxsign'); return (await createClient({ appId: '${APP_ID}\\n',
    appSecret: '${APP_SECRET}\\r\\n', baseUrl: '${wechat.url}', store: 'memory' }).ticket()).slice(0, 6)`
  assert.equal(await fromEnv(passed, {}), 'TICKET')
})

/** Some people put the secret itself into WX_APP_SECRET_FILE: it shows neither in the message nor in the cause. */
test('a secret in WX_APP_SECRET_FILE is not shown', async () => {
  const body = `try { clientFromEnv() } catch (error) { return require('node:util').inspect(error) + JSON.stringify(error) }`
  const shown = await fromEnv(body, { WX_APP_ID: APP_ID, WX_APP_SECRET_FILE: APP_SECRET })
  assert.match(shown, /WX_APP_SECRET_FILE names cannot be read/)
  assert.ok(!shown.includes(APP_SECRET), shown)
})

/** The default store is a directory of this user's: without a home there is none. */
test('a user without a home has memory, and sees why', async () => {
  const state = `const { createClient } = require('wxsign')
    let isMade = false
    // A listener alone keeps no process alive.
    const alive = setTimeout(() => {}, 10_000)
    const event = await new Promise((resolve) => {
      const onEvent = ({ name, reason }) => resolve({ name, reason, isMade })
      globalThis.wx = createClient({ appId: 'wx1', appSecret: 's', onEvent })
      isMade = true
    })
    clearTimeout(alive)
    const { store, storeFailure } = wx.state()
    return { store, storeFailure, event }`
  const none = { XDG_STATE_HOME: '', STATE_DIRECTORY: '', LOCALAPPDATA: '' }
  for (const HOME of ['', 'relative']) {
    const { store, storeFailure, event } = await fromEnv(state, { ...none, HOME })
    assert.deepEqual(event, { name: 'store_degraded', reason: storeFailure, isMade: true })
    assert.equal(store, 'memory')
    assert.match(storeFailure, /no home directory.*Name a dir/)
  }
})
