// What it costs to load the packages: each round has a fresh process for each. Prints JSON.

import { execFileSync } from 'node:child_process'
import { rmSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SLOW_ROUNDS } from '../lib/rounds.mjs'
import { ROOT } from '../lib/sandbox.mjs'
import { install } from './installed.mjs'

const CHILD = fileURLToPath(new URL('child.cjs', import.meta.url))
const { folder, path } = install()
const PACKAGES = {
  wxsign: [path],
  'jssha and request': ['jssha', 'request'],
  'co-wechat-api': ['co-wechat-api'],
  'wechat-jssdk': ['wechat-jssdk'],
}
const WARM_UP = 2

const names = Object.keys(PACKAGES)
const empty = () => Object.fromEntries(names.map((name) => [name, []]))
const [time, memory] = [empty(), empty()]
for (let round = -WARM_UP; round < SLOW_ROUNDS; round++) {
  for (let turn = 0; turn < names.length; turn++) {
    const name = names[(turn + round + WARM_UP) % names.length]
    const { ms, mebibytes } = JSON.parse(execFileSync(process.execPath, [CHILD, ...PACKAGES[name]]))
    if (round < 0) continue
    time[name].push(ms)
    memory[name].push(mebibytes)
  }
}
rmSync(folder, { recursive: true })
const size = { addon: [statSync(`${ROOT}build/node/wxsign.node`).size / 1e6] }
console.log(JSON.stringify({ groups: { 'load.time': time, 'load.memory': memory, 'load.size': size } }))
