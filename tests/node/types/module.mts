// The same types through import: one WxSignError, one Client. Compiled only, by coverage.test.js.

import { type Client, createClient, WxSignError } from 'wxsign'
import { sign } from 'wxsign/compat'
import { startMock } from 'wxsign/testing'

export const wx: Client = createClient({ appId: 'wx1', appSecret: 's' })
sign('wx1', 'T', 'U').signature satisfies string

const { WX_APP_ID, REDIS_URL } = process.env
export const shared = createClient({ appId: WX_APP_ID, store: REDIS_URL })

export const baseUrl = async (): Promise<string> => (await startMock()).baseUrl

export function hint(error: unknown): string | undefined {
  // @ts-expect-error there is no default export
  import('wxsign').then(({ nothing }) => nothing)
  return error instanceof WxSignError ? error.hintZh : undefined
}
