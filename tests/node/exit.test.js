// What keeps a program alive: a promise that is awaited, and nothing else.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { dir, runScript, sandbox } = require('./support/sandbox')

const begin = (options) => `const wx = require('wxsign').createClient(${JSON.stringify(options).slice(0, -1)},
  onEvent() {} });`

/** A script that awaits config() once, and closes nothing, exits by itself. */
test('a script that awaits config() once exits', async (t) => {
  const wechat = await sandbox(t)
  // Slow enough that the program would end if its promise did not keep it alive.
  await wechat.fault({ endpoint: 'any', kind: 'delay', ms: 200 })
  for (const store of ['memory', { dir: dir(t) }]) {
    const options = { ...wechat.options, store, tokenApi: store === 'memory' ? 'stable' : 'classic' }
    const script = `${begin(options)} wx.config('https://example.com/').then((c) => console.log(c.signature.length))`
    const { code, stdout, stderr, ms } = await runScript(script)
    assert.deepEqual([code, stdout.trim(), stderr], [0, '40', ''])
    assert.ok(ms < 3_000, `${ms} ms`)
  }
})

/** A script whose token function answers later exits by itself too. */
test('a script with a slow token function exits', async (t) => {
  const wechat = await sandbox(t)
  const token = await wechat.token()
  const { code, stdout, ms } = await runScript(`
    const accessToken = () => new Promise((resolve) => setTimeout(resolve, 100, '${token}'))
    const options = { appId: 'wx1', accessToken, baseUrl: '${wechat.url}', store: 'memory' }
    require('wxsign').createClient(options).ticket().then((ticket) => console.log(ticket.slice(0, 6)))
  `)
  assert.deepEqual([code, stdout.trim()], [0, 'TICKET'])
  assert.ok(ms < 3_000, `${ms} ms`)
})

test('an unused client keeps nothing alive', async () => {
  const options = { appId: 'wx1', appSecret: 's', baseUrl: 'http://127.0.0.1:9', store: 'memory' }
  const { code, ms } = await runScript(begin(options))
  assert.equal(code, 0)
  assert.ok(ms < 2_000, `${ms} ms`)
})

/** Process.exit and an uncaught exception end at once while a call waits, with their own code. */
test('process.exit ends at once while a call waits', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'hang' })
  for (const [end, expected] of [
    ['process.exit(3)', 3],
    ["throw new Error('x')", 1],
  ]) {
    const script = `${begin(wechat.options)} wx.ticket().catch(() => {}); setTimeout(() => {
      process.on('exit', () => process.stdout.write(String(Date.now()))); ${end} }, 300)`
    const { code, signal, stdout } = await runScript(script)
    assert.deepEqual([code, signal], [expected, null])
    assert.ok(Date.now() - Number(stdout) < 500, 'from the exit event to the end')
  }
})

/** A client that only its pending call needs is not collected under it. */
test('a waiting call keeps its client', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'delay', ms: 200 })
  const { stdout, stderr } = await runScript(
    `const { createClient } = require('wxsign')
    const options = ${JSON.stringify(wechat.options)}
    const calls = ['ticket', 'accessToken', 'config'].map((name) => createClient(options)[name]('config' === name ? 'https://a.example/' : undefined))
    const timer = setInterval(() => gc(), 20)
    Promise.all(calls).then(([ticket]) => console.log(ticket.slice(0, 6))).finally(() => clearInterval(timer))`,
    { args: ['--expose-gc'] },
  )
  assert.equal(stdout.trim(), 'TICKET', stderr)
})

/** What a client was made with may refer to it, as a listener that logs `state()` does. */
test('a client that its functions use is collected', async () => {
  const { stdout, stderr } = await runScript(
    `const { createClient } = require('wxsign')
    const make = (name, value, more) => {
      const client = createClient({ appId: 'wx1', [name]: () => client.state() && value, ...more })
      return client
    }
    const fixed = { ticket: 'TICKET0123456789' }
    const made = [make('onEvent', 0, fixed), make('accessToken', 'TOKEN0123456789'), make('ticket', 'TICKET0123456789')]
    const collect = async () => {
      await Promise.all([made[1].accessToken().catch(() => {}), made[2].config('https://a.example/')])
      const left = made.splice(0).map((client) => new WeakRef(client))
      for (let tries = 0; tries < 100 && left.some((client) => client.deref()); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        gc()
      }
      console.log(left.map((client) => client.deref() === undefined).join())
    }
    collect()`,
    { args: ['--expose-gc'] },
  )
  assert.equal(stdout.trim(), 'true,true,true', stderr)
})
