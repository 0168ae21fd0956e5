// What it costs to load the packages: each round has a fresh process for each. Prints JSON.

import { execFileSync } from 'node:child_process'
import { cpSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SLOW_ROUNDS } from '../lib/rounds.mjs'
import { ROOT } from '../lib/sandbox.mjs'
import { install } from './installed.mjs'

const CHILD = fileURLToPath(new URL('child.cjs', import.meta.url))
const { dir, path, empty: nothing } = install()
const BESIDE = join(dir, 'child.cjs')
cpSync(CHILD, BESIDE)
// By its name Node reads `exports` of it, and the first package that has them makes Node load more
// of itself. Both of those that are compared with us have one such among their dependencies.
const PACKAGES = {
  wxsign: [CHILD, path],
  'wxsign, by its name': [BESIDE, 'wxsign'],
  'an empty package': [CHILD, nothing],
  'jssha and request': [CHILD, 'jssha', 'request'],
  'co-wechat-api': [CHILD, 'co-wechat-api'],
  'wechat-jssdk': [CHILD, 'wechat-jssdk'],
}
const WARM_UP = 2

const names = Object.keys(PACKAGES)
const empty = () => Object.fromEntries(names.map((name) => [name, []]))
const [time, memory] = [empty(), empty()]
for (let round = -WARM_UP; round < SLOW_ROUNDS; round++) {
  for (let turn = 0; turn < names.length; turn++) {
    const name = names[(turn + round + WARM_UP) % names.length]
    const { ms, mebibytes } = JSON.parse(execFileSync(process.execPath, PACKAGES[name]))
    if (round < 0) continue
    time[name].push(ms)
    memory[name].push(mebibytes)
  }
}
rmSync(dir, { recursive: true })
const size = { addon: [statSync(`${ROOT}build/node/wxsign.node`).size / 1e6] }
console.log(JSON.stringify({ groups: { 'load.time': time, 'load.memory': memory, 'load.size': size } }))
