// wxsign/web: from a Request to a Response, for Hono, Next.js, Remix, Bun, Deno and whatever else speaks fetch.

import type { Client } from './client'
import { answer, isMethod, isPath, methods } from './handler/answer'
import { parsed, urlParameter } from './handler/raw'
import { type HandlerOptions, openSite } from './handler/site'

export type { HandlerOptions, PageOptions } from './handler/site'

/** Answers the path of the handler; every other request gets 404. */
export interface WebHandler {
  (request: Request): Promise<Response>
  readonly client: Client
  /** Closes the client, if it was made by the handler. */
  close(): Promise<void>
}

/**
 * Makes a function from a `Request` to a `Response`.
 *
 * @example
 * import { wxsign } from 'wxsign/web'
 *
 * const handler = wxsign({ appId: 'wx…', appSecret: process.env.WX_APP_SECRET, allowedHosts: ['example.com'] })
 * app.all('/wx/config', (c) => handler(c.req.raw)) // Hono
 */
export function wxsign(options: HandlerOptions): WebHandler {
  const site = openSite(options)
  async function handle(request: Request): Promise<Response> {
    const { method, headers } = request
    const { pathname, search } = new URL(request.url)
    if (!isPath(site, pathname)) return new Response(null, { status: 404 })
    if (!isMethod(site, method)) return new Response(null, { status: 405, headers: { Allow: methods(site) } })
    const reply = await answer(site, {
      method,
      query: urlParameter(search),
      body: method === 'POST' ? await bodyOf(request) : undefined,
      referer: headers.get('referer') ?? undefined,
      origin: headers.get('origin') ?? undefined,
    })
    const { status, body } = reply
    return body === undefined
      ? new Response(null, { status, headers: reply.headers })
      : Response.json(body, { status, headers: reply.headers })
  }
  return Object.assign(handle, { client: site.client, close: site.close })
}

async function bodyOf(request: Request): Promise<unknown> {
  if (request.body === null || request.bodyUsed) return undefined
  return parsed(request.headers.get('content-type'), request.body as unknown as AsyncIterable<Uint8Array>)
}
