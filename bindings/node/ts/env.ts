// Options from the environment, read when they are asked for and not before.

import { fs } from './builtin'

import check = require('./check')

import { type Client, createClient, type WorkClient } from './client'
import { fail, invalid } from './error'
import { type ClientOptions, OPTION_NAMES, type WorkOptions } from './options'

/** Options of either family, as the environment has them. */
type EnvOptions = Omit<ClientOptions, 'corpId' | 'agentId'> & {
  corpId?: string | undefined
  agentId?: string | number | undefined
}

/** What the environment says; nothing is required here. An empty variable counts as one that is not set. */
export function optionsFromEnv(): EnvOptions {
  const appSecret = variable('WX_APP_SECRET')
  const file = variable('WX_APP_SECRET_FILE')
  if (appSecret && file) throw invalid('WX_APP_SECRET and WX_APP_SECRET_FILE exclude each other')
  const store = variable('WXSIGN_STORE')
  const isAddress = store === 'memory' || store?.includes('://')
  const options: EnvOptions = {
    appId: variable('WX_APP_ID'),
    corpId: variable('WX_CORP_ID'),
    agentId: variable('WX_AGENT_ID'),
    appSecret: file ? secretIn(file) : appSecret,
    baseUrl: variable('WX_BASE_URL'),
    allowedHosts: variable('WX_ALLOWED_HOSTS'),
    store: store === undefined || isAddress ? store : { dir: store },
  }
  return without(undefined, options)
}

/**
 * Makes a client with options from the environment: `WX_APP_ID`, or `WX_CORP_ID` and `WX_AGENT_ID`
 * of an app of 企业微信; `WX_APP_SECRET` or `WX_APP_SECRET_FILE` (a file with nothing but the secret),
 * `WX_BASE_URL` and `WX_ALLOWED_HOSTS` (one, or several with commas between them) and
 * `WXSIGN_STORE` (a directory, `redis://…`, or `memory`). What is passed here comes before the
 * environment.
 *
 * TypeScript cannot see which family the environment names: for an app of 企业微信 whose ids are both
 * there, write `clientFromEnv() as WorkClient`.
 *
 * @throws WxSignError `INVALID_ARGUMENT` if something is missing or wrong.
 *
 * @example
 * const wx = clientFromEnv({ allowedHosts: ['example.com'] })
 */
export function clientFromEnv(
  options: Partial<WorkOptions> & (Pick<WorkOptions, 'agentId'> | Pick<WorkOptions, 'corpId'>),
): WorkClient
export function clientFromEnv(options?: ClientOptions): Client
export function clientFromEnv(options: ClientOptions | Partial<WorkOptions> = {}): Client {
  const passed = without(undefined, check.record('the options of clientFromEnv()', options, OPTION_NAMES))
  const found = optionsFromEnv()
  // The caller's own token or ticket takes the place of the secret, and an account that of the
  // other family.
  if (Object.hasOwn(passed, 'accessToken') || Object.hasOwn(passed, 'ticket')) delete found.appSecret
  if (Object.hasOwn(passed, 'ticket')) delete found.store
  if (Object.hasOwn(passed, 'corpId') || Object.hasOwn(passed, 'agentId')) delete found.appId
  if (Object.hasOwn(passed, 'appId')) {
    delete found.corpId
    delete found.agentId
  }
  const all: EnvOptions = Object.assign(Object.create(null), found, passed)
  if (all.appId !== undefined && all.corpId !== undefined) {
    throw invalid('appId (WX_APP_ID) and corpId (WX_CORP_ID) exclude each other')
  }
  if (all.agentId !== undefined && all.corpId === undefined) {
    throw invalid('WX_CORP_ID is not set, and no corpId was passed')
  }
  if (all.corpId !== undefined && all.agentId === undefined) {
    throw invalid('WX_AGENT_ID is not set, and no agentId was passed')
  }
  if (all.appId === undefined && all.corpId === undefined) {
    throw invalid('neither WX_APP_ID nor WX_CORP_ID is set, and no appId was passed')
  }
  if (all.appSecret === undefined && all.accessToken === undefined && all.ticket === undefined) {
    throw invalid('neither WX_APP_SECRET nor WX_APP_SECRET_FILE is set, and no appSecret was passed')
  }
  return createClient(all as ClientOptions)
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
