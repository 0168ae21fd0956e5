// The demo behind `make demo`: serves this project, signs one page, and prints what the stand-in
// for WeChat answers. README.md lists the variables that it reads.

import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import { greeting, intro, outcome } from './demo/print.mjs'
import { startSandbox } from './demo/sandbox.mjs'
import { hasAccount, portOf, settings } from './demo/settings.mjs'
import { pageCame, signed } from './demo/signed.mjs'

const { env } = process
const require = createRequire(import.meta.url)

/** Installs what the project needs, if it is missing or out of date. */
function install() {
  const dir = fileURLToPath(new URL('.', import.meta.url))
  const written = (file) => statSync(`${dir}${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0
  // npm writes the hidden lock file last.
  if (written('node_modules/.package-lock.json') >= written('package-lock.json')) return
  console.log('installing koa and weixin-js-sdk …')
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: dir,
    stdio: 'inherit',
  })
  if (done.status !== 0) throw new Error(`npm ci failed in examples/koa ${done.error?.message ?? ''}`)
}

/** Serves the application; gives its address and how to stop it. */
async function serve(appConfig, port) {
  const app = require('./app.js')(appConfig)
  const server = app.listen(port, '127.0.0.1')
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
  const stop = async () => {
    server.close()
    server.closeAllConnections()
    await app.context.wx.close()
  }
  return { address: `http://127.0.0.1:${server.address().port}/`, stop }
}

/** Does it all, and gives the exit code; what has to be stopped at the end is put on `stops`. */
async function run(once, stops) {
  const port = portOf(env)
  const real = hasAccount(env)
  install()
  // A sandbox that already runs is used as it is, and left running.
  const child = real || env.WX_SANDBOX ? undefined : await startSandbox()
  if (child) stops.push(child.stop)
  const sandbox = real ? undefined : env.WX_SANDBOX || child.address
  const { address, stop } = await serve(settings(require('./config'), sandbox, env), port)
  stops.push(stop)

  const url = env.URL || `${address}?from=demo&q=%E4%B8%AD%E6%96%87#top`
  console.log(intro({ address, sandbox }))
  const page = await pageCame(address)
  const results = [
    await signed(address, '/config', url, sandbox),
    await signed(address, '/legacy/config', url, sandbox),
  ]
  console.log(outcome({ url, page, results, sandbox }))
  if (once) return page && results.every((result) => result.right) ? 0 : 1

  console.log(greeting({ address, sandbox }))
  const never = new Promise(() => {})
  await (child?.ended ?? never)
  throw new Error('the sandbox ended')
}

// Without a terminal no user can press Ctrl-C. DEMO_ONCE=0 serves until it is stopped all the same.
const once = env.DEMO_ONCE ? env.DEMO_ONCE !== '0' : !process.stdout.isTTY
const stops = []
const signalled = new Promise((resolve) => {
  // Ctrl-C is how it ends when it goes on for ever; cut short before its answer, it has failed.
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => resolve(once ? 1 : 0))
})
try {
  process.exitCode = await Promise.race([run(once, stops), signalled])
} catch (error) {
  console.error(`demo: ${error.message}`)
  process.exitCode = 1
} finally {
  for (const stop of stops.reverse()) await stop()
}
