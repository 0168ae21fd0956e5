// How the time of a signature grows with the length of the URL, and that a million different ones leave nothing
// behind.

import { figure } from '../lib/report.mjs'
import { flat, interleave, loop, ROUNDS } from '../lib/rounds.mjs'
import { median, ratio } from '../lib/statistics.mjs'

const LENGTHS = [40, 80, 160, 320, 640, 1280, 2000]
const DISTINCT = 1_000_000
const TENTHS = 10
const BATCH = 10_000

const ofLength = (length, n) => flat(`https://example.com/?n=${n}&`.padEnd(length, 'abcdefgh/'))

/** A row for each length. */
export async function lengths(wx, best) {
  const contenders = {}
  for (const length of LENGTHS) {
    const urls = Array.from({ length: 256 }, (_, n) => ofLength(length, n))
    contenders[`${length}`] = loop((url) => wx.tryConfig(url), urls)
    contenders[`${length} best`] = loop(best, urls)
  }
  const times = await interleave(contenders, { rounds: Math.min(ROUNDS, 60) })
  return {
    title: 'How time grows with the URL',
    columns: ['characters', 'wxsign, ns', 'best JavaScript, ns', '× wxsign'],
    rows: LENGTHS.map((length) => [
      length,
      figure(median(times[length])),
      figure(median(times[`${length} best`])),
      figure(ratio(times[`${length} best`], times[length]).median),
    ]),
    note: 'SHA-1 takes a block for each 64 bytes, and nothing but the hash sees the URL more than once.',
  }
}

/** Signs a million URLs that it never saw before: a row for each tenth. */
export function distinct(wx) {
  const rows = []
  const each = DISTINCT / TENTHS
  let before = 0
  // The first three tenths are not of the million: V8 grows its heap once.
  for (let tenth = -2; tenth <= TENTHS; tenth++) {
    let microseconds = 0
    for (let n = 0; n < each; n += BATCH) {
      const urls = Array.from({ length: BATCH }, (_, at) => ofLength(80, (tenth + 2) * each + n + at))
      const began = process.cpuUsage()
      for (const url of urls) wx.tryConfig(url)
      const { user, system } = process.cpuUsage(began)
      microseconds += user + system
    }
    globalThis.gc()
    const rss = process.memoryUsage.rss()
    if (tenth === 0) before = rss
    if (tenth < 1) continue
    const signed = (tenth * each).toLocaleString('en')
    rows.push([signed, figure((microseconds * 1000) / each), ((rss - before) / 2 ** 20).toFixed(1)])
  }
  return {
    title: 'A million different URLs',
    columns: ['signed so far', "ns of a processor's time for one, in this tenth", 'memory added, MiB'],
    rows,
    note: 'Nothing is kept of a URL that was signed: neither time nor memory grows.',
  }
}
