// The documents: the two READMEs say the same, links lead somewhere, and the JavaScript in them is what wxsign has.

const assert = require('node:assert/strict')
const { existsSync, readdirSync, readFileSync } = require('node:fs')
const { dirname, join } = require('node:path')
const { test } = require('node:test')
const vm = require('node:vm')

const ROOT = join(__dirname, '../..')
const read = (name) => readFileSync(join(ROOT, name), 'utf8')
const DOCUMENTS = [
  'README.md',
  'README.zh-CN.md',
  ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'))

const blocks = (text) => text.match(/^```.*?^```$/gms) ?? []
const prose = (text) => text.replace(/^```.*?^```$/gms, '')
const links = (text) => [...prose(text).matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to)

/** README.zh-CN.md has the headings, the code, the tables and the links of README.md. */
test('both READMEs have the same shape and code', () => {
  const [english, chinese] = [read('README.md'), read('README.zh-CN.md')]
  assert.deepEqual(blocks(chinese), blocks(english))
  const shape = (text) =>
    prose(text)
      .split('\n')
      .filter((line) => /^(#|\||- )/.test(line))
      // A heading's level, a row's number of cells, an entry of a list; of a cell, what stands in it as code.
      .map((line) => (line.startsWith('|') ? line.split('|').length : /^\S+/.exec(line)[0]))
  assert.deepEqual(shape(chinese), shape(english))
  const codes = (text) =>
    prose(text)
      .match(/^\| `[^|]+\|/gm)
      .map((cell) => cell.match(/`[^`]+`/g))
  assert.deepEqual(codes(chinese), codes(english))
  const others = (text) => links(text).filter((to) => !to.startsWith('README'))
  assert.deepEqual(new Set(others(chinese)), new Set(others(english)))
})

test('every link of the documents leads to a file', () => {
  for (const name of DOCUMENTS) {
    for (const to of links(read(name)).filter((to) => !/^https?:/.test(to))) {
      assert.ok(existsSync(join(ROOT, dirname(name), to.split('#')[0])), `${name}: ${to}`)
    }
  }
})

/** Every errcode and code that is documented is one that the core knows. */
test("every documented code is one of the core's", () => {
  const known = read('src/upstream/errcode.rs') + read('src/error/hint.rs')
  const text = read('docs/errors.md')
  const rows = [...text.matchAll(/^\| ([-\d, ]+)(?: at the ticket)? \|/gm)]
  assert.ok(rows.length > 12)
  for (const [, errcodes] of rows)
    for (const errcode of errcodes.split(','))
      assert.match(known, new RegExp(`\\b${errcode.trim().replace('-', '')}\\b`))
  const codes = readFileSync(join(ROOT, 'src/error/code.rs'), 'utf8').match(/(?<== \d+, ")[A-Z_]+(?=")/g)
  assert.ok(codes.length >= 18)
  for (const code of codes) assert.ok(text.includes(`\n## ${code}\n`), `${code} is missing`)
})

/** The JavaScript of the documents compiles, and takes from wxsign only what is there. */
test('the JavaScript of the documents compiles', () => {
  let count = 0
  for (const name of DOCUMENTS) {
    for (const block of blocks(read(name)).filter((block) => /^```js$/m.test(block))) {
      const code = block.split('\n').slice(1, -1).join('\n')
      new vm.Script(`(async () => {\n${code}\n})`, { filename: name })
      for (const [, names, entry] of code.matchAll(/const (\{[^}]+\}|\w+) = require\('(wxsign[^']*)'\)/g)) {
        const entries = require(entry)
        for (const one of names.match(/\{/) ? names.match(/\w+/g) : [])
          assert.ok(one in entries, `${name}: ${entry} ${one}`)
        count++
      }
      for (const [, entry, one] of code.matchAll(/require\('(wxsign[^']*)'\)\.(\w+)/g)) assert.ok(one in require(entry))
    }
  }
  assert.ok(count > 10)
})
