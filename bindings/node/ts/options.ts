// The options of a client: their types for callers, their checks, and their flat form for the addon.

import * as check from './check'
import { path } from './core'
import { invalid } from './error'
import type { ClientEvent } from './event'
import type { NativeOptions } from './native'

/** The caller's own token: asked for when a ticket is fetched, with the token that WeChat has just refused, if any. */
export type AccessTokenFunction = (question: { rejected?: string }) => string | Promise<string>

/** Where credentials are kept between processes. */
export type StoreOption =
  /** JSON files in this directory, which is made with mode 0700 and must be the caller's own. */
  | { dir: string }
  /** Redis, for machines that share no disk: `redis://[:password@]host[:port][/db]`, or `rediss://` for TLS. */
  | `redis://${string}`
  | `rediss://${string}`
  /** Nothing outlives the process. */
  | 'memory'

/** Options of {@link createClient}. */
export interface ClientOptions {
  /** The account's appId. */
  appId?: string
  /** Its AppSecret; left out where `accessToken` is given. */
  appSecret?: string
  /**
   * The service's address, with or without `/cgi-bin`, or a list of them, primary first. WeChat's own hosts where left
   * out. Plain http is for loopback only.
   */
  baseUrl?: string | readonly string[]
  /** Where tokens are fetched: `stable_token` (the default, which Tencent recommends), or the classic `/token`. */
  tokenApi?: 'stable' | 'classic'
  /**
   * A token of your own instead of an AppSecret: a string, which `setAccessToken()` replaces, or a function, which may
   * return a promise and has nine seconds.
   */
  accessToken?: string | AccessTokenFunction
  /** Where credentials are kept between processes; left out: files in the state directory of this user. */
  store?: StoreOption
  /** The only hosts whose pages are signed: `example.com`, `example.com:8443`, `*.example.com` or `*`. */
  allowedHosts?: string | readonly string[]
  /** How long a call waits at most, in milliseconds, from 1 to 600,000; 10,000 where left out. */
  timeoutMs?: number
  /** An HTTP proxy, `http://host:port`. The environment is never looked at. */
  proxy?: string
  /** The path of PEM certificates that replace the system's roots. */
  caFile?: string
  /**
   * the tutorial's `jsapiTicket.json`: its ticket is taken over where the store has none yet. It is read once, when
   * the client is made, and never changed; one that is missing, damaged or past its end changes nothing.
   */
  importTicketFile?: string
  /** Told what happens behind the calls: refreshes, failures, a store that cannot be used. */
  onEvent?: (event: ClientEvent) => void
}

/** The names of all options. */
export const OPTION_NAMES = [
  'appId',
  'appSecret',
  'baseUrl',
  'tokenApi',
  'accessToken',
  'store',
  'allowedHosts',
  'timeoutMs',
  'proxy',
  'caFile',
  'importTicketFile',
  'onEvent',
] as const satisfies readonly (keyof ClientOptions)[]

/** The options, checked: what the addon takes, and the caller's functions. */
export interface Checked {
  native: NativeOptions
  onEvent?: (event: ClientEvent) => unknown
  askToken?: AccessTokenFunction
}

/** Checks what was passed as options. */
export function checkOptions(value: unknown): Checked {
  const given = check.record('the options of createClient()', value, OPTION_NAMES)
  const checked: Checked = { native: {} }
  const { native } = checked
  if (given.appId !== undefined) native.appId = check.text('appId', given.appId)
  if (given.appSecret !== undefined) native.appSecret = check.text('appSecret', given.appSecret)
  if (given.baseUrl !== undefined) native.baseUrls = check.stringOrStrings('baseUrl', given.baseUrl)
  if (given.tokenApi !== undefined) native.classic = isClassic(given.tokenApi)
  if (given.store !== undefined) Object.assign(native, checkStore(given.store))
  if (given.allowedHosts !== undefined) {
    native.allowedHosts = check.stringOrStrings('allowedHosts', given.allowedHosts)
  }
  if (given.timeoutMs !== undefined) native.timeoutMs = check.milliseconds('timeoutMs', given.timeoutMs)
  if (given.proxy !== undefined) native.proxy = check.text('proxy', given.proxy)
  if (given.caFile !== undefined) native.caFile = path().resolve(check.text('caFile', given.caFile))
  if (given.importTicketFile !== undefined) {
    native.importTicketFile = path().resolve(check.text('importTicketFile', given.importTicketFile))
  }
  if (given.onEvent !== undefined) checked.onEvent = check.callable<[ClientEvent]>('onEvent', given.onEvent)
  if (typeof given.accessToken === 'function') {
    // The core hears of the function only when the client is made, so it cannot see this contradiction.
    if (native.appSecret !== undefined) throw invalid('appSecret and accessToken exclude each other')
    checked.askToken = given.accessToken as AccessTokenFunction
  } else if (given.accessToken !== undefined) {
    native.accessToken = check.text('accessToken', given.accessToken)
  }
  return checked
}

function isClassic(value: unknown): boolean {
  const word = check.string('tokenApi', value)
  if (word !== 'stable' && word !== 'classic') throw invalid("tokenApi must be 'stable' or 'classic'")
  return word === 'classic'
}

function checkStore(value: unknown): Pick<NativeOptions, 'storeDir' | 'storeMemory' | 'storeRedis'> {
  if (value === 'memory') return { storeMemory: true }
  if (typeof value === 'string') {
    // The address itself is the core's to check; it may hold a password, so it is never repeated.
    if (/^rediss?:/.test(value)) return { storeRedis: value }
    throw invalid("store must be { dir: 'a dir' }, 'redis://…' or 'memory'")
  }
  const { dir } = check.record('store', value, ['dir'])
  // Made absolute now: the program may change its directory later.
  return { storeDir: path().resolve(check.text('store.dir', dir)) }
}
