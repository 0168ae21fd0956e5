// Projects with the packages of this folder in their node_modules, as if they were installed there.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { PLATFORM, tarballs } from '../../package/tarballs.mjs'

const MODULES = fileURLToPath(new URL('node_modules/', import.meta.url))
const BUILD = fileURLToPath(new URL('../../../build/bundlers/', import.meta.url))

/** A fresh project: all packages of this folder, those of `renamed` under their real names, and wxsign. */
export function laidDown(t, name, renamed) {
  const dir = join(BUILD, name)
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
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'reader', private: true, dependencies }))
  return dir
}

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
