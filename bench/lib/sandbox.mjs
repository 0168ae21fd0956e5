// The stand-in for WeChat that the clients get their tickets from.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const APP_ID = 'wx5823bf96d3bd56c7'
export const APP_SECRET = '0123456789abcdef0123456789abcdef'

/** Starts one and gives its address; it ends with this process, or by `stop`. */
export async function startSandbox(...args) {
  const program = `${ROOT}build/bin/wxsign-sandbox`
  const child = spawn(program, ['--exit-with-parent', ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(createInterface(child.stdout), 'line')
  const url = /http:\S+/.exec(line)[0]
  const stop = async () => {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  }
  const counts = async () => (await fetch(`${url}/_sandbox/counts`)).json()
  return { url, stop, counts, options: { appId: APP_ID, appSecret: APP_SECRET, baseUrl: url, store: 'memory' } }
}
