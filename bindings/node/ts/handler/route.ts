// The routes of a handler: what each of them signs, and where it is.

import type { Client } from '../client'
import type { AgentConfig, InvoiceConfig, Page, WxConfig } from '../config'
import type { SignatureData } from '../native'
import { signatureOf } from '../suite'

/** What a route answers. */
export type RouteAnswer = WxConfig | AgentConfig | InvoiceConfig | SignatureData

/** What follows the path of a handler on its routes. */
export const SUFFIXES = ['', '/agent-config', '/suite-config', '/invoice-config'] as const

/** One route of a handler. */
export interface Route {
  /** What follows the handler's own path. */
  readonly suffix: (typeof SUFFIXES)[number]
  /** Signs; `url()` is the page's URL, and throws if the request has none that may be signed. */
  sign(url: () => string): Promise<RouteAnswer>
}

/** The first one is that of `wx.config`. */
export type Routes = readonly [Route, ...Route[]]

/** The routes of a client's handler. */
export function routesOf(client: Client, page: Page, suite: Client | undefined, hasInvoices: boolean): Routes {
  const { jsApiList } = page
  const more: Route[] = []
  if (client.isWork)
    more.push({ suffix: '/agent-config', sign: async (url) => client.agentConfig(url(), { jsApiList }) })
  if (suite) more.push({ suffix: '/suite-config', sign: async (url) => signatureOf(await suite.config(url())) })
  if (hasInvoices) more.push({ suffix: '/invoice-config', sign: async () => client.invoiceConfig() })
  return [{ suffix: '', sign: async (url) => client.config(url(), page) }, ...more]
}

/** Where a request is, according to its framework. */
export interface Place {
  /** The path below the mount. */
  path: string
  /** Whether there is a mount, and that is not the root. */
  isMounted?: boolean
  /** Whether the framework's router has chosen the handler for this very path. */
  isRoute?: boolean
}

/**
 * The route of a request: at the path that the handler is mounted at, and at its own path below
 * that. Undefined if the handler does not answer there. For every path, and for one that a router
 * has chosen, its end decides.
 */
export function routeAt(own: string, routes: Routes, { path, isMounted, isRoute }: Place): Route | undefined {
  const at = path.replace(/(?<=.)\/$/, '')
  if (own === '*' || isRoute) {
    // A page that asks for another signature must not get that of wx.config.
    const named = SUFFIXES.find((suffix) => suffix !== '' && at.endsWith(suffix)) ?? ''
    return routes.find(({ suffix }) => suffix === named)
  }
  return routes.find(({ suffix }) => at === pathOf(own, suffix) || (isMounted && at === pathOf('/', suffix)))
}

/** The path of a route below another path. */
export function pathOf(base: string, suffix: Route['suffix']): string {
  return `${base === '/' ? '' : base}${suffix}` || '/'
}
