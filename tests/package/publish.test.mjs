// How a release publishes on npm: in which order, and what a run that is repeated leaves out.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('../release/npm_publish.sh', import.meta.url))
// A registry that has what is in the file `registry`.
const NPM = `#!/usr/bin/env node
const fs = require('node:fs')
const [command, what] = process.argv.slice(2)
const registry = JSON.parse(fs.readFileSync(process.env.REGISTRY, 'utf8'))
if (command === 'view') console.log(registry[what] ?? '')
else fs.appendFileSync(process.env.REGISTRY + '.published', process.argv.slice(3).join(' ') + '\\n')
`

/** Runs the script in a folder with two packages of `version`, after `registry` got what is there already. */
function publish(t, version, registry) {
  const home = mkdtempSync(join(tmpdir(), 'wxsign-publish-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  for (const name of ['build/npm/package', 'tests/release', 'bin']) mkdirSync(join(home, name), { recursive: true })
  cpSync(SCRIPT, join(home, 'tests/release/npm_publish.sh'))
  writeFileSync(join(home, 'bin/npm'), NPM, { mode: 0o755 })
  const integrity = {}
  for (const [name, file] of [
    ['wxsign', `wxsign-${version}.tgz`],
    ['@wxsign/linux-x64-gnu', `wxsign-linux-x64-gnu-${version}.tgz`],
  ]) {
    const packed = join(home, 'build/npm', file)
    writeFileSync(join(home, 'build/npm/package/package.json'), JSON.stringify({ name, version }))
    execFileSync('tar', ['-czf', packed, '-C', join(home, 'build/npm'), 'package'])
    integrity[`${name}@${version}`] = `sha512-${createHash('sha512').update(readFileSync(packed)).digest('base64')}`
  }
  const REGISTRY = join(home, 'registry')
  writeFileSync(REGISTRY, JSON.stringify(registry(integrity)))
  const env = { ...process.env, REGISTRY, PATH: join(home, 'bin') + delimiter + process.env.PATH }
  const { status, stderr } = spawnSync(join(home, 'tests/release/npm_publish.sh'), { env, encoding: 'utf8' })
  const log = `${REGISTRY}.published`
  return { status, stderr, published: existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [] }
}

test('the platforms are published before the root', (t) => {
  const { status, published } = publish(t, '1.2.3', () => ({}))
  assert.equal(status, 0)
  assert.deepEqual(published, [
    './wxsign-linux-x64-gnu-1.2.3.tgz --access public --tag latest',
    './wxsign-1.2.3.tgz --access public --tag latest',
  ])
})

test('a pre-release does not become latest', (t) => {
  const { published } = publish(t, '1.2.3-rc.1', () => ({}))
  assert.ok(published.every((line) => line.endsWith(' --tag next')))
})

/** A run that is repeated publishes the rest, and only beside what the same build has published. */
test('a repeated run publishes the rest', (t) => {
  const name = '@wxsign/linux-x64-gnu@1.2.3'
  const same = publish(t, '1.2.3', (integrity) => ({ [name]: integrity[name] }))
  assert.deepEqual([same.status, same.published.length], [0, 1])
  assert.match(same.published[0], /^\.\/wxsign-1\.2\.3\.tgz /)

  const other = publish(t, '1.2.3', () => ({ [name]: 'sha512-other' }))
  assert.deepEqual([other.status, other.published], [1, []])
  assert.match(other.stderr, /@wxsign\/linux-x64-gnu 1\.2\.3 is published with another content/)
})
