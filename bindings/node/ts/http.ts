// wxsign/http: a listener for node:http, alone or in front of others, and a middleware for connect.

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Client, WorkClient } from './client'
import { answer, type HttpReply, isMethod, methods } from './handler/answer'
import { type Place, routeAt } from './handler/route'
import { type HandlerOptions, openSite, type WorkHandlerOptions } from './handler/site'
import { bodyOf, type Incoming, queryOf } from './handler/url'

export type { HandlerOptions, PageOptions, WorkHandlerOptions } from './handler/site'

/** Answers the path of the handler; every other request goes to `next`, or gets 404 if there is none. */
export interface HttpHandler<C extends Client = Client> {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): Promise<void>
  readonly client: C
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
export function wxsign(options: WorkHandlerOptions): HttpHandler<WorkClient>
export function wxsign(options: HandlerOptions): HttpHandler
export function wxsign(options: HandlerOptions | WorkHandlerOptions): HttpHandler {
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
      try {
        send(response, reply)
      } catch (error) {
        // Of a middleware that listens to answers. connect does not look at what is returned.
        if (next === undefined) throw error
        next(error)
      }
    } else if (next) next()
    else send(response, route ? { status: 405, headers: { Allow: methods(site) } } : { status: 404, headers: {} })
  }
  return Object.assign(handle, { client: site.client, close: site.close })
}

// connect cuts the path of the mount off, and so do others that take such middleware. But fallbacks
// of single-page apps rewrite the path of a page to '/' too: a browser that asks for a page, without
// a `url`, is not taken for a request at the mount.
function placeOf(request: IncomingMessage & { originalUrl?: unknown }): Place {
  const { method, url = '', headers } = request
  const path = url.split('?', 1)[0] ?? ''
  const originalUrl = Object.hasOwn(request, 'originalUrl') ? request.originalUrl : undefined
  if (typeof originalUrl !== 'string') return { path }
  const query = queryOf(url)
  const isCut = queryOf(originalUrl) === query && originalUrl.split('?', 1)[0] !== path
  const isPage = method !== 'POST' && String(headers.accept).includes('text/html') && !/(^|&)url(=|&|$)/.test(query)
  return { path, isMounted: isCut && !isPage }
}

function send(response: ServerResponse, { status, headers, body }: HttpReply): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, body === undefined ? headers : { ...headers, 'Content-Type': JSON_TYPE })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

const JSON_TYPE = 'application/json; charset=utf-8'
