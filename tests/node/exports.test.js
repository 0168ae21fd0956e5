// The package's entries: the same objects through require and import, and what each has.

const assert = require('node:assert/strict')
const { readdirSync, readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { join } = require('node:path')
const { test } = require('node:test')
const { runScript, sandbox } = require('./support/sandbox')

const ROOT = join(__dirname, '../..')

/** Require of the checkout, of the package and import give the same objects. */
test('require and import return the same objects', async () => {
  const required = require('wxsign')
  const imported = await import('wxsign')
  assert.equal(require(join(__dirname, '../..')), required)
  const names = ['WxSignError', 'cardSign', 'clientFromEnv', 'createClient', 'explain', 'sign']
  assert.deepEqual(Object.keys(required).sort(), names)
  for (const name of names) assert.equal(imported[name], required[name], name)
  assert.equal((await import('wxsign/wecom')).signatures, require('wxsign/wecom').signatures)
})

/** An error made through require is the WxSignError of import. */
test('require and import share one WxSignError', async () => {
  const { WxSignError } = await import('wxsign')
  assert.throws(
    () => require('wxsign').sign(),
    (error) => error instanceof WxSignError,
  )
})

/** Wxsign/compat has one configuration through require and import. */
test('require and import share one configuration', async (t) => {
  const required = require('wxsign/compat')
  const imported = await import('wxsign/compat')
  assert.deepEqual(Object.keys(required).sort(), ['configure', 'getAccessToken', 'getJsapiTicket', 'sign'])
  for (const name of Object.keys(required)) assert.equal(imported[name], required[name], name)
  const wechat = await sandbox(t)
  required.configure(wechat.options)
  assert.ok((await imported.getJsapiTicket()).startsWith('TICKET'))
})

/** The entries of a checkout stand before those in dist; `require` and `import` find the same under every name. */
test('each entry of a checkout has the names of dist', async () => {
  const { exports: entries } = require('wxsign/package.json')
  const files = []
  for (const [name, { require: required, import: imported } = {}] of Object.entries(entries)) {
    if (required === undefined) continue
    const { default: file } = required
    assert.match(file, /^\.\/bindings\/node\/entry\//, `${name} has no file in bindings/node/entry as the others have`)
    assert.equal(imported.default, file)
    const built = join(ROOT, 'dist', file.split('/').at(-1))
    files.push(file.split('/').at(-1))
    const specifier = name.replace('.', 'wxsign')
    const given = await import(specifier)
    assert.equal(given.default, require(specifier), name)
    for (const [key, value] of Object.entries(require(built))) {
      assert.deepEqual([require(specifier)[key], given[key]], [value, value], name)
    }
    // What `import` finds before it runs anything: the names that the file itself writes down.
    const found = Object.keys(given).filter((key) => !/^(default|module\.exports|__esModule)$/.test(key))
    const source = readFileSync(join(ROOT, file), 'utf8')
    const written = [...source.matchAll(/^exports\.(\w+) = undefined$/gm)].map(([, key]) => key)
    const names = Object.keys(require(built))
    assert.deepEqual([found.sort(), written.sort()], [names.sort(), names], name)
    // Vitest runs the files of a linked checkout itself, and reads `exports` as the file got it.
    const filled = {}
    new Function('exports', 'module', 'require', source)(filled, {}, createRequire(join(ROOT, file)))
    assert.deepEqual(Object.keys(filled).sort(), names, name)
  }
  const there = readdirSync(join(ROOT, 'bindings/node/entry')).sort()
  assert.deepEqual(there, [...files, 'bin.js', 'built.js'].sort())
})

/** Next.js, Nuxt and Vite render a page's components on the server first, and so load the page helper there. */
test('the page helper loads without a page', async () => {
  assert.equal(typeof location, 'undefined')
  const page = await import('wxsign/page')
  assert.deepEqual(Object.keys(page).sort(), ['configure', 'signatures', 'urlToSign'])
})

/** Loading an entry does nothing: no thread, no file, no environment read. */
test('loading an entry does nothing', async () => {
  const { code, stdout, stderr } = await runScript(
    `const { readdirSync } = require('node:fs')
    const threads = () => (process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0)
    const before = threads()
    const { env } = process
    Object.defineProperty(process, 'env', { value: new Proxy(env, { get(_, name) {
      if (/^(WX|HOME|XDG|STATE)/.test(String(name))) console.log('read', name)
      return env[name] } }) })
    require('wxsign'); require('wxsign/compat'); require('wxsign/wecom')
    if (threads() !== before) console.log('threads', before, threads())`,
    { env: { WX_APP_ID: 'wx1', WX_APP_SECRET: 's' } },
  )
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
})
