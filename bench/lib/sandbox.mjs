// The stand-in for WeChat that the clients get their tickets from.

import { fileURLToPath } from 'node:url'

import { ACCOUNT, startSandbox as start } from '../../examples/koa/demo/sandbox.mjs'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const { appId: APP_ID, appSecret: APP_SECRET } = ACCOUNT

/** Starts one and gives its address; it ends with this process, or by `stop`. */
export async function startSandbox(...args) {
  const { address: url, stop } = await start(...args)
  const counts = async () => (await fetch(`${url}/_sandbox/counts`)).json()
  return { url, stop, counts, options: { appId: APP_ID, appSecret: APP_SECRET, baseUrl: url, store: 'memory' } }
}
