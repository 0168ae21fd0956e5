// The parts of the bench: each a program that prints what it measured as JSON.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ROOT } from './sandbox.mjs'

const BENCH = fileURLToPath(new URL('../', import.meta.url))
const node = (file, ...flags) => [process.execPath, ...flags, `${BENCH}${file}`]

const COMMANDS = {
  // First, as it needs the machine to itself.
  server: node('server/measure.mjs'),
  // Without the collector's threads. On a busy machine they wait for a processor, and the
  // contender whose turn it is would be charged for that.
  node: node('node/sign.mjs', '--single-threaded-gc'),
  rust: [`${ROOT}build/bench/target/release/wxsign-bench`],
  c: [`${ROOT}build/bench/c`],
  go: [`${ROOT}build/bench/go`],
  load: node('load/measure.mjs'),
  explain: node('explain/measure.mjs'),
  growth: node('growth/measure.mjs', '--single-threaded-gc'),
}

/** The parts that are wanted: those that BENCH_ONLY names, or all. */
export function wantedParts(only = process.env.BENCH_ONLY) {
  if (!only) return Object.keys(COMMANDS)
  const wanted = only.split(',').map((name) => name.trim())
  const unknown = wanted.filter((name) => !Object.hasOwn(COMMANDS, name))
  if (unknown.length > 0) {
    throw new Error(`BENCH_ONLY: there is no ${unknown.join(', ')}, but ${Object.keys(COMMANDS).join(', ')}`)
  }
  return wanted
}

// V8 does not compile alike each time: three processes have all the rounds each.
const TIMES = { node: 3 }

/** Runs one, and returns its groups. */
export async function runPart(name, sandbox) {
  const runs = []
  for (let n = 0; n < (TIMES[name] ?? 1); n++) runs.push(await runOnce(COMMANDS[name], sandbox))
  return pooled(runs.map(({ groups }) => groups))
}

/** The rounds of all, one after the other. */
export function pooled([first, ...more]) {
  const together = (group, name) => more.reduce((all, next) => all.concat(next[group][name]), first[group][name])
  const ofGroup = (group) => Object.keys(first[group]).map((name) => [name, together(group, name)])
  return Object.fromEntries(Object.keys(first).map((group) => [group, Object.fromEntries(ofGroup(group))]))
}

/** No part takes as long as this but one that hangs. */
async function runOnce([program, ...args], sandbox) {
  const { stdout } = await promisify(execFile)(program, args, {
    // In production some of the packages print advice.
    env: { ...process.env, BENCH_SANDBOX: sandbox, NODE_ENV: '' },
    maxBuffer: 2 ** 26,
    timeout: 240_000,
  })
  return JSON.parse(stdout)
}
