// `make bench`: runs the parts, prints one report, and writes it with its chart to build/bench. `--check` judges the
// promised ratios instead; `--report` writes to docs.

import crypto from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { chart } from './lib/chart.mjs'
import { EXIT, exitCode, judge } from './lib/gates.mjs'
import { hasSha1Instructions, machine } from './lib/machine.mjs'
import { runPart, wantedParts } from './lib/parts.mjs'
import { gatesTable, report } from './lib/report.mjs'
import { ROUNDS } from './lib/rounds.mjs'
import { ROOT, startSandbox } from './lib/sandbox.mjs'

const gates = JSON.parse(readFileSync(new URL('gates.json', import.meta.url), 'utf8'))
const [mode] = process.argv.slice(2)
const check = mode === '--check'
const folder = `${ROOT}${mode === '--report' ? 'docs' : 'build/bench'}`

function stop(why) {
  console.error(`bench: ${why}`)
  process.exit(EXIT.unjudged)
}

if (crypto.hash === undefined) stop('the best JavaScript needs crypto.hash: Node 20.12 or newer')
if (check && hasSha1Instructions() !== true) {
  stop(
    'the promised ratios are for processors with SHA-1 instructions (SHA-NI), and none are seen here: nothing is judged',
  )
}
if (check && ROUNDS < gates.rounds) stop(`ratios are judged by ${gates.rounds} rounds or more, not ${ROUNDS}`)

const gated = new Set(gates.gates.map(({ group }) => group.split('.')[0]))
const parts = wantedParts().filter((part) => !check || gated.has(part))
if (mode === '--report' && process.env.BENCH_ONLY) stop('the page has all parts: leave out BENCH_ONLY')
const begun = machine()
const groups = {}
const tables = []
const sandbox = await startSandbox()
for (const part of parts) {
  process.stderr.write(`bench: ${part} … `)
  const began = performance.now()
  const measured = await runPart(part, sandbox.url)
  Object.assign(groups, measured.groups)
  tables.push(...(measured.tables ?? []))
  process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0)} s\n`)
}
await sandbox.stop()

const judged = judge(gates, groups, parts)
const text = report({ machine: begun, rounds: ROUNDS, groups, tables, judged })
mkdirSync(`${ROOT}build/bench`, { recursive: true })
writeFileSync(`${ROOT}build/bench/results.json`, JSON.stringify({ machine: begun, rounds: ROUNDS, groups, tables }))
writeFileSync(`${folder}/performance.md`, text)
writeFileSync(`${folder}/performance.svg`, chart(groups))

if (check) {
  console.log(`${begun}\n\n${gatesTable(judged)}`)
  for (const { name, verdict, got, least, most, why } of judged) {
    if (verdict === 'holds') continue
    const wanted = least === undefined ? `at most ${most}` : `at least ${least}`
    console.error(`bench-check: ${name}: ${why ?? `${got.median.toFixed(2)}, promised ${wanted}`}`)
  }
  process.exitCode = exitCode(judged)
} else {
  console.log(text)
}
