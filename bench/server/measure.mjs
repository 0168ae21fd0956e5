// A Koa server that answers pages, in four ways, each in its own process and asked in turns.
// Prints JSON.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SLOW_ROUNDS } from '../lib/rounds.mjs'
import { APP_ID, APP_SECRET, ROOT } from '../lib/sandbox.mjs'
import { shareOfOthers } from './others.mjs'

const NAMES = {
  tutorial: "the tutorial's server",
  best: 'best JavaScript, a ticket in memory',
  wxsign: 'wxsign',
  nothing: 'one that signs nothing',
}
const TURN_MS = 200
const WARM_UP = 4
// A turn in which other programs took more than this of the machine is taken again, and the least
// disturbed one counts.
const OTHERS = 0.05
const TRIES = 3

const path = (name) => fileURLToPath(new URL(name, import.meta.url))
const ask = async (child, message) => {
  child.send(message)
  return (await once(child, 'message'))[0]
}

const dir = mkdtempSync(join(tmpdir(), 'wxsign-bench-'))
const visitors = fork(path('load.mjs'))
const servers = []
for (const name of Object.keys(NAMES)) {
  const child = fork(path('serve.cjs'), [name, dir, ROOT, process.env.BENCH_SANDBOX, APP_ID, APP_SECRET], {
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const [{ port }] = await once(child, 'message')
  servers.push({ name: NAMES[name], child, port })
}

/** One turn of a server. */
const turn = ({ child, port }) =>
  shareOfOthers(async () => {
    const before = await ask(child, 'cpu')
    const { served, rate, p99, cpu } = await ask(visitors, { port, ms: TURN_MS })
    const used = (await ask(child, 'cpu')).cpu - before.cpu
    return { rate, p99, cpu: used / served, own: used + cpu }
  })

async function leastDisturbed(server) {
  let best = await turn(server)
  for (let tries = 1; tries < TRIES && best.others > OTHERS; tries++) {
    const next = await turn(server)
    if (next.others < best.others) best = next
  }
  return best
}

const empty = () => Object.fromEntries(servers.map(({ name }) => [name, []]))
const groups = { 'server.rate': empty(), 'server.p99': empty(), 'server.cpu': empty(), 'server.others': empty() }
for (let round = -WARM_UP; round < SLOW_ROUNDS; round++) {
  for (let at = 0; at < servers.length; at++) {
    const server = servers[(at + round + WARM_UP) % servers.length]
    const { rate, p99, cpu, others } = await leastDisturbed(server)
    if (round < 0) continue
    groups['server.rate'][server.name].push(rate)
    groups['server.p99'][server.name].push(p99)
    groups['server.cpu'][server.name].push(cpu)
    groups['server.others'][server.name].push(others * 100)
  }
}
for (const { child } of servers) child.disconnect()
visitors.disconnect()
rmSync(dir, { recursive: true })
console.log(JSON.stringify({ groups }))
