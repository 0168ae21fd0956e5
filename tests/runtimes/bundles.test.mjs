// What Bun makes of a project, and what Deno says without a permission. On the packages that `make
// pack` made.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { copied, elsewhere, project, SIGNED } from '../bundlers/project.mjs'

const program = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url))
const [BUN, DENO] = [program('bun/bin/bun'), program('deno/deno')]
const skip = (file) => !existsSync(file) && 'not for this platform'

/** What a command prints, both ways. */
function printed(cwd, file, ...args) {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: '1' }
  const { stdout, stderr } = spawnSync(file, args, { cwd, env, encoding: 'utf8', timeout: 60_000 })
  return (stdout + stderr).trim()
}

/** Moves the project: Bun writes its path into the bundle, and installs again from a package.json that it finds. */
function goes(t, dir) {
  renameSync(dir, `${dir}-gone`)
  t.after(() => rmSync(`${dir}-gone`, { recursive: true, force: true }))
}

test('bun build: the bundle signs, or says why not', { skip: skip(BUN) }, (t) => {
  chmodSync(BUN, 0o755)
  const { dir, addon } = project(t)
  printed(dir, BUN, 'build', 'app.mjs', '--target=bun', '--outfile=out/app.mjs')
  assert.equal(printed(dir, BUN, 'out/app.mjs'), SIGNED)
  const away = copied(join(dir, 'out'), ['app.mjs'], elsewhere(t))
  cpSync(addon, join(away, 'kept'))
  goes(t, dir)
  const file = join(away, 'app.mjs')
  assert.match(printed(away, BUN, file), /What to do: \S+app\.mjs is a bundle\. .*Bun: --external wxsign/)
  renameSync(join(away, 'kept'), join(away, 'wxsign.node'))
  assert.equal(printed(away, BUN, file), SIGNED)
})

test('bun build --compile: it signs, or says why not', { skip: skip(BUN) }, (t) => {
  chmodSync(BUN, 0o755)
  const { dir, addon } = project(t)
  const away = elsewhere(t)
  const app = join(away, 'app')
  printed(dir, BUN, 'build', 'app.mjs', '--compile', `--outfile=${app}`)
  cpSync(addon, join(away, 'kept'))
  goes(t, dir)
  assert.ok(printed(dirname(away), app).includes(`into the folder of ${app}.`))
  renameSync(join(away, 'kept'), join(away, 'wxsign.node'))
  assert.equal(printed(dirname(away), app), SIGNED)
})

test('Deno without --allow-ffi: the option is named', { skip: skip(DENO) }, (t) => {
  chmodSync(DENO, 0o755)
  const { dir } = project(t)
  const run = (...options) =>
    printed(dir, DENO, 'run', '--no-prompt', '--node-modules-dir=manual', ...options, 'app.mjs')
  assert.match(run('--allow-read', '--allow-env'), /What to do: add --allow-ffi to the options of Deno\./)
  assert.equal(run('--allow-read', '--allow-env', '--allow-ffi'), SIGNED)
})
