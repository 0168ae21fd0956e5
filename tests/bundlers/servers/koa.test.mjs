// A Koa application in an image of two stages: installed in the first, copied into the second.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { tarballs } from '../../package/tarballs.mjs'
import { elsewhere } from '../project.mjs'
import { OPTIONS, served } from './laid-down.mjs'

const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const SERVER = `const Koa = require('framework')
const { wxsign } = require('wxsign/koa')
new Koa().use(wxsign(${OPTIONS})).listen(process.env.PORT, '127.0.0.1')
`

/** The Dockerfile of docs/bundlers.md by hand. */
test('Koa: an image of two stages signs', async (t) => {
  const [context, first, second] = [elsewhere(t), elsewhere(t), elsewhere(t)]
  const npm = (cwd, ...args) => execFileSync('npm', [...args, '--no-audit', '--no-fund', '--offline'], { cwd })
  // Koa with all that it needs, in one package: the test asks no registry.
  const framework = elsewhere(t)
  execFileSync('cp', ['-a', MODULES, join(framework, 'node_modules')])
  const bundled = { dependencies: { koa: '*' }, bundleDependencies: ['koa'] }
  writeFileSync(join(framework, 'package.json'), JSON.stringify({ name: 'framework', version: '1.0.0', ...bundled }))
  writeFileSync(join(framework, 'index.js'), "module.exports = require('koa')\n")
  npm(framework, 'pack', '--silent')
  // The reader's project: both files of `make pack` in vendor/.
  mkdirSync(join(context, 'vendor'))
  const vendor = [tarballs.root, tarballs.platform, join(framework, 'framework-1.0.0.tgz')].map((file) => {
    cpSync(file, join(context, 'vendor', basename(file)))
    return `./vendor/${basename(file)}`
  })
  writeFileSync(join(context, 'package.json'), '{ "name": "reader", "private": true }')
  npm(context, 'install', '--package-lock-only', ...vendor)
  writeFileSync(join(context, 'server.js'), SERVER)
  // The first stage: COPY package.json package-lock.json vendor, RUN npm ci --omit=dev.
  for (const name of ['package.json', 'package-lock.json', 'vendor']) {
    cpSync(join(context, name), join(first, name), { recursive: true })
  }
  npm(first, 'ci', '--omit=dev')
  // The second: COPY --from=build node_modules, COPY the sources.
  cpSync(join(first, 'node_modules'), join(second, 'node_modules'), { recursive: true, verbatimSymlinks: true })
  cpSync(context, second, { recursive: true })
  const answer = await served(t, { built: second, program: 'server.js', path: '/wx/config' })
  assert.ok(answer.isSigned, answer.text + answer.log)
})
