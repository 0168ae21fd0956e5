// The tarballs as `make pack` left them, and directories to install them in.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKED = fileURLToPath(new URL('../../build/npm/', import.meta.url))

/** Whether this machine's libc is GNU's. */
export const isGnu = process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime !== undefined

/** The platform whose package this machine needs. */
export const PLATFORM =
  `${process.platform}-${process.arch}` +
  (process.platform === 'linux' ? (isGnu ? '-gnu' : '-musl') : process.platform === 'win32' ? '-msvc' : '')

/** The addon as it is published. */
export const ADDON = join(PACKED, PLATFORM, 'wxsign.node')

function named(pattern) {
  const name = readdirSync(PACKED).find((name) => pattern.test(name))
  if (name === undefined) throw new Error(`no tarball like ${pattern} in build/npm: run make pack`)
  return join(PACKED, name)
}

export const tarballs = {
  root: named(/^wxsign-\d.*\.tgz$/),
  platform: named(new RegExp(`^wxsign-${PLATFORM}-\\d.*\\.tgz$`)),
}

/** npm as a script of Node's, so that it needs no PATH. */
const NPM = realpathSync(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim())

/** An empty directory with these tarballs installed: no network, no scripts, and nothing on the PATH but Node and a shell. */
export function installed(t, ...given) {
  const dir = mkdtempSync(join(tmpdir(), 'wxsign-package-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  symlinkSync('/bin/sh', join(bin, 'sh'))
  const env = { PATH: bin, HOME: dir, npm_config_cache: join(dir, 'cache'), npm_config_update_notifier: 'false' }
  const run = (file, args, more = {}) =>
    execFileSync(file, args, {
      cwd: dir,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, ...more },
    })
  writeFileSync(join(dir, 'package.json'), '{ "name": "reader", "private": true }')
  if (given.length > 0)
    run(process.execPath, [NPM, 'install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...given])
  return {
    dir,
    write: (name, text) => writeFileSync(join(dir, name), text),
    node: (name, more) => run(process.execPath, [name], more).trim(),
  }
}
