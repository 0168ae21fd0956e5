// wxsign/express: a request handler, at its path below the application or below a router.

import type { Client } from './client'
import { answer, isMethod, isPath } from './handler/answer'
import { type HandlerOptions, openSite } from './handler/site'

export type { HandlerOptions, PageOptions } from './handler/site'

/** The parts of an Express request that are used here. */
export interface ExpressRequest {
  readonly baseUrl: string
  readonly path: string
  readonly method: string
  readonly query: unknown
  readonly body?: unknown
  get(name: string): string | undefined
}

/** The parts of an Express response that are used here. */
export interface ExpressResponse {
  status(code: number): this
  set(headers: Record<string, string>): this
  json(body: unknown): unknown
  end(): unknown
}

/** An Express request handler. */
export interface ExpressHandler {
  (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void): Promise<void>
  readonly client: Client
  /** Closes the client, if it was made by the handler. */
  close(): Promise<void>
}

/**
 * Makes an Express handler. Put it behind `express.json()`, if pages send their address in a body.
 *
 * @example
 * const { wxsign } = require('wxsign/express')
 *
 * app.use(wxsign({ appId: 'wx…', appSecret: process.env.WX_APP_SECRET, allowedHosts: ['example.com'] }))
 * // GET /wx/config?url=… answers the page's question
 */
export function wxsign(options: HandlerOptions): ExpressHandler {
  const site = openSite(options)
  async function handle(
    request: ExpressRequest,
    response: ExpressResponse,
    next: (error?: unknown) => void,
  ): Promise<void> {
    // The whole path, whichever router it passed on its way.
    if (!isPath(site, request.baseUrl + request.path) || !isMethod(site, request.method)) return next()
    try {
      const { status, headers, body } = await answer(site, {
        method: request.method,
        query: (request.query as { url?: unknown } | undefined)?.url,
        body: request.body,
        referer: request.get('Referer'),
        origin: request.get('Origin'),
      })
      response.status(status).set(headers)
      if (body === undefined) response.end()
      else response.json(body)
    } catch (error) {
      next(error)
    }
  }
  return Object.assign(handle, { client: site.client, close: site.close })
}
