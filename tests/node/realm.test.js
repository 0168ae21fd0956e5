// A program in its own context, as test runners make them: its classes are not those of the
// addon's promises, nor those of Node's own errors; and other copies of it may be on the thread.

const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const { createRequire, Module } = require('node:module')
const { dirname } = require('node:path')
const { test } = require('node:test')
const vm = require('node:vm')
const { sandbox } = require('./support/sandbox')

const PAGE = 'https://example.com/page'

/** wxsign, all its files evaluated once more in a new context. */
function evaluate() {
  const context = vm.createContext({ process, AbortSignal, URL })
  const loaded = new Map()
  const load = (file) => {
    if (loaded.has(file)) return loaded.get(file).exports
    const module = { exports: {} }
    loaded.set(file, module)
    const run = vm.runInContext(Module.wrap(readFileSync(file, 'utf8')), context, { filename: file })
    const outer = createRequire(file)
    const inner = (name) => (name.startsWith('.') ? load(outer.resolve(name)) : outer(name))
    run.call(module.exports, module.exports, inner, module, file, dirname(file))
    return module.exports
  }
  return load(require.resolve('wxsign'))
}

/** Calls that wait work in another context, and fail with its errors. */
test('calls that wait work in another context', async (t) => {
  const s = await sandbox(t)
  const { createClient, WxSignError } = evaluate()
  const client = createClient(s.options)
  t.after(() => client.close())
  const config = await client.config(PAGE)
  assert.equal((await s.verify({ ...config }, PAGE)).ok, true)
  assert.equal(typeof (await client.ticket()), 'string')

  const wrong = createClient({ ...s.options, appSecret: 'f'.repeat(32), store: 'memory' })
  t.after(() => wrong.close())
  await assert.rejects(
    wrong.config(PAGE),
    (error) => error instanceof WxSignError && error.code === 'CREDENTIAL_REJECTED',
  )
})

/** Bundlers, hot reloads and test runners load the facade again beside the one that waits. */
test('copies on a thread end no call of another', async (t) => {
  const s = await sandbox(t)
  await s.fault({ endpoint: 'any', kind: 'hang' })
  const { signal } = new AbortController()
  const copies = [evaluate(), evaluate()]
  const [waiting, leaving] = copies.map(({ createClient }, at) => {
    const client = createClient({ ...s.options, timeoutMs: at === 0 ? 10_000 : 100 })
    t.after(() => client.close())
    return client
  })
  // Both begin with the first wait of their copy.
  const left = assert.rejects(leaving.ticket({ signal }), { code: 'TIMEOUT' })
  const answered = waiting.ticket({ signal })
  await left
  await s.clear()
  assert.equal(typeof (await answered), 'string')
})

test("errors of Node's own classes keep their words", async (t) => {
  const { createClient } = evaluate()
  const thrown = new TypeError('fetch failed')
  const client = createClient({
    appId: 'wx1',
    ticket() {
      throw thrown
    },
  })
  t.after(() => client.close())
  await assert.rejects(client.ticket(), ({ message }) => message.includes('fetch failed'))
  const signal = AbortSignal.abort(thrown)
  await assert.rejects(client.ticket({ signal }), (error) => {
    assert.deepEqual({ ...error.toJSON().cause }, { name: 'TypeError', message: 'fetch failed' })
    return true
  })
})
