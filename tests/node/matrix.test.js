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
/** Cells at once. They wait for most of their time. */
const WORKERS = 32

/** Runs with its own `t`: what a cell needs goes away with it. */
async function scoped(run) {
  const ends = []
  try {
    return await run({ after: (end) => ends.unshift(end) })
  } finally {
    for (const end of ends) await end()
  }
}

/** A client of the account that a cell is about. */
function client(wechat, cell, more) {
  return cell.token_api === 'work' ? wechat.work(more) : wechat.client({ tokenApi: cell.token_api, ...more })
}

/** A directory with the records that a cell begins with, and what they hold. */
async function seed(t, wechat, cell) {
  const [born, home] = [dir(t), dir(t)]
  const first = client(wechat, cell, { store: { dir: born } })
  await first.ticket()
  const kinds = ['token', 'ticket']
  if (cell.token_api === 'work') {
    await first.agentConfig(PAGE)
    kinds.push('agent_ticket')
  }
  const names = {}
  for (const kind of kinds) {
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
  const { value } = JSON.parse(readFileSync(join(born, names[cell.ask]), 'utf8'))
  return { dir: home, value, file: join(home, names[cell.ask]) }
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
  const wx = client(wechat, cell, {
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
    if (cell.ask === 'agent_ticket' || (cell.ask === 'ticket' && again)) {
      const { nonceStr, timestamp, signature } = await (cell.ask === 'ticket' ? wx.config(PAGE) : wx.agentConfig(PAGE))
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
    const look = () => wx.state()[cell.faulty === 'agent_ticket' ? 'agentTicket' : cell.faulty]
    await settle(() => look() && look().retryAtMs !== null)
    for (let i = 0; i < matrix.again; i++) {
      const took = await ask(true)
      check(took <= matrix.again_within_ms, `waited ${took} ms at the cooldown`)
    }
    const { lastError, retryAtMs } = look()
    check(lastError === cell.fetch && retryAtMs > Date.now(), `state() names ${lastError}, due ${retryAtMs}`)
  }

  const want = [cell.tokens, cell.tickets, 0]
  const spent = async () => {
    const now = await wechat.counts()
    const since = (...names) => names.reduce((sum, name) => sum + now[name] - before[name], 0)
    const tickets = since('getticket', 'get_jsapi_ticket', 'ticket_get')
    return [since('token', 'stable_token', 'gettoken'), tickets, now.other]
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
  const queue = matrix.cells.values()
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
  assert.equal(broken.length, 0, `${broken.length} of ${matrix.count} cells:\n${broken.join('\n')}`)
  assert.equal(ran, matrix.count, 'cells that ran')
  assert.deepEqual(warnings, [])
})
