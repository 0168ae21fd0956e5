// The chart of the report: bars in an SVG that reads on a light page and on a dark one.

import { CHART, SECTIONS } from './layout.mjs'
import { figure } from './report.mjs'
import { median } from './statistics.mjs'

const WIDTH = 860
const LABELS = 290
const VALUES = 80
const BAR = 18
const ROW = 26

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .bar { fill: #9aa4b2 } .ours { fill: #07a350 } .line { stroke: #d0d7de }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .bar { fill: #6e7681 } .ours { fill: #2ea86a } .line { stroke: #30363d }
  }`

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function panel({ id, title, logarithmic }, series, top) {
  const { ours, too = [] } = SECTIONS.flatMap(({ groups }) => groups).find((group) => group.id === id)
  const bars = Object.entries(series).map(([name, numbers]) => ({ name, value: median(numbers) }))
  bars.sort((a, b) => a.value - b.value)
  const room = WIDTH - LABELS - VALUES
  const most = bars.at(-1).value
  // A logarithmic bar begins at the power of ten below the shortest one.
  const least = 10 ** Math.floor(Math.log10(bars[0].value) - 0.001)
  const length = (value) => room * (logarithmic ? Math.log(value / least) / Math.log(most / least) : value / most)
  const bottom = top + 14 + bars.length * ROW
  const parts = [`<text class="title" x="0" y="${top}">${escaped(title)}</text>`]
  for (let power = least * 10; logarithmic && power <= most; power *= 10) {
    const x = (LABELS + length(power)).toFixed(1)
    parts.push(`<line class="line" x1="${x}" x2="${x}" y1="${top + 10}" y2="${bottom}"/>`)
  }
  bars.forEach(({ name, value }, at) => {
    const y = top + 14 + at * ROW
    const long = length(value).toFixed(1)
    const kind = name === ours || too.includes(name) ? 'ours' : 'bar'
    parts.push(
      `<text x="${LABELS - 10}" y="${y + 14}" text-anchor="end">${escaped(name)}</text>`,
      `<rect class="${kind}" x="${LABELS}" y="${y}" width="${long}" height="${BAR}" rx="2"/>`,
      `<text x="${(LABELS + Number(long) + 6).toFixed(1)}" y="${y + 14}">${figure(value)}</text>`,
    )
  })
  return { parts, bottom }
}

/** @param groups what was measured; panels without measurements are left out */
export function chart(groups) {
  const parts = []
  let top = 20
  for (const one of CHART.filter(({ id }) => groups[id])) {
    const { parts: more, bottom } = panel(one, groups[one.id], top)
    parts.push(...more)
    top = bottom + 36
  }
  const height = Math.max(1, top - 36)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">` +
    `<title>How wxsign compares</title><style>${STYLE}</style>\n${parts.join('\n')}\n</svg>\n`
  )
}
