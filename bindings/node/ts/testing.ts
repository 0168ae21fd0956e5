// wxsign/testing: a stand-in for WeChat, started from a test in one call.

import check = require('./check')

import type { AgentConfig, InvoiceConfig, WxConfig } from './config'
import { callAddon, invalid, orThrow } from './error'
import { native } from './native'

/** How the mock starts; all of it is optional. */
export interface MockOptions {
  /** The account that {@link Mock.options} names; one that the mock has by itself if it is left out. */
  appId?: string | undefined
  /** The AppSecret of `appId`. */
  appSecret?: string | undefined
  /** The port on 127.0.0.1. By default the system chooses a free one. */
  port?: number | undefined
  /** How many seconds a token lives, 7200 by default. Fractions are allowed. */
  tokenLife?: number | undefined
  /** How many seconds a ticket lives, 7200 by default. Fractions are allowed. */
  ticketLife?: number | undefined
}

/** What goes wrong, and when. sandbox/README.md describes each kind. */
export type Fault = FaultDetails &
  (
    | {
        kind: 'errcode'
        /** WeChat's error code. */
        errcode: number
        /** Another text than WeChat's. */
        errmsg?: string | undefined
      }
    | {
        kind:
          | 'status'
          | 'html'
          | 'truncated'
          | 'delay'
          | 'drip'
          | 'reset'
          | 'close_early'
          | 'hang'
          | 'endless'
          | 'chunked'
          | 'gzip'
          | 'bom'
          | 'numbers'
          | 'huge'
          | 'redirect'
          | 'empty'
          | 'wrong_types'
      }
  )

/** What every kind of fault may have. */
export interface FaultDetails {
  /** Which requests it concerns, `any` by default. */
  endpoint?:
    | 'any'
    | 'token'
    | 'stable_token'
    | 'getticket'
    | 'quota_get'
    | 'gettoken'
    | 'get_jsapi_ticket'
    | 'ticket_get'
    | undefined
  /** How many requests it rules; without it, all until {@link Mock.clear}. */
  times?: number | undefined
  /** How many requests pass first. */
  skip?: number | undefined
  /** The HTTP status of `status`, `html` and `redirect`. */
  status?: number | undefined
  /** Milliseconds, for `delay` and `drip`. */
  ms?: number | undefined
  /** The size of the answer, for `huge`. */
  bytes?: number | undefined
  /** Where `redirect` leads. */
  location?: string | undefined
  flavour?: 'length' | 'close' | undefined
  layer?: 'interim' | 'status' | 'header' | 'body' | 'chunk' | undefined
  spelling?: 'text' | 'point' | 'exponent' | 'fraction' | undefined
  header?: boolean | undefined
  /** Repeats the request in the answer, secrets included, as a careless proxy would. */
  echo?: boolean | undefined
}

/** The requests that came, by endpoint. */
export interface MockCounts {
  token: number
  stable_token: number
  getticket: number
  quota_get: number
  gettoken: number
  get_jsapi_ticket: number
  ticket_get: number
  /** Requests to paths that WeChat does not have. */
  other: number
  total: number
  in_flight: number
  max_in_flight: number
}

/** What WeChat's client would answer to `wx.config`, and why. */
export interface MockVerdict {
  ok: boolean
  /** `config:ok`, or what the client would report. */
  errMsg: string
  /** A cause of docs/diagnosis.md, or `unknown_app`, `no_ticket`, `missing_parameter`, `unknown`. */
  diagnosis?: string
  hint?: string
  hint_zh?: string
}

/** What the mock verifies. */
export type VerifiedConfig =
  | Pick<WxConfig, 'appId' | 'timestamp' | 'nonceStr' | 'signature'>
  | Pick<AgentConfig, 'corpid' | 'agentid' | 'timestamp' | 'nonceStr' | 'signature'>
  | (InvoiceConfig & { appId: string })

/** A running mock. Its functions act at once; only closing is asynchronous. */
export interface Mock {
  /** Where it listens: `http://127.0.0.1:…`. */
  readonly baseUrl: string
  /** The options of a client of this mock, which keeps its credentials in memory: `createClient(mock.options)`. */
  readonly options: { appId: string; appSecret: string; baseUrl: string; store: 'memory' }
  /** The options of a client of an app of 企业微信, of this mock too: `createClient(mock.workOptions)`. */
  readonly workOptions: { corpId: string; agentId: string; appSecret: string; baseUrl: string; store: 'memory' }
  /** Adds a fault. Faults wait for their turn. */
  fault(fault: Fault): void
  /** Removes all faults, and ends requests that hang. */
  clear(): void
  /** Everything as at the start: faults, counts, log, tokens, tickets, settings. */
  reset(): void
  /** Changes settings, such as `{ ticket_mode: 'rotate' }`; sandbox/README.md lists them. Returns all of them. */
  settings(changes?: Record<string, unknown>): Record<string, unknown>
  /** Kills all living tokens or tickets, as if another program had refreshed them. */
  kill(what: 'token' | 'ticket'): void
  counts(): MockCounts
  /** The last 1,000 requests, with path, query and body. */
  log(): Record<string, unknown>[]
  /**
   * What WeChat's client would say of what `config()` or `agentConfig()` returned, on the page at
   * `url`; or of what `invoiceConfig()` returned, with the account's `appId` (or corpId) beside it.
   */
  verify(config: VerifiedConfig, url?: string): MockVerdict
  /** Stops it; its port is free afterwards. It may be closed twice. */
  close(): Promise<void>
  /** Like {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

const OPTIONS = ['appId', 'appSecret', 'port', 'tokenLife', 'ticketLife'] as const
// The account that every mock has, and the app of 企业微信.
const APP_ID = 'wx5823bf96d3bd56c7'
const APP_SECRET = '0123456789abcdef0123456789abcdef'
const WORK = { corpId: 'ww5823bf96d3bd56c7', agentId: '1000002', appSecret: `${APP_SECRET}-agent10002` }

/**
 * Starts a stand-in for WeChat on this machine: it issues tokens and tickets, verifies signatures,
 * and fails as a test asks it to. It runs on threads of this process, needs no network, and ends
 * with the process at the latest.
 *
 * @throws WxSignError `INVALID_ARGUMENT` if an option is wrong, `NETWORK` if the port is taken.
 *
 * @example
 * const mock = await startMock()
 * const client = createClient({ ...mock.options, allowedHosts: ['example.com'] })
 * mock.fault({ endpoint: 'getticket', kind: 'errcode', errcode: 40164, times: 1 })
 * // …
 * await mock.close()
 */
export async function startMock(options?: MockOptions): Promise<Mock> {
  const given = check.record('the options of startMock()', options ?? {}, OPTIONS)
  const { appId, appSecret } = accountOf(given.appId, given.appSecret)
  const args = ['--app', `${appId}:${appSecret}`]
  for (const [name, value, flag] of [
    ['port', given.port, '--port'],
    ['tokenLife', given.tokenLife, '--token-life'],
    ['ticketLife', given.ticketLife, '--ticket-life'],
  ] as const) {
    if (value === undefined) continue
    if (typeof value !== 'number') throw invalid(`${name} must be a number, not ${check.kind(value)}`)
    args.push(flag, String(value))
  }
  const id = orThrow(callAddon(() => native.startMock(args)))
  const baseUrl = orThrow(callAddon(() => native.mockUrl(id)))
  const get = (path: string) => JSON.parse(orThrow(callAddon(() => native.mockControl(id, 'GET', path, ''))))
  const post = (path: string, given: unknown = {}) => {
    const body = check.json('what the mock was given', given)
    return JSON.parse(orThrow(callAddon(() => native.mockControl(id, 'POST', path, body))))
  }
  let closed: Promise<void> | undefined
  function close(): Promise<void> {
    closed ??= callAddon(() => native.stopMock(id))
    return closed
  }
  return {
    baseUrl,
    options: { appId, appSecret, baseUrl, store: 'memory' },
    workOptions: { ...WORK, baseUrl, store: 'memory' },
    fault(fault) {
      const { endpoint = 'any', ...rest } = check.record('the fault', fault) as Partial<Fault>
      post('/_sandbox/fault', { endpoint, ...rest })
    },
    clear() {
      post('/_sandbox/clear')
    },
    reset() {
      post('/_sandbox/reset')
    },
    settings(changes = {}) {
      return post('/_sandbox/settings', check.record('the settings', changes)).settings
    },
    kill(what) {
      post('/_sandbox/kill', { what })
    },
    counts: () => get('/_sandbox/counts'),
    log: () => get('/_sandbox/log'),
    verify: (config, url = '') => post('/verify', { ...check.record('the config', config), url }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function accountOf(appId: unknown, appSecret: unknown): { appId: string; appSecret: string } {
  if (appId === undefined && appSecret === undefined) return { appId: APP_ID, appSecret: APP_SECRET }
  const id = check.text('appId', appId)
  // The command takes both in one argument, with a colon between them.
  if (id.includes(':')) throw invalid('appId contains a colon')
  return { appId: id, appSecret: check.text('appSecret', appSecret) }
}
