// wxsign/express: a request handler, for Express 4 and 5.

import type { Client, WorkClient } from './client'
import { answer, isMethod } from './handler/answer'
import { routeAt } from './handler/route'
import { type HandlerOptions, openSite, type WorkHandlerOptions } from './handler/site'
import { bodyOf, type Incoming, queryOf } from './handler/url'

export type { HandlerOptions, PageOptions, WorkHandlerOptions } from './handler/site'

/** The parts of an Express request that are used here. */
export interface ExpressRequest {
  readonly baseUrl: string
  readonly path: string
  readonly method: string
  readonly originalUrl: string
  readonly headers: object
  readonly route?: unknown
}

/** The parts of an Express response that are used here. */
export interface ExpressResponse {
  readonly headersSent: boolean
  status(code: number): this
  set(headers: Record<string, string>): this
  json(body: unknown): unknown
  end(): unknown
}

/** An Express request handler. */
export interface ExpressHandler<C extends Client = Client> {
  (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void): Promise<void>
  readonly client: C
  /** Closes the client, if the handler made it. */
  close(): Promise<void>
}

/**
 * Makes an Express handler.
 *
 * @example
 * const { wxsign } = require('wxsign/express')
 *
 * app.use(wxsign({
 *   appId: 'wx…',
 *   appSecret: process.env.WX_APP_SECRET,
 *   allowedHosts: ['example.com'],
 * }))
 * // GET /wx/config?url=… returns the page's config
 */
export function wxsign(options: WorkHandlerOptions): ExpressHandler<WorkClient>
export function wxsign(options: HandlerOptions): ExpressHandler
export function wxsign(options: HandlerOptions | WorkHandlerOptions): ExpressHandler {
  const site = openSite(options)
  async function handle(
    request: ExpressRequest,
    response: ExpressResponse,
    next: (error?: unknown) => void,
  ): Promise<void> {
    const { path, baseUrl } = request
    const route = routeAt(site.path, site.routes, {
      path,
      isMounted: baseUrl !== '',
      isRoute: isRoute(request, handle),
    })
    if (route === undefined || !isMethod(site, request.method)) return next()
    const { status, headers, body } = await answer(site, route, async () => {
      const incoming = request as unknown as Incoming
      const { 'content-type': contentType, origin } = incoming.headers
      const { method, originalUrl } = request
      return { method, query: queryOf(originalUrl), contentType, body: await bodyOf(incoming), origin }
    })
    // A time limit of the application may have answered meanwhile.
    if (response.headersSent) return
    try {
      response.status(status).set(headers)
      if (body === undefined) response.end()
      else response.json(body)
    } catch (error) {
      // Of a middleware that listens to answers. Express 4 does not look at what is returned.
      next(error)
    }
  }
  return Object.assign(handle, { client: site.client, close: site.close })
}

// A route has this very function in its stack; the one that an earlier handler passed on stays in
// the request, and has not. At '/' it may be a path that a router has cut off.
function isRoute({ path, route }: ExpressRequest, handle: unknown): boolean {
  const stack = (route as { stack?: readonly { handle?: unknown }[] } | undefined)?.stack
  return path !== '/' && Array.isArray(stack) && stack.some((layer) => layer.handle === handle)
}
