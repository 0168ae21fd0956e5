// wxsign/http: a listener for node:http, alone or in front of others, and a middleware for connect.

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Client } from './client'
import { answer, isMethod, methods, type Reply } from './handler/answer'
import { type Place, routeAt } from './handler/route'
import { type HandlerOptions, openSite } from './handler/site'
import { bodyOf, type Incoming, queryOf } from './handler/url'

export type { HandlerOptions, PageOptions } from './handler/site'

/** Answers the path of the handler; every other request goes to `next`, or gets 404 if there is none. */
export interface HttpHandler {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): Promise<void>
  readonly client: Client
  /** Closes the client, if the handler made it. */
  close(): Promise<void>
}

/**
 * Makes a listener for `node:http`.
 *
 * @example
 * const { wxsign } = require('wxsign/http')
 *
 * createServer(wxsign({
 *   appId: 'wx…',
 *   appSecret: process.env.WX_APP_SECRET,
 *   allowedHosts: ['example.com'],
 * }))
 */
export function wxsign(options: HandlerOptions): HttpHandler {
  const site = openSite(options)
  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): Promise<void> {
    const { method = 'GET' } = request
    const route = routeAt(site.path, site.routes, placeOf(request))
    if (route !== undefined && isMethod(site, method)) {
      const reply = await answer(site, route, async () => {
        const { 'content-type': contentType, origin } = request.headers
        const body = await bodyOf(request as unknown as Incoming)
        return { method, query: queryOf(request.url), contentType, body, origin }
      })
      send(response, reply)
    } else if (next) next()
    else send(response, route ? { status: 405, headers: { Allow: methods(site) } } : { status: 404, headers: {} })
  }
  return Object.assign(handle, { client: site.client, close: site.close })
}

// connect cuts the path of the mount off, and so do others that take such middleware; some programs
// rewrite the path to '/' for other reasons. So only a request that brings a `url` is taken for one
// at the mount.
function placeOf({ method, url = '', ...rest }: IncomingMessage & { originalUrl?: unknown }): Place {
  const path = url.split('?', 1)[0] ?? ''
  const { originalUrl } = rest
  if (typeof originalUrl !== 'string') return { path }
  const query = queryOf(url)
  const isCut = queryOf(originalUrl) === query && originalUrl.split('?', 1)[0] !== path
  return { path, isMounted: isCut && (method === 'POST' || /(^|&)url(=|&|$)/.test(query)) }
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, body === undefined ? headers : { ...headers, 'Content-Type': JSON_TYPE })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

const JSON_TYPE = 'application/json; charset=utf-8'
