// What it costs to have many clients, each of an account of its own, in one process.

import { figure } from '../lib/report.mjs'
import { interleave, loop, pages, ROUNDS } from '../lib/rounds.mjs'
import { APP_SECRET, startSandbox } from '../lib/sandbox.mjs'
import { median } from '../lib/statistics.mjs'

const NUMBERS = [1, 10, 100, 1000]

export async function manyClients(createClient) {
  const most = NUMBERS.at(-1)
  const appIds = Array.from({ length: most }, (_, n) => `wxbench${String(n).padStart(11, '0')}`)
  const sandbox = await startSandbox(...appIds.flatMap((appId) => ['--app', `${appId}:${APP_SECRET}`]))
  const urls = pages()
  const clients = []
  const memory = {}
  const contenders = {}
  for (const number of NUMBERS) {
    const before = process.memoryUsage.rss()
    const more = appIds
      .slice(clients.length, number)
      .map((appId) => createClient({ ...sandbox.options, appId, allowedHosts: ['example.com'] }))
    await Promise.all(more.map((client) => client.config(urls[0])))
    clients.push(...more)
    globalThis.gc()
    memory[number] = (process.memoryUsage.rss() - before) / 1024 / more.length
    const some = clients.slice(0, number)
    let next = 0
    contenders[number] = loop((url) => {
      next = next + 1 === some.length ? 0 : next + 1
      return some[next].tryConfig(url)
    }, urls)
  }
  const times = await interleave(contenders, { rounds: Math.min(ROUNDS, 60) })
  const { stable_token, getticket } = await sandbox.counts()
  await Promise.all(clients.map((client) => client.close()))
  await sandbox.stop()
  return {
    title: 'Many clients in one process',
    columns: ['clients', 'ns of a signature', 'memory of each new one, KiB'],
    rows: NUMBERS.map((number) => [number, figure(median(times[number])), number < 100 ? '–' : figure(memory[number])]),
    note:
      'Each has an account of its own, and they sign in turns. Of few clients the memory is too little to be seen.\n' +
      `${most.toLocaleString('en')} clients made ${stable_token} requests for a token and ${getticket} for a ticket.`,
  }
}
