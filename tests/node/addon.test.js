// The addon as a file: what it exports, and what is said where there is none.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { cpSync, mkdirSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { folder, runScript } = require('./support/sandbox')

const ROOT = join(__dirname, '../..')

test('the addon exports napi_register_module_v1 and nothing else', { skip: process.platform !== 'linux' }, () => {
  const symbols = execFileSync('nm', ['-D', '--defined-only', join(ROOT, 'build/node/wxsign.node')], {
    encoding: 'utf8',
  })
  const names = symbols
    .trim()
    .split('\n')
    .map((line) => line.split(' ').at(-1))
  assert.deepEqual(names, ['napi_register_module_v1'])
})

test('the addon, the package and the crate have one version', () => {
  const { version } = require(join(ROOT, 'package.json'))
  assert.equal(require(join(ROOT, 'build/node/wxsign.node')).version(), version)
})

test('without an addon: the platform, the libc, the package that is expected and the fixes', async (t) => {
  const dir = folder(t)
  cpSync(join(ROOT, 'dist'), join(dir, 'dist'), { recursive: true })
  const script = `try { require(${JSON.stringify(join(dir, 'dist'))}) } catch (e) {
    console.log(JSON.stringify([e.code, e.message, String(e.cause)])) }`
  const [code, message, cause] = JSON.parse((await runScript(script)).stdout)
  assert.equal(code, 'WXSIGN_ADDON_NOT_LOADED')
  for (const part of [process.platform, process.arch, '@wxsign/', 'npm install', 'make build', 'libc']) {
    if (part !== 'libc' || process.platform === 'linux') assert.ok(message.includes(part), message)
  }
  assert.match(cause, /@wxsign\//)

  // One that is there but is no addon of this machine is the cause that is told.
  mkdirSync(join(dir, 'build/node'), { recursive: true })
  writeFileSync(join(dir, 'build/node/wxsign.node'), 'no addon')
  const [again, , other] = JSON.parse((await runScript(script)).stdout)
  assert.equal(again, 'WXSIGN_ADDON_NOT_LOADED')
  assert.match(other, /wxsign\.node/)
})
