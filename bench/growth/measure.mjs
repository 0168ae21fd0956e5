// Whether a signature costs more with many clients, many processes, or many URLs. Prints JSON.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flat, interleave, loop, pages, SLOW_ROUNDS } from '../lib/rounds.mjs'
import { APP_SECRET, ROOT, startSandbox } from '../lib/sandbox.mjs'

const { createClient } = createRequire(import.meta.url)(`${ROOT}dist/index.js`)
const SIGNER = fileURLToPath(new URL('signer.cjs', import.meta.url))
const CLIENTS = 1000
const PROCESSES = 16
const BATCH = 10_000
const allowedHosts = ['example.com']

/** Each client has its own account; they sign in turns. */
async function clients() {
  const appIds = Array.from({ length: CLIENTS }, (_, n) => `wxbench${String(n).padStart(11, '0')}`)
  const sandbox = await startSandbox(...appIds.flatMap((appId) => ['--app', `${appId}:${APP_SECRET}`]))
  const all = appIds.map((appId) => createClient({ ...sandbox.options, appId, allowedHosts }))
  const urls = pages()
  // A process has 512 fetches under way at most, two for each of these.
  for (let from = 0; from < all.length; from += 100) {
    await Promise.all(all.slice(from, from + 100).map((client) => client.config(urls[0])))
  }
  const inTurns = (some) => {
    let next = 0
    return loop((url) => {
      next = next + 1 === some.length ? 0 : next + 1
      return some[next].tryConfig(url)
    }, urls)
  }
  const contenders = { 'one client': inTurns(all.slice(0, 1)), '1,000 clients': inTurns(all) }
  const times = await interleave(contenders, { rounds: SLOW_ROUNDS })
  await Promise.all(all.map((client) => client.close()))
  await sandbox.stop()
  return times
}

/** Processes that share one store of files: the processor's time of all of them for a signature. */
async function processes() {
  const sandbox = await startSandbox()
  const dir = mkdtempSync(join(tmpdir(), 'wxsign-bench-'))
  const options = JSON.stringify({ ...sandbox.options, allowedHosts, store: { dir } })
  const signers = Array.from({ length: PROCESSES }, () => fork(SIGNER, [ROOT, options], { execArgv: [] }))
  const ready = (signer) => once(signer, 'message')
  await Promise.all(signers.map(ready))
  const measured = async (some) => {
    const answers = some.map(ready)
    for (const signer of some) signer.send('sign')
    const ns = (await Promise.all(answers)).map(([each]) => each)
    return ns.reduce((sum, each) => sum + each, 0) / some.length
  }
  const times = { 'one process': [], '16 processes': [] }
  for (let round = 0; round < SLOW_ROUNDS; round++) {
    times['one process'].push(await measured(signers.slice(0, 1)))
    times['16 processes'].push(await measured(signers))
  }
  for (const signer of signers) signer.disconnect()
  await sandbox.stop()
  rmSync(dir, { recursive: true })
  return times
}

/** Signs a million URLs, none twice: the first of them and the last. */
async function urls() {
  const sandbox = await startSandbox()
  const client = createClient({ ...sandbox.options, allowedHosts })
  await client.ticket()
  let next = 0
  const batch = () => {
    const some = Array.from({ length: BATCH }, () => flat(`https://example.com/?n=${next++}`.padEnd(80, '&page')))
    const began = process.cpuUsage()
    for (const url of some) client.tryConfig(url)
    const { user, system } = process.cpuUsage(began)
    return ((user + system) * 1000) / BATCH
  }
  // V8 compiles, and grows its heap once.
  for (let n = 0; n < 20; n++) batch()
  next = 0
  const all = Array.from({ length: 1_000_000 / BATCH }, batch)
  await client.close()
  await sandbox.stop()
  return {
    'the first of a million URLs': all.slice(0, SLOW_ROUNDS),
    'the last of a million URLs': all.slice(-SLOW_ROUNDS),
  }
}

console.log(JSON.stringify({ groups: { growth: { ...(await clients()), ...(await processes()), ...(await urls()) } } }))
