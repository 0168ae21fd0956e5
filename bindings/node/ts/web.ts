// wxsign/web: from a Request to a Response, for Hono, Elysia, Next.js, Remix, Bun, Deno and
// everything else that speaks fetch.

import type { Client, WorkClient } from './client'
import { answer, isMethod, methods } from './handler/answer'
import { routeAt } from './handler/route'
import { type HandlerOptions, openSite, type WorkHandlerOptions } from './handler/site'
import { parsed } from './handler/url'

export type { HandlerOptions, PageOptions, WorkHandlerOptions } from './handler/site'

/**
 * Answers every request that reaches it; if its options name a path, every other path gets 404. For
 * an app of 企业微信 the end of the path decides: `/agent-config` signs for `wx.agentConfig`.
 */
export interface WebHandler<C extends Client = Client> {
  (request: Request): Promise<Response>
  readonly client: C
  /** Closes the client, if the handler made it. */
  close(): Promise<void>
}

/**
 * Makes a function from a `Request` to a `Response`.
 *
 * @example
 * import { wxsign } from 'wxsign/web'
 *
 * const handler = wxsign({
 *   appId: 'wx…',
 *   appSecret: process.env.WX_APP_SECRET,
 *   allowedHosts: ['example.com'],
 * })
 * app.all('/wx/config', (c) => handler(c.req.raw)) // Hono
 */
export function wxsign(options: WorkHandlerOptions): WebHandler<WorkClient>
export function wxsign(options: HandlerOptions): WebHandler
export function wxsign(options: HandlerOptions | WorkHandlerOptions): WebHandler {
  const site = openSite(options)
  async function handle(request: Request): Promise<Response> {
    const { method, headers: asked } = request
    const { pathname, search } = new URL(request.url)
    const route = routeAt(site.namesPath ? site.path : '*', site.routes, { path: pathname })
    if (route === undefined) return respond(404, {})
    if (!isMethod(site, method)) return respond(405, { Allow: methods(site) })
    const { status, headers, body } = await answer(site, route, async () => ({
      method,
      query: search.slice(1),
      contentType: asked.get('content-type'),
      body: method === 'POST' ? await bodyOf(request) : undefined,
      origin: asked.get('origin'),
    }))
    return respond(status, headers, body)
  }
  return Object.assign(handle, { client: site.client, close: site.close })
}

async function bodyOf(request: Request): Promise<unknown> {
  if (request.body === null || request.bodyUsed) return undefined
  return parsed(request.headers.get('content-type'), request.body as unknown as AsyncIterable<Uint8Array>)
}

function respond(status: number, headers: Record<string, string>, body?: object): Response {
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' }
  // Own names alone: a Response reads its settings as JavaScript does.
  const init = Object.assign(Object.create(null), { status, headers: Object.entries({ ...headers, ...type }) })
  return new Response(body === undefined ? null : JSON.stringify(body), init)
}
