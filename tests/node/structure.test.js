// The structure of the facade: which file may use which.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { readdirSync, readFileSync } = require('node:fs')
const { dirname, join, normalize } = require('node:path')
const { test } = require('node:test')

const TS = join(__dirname, '../../bindings/node/ts')

/** Every source file with the files that it imports, types included. */
function imports() {
  const files = readdirSync(TS, { recursive: true }).filter((name) => name.endsWith('.ts'))
  const of = (file) => {
    const text = readFileSync(join(TS, file), 'utf8')
    const found = [...text.matchAll(/(?:from|import\(|= require\() *'(\.[^']+)'/g)].map(([, name]) => name)
    return found.map((name) => `${normalize(join(dirname(file), name))}.ts`)
  }
  return new Map(files.map((file) => [file, of(file)]))
}

/** The compiler would write a helper into each file that has `import * as`: twice the code to load. */
test('the facade loads as two files without helpers', () => {
  const code = readFileSync(join(__dirname, '../../dist/index.js'), 'utf8')
  assert.doesNotMatch(code, /__importStar|__createBinding/)
  assert.ok(code.length < 60_000, `${code.length} bytes`)
  const { status, stdout } = spawnSync(
    process.execPath,
    ['-p', `require('wxsign/koa'); Object.keys(require.cache).map((file) => require('path').basename(file)).join()`],
    { cwd: __dirname, encoding: 'utf8' },
  )
  assert.equal(status, 0)
  // The entry of the checkout with its helper built.js, and runtime.js, which a checkout asks: an
  // installed package loads none of the three. An emulated Node has loaded platform.cjs before.
  const loaded = stdout
    .trim()
    .split(',')
    .filter((file) => file !== 'platform.cjs')
  assert.deepEqual(loaded.sort(), ['built.js', 'handlers.js', 'index.js', 'koa.js', 'koa.js', 'runtime.js'])
})

test('no circle among the files of the facade', () => {
  const graph = imports()
  assert.ok(graph.size > 20)
  for (const used of [...graph.values()].flat()) assert.ok(graph.has(used), used)
  // What uses nothing that is left goes, until nothing goes any more.
  for (let before = -1; before !== graph.size; ) {
    before = graph.size
    for (const [file, used] of graph) if (used.every((name) => !graph.has(name))) graph.delete(file)
  }
  assert.deepEqual([...graph.keys()], [])
})
