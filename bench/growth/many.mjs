// Many processes on one store, and many workers in one process: what a signature costs, and how many requests were
// made.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { figure } from '../lib/report.mjs'
import { ROOT, startSandbox } from '../lib/sandbox.mjs'
import { median } from '../lib/statistics.mjs'

const SIGNER = fileURLToPath(new URL('signer.cjs', import.meta.url))
const PROCESSES = [1, 2, 4, 8, 16]
const WORKERS = [1, 2, 4, 8, 16, 32]
const SIGNATURES = 200_000

const requests = ({ stable_token, getticket }) => `${stable_token} + ${getticket}`

/** Has all of them begin at once, then has all sign, and gives what each answered. */
async function together(signers, tell) {
  const ended = Promise.all(signers.map((signer) => once(signer, 'exit')))
  const heard = () => Promise.all(signers.map(async (signer) => (await once(signer, 'message'))[0]))
  const told = () => {
    const answers = heard()
    for (const signer of signers) tell(signer)
    return answers
  }
  await heard()
  await told()
  const began = process.cpuUsage()
  const answers = await told()
  const { user, system } = process.cpuUsage(began)
  await ended
  return { answers, ownNs: (user + system) * 1000 }
}

export async function manyProcesses() {
  const rows = []
  for (const number of PROCESSES) {
    const sandbox = await startSandbox()
    const dir = mkdtempSync(join(tmpdir(), 'wxsign-bench-'))
    const options = { ...sandbox.options, allowedHosts: ['example.com'], store: { dir } }
    const told = JSON.stringify({ root: ROOT, options, signatures: SIGNATURES })
    const signers = Array.from({ length: number }, () => fork(SIGNER, [told], { execArgv: [] }))
    const { answers } = await together(signers, (signer) => signer.send('go'))
    rows.push([number, figure(median(answers)), requests(await sandbox.counts())])
    await sandbox.stop()
    rmSync(dir, { recursive: true })
  }
  return {
    title: 'Many processes on one store of files',
    columns: ['processes', "ns of a processor's time for a signature", 'requests in all, token + ticket'],
    rows,
    note: 'They begin at once, with an empty store: one of them fetches, the others wait for it.',
  }
}

export async function manyWorkers() {
  const rows = []
  for (const number of WORKERS) {
    const sandbox = await startSandbox()
    const options = { ...sandbox.options, allowedHosts: ['example.com'] }
    const workerData = { root: ROOT, options, signatures: SIGNATURES }
    const signers = Array.from({ length: number }, () => new Worker(SIGNER, { workerData }))
    // A worker cannot tell its own time from that of the process.
    const { ownNs } = await together(signers, (signer) => signer.postMessage('go'))
    rows.push([number, figure(ownNs / (SIGNATURES * number)), requests(await sandbox.counts())])
    await sandbox.stop()
  }
  return {
    title: 'Many workers in one process',
    columns: ['workers', "ns of a processor's time for a signature", 'requests in all, token + ticket'],
    rows,
    note: 'Each has a client of its own; they share one ticket.',
  }
}
