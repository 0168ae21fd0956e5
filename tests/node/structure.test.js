// The structure of the facade: which file may use which.

const assert = require('node:assert/strict')
const { readdirSync, readFileSync } = require('node:fs')
const { dirname, join, normalize } = require('node:path')
const { test } = require('node:test')

const TS = join(__dirname, '../../bindings/node/ts')

/** Every source file with the files that it imports, types included. */
function imports() {
  const files = readdirSync(TS, { recursive: true }).filter((name) => name.endsWith('.ts'))
  const of = (file) => {
    const text = readFileSync(join(TS, file), 'utf8')
    const found = [...text.matchAll(/(?:from|import\() *'(\.[^']+)'/g)].map(([, name]) => name)
    return found.map((name) => `${normalize(join(dirname(file), name))}.ts`)
  }
  return new Map(files.map((file) => [file, of(file)]))
}

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
