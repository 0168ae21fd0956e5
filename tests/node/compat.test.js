// wxsign/compat: the tutorial's call sites, each in its own process, because a process has one configuration.

const assert = require('node:assert/strict')
const { mkdirSync, writeFileSync } = require('node:fs')
const { dirname, join } = require('node:path')
const { test } = require('node:test')
const { sign: raw } = require('wxsign')
const { sign } = require('wxsign/compat')
const { APP_ID, APP_SECRET, dir, runIn, runScript, sandbox } = require('./support/sandbox')

/** Runs an async script on wxsign/compat and gives what it returned. */
const tutorial = (body, env) => runIn(env, 'wxsign/compat', body)

/** Sign gives exactly the four fields, the timestamp as text, and a signature without appId and fragment. */
test("sign returns the tutorial's four fields", () => {
  const config = sign('wx1', 'T', 'https://example.com/a?b=1#c')
  assert.deepEqual(Object.keys(config), ['appId', 'timestamp', 'nonceStr', 'signature'])
  assert.equal(config.appId, 'wx1')
  assert.match(config.timestamp, /^\d{10}$/)
  const { nonceStr, timestamp } = config
  const expected = raw({ ticket: 'T', url: 'https://example.com/a?b=1', nonceStr, timestamp })
  assert.equal(config.signature, expected.signature)
})

/** With configure(), under the names of the tutorial and among settings of others. */
test("configure() knows the tutorial's names", async (t) => {
  const wechat = await sandbox(t)
  const config = {
    appID: APP_ID,
    secret: APP_SECRET,
    wxapiBaseUrl: `${wechat.url}/cgi-bin`,
    store: 'memory',
    port: 3000,
  }
  const got = await tutorial(`configure(${JSON.stringify(config)})
    const token = await getAccessToken()
    const ticket = await getJsapiTicket(token)
    return { ticket, same: ticket === (await getJsapiTicket()), config: sign('${APP_ID}', ticket, 'https://example.com/#x') }`)
  assert.equal(got.same, true)
  assert.equal((await wechat.verify(got.config, 'https://example.com/#x')).ok, true)
  const { stable_token, getticket, total } = await wechat.counts()
  assert.deepEqual([stable_token, getticket, total], [1, 1, 2], 'its own token costs no second ticket call')
})

test('with the environment alone, read at the first call', async (t) => {
  const wechat = await sandbox(t)
  const env = { WX_APP_ID: APP_ID, WX_APP_SECRET: APP_SECRET, WX_BASE_URL: wechat.url, WXSIGN_STORE: dir(t) }
  const [ticket] = await tutorial('return [await getJsapiTicket()]', env)
  const [again] = await tutorial('process.env.WX_APP_ID = process.env.LATE; return [await getJsapiTicket()]', {
    ...env,
    WX_APP_ID: 'wxwrong',
    LATE: APP_ID,
  })
  assert.equal(again, ticket, 'a second process adopts it from WXSIGN_STORE')
  assert.equal((await wechat.counts()).total, 2)
})

/** GetJsapiTicket(token) needs no account; one ticket call per token. */
test('getJsapiTicket(token) needs no account', async (t) => {
  const wechat = await sandbox(t)
  const token = await wechat.token()
  const got = await tutorial(
    `const tickets = []
    for (let i = 0; i < 20; i++) tickets.push(await getJsapiTicket('${token}'))
    return tickets`,
    { WX_BASE_URL: wechat.url },
  )
  assert.equal(new Set(got).size, 1)
  assert.ok(got[0].startsWith('TICKET'))
  const { getticket, stable_token } = await wechat.counts()
  assert.deepEqual([getticket, stable_token], [1, 0])
})

/** Tokens of two accounts get the tickets of two accounts, and the oldest of many are forgotten. */
test('tokens of two accounts get two tickets', async (t) => {
  const wechat = await sandbox(t)
  const second = await wechat.get(
    '/cgi-bin/token?grant_type=client_credential&appid=wxsandbox00000002&secret=fedcba9876543210fedcba9876543210',
  )
  const tokens = [await wechat.token(), second.access_token]
  const got = await tutorial(
    `configure({ baseUrl: '${wechat.url}' })
    const tickets = []
    for (const token of ${JSON.stringify([...tokens, ...tokens])}) tickets.push(await getJsapiTicket(token))
    for (let i = 0; i < 8; i++) await getJsapiTicket('dead' + i).catch(() => {})
    tickets.push(await getJsapiTicket('${tokens[0]}'))
    return tickets`,
  )
  assert.notEqual(got[0], got[1])
  assert.deepEqual(got.slice(2), [got[0], got[1], got[0]])
  assert.equal((await wechat.counts()).getticket, 2 + 8 + 1)
})

/** With neither account nor token: INVALID_ARGUMENT that says what to do. */
test('without an account the error names configure()', async () => {
  for (const call of ['getJsapiTicket()', 'getAccessToken()']) {
    const { code, message } = await tutorial(`return ${call}`)
    assert.equal(code, 'INVALID_ARGUMENT')
    assert.match(message, /configure\(.*WX_APP_ID/)
  }
})

/** A name alone is found in the working directory, beside the project's getJsapiTicket.js, and in utils/wechat. */
test("the tutorial's file is found where it lies", async (t) => {
  for (const place of ['jsapiTicket.json', 'lib/jsapiTicket.json', 'utils/wechat/jsapiTicket.json']) {
    const wechat = await sandbox(t)
    const home = dir(t)
    const write = (file, text) => {
      mkdirSync(dirname(join(home, file)), { recursive: true })
      writeFileSync(join(home, file), text)
    }
    // As the tutorial does it: the answer with the Date beside it, whose text is ISO in JSON.
    const answer = { errcode: 0, errmsg: 'ok', ticket: 'TUTORIALS_TICKET', expires_in: 7200 }
    write(place, JSON.stringify(Object.assign({ createTime: new Date() }, answer)))
    write('lib/getJsapiTicket.js', `module.exports = require(${JSON.stringify(require.resolve('wxsign/compat'))})`)
    const options = JSON.stringify({ ...wechat.options, importTicketFile: 'jsapiTicket.json' })
    const script = `process.chdir(${JSON.stringify(home)})
      const { configure, getJsapiTicket } = require(${JSON.stringify(join(home, 'lib/getJsapiTicket.js'))})
      configure(${options})
      getJsapiTicket().then(console.log)`
    const { stdout, stderr } = await runScript(script)
    assert.equal(stdout.trim(), 'TUTORIALS_TICKET', `${place} ${stderr}`)
  }
})
