// Tests of the behaviours that all bindings share: named in tests/behaviours.json, which also says
// what each promises.

const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')

const { behaviours } = JSON.parse(readFileSync(join(__dirname, '../../behaviours.json'), 'utf8'))

/** The sentence of the promise stands in tests/behaviours.json. */
function behaviour(name, run) {
  if (!Object.hasOwn(behaviours, name)) throw new Error(`tests/behaviours.json has no ${name}`)
  test(name, run)
}

module.exports = { behaviour, behaviours }
