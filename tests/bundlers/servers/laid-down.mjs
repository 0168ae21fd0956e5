// Projects with the packages of this folder in their node_modules, as if they were installed there;
// and their servers, copied elsewhere and asked to sign a page.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { PLATFORM, tarballs } from '../../package/tarballs.mjs'
import { elsewhere } from '../project.mjs'

const { sandbox } = createRequire(import.meta.url)('../../node/support/sandbox.js')
const ANY_PORT = fileURLToPath(new URL('any-port.cjs', import.meta.url))
const MODULES = fileURLToPath(new URL('node_modules/', import.meta.url))
const BUILD = fileURLToPath(new URL('../../../build/', import.meta.url))
const PAGE = 'https://shop.example.com/page?a=1&b=%E5%95%86'

/** The options of every project's handler: an account of the stand-in for WeChat, which the environment names. */
export const OPTIONS = `{
  appId: 'wx5823bf96d3bd56c7',
  appSecret: '0123456789abcdef0123456789abcdef',
  baseUrl: process.env.WX_BASE_URL ?? 'http://127.0.0.1:9',
  store: 'memory',
  allowedHosts: ['shop.example.com'],
}`

/** A fresh project: all packages of this folder, those of `renamed` under their real names, and wxsign. */
export function laidDown(t, name, renamed) {
  const dir = join(BUILD, 'bundlers', name)
  rmSync(dir, { recursive: true, force: true })
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  mkdirSync(dir, { recursive: true })
  const modules = join(dir, 'node_modules')
  // Hard links: the packages have hundreds of megabytes.
  execFileSync('cp', ['-al', MODULES, modules])
  const dependencies = { wxsign: '*' }
  for (const [from, to] of Object.entries(renamed)) {
    if (from !== to) renameSync(join(modules, from), join(modules, to))
    dependencies[to] = '*'
  }
  for (const [tarball, to] of [
    [tarballs.root, 'wxsign'],
    [tarballs.platform, `@wxsign/${PLATFORM}`],
  ]) {
    mkdirSync(join(modules, to), { recursive: true })
    execFileSync('tar', ['xzf', tarball, '-C', join(modules, to), '--strip', '1'])
  }
  const write = (file, text) => {
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    writeFileSync(join(dir, file), text)
  }
  write('package.json', JSON.stringify({ name: 'reader', private: true, dependencies }))
  return { dir, write }
}

/** Copies what was built, runs `program` there, asks it to sign a page at `path`, and gives the answer and the log. */
export async function served(t, { built, program, path }) {
  const away = elsewhere(t)
  cpSync(built, away, { recursive: true, verbatimSymlinks: true })
  const wechat = await sandbox(t)
  const env = { PORT: '3000', HOST: '127.0.0.1', HOSTNAME: '127.0.0.1', WX_BASE_URL: wechat.url }
  const child = spawn(process.execPath, ['--require', ANY_PORT, program], {
    cwd: away,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data))
  t.after(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  const port = await Promise.race([once(child, 'message'), once(child, 'exit')]).then(([first]) => first)
  assert.ok(child.exitCode === null, log)
  const answer = await fetch(`http://127.0.0.1:${port}${path}?url=${encodeURIComponent(PAGE)}`)
  const text = await answer.text()
  const isSigned = answer.ok && (await wechat.verify(JSON.parse(text), PAGE)).ok
  // What the server writes comes by another way than its answer.
  for (let tries = 0; !isSigned && log === '' && tries < 100; tries++) await setTimeout(50)
  return { status: answer.status, text, log, isSigned }
}
