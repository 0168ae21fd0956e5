// The usual bundlers and file tracers on a project that uses wxsign: what they make signs, or says
// which line to add.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import commonjs from '@rollup/plugin-commonjs'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import ncc from '@vercel/ncc'
import { nodeFileTrace } from '@vercel/nft'
import * as esbuild from 'esbuild'
import { inject } from 'postject'
import { rollup } from 'rollup'
import * as vite from 'vite'
import webpack from 'webpack'

import { copied, elsewhere, project, run, SIGNED } from './project.mjs'

/** How each bundler makes one file `out/app.…` of the project, and what it calls an external package. */
const BUNDLERS = {
  'esbuild to CommonJS': ['app.cjs', (dir, external) => esbuilt(dir, 'cjs', external)],
  'esbuild to ESM': ['app.mjs', (dir, external) => esbuilt(dir, 'esm', external)],
  'webpack to CommonJS': ['app.cjs', (dir, external) => packed(dir, 'commonjs2', external)],
  'webpack to ESM': ['app.mjs', (dir, external) => packed(dir, 'module', external)],
  'Rollup to CommonJS': ['app.cjs', (dir, external) => rolled(dir, 'cjs', external)],
  'Rollup to ESM': ['app.mjs', (dir, external) => rolled(dir, 'es', external)],
  'Vite SSR': ['app.mjs', (dir, external) => served(dir, external)],
}

async function esbuilt(dir, format, external) {
  const { warnings } = await esbuild.build({
    absWorkingDir: dir,
    entryPoints: ['app.mjs'],
    outfile: `out/app.${format === 'cjs' ? 'cjs' : 'mjs'}`,
    bundle: true,
    platform: 'node',
    format,
    logLevel: 'silent',
    ...(external && { external: ['wxsign'] }),
  })
  return warnings.map(({ text }) => text)
}

async function packed(dir, type, external) {
  const isModule = type === 'module'
  const compiler = webpack({
    mode: 'production',
    target: 'node20',
    context: dir,
    entry: './app.mjs',
    output: { path: join(dir, 'out'), filename: isModule ? 'app.mjs' : 'app.cjs', library: { type } },
    experiments: { outputModule: isModule },
    ...(external && { externals: [/^wxsign/], externalsType: isModule ? 'module' : 'commonjs' }),
  })
  const stats = await new Promise((resolve, reject) =>
    compiler.run((error, stats) => (error ? reject(error) : resolve(stats))),
  )
  assert.deepEqual(stats.toJson({ errors: true }).errors, [])
  return stats.toJson({ warnings: true }).warnings.map(({ message }) => message)
}

async function rolled(dir, format, external) {
  const warnings = []
  const bundle = await rollup({
    input: join(dir, 'app.mjs'),
    plugins: [nodeResolve({ preferBuiltins: true }), commonjs()],
    onwarn: ({ message }) => warnings.push(message),
    ...(external && { external: [/^wxsign/] }),
  })
  await bundle.write({ file: join(dir, `out/app.${format === 'cjs' ? 'cjs' : 'mjs'}`), format })
  await bundle.close()
  return warnings
}

async function served(dir, external) {
  await vite.build({
    root: dir,
    logLevel: 'silent',
    build: { ssr: 'app.mjs', outDir: 'out', rollupOptions: { output: { entryFileNames: 'app.mjs' } } },
    ssr: external ? {} : { noExternal: true },
  })
  return []
}

for (const [name, [file, bundle]] of Object.entries(BUNDLERS)) {
  test(`${name} beside node_modules`, async (t) => {
    const { dir } = project(t)
    await bundle(dir, false)
    assert.equal(run(join(dir, 'out', file)), SIGNED)
  })

  /** Away from node_modules it names its file and the line to add, or signs if the addon lies beside it. */
  test(`${name} away from node_modules`, async (t) => {
    const { dir, addon } = project(t)
    await bundle(dir, false)
    const away = copied(join(dir, 'out'), [file], elsewhere(t))
    const message = run(join(away, file))
    assert.match(message, /^WXSIGN_ADDON_NOT_LOADED /)
    assert.equal(message.match(/What to do:/g).length, 1, message)
    assert.ok(message.includes(join(away, file)), message)
    assert.match(message, /esbuild: --external:wxsign; webpack: externals.*Vite: ssr/)
    assert.doesNotMatch(message, /is not defined/)
    cpSync(addon, join(away, 'wxsign.node'))
    assert.equal(run(join(away, file)), SIGNED)
  })

  test(`${name} with wxsign external`, async (t) => {
    const { dir } = project(t)
    await bundle(dir, true)
    assert.equal(run(join(dir, 'out', file)), SIGNED)
  })
}

test('ncc: its folder signs elsewhere', async (t) => {
  const { app } = project(t)
  const { code, assets } = await ncc(app, { quiet: true, cache: false })
  const names = Object.keys(assets)
  assert.ok(
    names.some((name) => name.endsWith('wxsign.node')),
    names.join(),
  )
  const away = elsewhere(t)
  for (const [name, { source }] of Object.entries(assets)) {
    mkdirSync(dirname(join(away, name)), { recursive: true })
    writeFileSync(join(away, name), source)
  }
  const file = join(away, code.includes('import.meta') || /^import /m.test(code) ? 'index.mjs' : 'index.cjs')
  writeFileSync(file, code)
  assert.equal(run(file), SIGNED)
})

test('@vercel/nft: what it traces signs elsewhere', async (t) => {
  const { dir, app } = project(t)
  const { fileList } = await nodeFileTrace([app], { base: dir })
  assert.ok(
    [...fileList].some((name) => name.endsWith('wxsign.node')),
    [...fileList].join('\n'),
  )
  const away = copied(dir, fileList, elsewhere(t))
  assert.equal(run(join(away, 'app.mjs')), SIGNED)
})

/** The addon lies beside the program; without it the message names the folder to copy it to. */
test('a single executable of Node signs', { skip: process.platform !== 'linux' && 'made for Linux' }, async (t) => {
  const { dir, write, addon } = project(t)
  await esbuilt(dir, 'cjs', false)
  write('sea.json', JSON.stringify({ main: 'out/app.cjs', output: 'app.blob', disableExperimentalSEAWarning: true }))
  execFileSync(process.execPath, ['--experimental-sea-config', 'sea.json'], { cwd: dir, stdio: 'ignore' })
  const app = join(elsewhere(t), 'app')
  cpSync(process.execPath, app)
  const sentinelFuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
  t.mock.method(console, 'log', () => {})
  await inject(app, 'NODE_SEA_BLOB', readFileSync(join(dir, 'app.blob')), { sentinelFuse })
  const started = () => spawnSync(app, [], { cwd: dirname(dirname(app)), encoding: 'utf8' })
  const { stderr } = started()
  assert.ok(stderr.includes(`What to do: copy wxsign.node from node_modules/@wxsign/`), stderr)
  assert.ok(stderr.includes(`into the folder of ${app}.`), stderr)
  cpSync(addon, join(dirname(app), 'wxsign.node'))
  assert.equal(started().stdout.trim(), SIGNED)
})
