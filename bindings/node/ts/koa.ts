// wxsign/koa: a middleware that answers one path and gives every context `ctx.wxConfig()`.

import type { Client, ConfigOptions, WxConfig } from './client'
import { answer, failed, isMethod, isPath, type Reply } from './handler/answer'
import { type HandlerOptions, openSite } from './handler/site'

export type { HandlerOptions, PageOptions } from './handler/site'

/** What a context has behind the middleware. For TypeScript: `new Koa<DefaultState, WxContext>()`. */
export interface WxContext {
  /**
   * What `wx.config()` takes, for a page that is rendered here: of this request's own address where `url` is left
   * out. Behind a proxy that ends TLS that address is right only with `app.proxy = true`.
   */
  wxConfig(url?: string, options?: ConfigOptions): Promise<WxConfig>
}

/** The parts of a Koa context that are used here. */
export interface KoaContext {
  readonly href: string
  readonly path: string
  readonly method: string
  readonly query: Record<string, unknown>
  readonly request: object
  status: number
  body: unknown
  get(name: string): string
  set(headers: Record<string, string>): void
  throw(status: number, message: string, properties: object): never
}

/** A Koa middleware. */
export interface KoaHandler {
  (context: KoaContext, next: () => Promise<unknown>): Promise<void>
  readonly client: Client
  /** Closes the client, if it was made by the handler. */
  close(): Promise<void>
}

/**
 * Makes a Koa middleware. Put it behind the body parser, if there is one.
 *
 * @example
 * const { wxsign } = require('wxsign/koa')
 *
 * app.use(wxsign({ appId: 'wx…', appSecret: process.env.WX_APP_SECRET, allowedHosts: ['example.com'] }))
 * // GET /wx/config?url=… answers the page's question; a page that is rendered here has `await ctx.wxConfig()`
 */
export function wxsign(options: HandlerOptions): KoaHandler {
  const site = openSite(options)
  async function handle(context: KoaContext, next: () => Promise<unknown>): Promise<void> {
    const wxConfig: WxContext['wxConfig'] = async (url = context.href, more) => {
      try {
        return await site.client.config(url, { ...site.page, ...more })
      } catch (error) {
        return fail(context, failed(site, error))
      }
    }
    Object.assign(context, { wxConfig })
    if (!isPath(site, context.path) || !isMethod(site, context.method)) {
      await next()
      return
    }
    const reply = await answer(site, {
      method: context.method,
      query: context.query.url,
      body: (context.request as { body?: unknown }).body,
      referer: context.get('Referer') || undefined,
      origin: context.get('Origin') || undefined,
    })
    if (reply.error) return fail(context, reply)
    context.set(reply.headers)
    context.status = reply.status
    context.body = reply.body
  }
  return Object.assign(handle, { client: site.client, close: site.close })
}

// What is thrown shows the code and nothing else; an error handler of the application finds the rest as its cause.
function fail(context: KoaContext, { status, headers, error }: Reply): never {
  const code = error?.code ?? 'INTERNAL'
  return context.throw(status, code, { code, headers, cause: error, expose: true })
}
