// wxsign/koa: a middleware that answers one path and gives every context `ctx.wxConfig()`.

import type { Client, WorkClient } from './client'
import { type AgentConfig, type AgentConfigOptions, type ConfigOptions, type WxConfig, withDefaults } from './config'
import { answer, isMethod } from './handler/answer'
import { routeAt } from './handler/route'
import { type HandlerOptions, openSite, type WorkHandlerOptions } from './handler/site'
import { bodyOf, type Incoming, queryOf } from './handler/url'

export type { HandlerOptions, PageOptions, WorkHandlerOptions } from './handler/site'

/** What a context has behind the middleware. For TypeScript: `new Koa<DefaultState, WxContext>()`. */
export interface WxContext {
  /**
   * What `wx.config()` takes, for a page that is rendered here: by default of this request's own
   * address. Behind a proxy that ends TLS that address is right only with `app.proxy = true`, and
   * if the proxy passes on the host with its port. It rejects with a WxSignError and leaves the
   * page's status alone.
   */
  wxConfig(url?: string, options?: ConfigOptions): Promise<WxConfig>
  /** Like {@link wxConfig}, for `wx.agentConfig()`; it rejects if the client is not one of 企业微信. */
  wxAgentConfig(url?: string, options?: AgentConfigOptions): Promise<AgentConfig>
}

/** The parts of a Koa context that are used here. */
export interface KoaContext {
  readonly href: string
  readonly path: string
  readonly method: string
  readonly originalUrl: string
  readonly req: object
  readonly request: object
  status: number
  body: unknown
  set(headers: Record<string, string>): void
}

/** A Koa middleware. */
export interface KoaHandler<C extends Client = Client> {
  (context: KoaContext, next: () => Promise<unknown>): Promise<void>
  readonly client: C
  /** Closes the client, if the handler made it. */
  close(): Promise<void>
}

/** What koa-mount and @koa/router leave in a context. */
interface Routed {
  mountPath?: unknown
  matched?: readonly { path?: unknown; methods?: readonly unknown[]; stack?: readonly unknown[] }[]
}

/**
 * Makes a Koa middleware. Put it behind the body parser, if there is one.
 *
 * @example
 * const { wxsign } = require('wxsign/koa')
 *
 * app.use(wxsign({
 *   appId: 'wx…',
 *   appSecret: process.env.WX_APP_SECRET,
 *   allowedHosts: ['example.com'],
 * }))
 * // GET /wx/config?url=… returns the page's config;
 * // a page that is rendered here has `await ctx.wxConfig()`
 */
export function wxsign(options: WorkHandlerOptions): KoaHandler<WorkClient>
export function wxsign(options: HandlerOptions): KoaHandler
export function wxsign(options: HandlerOptions | WorkHandlerOptions): KoaHandler {
  const site = openSite(options)
  async function handle(context: KoaContext, next: () => Promise<unknown>): Promise<void> {
    const { client, page } = site
    const own: WxContext = {
      wxConfig: async (url = context.href, more) => client.config(url, withDefaults(page, 'wxConfig', more)),
      wxAgentConfig: async (url = context.href, more) =>
        client.agentConfig(url, withDefaults({ jsApiList: page.jsApiList }, 'wxAgentConfig', more)),
    }
    Object.assign(context, own)
    const route = routeAt(site.path, site.routes, {
      path: context.path,
      isMounted: isMounted(context),
      isRoute: isRoute(context, handle),
    })
    if (route === undefined || !isMethod(site, context.method)) {
      await next()
      return
    }
    const { status, headers, body } = await answer(site, route, async () => {
      const request = context.req as Incoming
      const parsed = (context.request as { body?: unknown }).body
      return {
        method: context.method,
        query: queryOf(context.originalUrl),
        contentType: request.headers['content-type'],
        body: parsed === undefined ? await bodyOf(request) : parsed,
        origin: request.headers.origin,
      }
    })
    context.set(headers)
    context.status = status
    // A body that is undefined would make the status 204.
    if (body !== undefined) context.body = body
  }
  return Object.assign(handle, { client: site.client, close: site.close })
}

// Below koa-mount the path is what is left of it.
function isMounted({ mountPath }: KoaContext & Routed): boolean {
  return typeof mountPath === 'string' && mountPath !== '/'
}

// A route of @koa/router has this very function in its stack.
function isRoute({ matched, path, originalUrl }: KoaContext & Routed, handle: unknown): boolean {
  const isChosen =
    Array.isArray(matched) &&
    matched.some((layer) => layer.stack?.includes(handle) && (layer.methods?.length || layer.path === path))
  return isChosen && originalUrl.split('?', 1)[0] !== '/'
}
