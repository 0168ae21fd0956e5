// The addon as a file: what it exports, and what is said where there is none.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { dir, runScript } = require('./support/sandbox')

const ROOT = join(__dirname, '../..')
const ADDON = join(ROOT, 'build/node/wxsign.node')
const END = { linux: '-gnu', win32: '-msvc' }[process.platform] ?? ''
const PLATFORM = `${process.platform}-${process.arch}${END}`

/** The package as npm lays it down, of this version, with the addon beside it. */
function installed(t, version) {
  const modules = join(dir(t), 'node_modules')
  const dist = join(modules, 'wxsign/dist')
  cpSync(join(ROOT, 'dist'), dist, { recursive: true })
  const index = join(dist, 'index.js')
  const own = JSON.stringify(require(join(ROOT, 'package.json')).version)
  const code = readFileSync(index, 'utf8')
  assert.ok(code.includes(own))
  writeFileSync(index, code.replaceAll(own, JSON.stringify(version ?? JSON.parse(own))))
  const beside = join(modules, '@wxsign', PLATFORM)
  mkdirSync(beside, { recursive: true })
  symlinkSync(ADDON, join(beside, 'wxsign.node'))
  writeFileSync(join(beside, 'package.json'), '{ "main": "wxsign.node" }')
  return dist
}

/** The addon exports napi_register_module_v1 and nothing else. */
test('the addon exports one symbol', { skip: process.platform !== 'linux' }, () => {
  const symbols = execFileSync('nm', ['-D', '--defined-only', ADDON], {
    encoding: 'utf8',
  })
  const names = symbols
    .trim()
    .split('\n')
    .map((line) => line.split(' ').at(-1))
  assert.deepEqual(names, ['napi_register_module_v1'])
})

/** The addon, the package and the crate have one version. */
test('addon, package and crate have one version', () => {
  const { version } = require(join(ROOT, 'package.json'))
  assert.equal(require(ADDON).version(), version)
})

test('without an addon: the platform, the libc, the package that is expected and the fixes', async (t) => {
  const home = dir(t)
  cpSync(join(ROOT, 'dist'), join(home, 'dist'), { recursive: true })
  const script = `try { require(${JSON.stringify(join(home, 'dist'))}) } catch (e) {
    console.log(JSON.stringify([e.code, e.message, String(e.cause)])) }`
  const [code, message, cause] = JSON.parse((await runScript(script)).stdout)
  assert.equal(code, 'WXSIGN_ADDON_NOT_LOADED')
  for (const part of [process.platform, process.arch, '@wxsign/', 'npm install', 'make build', 'libc']) {
    if (part !== 'libc' || process.platform === 'linux') assert.ok(message.includes(part), message)
  }
  assert.match(cause, /@wxsign\//)

  // One that is there but is no addon of this machine is the cause that is told.
  mkdirSync(join(home, 'build/node'), { recursive: true })
  writeFileSync(join(home, 'build/node/wxsign.node'), 'no addon')
  const [again, , other] = JSON.parse((await runScript(script)).stdout)
  assert.equal(again, 'WXSIGN_ADDON_NOT_LOADED')
  assert.match(other, /wxsign\.node/)
})

test('the addon beside the package is loaded without looking for it', async (t) => {
  const dist = installed(t)
  const script = `require('node:module')._extensions['.node'] = () => { throw new Error('looked for') }
    console.log(require(${JSON.stringify(dist)}).sign({ ticket: 't', url: 'u' }).signature.length)`
  assert.equal((await runScript(script)).stdout.trim(), '40')
})

test('what stands beside a checkout is not taken for its addon', async (t) => {
  const parent = dir(t)
  const dist = join(parent, 'wxsign/dist')
  cpSync(join(ROOT, 'dist'), dist, { recursive: true })
  const beside = join(parent, '@wxsign', PLATFORM)
  mkdirSync(beside, { recursive: true })
  symlinkSync(ADDON, join(beside, 'wxsign.node'))
  const script = `try { require(${JSON.stringify(dist)}) } catch (e) { console.log(e.code) }`
  assert.equal((await runScript(script)).stdout.trim(), 'WXSIGN_ADDON_NOT_LOADED')
})

test("an addon of another version is not taken, and is named; the package's own is found behind it", async (t) => {
  const dist = installed(t, '9.9.9')
  const script = `try { console.log(require(${JSON.stringify(dist)}).sign({ ticket: 't', url: 'u' }).signature.length) }
    catch (e) { console.log(JSON.stringify([e.code, e.message])) }`
  const [code, message] = JSON.parse((await runScript(script)).stdout)
  assert.equal(code, 'WXSIGN_ADDON_NOT_LOADED')
  assert.match(message, /@wxsign\/\S+ is of version 0\.\S+, and wxsign of version 9\.9\.9/)

  const nested = join(dist, '../node_modules/@wxsign', PLATFORM)
  mkdirSync(nested, { recursive: true })
  const own = `module.exports = { ...require(${JSON.stringify(ADDON)}), version: () => '9.9.9' }`
  writeFileSync(join(nested, 'index.js'), own)
  assert.equal((await runScript(script)).stdout.trim(), '40')
})
