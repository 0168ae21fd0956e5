// What every handler is made of: the client, what its pages may call, and where it listens. Checked when it is made.

import type { ClientOptions } from '../options'
import { Client, check, createClient, invalid, OPTION_NAMES, type WxSignError } from '../shared'

/** What a handler does with its requests. */
export interface PageOptions {
  /** The interfaces that the pages call. */
  jsApiList?: readonly string[]
  /** The open tags that the pages use. */
  openTagList?: readonly string[]
  /** Whether WeChat shows what each call gives, for developing. */
  debug?: boolean
  /** Other origins whose pages may ask, such as `https://m.example.com`; none where left out. */
  corsOrigins?: string | readonly string[]
  /** Told of every failure that is not the visitor's. Where left out, each code is warned of once. */
  onError?: (error: WxSignError) => void
}

/** A client that was made with `allowedHosts`, or the options of one that the handler makes for itself. */
export type SiteOptions = PageOptions &
  (
    | { client: Client }
    | (ClientOptions & { client?: undefined; allowedHosts: NonNullable<ClientOptions['allowedHosts']> })
  )

/** Options of a handler. */
export type HandlerOptions = SiteOptions & {
  /** The path it answers on, `/wx/config` where left out; `*` where a router has already decided. */
  path?: string
}

/** What a page may call. */
export interface Page {
  jsApiList?: string[]
  openTagList?: string[]
  debug?: boolean
}

/** A handler's parts, checked. */
export interface Site {
  client: Client
  path: string
  page: Page
  origins: ReadonlySet<string>
  report(error: WxSignError): void
  /** Closes the client if it was made here; one that was passed is its maker's. */
  close(): Promise<void>
}

const PAGE_NAMES = ['jsApiList', 'openTagList', 'debug', 'corsOrigins', 'onError'] as const
const NAMES = ['path', 'client', ...PAGE_NAMES, ...OPTION_NAMES] as const

/** Where a handler listens if nothing else is said. */
export const PATH = '/wx/config'

/** Checks a handler's options and opens its client. */
export function openSite(options: unknown): Site {
  const given = check.record('the options of a handler', options, NAMES)
  const page: Page = {}
  if (given.jsApiList !== undefined) page.jsApiList = check.strings('jsApiList', given.jsApiList)
  if (given.openTagList !== undefined) page.openTagList = check.strings('openTagList', given.openTagList)
  if (given.debug !== undefined) page.debug = check.boolean('debug', given.debug)
  const path = given.path === undefined ? PATH : check.text('path', given.path)
  if (path !== '*' && !/^\/[^?#\s]*$/.test(path)) throw invalid("path must begin with '/', without a query; or be '*'")
  const origins = given.corsOrigins === undefined ? [] : check.stringOrStrings('corsOrigins', given.corsOrigins)
  for (const origin of origins) checkOrigin(origin)
  const onError = given.onError === undefined ? warnOnce() : check.callable<[WxSignError]>('onError', given.onError)
  const client = clientOf(given)
  return {
    client,
    path,
    page,
    origins: new Set(origins),
    report: (error) => tell(onError, error),
    close: async () => (given.client === undefined ? client.close() : undefined),
  }
}

function clientOf(given: { [name in (typeof NAMES)[number]]?: unknown }): Client {
  const account = OPTION_NAMES.filter((name) => given[name] !== undefined)
  if (given.client === undefined) {
    if (given.allowedHosts === undefined) throw unlisted('allowedHosts is missing')
    return createClient(Object.fromEntries(account.map((name) => [name, given[name]])) as ClientOptions)
  }
  if (!(given.client instanceof Client)) throw invalid('client must be what createClient() gave')
  if (account.length > 0) throw invalid(`client and ${account[0]} exclude each other: the client has its options`)
  if (!given.client.listsHosts) throw unlisted('the client was made without allowedHosts')
  return given.client
}

// A handler that signs for anybody's page lends the account to everybody.
function unlisted(what: string): Error {
  return invalid(`${what}: list the hosts of your pages, or write out '*' to sign for every page in the world`)
}

function checkOrigin(origin: string): void {
  let same = false
  try {
    same = new URL(origin).origin === origin
  } catch {}
  if (!same) throw invalid('corsOrigins must be origins as a browser sends them, such as https://m.example.com')
}

function warnOnce(): (error: WxSignError) => void {
  const seen = new Set<string>()
  return ({ code, message, hint, hintZh }) => {
    if (seen.has(code)) return
    seen.add(code)
    process.emitWarning(`${code}: ${message}\n${hint}\n${hintZh}`, 'WxSignWarning')
  }
}

// A listener's fault is not the visitor's: the answer goes out all the same.
function tell(listener: (error: WxSignError) => unknown, error: WxSignError): void {
  try {
    listener(error)
  } catch (fault) {
    process.emitWarning(`onError failed: ${String(fault)}`, 'WxSignWarning')
  }
}
