// The fault matrix at this binding: tests/matrix/cells.json has the cells and says what they mean.

const assert = require('node:assert/strict')
const { copyFileSync, existsSync, readFileSync, readdirSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { setTimeout: sleep } = require('node:timers/promises')
const { inspect } = require('node:util')
const { sign, WxSignError } = require('wxsign')
const { dir, sandbox } = require('./support/sandbox')
const matrix = require('../matrix/cells.json')

const PAGE = 'https://example.com/page'
/** Those of 公众号. */
const CELLS = matrix.cells.filter(({ token_api }) => token_api !== 'work')
/** Cells at once. They wait for most of their time. */
const WORKERS = 32

/** Runs with a `t` of its own: what a cell needs goes away with it. */
async function scoped(run) {
  const ends = []
  try {
    return await run({ after: (end) => ends.unshift(end) })
  } finally {
    for (const end of ends) await end()
  }
}

/** A directory with the records that a cell begins with, and what they hold. */
async function seed(t, wechat, cell) {
  const [born, home] = [dir(t), dir(t)]
  const first = wechat.client({ tokenApi: cell.token_api, store: { dir: born } })
  const values = { ticket: await first.ticket(), token: await first.accessToken() }
  const names = {}
  for (const kind of ['token', 'ticket']) {
    names[kind] = readdirSync(born).find((name) => name.endsWith(`.${kind}.json`))
    const left = cell.seed[kind]
    if (left === undefined) continue
    // Copied for the file's mode.
    copyFileSync(join(born, names[kind]), join(home, names[kind]))
    const record = JSON.parse(readFileSync(join(home, names[kind]), 'utf8'))
    const seen = Date.now() + left - record.life
    Object.assign(record, { fetched_at: seen, first_seen: seen, age_known: true, next_check: 0 })
    record.expires_at = seen + record.life
    writeFileSync(join(home, names[kind]), JSON.stringify(record))
  }
  return { dir: home, value: values[cell.ask], file: join(home, names[cell.ask]) }
}

/** Everything that can be read from a value. */
function shown(value) {
  return inspect(value, { depth: 20, showHidden: true, getters: true }) + JSON.stringify(value) + String(value)
}

async function run(t, cell) {
  const wrong = []
  const said = []
  const check = (holds, what) => holds || wrong.push(what)
  const wechat = await sandbox(t)
  const { dir, value, file } = await seed(t, wechat, cell)
  await wechat.fault(cell.fault)
  const before = await wechat.counts()
  const wx = wechat.client({
    tokenApi: cell.token_api,
    store: { dir },
    timeoutMs: cell.timeout_ms,
    onEvent: (event) => said.push(shown(event)),
  })
  const inFile = () => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).value : undefined)
  const settle = async (is) => {
    const end = performance.now() + matrix.settled_within_ms
    while (!(await is()) && performance.now() < end) await sleep(20)
  }

  /** What a call gave, as a test of the value that it may come from. */
  async function served(again) {
    if (cell.ask === 'ticket' && again) {
      const { nonceStr, timestamp, signature } = await wx.config(PAGE)
      return (ticket = '') => signature === sign({ ticket, nonceStr, timestamp, url: PAGE }).signature
    }
    const got = await (cell.ask === 'ticket' ? wx.ticket() : wx.accessToken())
    return (value) => got === value
  }

  /** Asks, checks what the caller gets, and gives how long that took. For a ticket, `again` asks for a page's config. */
  async function ask(again) {
    const began = performance.now()
    let outcome
    try {
      const comesFrom = await served(again)
      outcome = comesFrom(value) || comesFrom(inFile()) ? 'OK' : 'another value'
    } catch (error) {
      const { code, errcode, retryable, message, stack, hint, hintZh, cause } = error
      said.push(shown(error), shown(cause), `${message} ${stack} ${hint} ${hintZh}`)
      check(error instanceof WxSignError, 'not our error')
      check(
        (errcode ?? 0) === cell.errcode && retryable === cell.retryable,
        `errcode ${errcode}, retryable ${retryable}`,
      )
      outcome = code
    }
    check(outcome === cell.caller, `got ${outcome}`)
    return performance.now() - began
  }

  for (let i = 0; i < (cell.fetch === 'TIMEOUT' ? 2 : 1); i++) {
    const took = await ask(i > 0)
    // The two clocks need not agree on a millisecond.
    check(took >= cell.at_least_ms - 1 && took <= cell.within_ms, `took ${took} ms`)
  }
  if (!['OK', 'TIMEOUT'].includes(cell.fetch)) {
    await settle(() => wx.state()[cell.faulty].retryAtMs !== null)
    for (let i = 0; i < matrix.again; i++) {
      const took = await ask(true)
      check(took <= matrix.again_within_ms, `waited ${took} ms at the cooldown`)
    }
    const { lastError, retryAtMs } = wx.state()[cell.faulty]
    check(lastError === cell.fetch && retryAtMs > Date.now(), `state() names ${lastError}, due ${retryAtMs}`)
  }

  const want = [cell.tokens, cell.tickets, 0]
  const spent = async () => {
    const { token, stable_token, getticket, other } = await wechat.counts()
    return [token + stable_token - before.token - before.stable_token, getticket - before.getticket, other]
  }
  await settle(async () => String(await spent()) === String(want))
  check(String(await spent()) === String(want), `${await spent()} requests instead of ${want}`)
  await settle(() => cell.fetch !== 'OK' || inFile() !== undefined)
  const kept = cell.fetch === 'OK' ? inFile() !== undefined : inFile() === (cell.ask in cell.seed ? value : undefined)
  check(kept, 'the file was lost or made up')

  said.push(shown(wx), shown(wx.state()))
  for (const canary of matrix.canaries) {
    const where = said.find((text) => text.includes(canary))
    check(where === undefined, `a secret in ${where}`)
  }
  return wrong
}

/** Every fault in every state at every endpoint does what the matrix says. */
test('every cell of the fault matrix holds', async (t) => {
  const warnings = []
  const hear = (warning) => warnings.push(shown(warning))
  process.on('warning', hear)
  t.after(() => process.off('warning', hear))
  const queue = CELLS.values()
  const broken = []
  let ran = 0
  const worker = async () => {
    for (const cell of queue) {
      const wrong = await scoped((t) => run(t, cell)).catch((error) => [inspect(error)])
      if (wrong.length) broken.push(`${cell.name}: ${wrong.join('; ')}`)
      ran++
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, worker))
  assert.equal(broken.length, 0, `${broken.length} of ${CELLS.length} cells:\n${broken.join('\n')}`)
  assert.equal(ran, CELLS.length, 'cells that ran')
  assert.deepEqual(warnings, [])
})
