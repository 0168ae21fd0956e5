// What every handler is made of: the client, what its pages may call, and where it answers. Checked
// when the handler is made.

import check = require('../check')

import { Client, createClient, type WorkClient } from '../client'
import { checkPage, PAGE_NAMES, type Page } from '../config'
import { aboutOption, invalid, type WxSignError } from '../error'
import { type ClientOptions, OPTION_NAMES, type WorkOptions } from '../options'
import { type SuiteTicket, suiteClient } from '../suite'
import { Reporter } from './failures'
import { type ReportAnswer, takesReports } from './page-reports'
import { type Routes, routesOf } from './route'

/** What a handler does with its requests. */
export interface PageOptions {
  /** The interfaces that the pages call. */
  jsApiList?: readonly string[] | undefined
  /** The open tags that the pages use. */
  openTagList?: readonly string[] | undefined
  /** Whether WeChat shows the result of each call, for developing. */
  debug?: boolean | undefined
  /** Other origins whose pages may ask, such as `https://m.example.com`; none by default. */
  corsOrigins?: string | readonly string[] | undefined
  /**
   * Called with every failure that needs the operator, and, at most once a minute per code, with
   * what a visitor was refused (`error.asked`). By default wxsign prints a warning per outage and
   * one for its end.
   */
  onError?: ((error: WxSignError) => unknown) | undefined
  /**
   * Whether pages may report that WeChat refused their config (`wxsign/page` does): wxsign explains
   * one a second in a warning. With `'page'` the page gets the explanation too. Off by default.
   */
  reports?: boolean | 'page' | undefined
  /**
   * The ticket of an application that its users log in to (应用登录授权), which wxsign cannot fetch:
   * `/suite-config` below the path then signs for `getSuiteConfigSignature` of `@wecom/jssdk`.
   */
  suiteTicket?: SuiteTicket | undefined
  /** Whether `/invoice-config` below the path signs for `chooseInvoice`; false by default. */
  invoices?: boolean | undefined
}

/** The options of a client that the handler makes: a handler needs the hosts to be listed. */
type OwnClient<O extends ClientOptions | WorkOptions> = O & { client?: undefined; allowedHosts: O['allowedHosts'] }

/** A client that was made with `allowedHosts`, or the options of one that the handler makes for itself. */
export type SiteOptions = PageOptions & ({ client: Client } | OwnClient<ClientOptions> | OwnClient<WorkOptions>)

/** Where a handler answers. */
interface PathOption {
  /**
   * The path that it answers, below the path that it is mounted at; `/wx/config` by default, `*`
   * for every path that reaches it. Below it, `/agent-config` signs for `wx.agentConfig` if the
   * client is one of 企业微信.
   */
  path?: string | undefined
}

/** Options of a handler. */
export type HandlerOptions = SiteOptions & PathOption

/** Options of a handler for an app of 企业微信. */
export type WorkHandlerOptions = PageOptions & PathOption & ({ client: WorkClient } | OwnClient<WorkOptions>)

/** A handler's parts, checked. */
export interface Site {
  client: Client
  /** Without a slash at its end; `*` for every path. */
  path: string
  /** Whether the options name the path. */
  namesPath: boolean
  page: Page
  routes: Routes
  origins: ReadonlySet<string>
  reporter: Reporter
  /** Takes what a page reports. */
  reports(report: unknown): Promise<ReportAnswer>
  /** Closes what the handler made: its client, if none was passed. */
  close(): Promise<void>
}

const OWN_NAMES = ['path', 'client', 'corsOrigins', 'onError', 'reports', 'suiteTicket', 'invoices'] as const
const NAMES = [...OWN_NAMES, ...PAGE_NAMES, ...OPTION_NAMES] as const

/** The path of a handler whose options name none. */
export const DEFAULT_PATH = '/wx/config'

/** Checks a handler's options and opens its client. */
export function openSite(options: unknown): Site {
  const given = check.record('the options of a handler', options, NAMES)
  const page = checkPage(given)
  const path = given.path === undefined ? DEFAULT_PATH : check.text('path', given.path)
  if (path !== '*' && !/^\/[^?#\s]*$/.test(path)) throw invalid("path must begin with '/', without a query; or be '*'")
  const origins = given.corsOrigins === undefined ? [] : check.list('corsOrigins', given.corsOrigins)
  for (const origin of origins) checkOrigin(origin)
  const onError = given.onError === undefined ? undefined : check.callable<[WxSignError]>('onError', given.onError)
  const hasInvoices = given.invoices !== undefined && check.boolean('invoices', given.invoices)
  const client = clientOf(given)
  const { suiteTicket } = given
  const suite = suiteTicket === undefined ? undefined : suiteClient(client, suiteTicket)
  return {
    client,
    path: path.replace(/(?<=.)\/$/, ''),
    namesPath: given.path !== undefined,
    page,
    routes: routesOf(client, page, suite, hasInvoices),
    origins: new Set(origins),
    reporter: new Reporter(onError, client.allowedHosts ?? []),
    reports: takesReports(client, given.reports),
    async close() {
      await suite?.close()
      if (given.client === undefined) await client.close()
    },
  }
}

function clientOf(given: { [name in (typeof NAMES)[number]]?: unknown }): Client {
  const account = OPTION_NAMES.filter((name) => given[name] !== undefined)
  if (given.client === undefined) {
    if (given.allowedHosts === undefined) throw unlisted('allowedHosts is missing')
    return createClient(Object.fromEntries(account.map((name) => [name, given[name]])) as ClientOptions)
  }
  if (!Client.is(given.client)) throw invalid('client must be what createClient() returned')
  if (account.length > 0) throw invalid(`client and ${account[0]} exclude each other: the client has its options`)
  if (given.client.allowedHosts === undefined) throw unlisted('the client was made without allowedHosts')
  return given.client
}

// A handler that signs every page lends the account to every site in the world.
function unlisted(what: string): Error {
  const advice = "list the hosts of your pages, or write out '*' to sign for every page in the world"
  return aboutOption('allowedHosts', invalid(`${what}: ${advice}`)) as Error
}

function checkOrigin(origin: string): void {
  let same = false
  try {
    same = new URL(origin).origin === origin
  } catch {}
  if (!same) throw invalid('corsOrigins must be origins as a browser sends them, such as https://m.example.com')
}
