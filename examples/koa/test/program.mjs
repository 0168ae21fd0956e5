// The demo as a separate program.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const DEMO = fileURLToPath(new URL('../demo.mjs', import.meta.url))

/** Starts the demo with these variables, and none of the account or the URL that the tester may have set. */
export function start(variables) {
  const { WX_APP_ID, WX_APP_SECRET, WX_SANDBOX, URL: _, PORT, DEMO_ONCE, ...env } = process.env
  const child = spawn(process.execPath, [DEMO], { env: { ...env, ...variables }, stdio: ['ignore', 'pipe', 'pipe'] })
  const program = { child, output: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      program.output += text
    })
  }
  program.closed = new Promise((resolve) => child.once('close', resolve))
  return program
}

/** Runs it to its end: the exit code, and all that it printed. */
export async function run(variables) {
  const program = start(variables)
  const code = await program.closed
  return { code, output: program.output }
}
