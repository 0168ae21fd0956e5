// The visitors, in their own process: 64 connections to each server, each with one
// request under way. For a port and a time it answers how many requests were served in that time,
// and how long those waited.

import { once } from 'node:events'
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { pages } from '../lib/rounds.mjs'
import { quantile } from '../lib/statistics.mjs'

const CONNECTIONS = 64
const OK = 'HTTP/1.1 200 OK\r\n'
const BRACE = '}'.charCodeAt(0)
const requests = pages().map((url) =>
  Buffer.from(`GET /config?url=${encodeURIComponent(url)} HTTP/1.1\r\nHost: example.com\r\n\r\n`),
)
let next = 0
let waits = []
let until = 0

class Visitor {
  #socket
  #partial = false
  #asked = 0
  #done

  static async to(port) {
    const visitor = new Visitor()
    visitor.#socket = connect(port, '127.0.0.1').setNoDelay(true)
    visitor.#socket.on('data', (chunk) => visitor.#read(chunk))
    await once(visitor.#socket, 'connect')
    return visitor
  }

  /** Asks again and again until the time is up, and for no answer longer than it takes. */
  visit() {
    return new Promise((resolve) => {
      this.#done = resolve
      this.#ask()
    })
  }

  #ask() {
    this.#asked = performance.now()
    this.#socket.write(requests[next++ % requests.length])
  }

  // As little as can be done: the visitors must not be slower than the servers. The answer's body
  // is one flat JSON object, so its only closing brace is its end.
  #read(chunk) {
    if (!this.#partial && chunk.latin1Slice(0, OK.length) !== OK) throw new Error(chunk.latin1Slice(0, 200))
    this.#partial = chunk[chunk.length - 1] !== BRACE
    if (this.#partial) return
    const now = performance.now()
    if (now >= until) return this.#done()
    waits.push(now - this.#asked)
    this.#ask()
  }
}

const crowds = new Map()

process.on('message', async ({ port, ms }) => {
  if (!crowds.has(port)) {
    crowds.set(port, await Promise.all(Array.from({ length: CONNECTIONS }, () => Visitor.to(port))))
  }
  waits = []
  const before = process.cpuUsage()
  until = performance.now() + ms
  await Promise.all(crowds.get(port).map((visitor) => visitor.visit()))
  const { user, system } = process.cpuUsage(before)
  process.send({
    cpu: user + system,
    served: waits.length,
    rate: (waits.length * 1000) / ms,
    p99: quantile(waits, 0.99),
  })
})
process.on('disconnect', () => process.exit())
