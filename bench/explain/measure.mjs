// How long explain() searches if no mistake that it knows made the signature: the longest search
// that there is. Prints JSON.

import { createRequire } from 'node:module'
import { performance } from 'node:perf_hooks'
import { SLOW_ROUNDS } from '../lib/rounds.mjs'
import { ROOT } from '../lib/sandbox.mjs'

const { explain } = createRequire(import.meta.url)(`${ROOT}dist/index.js`)

/** A page whose address can be wrong in every way. */
const page = (length, path) =>
  `https://www.example.com/${path}/?id=1&q=a%20b%2Bc&name=%E4%B8%AD%E6%96%87&from=timeline&x=`
    .padEnd(length - 10, 'aB%2F:,&z=')
    .slice(0, length - 10)
    .concat('#/detail/7')

/** Nothing makes this signature: every mistake is tried, alone and in pairs. */
const evidence = (length, addresses) => ({
  url: page(length, 'shop'),
  realAuthUrl: Array.from({ length: addresses }, (_, at) => page(length, `landing${at}`)),
  ticket: 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg',
  nonceStr: 'a1B2c3D4',
  timestamp: 1_700_000_000,
  signature: '0123456789abcdef0123456789abcdef01234567',
  appId: 'wx5823bf96d3bd56c7',
})

function timed(given) {
  const began = performance.now()
  const { verdict } = explain(given)
  const ms = performance.now() - began
  if (verdict !== 'invalid') throw new Error('the signature should be wrong')
  return ms
}

const CASES = {
  'a URL of 120 characters': evidence(120, 0),
  'a URL of 500': evidence(500, 0),
  'a URL of 250, and two of realAuthUrl': evidence(250, 2),
  'a URL of 500, and two of realAuthUrl': evidence(500, 2),
  'a URL of 8,000, and two of realAuthUrl': evidence(8_000, 2),
}

const times = Object.fromEntries(Object.keys(CASES).map((name) => [name, []]))
for (let round = -5; round < SLOW_ROUNDS; round++) {
  for (const [name, given] of Object.entries(CASES)) {
    const ms = timed(given)
    if (round >= 0) times[name].push(ms)
  }
}
console.log(JSON.stringify({ groups: { explain: times } }))
