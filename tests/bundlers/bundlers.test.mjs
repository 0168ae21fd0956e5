// The usual bundlers and file tracers on a project that uses wxsign: what they make signs, or says which line to add.

import assert from 'node:assert/strict'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import ncc from '@vercel/ncc'
import { nodeFileTrace } from '@vercel/nft'
import * as esbuild from 'esbuild'
import * as vite from 'vite'
import webpack from 'webpack'

import { copied, elsewhere, project, run, SIGNED } from './project.mjs'

/** How each bundler makes one file `out/app.…` of the project, and what it calls an external package. */
const BUNDLERS = {
  'esbuild to CommonJS': ['app.cjs', (dir, external) => esbuilt(dir, 'cjs', external)],
  'esbuild to ESM': ['app.mjs', (dir, external) => esbuilt(dir, 'esm', external)],
  'webpack to CommonJS': ['app.cjs', (dir, external) => packed(dir, 'commonjs2', external)],
  'webpack to ESM': ['app.mjs', (dir, external) => packed(dir, 'module', external)],
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
