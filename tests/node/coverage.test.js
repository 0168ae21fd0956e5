// No behaviour of tests/behaviours.json goes without a test at this binding, and the types refuse
// what they should.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { readdirSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { behaviours } = require('./support/behaviour')

/** Every behaviour that all bindings share has a test here. */
test('every shared behaviour has a test here', () => {
  const files = readdirSync(__dirname).filter((name) => name.endsWith('.test.js'))
  const source = files.map((name) => readFileSync(join(__dirname, name), 'utf8')).join('\n')
  const tested = [...source.matchAll(/^behaviour\('(\w+)'/gm)].map(([, name]) => name)
  assert.deepEqual(tested.sort(), Object.keys(behaviours).sort())
})

/** The types accept the examples and refuse the mistakes, from CommonJS and from ESM. */
test('the types accept examples and refuse mistakes', () => {
  const tsc = require.resolve('typescript/package.json').replace(/package\.json$/, 'bin/tsc')
  try {
    execFileSync(process.execPath, [tsc, '-p', join(__dirname, 'types')], { encoding: 'utf8' })
  } catch (error) {
    assert.fail(error.stdout)
  }
})
