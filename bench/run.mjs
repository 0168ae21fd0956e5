// `make bench`: runs the parts, prints one report, and writes it with its chart to build/bench.
// `--check` judges the promised ratios instead; `--report` writes to docs.

import crypto from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { chart } from './lib/chart.mjs'
import { chinese } from './lib/chinese.mjs'
import { EXIT, exitCode, judge, refusal } from './lib/gates.mjs'
import { hasSha1Instructions, machine } from './lib/machine.mjs'
import { runPart, wantedParts } from './lib/parts.mjs'
import { gatesTable, report } from './lib/report.mjs'
import { ROUNDS } from './lib/rounds.mjs'
import { ROOT, startSandbox } from './lib/sandbox.mjs'

const gates = JSON.parse(readFileSync(new URL('gates.json', import.meta.url), 'utf8'))
const [mode] = process.argv.slice(2)
const check = mode === '--check'
const dir = `${ROOT}${mode === '--report' ? 'docs' : 'build/bench'}`

function partsToRun() {
  if (crypto.hash === undefined) throw new Error('the best JavaScript needs crypto.hash: Node 20.12 or newer')
  const why = check && refusal(gates, { rounds: ROUNDS, sha1Instructions: hasSha1Instructions() })
  if (why) throw new Error(why)
  if (mode === '--report' && process.env.BENCH_ONLY) {
    throw new Error('the page has all parts: leave out BENCH_ONLY')
  }
  const gated = new Set(gates.gates.map(({ group }) => group.split('.')[0]))
  return wantedParts().filter((part) => !check || gated.has(part))
}

async function measure(parts) {
  const groups = {}
  const sandbox = await startSandbox()
  try {
    for (const part of parts) {
      process.stderr.write(`bench: ${part} … `)
      const began = performance.now()
      Object.assign(groups, await runPart(part, sandbox.url))
      process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0)} s\n`)
    }
  } finally {
    await sandbox.stop()
  }
  return groups
}

/** What `bench-check` says: all promises, and once more those that do not hold. */
function verdicts(line, judged) {
  console.log(`${line}\n\n${gatesTable(judged)}`)
  for (const { name, verdict, got, least, most, why } of judged) {
    if (verdict === 'holds') continue
    const wanted = least === undefined ? `at most ${most}` : `at least ${least}`
    console.error(`bench-check: ${name}: ${why ?? `${got.median.toPrecision(4)}, promised ${wanted}`}`)
  }
}

async function main() {
  const parts = partsToRun()
  const line = machine()
  const groups = await measure(parts)
  const judged = judge(gates, groups, parts)
  const text = report({ machine: line, rounds: ROUNDS, groups, judged })
  mkdirSync(`${ROOT}build/bench`, { recursive: true })
  writeFileSync(`${ROOT}build/bench/results.json`, JSON.stringify({ machine: line, rounds: ROUNDS, groups }))
  writeFileSync(`${dir}/performance.md`, text)
  writeFileSync(`${dir}/performance.svg`, chart(groups))
  if (mode === '--report') writeFileSync(`${dir}/zh/performance.md`, chinese(text))
  if (!check) return console.log(text)
  verdicts(line, judged)
  process.exitCode = exitCode(judged)
}

main().catch((error) => {
  console.error(`bench: ${error.message}`)
  process.exitCode = EXIT.unjudged
})
