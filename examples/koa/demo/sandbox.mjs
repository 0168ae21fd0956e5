// wxsign's stand-in for WeChat, as a child process, and its verdict on a signature.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const BINARY = fileURLToPath(new URL('../../../build/bin/wxsign-sandbox', import.meta.url))

/** The account that every sandbox knows. */
export const ACCOUNT = { appId: 'wx5823bf96d3bd56c7', appSecret: '0123456789abcdef0123456789abcdef' }

/** Starts a sandbox on a free port: its address, a promise that settles when it ends, and how to end it. */
export async function startSandbox(...args) {
  if (!existsSync(BINARY))
    throw new Error('build/bin/wxsign-sandbox is missing; in the root of the checkout, run: make build')
  // Ctrl-C does not reach another process group. The sandbox ends with its standard input, however
  // the demo ends.
  const child = spawn(BINARY, ['--exit-with-parent', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject))
  const first = createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  const line = (await Promise.race([first, ended.then(() => ({ value: '' }))])).value
  const address = /http:\S+/.exec(line)?.[0]
  if (address === undefined) throw new Error('the sandbox did not start')
  const stop = () => {
    child.stdin.end()
    return ended
  }
  return { address, ended, stop }
}

/** What WeChat would say of this signature on the page at `url`. */
export async function verdict(sandbox, url, { appId, timestamp, nonceStr, signature }) {
  const body = JSON.stringify({ url, appId, timestamp, nonceStr, signature })
  const answer = await fetch(`${sandbox}/verify`, { method: 'POST', body, signal: AbortSignal.timeout(5000) })
  return answer.json()
}
