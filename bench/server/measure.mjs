// A Koa server that answers pages, in four ways, each in a process of its own and asked in turns. Prints JSON.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SLOW_ROUNDS } from '../lib/rounds.mjs'
import { APP_ID, APP_SECRET, ROOT } from '../lib/sandbox.mjs'

const NAMES = {
  article: "the article's server",
  best: 'best JavaScript, a ticket in memory',
  wxsign: 'wxsign',
  nothing: 'one that signs nothing',
}
const TURN_MS = 300
const WARM_UP = 4

const path = (name) => fileURLToPath(new URL(name, import.meta.url))
const ask = async (child, message) => {
  child.send(message)
  return (await once(child, 'message'))[0]
}

const folder = mkdtempSync(join(tmpdir(), 'wxsign-bench-'))
const visitors = fork(path('load.mjs'))
const servers = []
for (const name of Object.keys(NAMES)) {
  const child = fork(path('serve.cjs'), [name, folder, ROOT, process.env.BENCH_SANDBOX, APP_ID, APP_SECRET], {
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const [{ port }] = await once(child, 'message')
  servers.push({ name: NAMES[name], child, port })
}

const empty = () => Object.fromEntries(servers.map(({ name }) => [name, []]))
const groups = { 'server.rate': empty(), 'server.p99': empty(), 'server.cpu': empty() }
for (let round = -WARM_UP; round < SLOW_ROUNDS; round++) {
  for (let turn = 0; turn < servers.length; turn++) {
    const { name, child, port } = servers[(turn + round + WARM_UP) % servers.length]
    const before = await ask(child, 'cpu')
    const { served, rate, p99 } = await ask(visitors, { port, ms: TURN_MS })
    const after = await ask(child, 'cpu')
    if (round < 0) continue
    groups['server.rate'][name].push(rate)
    groups['server.p99'][name].push(p99)
    groups['server.cpu'][name].push((after.cpu - before.cpu) / served)
  }
}
for (const { child } of servers) child.disconnect()
visitors.disconnect()
rmSync(folder, { recursive: true })
console.log(JSON.stringify({ groups }))
