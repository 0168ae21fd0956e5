// Projects with the packages of this folder in their node_modules, as if they were installed there;
// and their servers, copied elsewhere and asked to sign a page.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { PLATFORM, tarballs } from '../../package/tarballs.mjs'
import { elsewhere } from '../project.mjs'

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
  const [wechat, port] = await Promise.all([standIn(t), freePort()])
  const env = { PORT: String(port), HOST: '127.0.0.1', HOSTNAME: '127.0.0.1', WX_BASE_URL: wechat }
  const child = spawn(process.execPath, [program], {
    cwd: away,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data))
  t.after(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  const url = `http://127.0.0.1:${port}${path}?url=${encodeURIComponent(PAGE)}`
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer !== undefined) {
      const text = await answer.text()
      return { status: answer.status, text, log, isSigned: answer.ok && (await verified(wechat, text)) }
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return assert.fail(log)
}

async function verified(wechat, text) {
  const body = JSON.stringify({ ...JSON.parse(text), url: PAGE })
  return (await (await fetch(`${wechat}/verify`, { method: 'POST', body })).json()).ok
}

/** Starts the stand-in for WeChat and gives its address. */
async function standIn(t) {
  const child = spawn(join(BUILD, 'bin/wxsign-sandbox'), ['--exit-with-parent'], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(async () => {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  return /http:\S+/.exec(line)[0]
}

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
