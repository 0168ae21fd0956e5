// The report: Markdown whose tables are padded, so that it reads as text too.

import { CHART, SECTIONS } from './layout.mjs'
import { slowRounds } from './rounds.mjs'
import { ratio, spread } from './statistics.mjs'

const HEAD = `# Performance

Written by \`make bench-report\`. Only the ratios count: they are medians of rounds in which every
contender had its turn, in one process for each language. The times are those of one machine on one
day, and move with whatever else it does. The middle half is what lies between the first quartile of
the rounds and the third.

\`\`\`sh
make bench          # this report, for your machine
make bench-check    # fails if a ratio falls short of what is promised
make bench-report   # writes this page
\`\`\`

\`BENCH_ROUNDS=40\` takes fewer rounds, \`BENCH_ONLY=node,rust\` some of the parts.`

const PROMISES =
  'For machines whose processor has instructions for SHA-1. `make bench-check` fails if a ratio falls short, and if it\n' +
  'could not be judged: too few rounds, no such instructions, a busy machine. `node bench/run.mjs --check` exits\n' +
  'with 1 or with 2.'

/** In lines of at most 100 columns. */
const wrapped = (text) =>
  text
    .replaceAll('\n', ' ')
    .replace(/(.{1,100})(?: |$)/g, '$1\n')
    .trimEnd()

/** Three digits that mean something, thousands apart. */
export function figure(value) {
  if (!Number.isFinite(value)) return '–'
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toFixed(digits).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** A table, padded; all columns but the first are numbers and stand at the right. */
export function table(columns, rows) {
  const all = [columns, ...rows].map((row) => row.map(String))
  const widths = columns.map((_, at) => Math.max(3, ...all.map((row) => [...row[at]].length)))
  const line = (row) =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join(' | ')} |`
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(all[0]), `| ${rule.join(' | ')} |`, ...all.slice(1).map(line)].join('\n')
}

const half = ({ from, to }) => `${figure(from)} – ${figure(to)}`

function group(series, { ours, unit = 'ns', alone = false }) {
  const rows = Object.entries(series).map(([name, numbers]) => {
    const [own, times] = [spread(numbers), ratio(numbers, series[ours])]
    const compared = name === ours ? ['1', ''] : [figure(times.median), half(times)]
    const cells = [name === ours ? `**${name}**` : name, figure(own.median), half(own), ...(alone ? [] : compared)]
    return { own, cells }
  })
  rows.sort((a, b) => a.own.median - b.own.median)
  const columns = ['', unit, 'middle half', ...(alone ? [] : ['× wxsign', 'middle half'])]
  return table(
    columns,
    rows.map(({ cells }) => cells),
  )
}

export function gatesTable(judged) {
  const rows = judged.map(({ name, least, most, aim, got, verdict, why }) => [
    name,
    least === undefined ? `≤ ${most}` : `≥ ${least}`,
    aim ?? '',
    got ? figure(got.median) : '–',
    got ? half(got) : '–',
    verdict === 'short' ? '**falls short**' : (why ?? verdict),
  ])
  return table(['', 'promised', 'aim', 'measured', 'middle half', ''], rows)
}

/** @param results `machine`, `rounds`, `groups`, `judged` */
export function report({ machine, rounds, groups, judged }) {
  const where = `Measured on: ${machine}; ${rounds} rounds; in Node three times those, in three processes; of servers and fresh processes ${slowRounds(rounds)}.`
  const text = [HEAD, wrapped(where)]
  if (CHART.some(({ id }) => groups[id])) text.push('![How wxsign compares](performance.svg)')
  for (const section of SECTIONS) {
    const present = section.groups.filter(({ id }) => groups[id])
    if (present.length === 0) continue
    text.push(`## ${section.title}`, ...present.map((one) => group(groups[one.id], one)))
    if (section.note) text.push(wrapped(section.note))
  }
  text.push('## What is promised', wrapped(PROMISES), gatesTable(judged))
  return `${text.join('\n\n')}\n`
}
