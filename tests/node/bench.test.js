// What `make bench` and `make bench-check` compute from what they measured. No speed is asserted
// here.

const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')

const BENCH = join(__dirname, '../../bench')
const load = (name) => import(join(BENCH, 'lib', name))
const { gates } = JSON.parse(readFileSync(join(BENCH, 'gates.json'), 'utf8'))

// From a run on a loaded machine: in the second round both took twice as long.
const GROUPS = {
  'node.sync': { ours: [200, 400, 201, 199], theirs: [610, 1220, 603, 597] },
  'rust.sign': { ours: [150, 300, 150, 150], blocks: [100, 200, 100, 100] },
  'load.size': { addon: [2.74] },
}
const gate = (more) => ({ name: 'a gate', group: 'node.sync', of: 'theirs', over: 'ours', ...more })

test('a ratio is the median of the ratios of each round', async () => {
  const { ratio } = await load('statistics.mjs')
  // The medians of the two are 20 and 30; round by round, the second is three times the first.
  assert.equal(ratio([30, 3, 300, 30, 30], [10, 1, 100, 20, 30]).median, 3)
  assert.equal(ratio([600, 1800], [200, 600]).median, 3)
})

/** Bench-check: holds, falls short, and cannot be judged. */
test('a gate holds, falls short, or is not judged', async () => {
  const { judge, exitCode, EXIT } = await load('gates.mjs')
  const run = (...wanted) => {
    const judged = judge({ rounds: 4, gates: wanted }, GROUPS, ['node', 'rust', 'load'])
    return [judged.map(({ verdict }) => verdict).join(' '), exitCode(judged)]
  }
  assert.deepEqual(run(gate({ least: 3 })), ['holds', EXIT.holds])
  assert.deepEqual(run(gate({ least: 3.1 })), ['short', EXIT.short])
  const rust = { group: 'rust.sign', of: 'ours', over: 'blocks' }
  assert.deepEqual(run(gate({ ...rust, most: 1.5 })), ['holds', EXIT.holds])
  assert.deepEqual(run(gate({ ...rust, most: 1.49 })), ['short', EXIT.short])
  const across = { of: 'ours', over: 'ours', overGroup: 'rust.sign' }
  assert.deepEqual(run(gate({ ...across, most: 1.5 })), ['holds', EXIT.holds], 'over a contender of another program')
  assert.deepEqual(run(gate({ ...across, most: 1.3 })), ['short', EXIT.short])
  const size = { group: 'load.size', of: 'addon', over: undefined }
  assert.deepEqual(run(gate({ ...size, most: 3 })), ['holds', EXIT.holds], 'a size needs one number')
  assert.deepEqual(run(gate({ ...size, most: 2.7 })), ['short', EXIT.short])
  assert.deepEqual(run(gate({ of: 'absent', least: 1 })), ['unjudged', EXIT.unjudged])
  assert.deepEqual(run(gate({ over: 'absent', least: 1 })), ['unjudged', EXIT.unjudged])
  assert.deepEqual(run(gate({ group: 'node.lost', least: 1 })), ['unjudged', EXIT.unjudged])
  assert.deepEqual(run(gate({ of: 'absent', least: 1 }), gate({ least: 9 })), ['unjudged short', EXIT.short])
  assert.deepEqual(run(), ['', EXIT.unjudged], 'nothing judged is no pass')
})

/** Bench-check judges nothing by too few rounds, nor on a processor without SHA-1 instructions. */
test('without SHA-1 instructions nothing is judged', async () => {
  const { refusal } = await load('gates.mjs')
  const here = { rounds: 40, sha1Instructions: true }
  assert.equal(refusal({ rounds: 40 }, here), undefined)
  assert.match(refusal({ rounds: 40 }, { ...here, rounds: 39 }), /40 rounds or more, not 39/)
  assert.match(refusal({ rounds: 40 }, { ...here, sha1Instructions: false }), /SHA-NI/)
  assert.match(refusal({ rounds: 40 }, { ...here, sha1Instructions: undefined }), /SHA-NI/)
})

/** Every gate has its own name, a bound, and a group that the report shows. */
test('every gate has a name, a bound and a group', async () => {
  const { SECTIONS } = await load('layout.mjs')
  const shown = new Set(SECTIONS.flatMap(({ groups }) => groups.map(({ id }) => id)))
  assert.ok(gates.length > 10)
  assert.equal(new Set(gates.map(({ name }) => name)).size, gates.length)
  for (const { name, group, least, most } of gates) {
    assert.ok(shown.has(group), `${name}: ${group}`)
    assert.ok((least === undefined) !== (most === undefined), name)
  }
})

/** The report has a row for each contender, and says which promise falls short. */
test('the report names the promises that fall short', async () => {
  const { report } = await load('report.mjs')
  const { judge } = await load('gates.mjs')
  const groups = { 'c.config': { wxsign_client_config: [200, 210], 'OpenSSL SHA1(), tuned': [1000, 1050] } }
  const wanted = {
    name: 'a promise',
    group: 'c.config',
    of: 'OpenSSL SHA1(), tuned',
    over: 'wxsign_client_config',
    least: 6,
    aim: 8,
  }
  const judged = judge({ rounds: 2, gates: [wanted] }, groups, ['c'])
  const text = report({ machine: 'a machine', rounds: 2, groups, judged })
  assert.match(text, /^\| OpenSSL SHA1\(\), tuned +\| +1,025 \| +1,013 – 1,038 \| +5\.00 \|/m)
  assert.match(text, /^\| \*\*wxsign_client_config\*\* +\| +205 \|.*\| +1 \|/m)
  assert.match(text, /^\| a promise +\| +≥ 6 \| +8 \| +5\.00 \|.*\*\*falls short\*\* \|$/m)
  assert.match(text, /a machine; 2 rounds;/)
})

/** The Chinese page is the English one, translated; every gate that a report may name has its words. */
test('the Chinese report is the English one', async () => {
  const { chinese, words } = await load('chinese.mjs')
  const docs = join(__dirname, '../../docs')
  const english = readFileSync(join(docs, 'performance.md'), 'utf8')
  assert.equal(readFileSync(join(docs, 'zh/performance.md'), 'utf8'), chinese(english))
  for (const { name } of gates) assert.match(words(name), /[\u4e00-\u9fff]/, name)
  assert.throws(() => words('a contender without a translation'), /has no translation/)
})
