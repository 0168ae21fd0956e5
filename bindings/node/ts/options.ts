// The options of a client: their types for callers, their checks, and their flat form for the
// addon.

import { path } from './builtin'

import check = require('./check')

import { aboutOption, fail, invalid } from './error'
import type { ClientEvent } from './event'
import type { NativeOptions, TicketKind } from './native'

export type { TicketKind } from './native'

/** The caller's own token: asked for when a ticket is fetched, with the token that WeChat has just refused, if any. */
export type AccessTokenFunction = (question: { rejected?: string }) => string | PromiseLike<string>

/** The caller's own ticket, and for how many seconds it lives on. */
export interface OwnTicket {
  ticket: string
  expiresIn: number
}

/**
 * The caller's own tickets: asked for the kind that is needed, with the ticket that `invalidate()`
 * has just dropped, if any. A ticket that comes without `expiresIn` is asked for again every
 * minute.
 */
export type TicketFunction = (question: {
  kind: TicketKind
  rejected?: string
}) => string | OwnTicket | PromiseLike<string | OwnTicket>

/** Where credentials are kept between processes. */
export type StoreOption =
  /** JSON files in this directory, which is created with mode 0700 and must belong to this user. */
  | { dir: string | undefined }
  /** Nothing outlives the process. */
  | 'memory'
  /** Redis, for machines that share no disk: `redis://[:password@]host[:port][/db]`, or `rediss://` for TLS. */
  | `redis://${string}`
  | `rediss://${string}`
  /** One of these, out of the environment; checked when the client is made. */
  | (string & {})

/** What all clients have. */
export interface CommonOptions {
  /** The AppSecret, or the Secret of the app of 企业微信; left out with `accessToken` or `ticket`. */
  appSecret?: string | undefined
  /**
   * The service's address, with or without `/cgi-bin`, or several, the primary one first: an array,
   * or a string with commas. By default WeChat's own hosts.
   */
  baseUrl?: string | readonly string[] | undefined
  /** Allows plain http to a `baseUrl` that is not loopback; refused together with an AppSecret for a host of WeChat. */
  allowHttp?: boolean | undefined
  /**
   * Your own token instead of an AppSecret: a string, which `setAccessToken()` replaces, or a
   * function, which may return a promise and has nine seconds.
   */
  accessToken?: string | AccessTokenFunction | undefined
  /**
   * Your own tickets instead of an AppSecret or a token, as a central service or a suite's login
   * has them: the ticket of `wx.config`, which `setTicket()` replaces, or a function, which may
   * return a promise and has nine seconds. wxsign then makes no request and stores nothing.
   */
  ticket?: string | TicketFunction | undefined
  /** Where credentials are kept between processes; by default files in the state directory of this user. */
  store?: StoreOption | undefined
  /**
   * The only hosts whose pages are signed: `example.com`, `example.com:8443`, `*.example.com` or
   * `*`; an array, or a string with commas.
   */
  allowedHosts?: string | readonly string[] | undefined
  /** How long a call waits at most, in milliseconds, from 1 to 600,000; 10,000 by default. */
  timeoutMs?: number | undefined
  /** An HTTP proxy, `http://host:port`. wxsign does not read `HTTPS_PROXY`. */
  proxy?: string | undefined
  /** The path of PEM certificates that are trusted besides the system's. */
  caFile?: string | undefined
  /** Called with each event: a refresh, a failure, a store that cannot be used. */
  onEvent?: ((event: ClientEvent) => unknown) | undefined
}

/** Options of a client of a 公众号. One that is `undefined` counts as left out. */
export interface ClientOptions extends CommonOptions {
  /** The account's appId. */
  appId?: string | undefined
  corpId?: undefined
  agentId?: undefined
  /** Where tokens are fetched: `stable_token` (the default, which Tencent recommends), or the classic `/token`. */
  tokenApi?: 'stable' | 'classic' | undefined
  /**
   * The tutorial's `jsapiTicket.json`: its ticket is taken over if the store has none. It is read
   * once, by the first call that needs a ticket, and never changed.
   */
  importTicketFile?: string | undefined
}

/** Options of a client of an app of 企业微信. */
export interface WorkOptions extends CommonOptions {
  /** The corp's id. */
  corpId: string | undefined
  /** The app's AgentId. */
  agentId: string | number | undefined
  appId?: undefined
  tokenApi?: undefined
  importTicketFile?: undefined
}

/** The options, checked: what the addon takes, and the caller's functions. */
export interface Checked {
  native: NativeOptions
  own: OwnFunctions
}

/** The caller's functions. Each name is there: a missing one would be looked for on `Object.prototype`. */
export interface OwnFunctions {
  onEvent: ((event: ClientEvent) => unknown) | undefined
  accessToken: AccessTokenFunction | undefined
  ticket: TicketFunction | undefined
}

/** Those of a client that has none. */
export const NO_FUNCTIONS: OwnFunctions = { onEvent: undefined, accessToken: undefined, ticket: undefined }

// Every option, and what the addon takes for it. The caller's functions stay on this side.
const OPTIONS: { readonly [name in keyof ClientOptions]-?: (value: unknown) => NativeOptions } = {
  appId: (value) => ({ appId: check.setting('appId', value) }),
  corpId: (value) => ({ corpId: check.setting('corpId', value) }),
  agentId: (value) => ({ agentId: agentId(value) }),
  appSecret: (value) => ({ appSecret: check.setting('appSecret', value) }),
  baseUrl: (value) => ({ baseUrls: check.list('baseUrl', value) }),
  allowHttp: (value) => ({ allowHttp: check.boolean('allowHttp', value) }),
  tokenApi: (value) => ({ classic: isClassic(value) }),
  accessToken: (value) => (typeof value === 'function' ? {} : { accessToken: check.text('accessToken', value) }),
  ticket: (value) => (typeof value === 'function' ? {} : { ticket: check.text('ticket', value) }),
  store,
  allowedHosts: (value) => ({ allowedHosts: check.list('allowedHosts', value) }),
  timeoutMs: (value) => ({ timeoutMs: check.milliseconds('timeoutMs', value) }),
  proxy: (value) => ({ proxy: check.text('proxy', value) }),
  caFile: (value) => ({ caFile: absolute('caFile', value) }),
  importTicketFile: (value) => ({ importTicketFile: absolute('importTicketFile', value) }),
  onEvent(value) {
    check.callable('onEvent', value)
    return {}
  },
}

/** The names of all options. */
export const OPTION_NAMES = Object.keys(OPTIONS) as (keyof ClientOptions)[]

/** Checks what was passed as options. */
export function checkOptions(value: unknown): Checked {
  const given = check.record('the options of createClient()', value, OPTION_NAMES)
  // Without a prototype: the addon looks names up as JavaScript does.
  const native: NativeOptions = Object.create(null)
  for (const name of OPTION_NAMES) {
    if (given[name] === undefined) continue
    try {
      Object.assign(native, OPTIONS[name](given[name]))
    } catch (error) {
      throw aboutOption(name, error)
    }
  }
  const { onEvent, accessToken, ticket } = given as ClientOptions
  const own: OwnFunctions = {
    onEvent,
    accessToken: typeof accessToken === 'function' ? accessToken : undefined,
    ticket: typeof ticket === 'function' ? ticket : undefined,
  }
  if (native.agentId !== undefined && native.corpId === undefined) {
    throw aboutOption('corpId', invalid('corpId is missing: agentId names an app of 企业微信'))
  }
  // Node reads this file once, when it starts, and trusts what is in it besides its own roots.
  const extra = process.env.NODE_EXTRA_CA_CERTS
  if (extra) native.extraCaFile = absolute('NODE_EXTRA_CA_CERTS', extra)
  return { native, own }
}

// The console shows it as a number; wx.agentConfig wants a text.
function agentId(value: unknown): string {
  return check.setting('agentId', Number.isSafeInteger(value) ? String(value) : value)
}

function isClassic(value: unknown): boolean {
  const word = check.string('tokenApi', value)
  if (word !== 'stable' && word !== 'classic') throw invalid("tokenApi must be 'stable' or 'classic'")
  return word === 'classic'
}

function store(value: unknown): Pick<NativeOptions, 'storeDir' | 'storeMemory' | 'storeRedis'> {
  if (value === 'memory') return { storeMemory: true }
  if (typeof value === 'string') {
    // The core checks the address. It may hold a password, so it is never repeated.
    if (/^rediss?:/.test(value)) return { storeRedis: value.trim() }
    throw invalid("store must be { dir: 'a directory' }, 'redis://…' or 'memory'")
  }
  const { dir } = check.record('store', value, ['dir'])
  return { storeDir: absolute('store.dir', dir) }
}

// Made absolute now: the program may change its directory later.
function absolute(name: string, value: unknown): string {
  const given = check.text(name, value)
  try {
    return path().resolve(given)
  } catch (cause) {
    throw fail('INVALID_ARGUMENT', `${name} is relative, and the working directory is gone`, { cause })
  }
}
