// The shared vectors and the behaviour list of tests/node on other versions of Node, on Bun and on
// Deno.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const SUITE = fileURLToPath(new URL('../node/', import.meta.url))
const FILES = ['vectors', 'behaviours', 'failures'].map((name) => `./${name}.test.js`)
const MORE = ['http', 'koa', 'express', 'fastify', 'jssha', 'compat', 'abort'].map((name) => `./${name}.test.js`)

const node = {
  binary: 'bin/node',
  args: ['--test', '--test-reporter=tap', '--test-concurrency=1'],
  passed: /^# pass (\d+)$/m,
}
const RUNTIMES = {
  node22: node,
  node24: node,
  node26: node,
  // Not on Bun: NODE_DEBUG, which it does not look at.
  bun: { binary: 'bin/bun', args: ['test'], passed: /^ *(\d+) pass$/m },
  // Not on Deno: worker_threads that are terminated while a call waits.
  deno: {
    binary: 'deno',
    args: ['test', '-A', '--no-check', '--no-lock', '--node-modules-dir=manual'],
    passed: /(\d+) passed/,
  },
}
// The packages are of one platform; elsewhere npm leaves them out.
const skip = (name) => (existsSync(`${HERE}node_modules/${name}`) ? false : `no ${name} for this platform`)

async function run(name, files) {
  const { binary, args, passed } = RUNTIMES[name]
  const program = `${HERE}node_modules/${name}/${binary}`
  chmodSync(program, 0o755)
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: '1' }
  const child = spawn(program, [...args, ...files], { cwd: SUITE, env, timeout: 180_000 })
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  child.stderr.on('data', (data) => (output += data))
  const [code] = await once(child, 'close')
  assert.equal(code, 0, output)
  return Number(passed.exec(output)?.[1])
}

for (const name of Object.keys(RUNTIMES)) {
  test(`${name}: vectors and behaviours`, { skip: skip(name) }, async () => {
    const count = await run(name, FILES)
    assert.ok(count >= 34, `${count} tests`)
  })
}

for (const name of process.env.SOAK ? Object.keys(RUNTIMES) : []) {
  test(`${name}: handlers, jssha, compat and signals`, { skip: skip(name) }, async () => {
    assert.ok((await run(name, MORE)) > 40)
  })
}
