// worker_threads: each loads the addon, shares what its process keeps, and may die at any
// moment.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { join } = require('node:path')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const { sign } = require('wxsign')
const { sandbox } = require('./support/sandbox')

const PAGE = 'https://example.com/'
// Six workers each; SOAK=1 makes them three hundred.
const ROUNDS = process.env.SOAK ? 50 : 10
const STORMS = process.env.SOAK ? 100 : 1

function start(workerData) {
  return new Worker(join(__dirname, 'support/worker.js'), { workerData })
}

/** The first message that has this name. */
async function message(worker, name) {
  for await (const [value] of require('node:events').on(worker, 'message')) if (name in value) return value
}

for (let storm = 1; storm <= STORMS; storm++) {
  /** Thirty-two cold workers at once cost one token and one ticket (${storm}). */
  test(`32 cold workers: one token, one ticket (${storm})`, async (t) => {
    const wechat = await sandbox(t)
    const { options } = wechat
    // Asks for nothing: it only keeps what the first worker fetched from going with that worker.
    const client = wechat.client()
    const workers = Array.from({ length: 32 }, () => start({ options, task: 'sign' }))
    const exits = workers.map((worker) => once(worker, 'exit'))
    const answers = await Promise.all(workers.map((worker) => message(worker, 'done')))
    for (const { config } of answers) assert.equal((await wechat.verify(config, PAGE)).ok, true)
    await Promise.all(exits)
    assert.equal(client.state().ticket.freshness, 'fresh')
    assert.equal((await wechat.counts()).total, 2)
  })
}

/** Forty workers load the addon and sign, with one fetch for all of them and their process. */
test('forty workers share one fetch', async (t) => {
  const wechat = await sandbox(t)
  const { options } = wechat
  const expected = sign({ ticket: 'T', url: PAGE, nonceStr: 'N', timestamp: 1 }).signature
  // The process itself holds on to what the workers share, as a server's main thread would.
  const ticket = await wechat.client().ticket()
  for (let round = 0; round < 5; round++) {
    const workers = Array.from({ length: 8 }, () => start({ options, task: 'sign' }))
    const exits = workers.map((worker) => once(worker, 'exit'))
    const answers = await Promise.all(workers.map((worker) => message(worker, 'done')))
    for (const { signature, config } of answers) {
      assert.equal(signature, expected)
      assert.equal((await wechat.verify(config, PAGE)).ok, true)
    }
    // They close nothing, and end by themselves.
    for (const [code] of await Promise.all(exits)) assert.equal(code, 0)
  }
  assert.ok(ticket.startsWith('TICKET'))
  assert.equal((await wechat.counts()).total, 2)
})

/** ${6 * ROUNDS} workers are terminated in flight, and the process signs on. */
test('workers terminated in flight harm nothing', async (t) => {
  const wechat = await sandbox(t)
  const { options } = wechat
  const token = await wechat.token()
  await wechat.fault({ endpoint: 'any', kind: 'hang' })
  let count = 0
  for (let round = 0; round < ROUNDS; round++) {
    const workers = Array.from({ length: 6 }, () => start({ options, token, task: 'wait', count: count++ }))
    // Some die while they wait, some in the middle of a start, some while the service answers all
    // at once.
    const [early, ...others] = workers
    const ends = [early.terminate()]
    await Promise.all(others.map((worker) => message(worker, 'waiting')))
    if (round % 2) wechat.clear()
    ends.push(...others.map((worker) => worker.terminate()))
    await Promise.all(ends)
    if (round % 2) await wechat.fault({ endpoint: 'any', kind: 'hang' })
  }
  await wechat.clear()
  // By the other interface: the broken requests have put a cooldown under the one that the workers
  // used.
  const wx = wechat.client({ tokenApi: 'classic' })
  assert.equal((await wechat.verify(await wx.config(PAGE), PAGE)).ok, true)
})
