// wxsign/koa: a middleware that answers one path and gives every context `ctx.wxConfig()`.

import type { Client } from './client'
import type { ConfigOptions, WxConfig } from './config'
import { answer, isHere, isMethod } from './handler/answer'
import { type HandlerOptions, openSite } from './handler/site'
import { bodyOf, type Incoming, queryOf } from './handler/url'

export type { HandlerOptions, PageOptions } from './handler/site'

/** What a context has behind the middleware. For TypeScript: `new Koa<DefaultState, WxContext>()`. */
export interface WxContext {
  /**
   * What `wx.config()` takes, for a page that is rendered here: by default of this request's own address. Behind a
   * proxy that ends TLS that address is right only with `app.proxy = true`, and if the proxy passes on the host with
   * its port. It rejects with a WxSignError and leaves the page's status alone.
   */
  wxConfig(url?: string, options?: ConfigOptions): Promise<WxConfig>
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
export interface KoaHandler {
  (context: KoaContext, next: () => Promise<unknown>): Promise<void>
  readonly client: Client
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
 * app.use(wxsign({ appId: 'wx…', appSecret: process.env.WX_APP_SECRET, allowedHosts: ['example.com'] }))
 * // GET /wx/config?url=… returns the page's config; a page that is rendered here has `await ctx.wxConfig()`
 */
export function wxsign(options: HandlerOptions): KoaHandler {
  const site = openSite(options)
  async function handle(context: KoaContext, next: () => Promise<unknown>): Promise<void> {
    const wxConfig: WxContext['wxConfig'] = async (url = context.href, more) =>
      site.client.config(url, { ...site.page, ...more })
    Object.assign(context, { wxConfig })
    const place = { path: context.path, isAtMount: isAtMount(context, handle) }
    if (!isHere(site, place) || !isMethod(site, context.method)) {
      await next()
      return
    }
    const { status, headers, body } = await answer(site, async () => {
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
    context.body = body
  }
  return Object.assign(handle, { client: site.client, close: site.close })
}

// Below koa-mount the rest of the path is '/'. A route of @koa/router has this very function in its stack.
function isAtMount(context: KoaContext & Routed, handle: unknown): boolean {
  const { mountPath, matched, path } = context
  if (typeof mountPath === 'string' && mountPath !== '/' && path === '/') return true
  const isRoute =
    Array.isArray(matched) &&
    matched.some((layer) => layer.stack?.includes(handle) && (layer.methods?.length || layer.path === path))
  return isRoute && context.originalUrl.split('?', 1)[0] !== '/'
}
