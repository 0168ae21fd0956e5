// Options from the environment, read when they are asked for and not before.

import { fs } from './builtin'
import * as check from './check'
import { type Client, createClient } from './client'
import { fail, invalid } from './error'
import { type ClientOptions, OPTION_NAMES } from './options'

/** What the environment says; nothing is required here. An empty variable counts as one that is not set. */
export function optionsFromEnv(): ClientOptions {
  const appSecret = variable('WX_APP_SECRET')
  const file = variable('WX_APP_SECRET_FILE')
  if (appSecret && file) throw invalid('WX_APP_SECRET and WX_APP_SECRET_FILE exclude each other')
  const store = variable('WXSIGN_STORE')
  const isAddress = store === 'memory' || store?.includes('://')
  const options: ClientOptions = {
    appId: variable('WX_APP_ID'),
    appSecret: file ? secretIn(file) : appSecret,
    baseUrl: variable('WX_BASE_URL'),
    allowedHosts: variable('WX_ALLOWED_HOSTS'),
    store: store === undefined || isAddress ? store : { dir: store },
  }
  return without(undefined, options)
}

/**
 * Makes a client with options from the environment: `WX_APP_ID`, `WX_APP_SECRET` or `WX_APP_SECRET_FILE` (a file with
 * nothing but the secret), `WX_BASE_URL` and `WX_ALLOWED_HOSTS` (one, or several with commas between them) and
 * `WXSIGN_STORE` (a directory, `redis://…`, or `memory`). What is passed here comes before the environment.
 *
 * @throws WxSignError `INVALID_ARGUMENT` if something is missing or wrong.
 *
 * @example
 * const wx = clientFromEnv({ allowedHosts: ['example.com'] })
 */
export function clientFromEnv(options: ClientOptions = {}): Client {
  const passed = without(undefined, check.record('the options of clientFromEnv()', options, OPTION_NAMES))
  const found = optionsFromEnv()
  // The caller's own token takes the place of the secret.
  if (Object.hasOwn(passed, 'accessToken')) delete found.appSecret
  const all: ClientOptions = Object.assign(Object.create(null), found, passed)
  if (all.appId === undefined) throw invalid('WX_APP_ID is not set, and no appId was passed')
  if (all.appSecret === undefined && all.accessToken === undefined) {
    throw invalid('neither WX_APP_SECRET nor WX_APP_SECRET_FILE is set, and no appSecret was passed')
  }
  return createClient(all)
}

function variable(name: string): string | undefined {
  const value = process.env[name]
  return value === undefined || value === '' ? undefined : check.setting(name, value)
}

function secretIn(file: string): string {
  let text: string
  try {
    text = fs().readFileSync(file, 'utf8')
  } catch (error) {
    // Without the file's name: some people put the secret itself there.
    const cause = new Error(String((error as { code?: unknown }).code ?? 'unreadable'))
    throw fail('INVALID_ARGUMENT', 'the file that WX_APP_SECRET_FILE names cannot be read', { cause })
  }
  if (text.trim() === '') throw invalid('the file that WX_APP_SECRET_FILE names is empty')
  return check.setting('the secret in the file that WX_APP_SECRET_FILE names', text)
}

/** The same names and values, but for those of this value. */
function without<T extends object>(value: unknown, from: T): T {
  const kept = Object.create(null)
  for (const [name, own] of Object.entries(from)) if (own !== value) kept[name] = own
  return kept
}
