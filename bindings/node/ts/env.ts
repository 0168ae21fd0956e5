// Options from the environment, read when they are asked for and not before.

import * as check from './check'
import { type Client, createClient } from './client'
import { fs } from './core'
import { fail, invalid } from './error'
import { type ClientOptions, OPTION_NAMES } from './options'

/** What the environment says; nothing is demanded of it here. */
export function optionsFromEnv(): ClientOptions {
  const { WX_APP_ID, WX_APP_SECRET, WX_APP_SECRET_FILE, WX_BASE_URL, WXSIGN_STORE } = process.env
  if (WX_APP_SECRET && WX_APP_SECRET_FILE) throw invalid('WX_APP_SECRET and WX_APP_SECRET_FILE exclude each other')
  const options: ClientOptions = {}
  if (WX_APP_ID) options.appId = WX_APP_ID
  if (WX_APP_SECRET) options.appSecret = WX_APP_SECRET
  if (WX_APP_SECRET_FILE) options.appSecret = secretIn(WX_APP_SECRET_FILE)
  if (WX_BASE_URL) options.baseUrl = listed(WX_BASE_URL)
  if (WXSIGN_STORE) {
    const word = WXSIGN_STORE === 'memory' || WXSIGN_STORE.includes('://')
    options.store = word ? (WXSIGN_STORE as 'memory') : { dir: WXSIGN_STORE }
  }
  return options
}

/**
 * Makes a client with options from the environment: `WX_APP_ID`, `WX_APP_SECRET` or `WX_APP_SECRET_FILE` (a file with
 * nothing but the secret), `WX_BASE_URL` (one, or several with commas between them) and `WXSIGN_STORE` (a directory, or
 * `memory`). What is passed here comes before what is there.
 *
 * @throws WxSignError `INVALID_ARGUMENT` where something is missing or wrong.
 *
 * @example
 * const wx = clientFromEnv({ allowedHosts: ['example.com'] })
 */
export function clientFromEnv(options: ClientOptions = {}): Client {
  const given = Object.entries(check.record('the options of clientFromEnv()', options, OPTION_NAMES))
  const said = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as ClientOptions
  const found = optionsFromEnv()
  // A token of the caller's own takes the place of the secret.
  if (said.accessToken !== undefined) delete found.appSecret
  const all = { ...found, ...said }
  if (all.appId === undefined) throw invalid('WX_APP_ID is not set, and no appId was passed')
  if (all.appSecret === undefined && all.accessToken === undefined) {
    throw invalid('neither WX_APP_SECRET nor WX_APP_SECRET_FILE is set, and no appSecret was passed')
  }
  return createClient(all)
}

function secretIn(path: string): string {
  let text: string
  try {
    text = fs().readFileSync(path, 'utf8')
  } catch (cause) {
    throw fail('INVALID_ARGUMENT', 'the file that WX_APP_SECRET_FILE names cannot be read', { cause })
  }
  // Editors end a file with a line break.
  const secret = text.trim()
  if (secret === '') throw invalid('the file that WX_APP_SECRET_FILE names is empty')
  return secret
}

function listed(value: string): string | string[] {
  const urls = value.split(',').map((url) => url.trim())
  return urls.length === 1 ? value : urls
}
