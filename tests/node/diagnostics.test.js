// Watching from outside: node:diagnostics_channel and NODE_DEBUG, without a word of a secret.

const assert = require('node:assert/strict')
const diagnostics = require('node:diagnostics_channel')
const { test } = require('node:test')
const { WxSignError } = require('wxsign')
const { APP_ID, APP_SECRET, runScript, sandbox } = require('./support/sandbox')

/** The channel wxsign:event has every client's events, with their account. */
test('wxsign:event has every event and its account', async (t) => {
  const seen = []
  const subscriber = (message, name) => seen.push({ ...message, channel: name })
  diagnostics.subscribe('wxsign:event', subscriber)
  t.after(() => diagnostics.unsubscribe('wxsign:event', subscriber))
  const wechat = await sandbox(t)
  const own = []
  const wx = wechat.client({ onEvent: (event) => own.push(event.name) })
  await wx.ticket()
  await wechat
    .client({ appId: 'wxnobody' })
    .ticket()
    .catch(() => {})
  for (let tries = 0; tries < 200 && seen.length < 3; tries++) await new Promise((resolve) => setTimeout(resolve, 10))
  const mine = seen.filter(({ appId }) => appId === APP_ID)
  assert.deepEqual(
    mine.map(({ name, credential, channel }) => [name, credential, channel]),
    [
      ['refreshed', 'token', 'wxsign:event'],
      ['refreshed', 'ticket', 'wxsign:event'],
    ],
  )
  assert.deepEqual(own, ['refreshed', 'refreshed'])
  const failed = seen.find(({ appId }) => appId === 'wxnobody')
  assert.ok(failed.name === 'failed' && failed.error instanceof WxSignError)
})

/** NODE_DEBUG=wxsign prints what happens, and neither secret nor token nor ticket. */
test('NODE_DEBUG prints events without a secret', async (t) => {
  const wechat = await sandbox(t)
  const script = `const { createClient } = require('wxsign')
    const options = ${JSON.stringify(wechat.options)}
    ;(async () => {
      const wx = createClient(options)
      console.log(await wx.ticket(), await wx.accessToken())
      await createClient({ ...options, appSecret: 'f'.repeat(32) }).ticket().catch(() => {})
      setTimeout(() => {}, 100)
    })()`
  const { stdout, stderr } = await runScript(script, { env: { NODE_DEBUG: 'wxsign' } })
  assert.match(stderr, new RegExp(`^WXSIGN \\d+: ${APP_ID} token refreshed from the service, for 7\\d{3} s$`, 'm'))
  assert.match(stderr, /ticket refreshed from the service/)
  assert.match(stderr, /token failed: CREDENTIAL_REJECTED: /)
  for (const secret of [APP_SECRET, 'f'.repeat(32), ...stdout.trim().split(' ')]) assert.ok(!stderr.includes(secret))
  assert.equal((await runScript(script)).stderr, '')
})
