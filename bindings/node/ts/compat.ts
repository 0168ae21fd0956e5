// The call sites of the tutorial's getJsapiTicket.js and sign.js, on wxsign. Nothing happens when
// this is loaded.

import { fs, path } from './builtin'

import check = require('./check')

import { type Client, createClient } from './client'
import { optionsFromEnv } from './env'
import { invalid } from './error'
import { type ClientOptions, OPTION_NAMES } from './options'
import { sign as signRaw } from './sign'

/** The settings of a project, under the tutorial's names or under ours. Other names are ignored. */
export interface AppConfig extends ClientOptions {
  /** The same as `appId`. */
  appID?: string | undefined
  /** The same as `appSecret`. */
  secret?: string | undefined
  /** The same as `baseUrl`. */
  wxapiBaseUrl?: string | undefined
}

/** What the tutorial's `sign` returns. */
export interface CompatConfig {
  appId: string
  /** Unix time in seconds, as text. */
  timestamp: string
  nonceStr: string
  signature: string
}

// A project may keep the corpId of 企业微信 beside its appId.
const NAMES = OPTION_NAMES.filter((name) => name !== 'corpId' && name !== 'agentId')
const ALIASES = { appID: 'appId', secret: 'appSecret', wxapiBaseUrl: 'baseUrl' } as const

let settings: ClientOptions | undefined
let client: Client | undefined
// Tokens that getAccessToken() returned: their tickets are the client's.
const handedOut = new Set<string>()
// A client for each of the other tokens, the one that was used last at the end.
const byToken = new Map<string, Client>()
const KEPT = 8

/**
 * Sets the account, once, before the first call. Without it, the first call reads the environment,
 * as `clientFromEnv()` does.
 *
 * @throws WxSignError `INVALID_ARGUMENT` if a setting is wrong.
 */
export function configure(appConfig: AppConfig): void {
  const given = check.record('the settings of configure()', appConfig)
  const options: Record<string, unknown> = Object.create(null)
  for (const name of NAMES) if (given[name] !== undefined) options[name] = given[name]
  for (const [alias, name] of Object.entries(ALIASES)) {
    if (options[name] === undefined && given[alias] !== undefined) options[name] = given[alias]
  }
  if (typeof options.importTicketFile === 'string') options.importTicketFile = ticketFile(options.importTicketFile)
  const next = options as ClientOptions
  // A project that only ever passes its own tokens has no account to check.
  const made = namesAccount(next) ? createClient(next) : undefined
  settings = next
  client = made
  handedOut.clear()
  byToken.clear()
}

/**
 * Signs a page with a ticket, as the tutorial's `sign.js` does, but for its faults: the appId is
 * not hashed in, and the URL is cut at its fragment.
 */
export function sign(appId: string, ticket: string, url: string): CompatConfig {
  check.string('appId', appId)
  const { timestamp, nonceStr, signature } = signRaw({ ticket, url })
  return { appId, timestamp: String(timestamp), nonceStr, signature }
}

/** The `jsapi_ticket`: of the account that was configured, or the one that `accessToken` gets. */
export async function getJsapiTicket(accessToken?: string): Promise<string> {
  if (accessToken === undefined) return account().ticket()
  check.text('accessToken', accessToken)
  if (handedOut.has(accessToken)) return account().ticket()
  return clientOf(accessToken).ticket()
}

/** The `access_token` of the account that was configured. */
export async function getAccessToken(): Promise<string> {
  const token = await account().accessToken()
  handedOut.delete(token)
  handedOut.add(token)
  trim(handedOut)
  return token
}

function account(): Client {
  if (client !== undefined) return client
  const options = current()
  if (!namesAccount(options)) {
    throw invalid(
      'no account: call configure({ appId, appSecret }) of wxsign/compat, or set WX_APP_ID and WX_APP_SECRET',
    )
  }
  client = createClient(options)
  return client
}

/** A client for a token of the caller, kept by that token: it does not show its account. */
function clientOf(token: string): Client {
  const known = byToken.get(token)
  byToken.delete(token)
  const { baseUrl, allowHttp, timeoutMs, proxy, caFile, onEvent } = current()
  const shared = { baseUrl, allowHttp, timeoutMs, proxy, caFile, onEvent }
  // In memory: a token lives for two hours, and its files would stay behind.
  const its = known ?? createClient({ ...shared, accessToken: token, store: 'memory' })
  byToken.set(token, its)
  trim(byToken)
  return its
}

/** Forgets the oldest beyond eight. It does not close a client: a call may be waiting. */
function trim(kept: { size: number; keys(): Iterator<string>; delete(key: string): unknown }): void {
  const oldest = kept.size > KEPT ? kept.keys().next().value : undefined
  if (oldest !== undefined) kept.delete(oldest)
}

function current(): ClientOptions {
  if (settings !== undefined) return settings
  const { corpId: _, agentId: __, ...options } = optionsFromEnv()
  return options
}

function namesAccount(options: ClientOptions): boolean {
  return [options.appSecret, options.accessToken, options.ticket].some((value) => value !== undefined)
}

/**
 * The tutorial's file where the tutorial keeps it: a name alone is looked for in the working
 * directory, beside the project's own getJsapiTicket.js (one of the modules through which this one
 * was loaded), and in utils/wechat.
 */
function ticketFile(name: string): string {
  const { basename, join } = path()
  if (basename(name) !== name) return name
  const dirs = ['.']
  let loader = typeof module === 'undefined' ? undefined : module.parent
  for (; loader; loader = loader.parent) dirs.push(loader.path)
  dirs.push(join('utils', 'wechat'), 'utils')
  return dirs.map((dir) => join(dir, name)).find((file) => fs().existsSync(file)) ?? name
}
