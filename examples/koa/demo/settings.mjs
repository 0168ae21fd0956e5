// Which account, which hosts and which URL the demo is about, from the environment.

import { ACCOUNT } from './sandbox.mjs'

/** Whether the demo signs for a real account instead of the sandbox's. */
export function hasAccount(env) {
  const [id, secret] = [Boolean(env.WX_APP_ID), Boolean(env.WX_APP_SECRET)]
  if (id !== secret) throw new Error('WX_APP_ID and WX_APP_SECRET belong together: set both, or neither')
  return id
}

/** The port that was asked for; 0 is any free one. */
export function portOf(env) {
  const port = Number(env.PORT || 0)
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port
  throw new Error('PORT must be a number from 0 to 65535')
}

/** The application's settings; `sandbox` is the address of the stand-in, if it is used. */
export function settings(appConfig, sandbox, env) {
  const allowedHosts = ['127.0.0.1', 'localhost', appConfig.allowedHosts, hostOf(env.URL)].filter(Boolean).join()
  if (sandbox === undefined) return { ...appConfig, sandbox, allowedHosts, demo: true }
  // Kept in memory: nothing of a demo stays behind on the disk.
  return { ...appConfig, ...ACCOUNT, wxapiBaseUrl: sandbox, sandbox, allowedHosts, store: 'memory', demo: true }
}

// The host of the URL to sign. One that cannot be read has none, and is then refused by the
// application itself.
function hostOf(url) {
  try {
    return url && new URL(url).hostname
  } catch {
    return undefined
  }
}
