// The project as the tests run it: each starts its own application and sandbox, on free ports.

import { createRequire } from 'node:module'

import { ACCOUNT, startSandbox } from '../demo/sandbox.mjs'

const createApp = createRequire(import.meta.url)('../app.js')

/** Starts both; `stop` ends both. */
export async function startProject(settings) {
  const sandbox = await startSandbox()
  const appConfig = { ...ACCOUNT, wxapiBaseUrl: sandbox.address, sandbox: sandbox.address, store: 'memory' }
  const app = createApp({ ...appConfig, allowedHosts: '*', ...settings })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = `http://127.0.0.1:${server.address().port}`
  /** Asks a route about a page. */
  const ask = (route, url) => fetch(`${address}${route}?url=${encodeURIComponent(url)}`)
  /** Talks to the sandbox's control endpoints. */
  const control = (path, body) =>
    fetch(`${sandbox.address}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body ?? {}) })
  const stop = async () => {
    server.close()
    server.closeAllConnections()
    await app.context.wx.close()
    await sandbox.stop()
  }
  return { address, sandbox: sandbox.address, ask, control, stop }
}
