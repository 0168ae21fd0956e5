// wxsign/http: a listener for node:http, alone or in front of others.

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Client } from './client'
import { answer, isMethod, isPath, methods, type Reply } from './handler/answer'
import { parsed, urlParameter } from './handler/raw'
import { type HandlerOptions, openSite } from './handler/site'

export type { HandlerOptions, PageOptions } from './handler/site'

/** Answers the path of the handler; every other request goes to `next`, or gets 404 where there is none. */
export interface HttpHandler {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): Promise<void>
  readonly client: Client
  /** Closes the client, if it was made by the handler. */
  close(): Promise<void>
}

/**
 * Makes a listener for `node:http`.
 *
 * @example
 * const { wxsign } = require('wxsign/http')
 *
 * createServer(wxsign({ appId: 'wx…', appSecret: process.env.WX_APP_SECRET, allowedHosts: ['example.com'] }))
 */
export function wxsign(options: HandlerOptions): HttpHandler {
  const site = openSite(options)
  async function respond(request: IncomingMessage): Promise<Reply> {
    const { headers, method = 'GET' } = request
    const question = { method, query: queryOf(request), referer: headers.referer, origin: headers.origin }
    return answer(site, { ...question, body: await bodyOf(request) })
  }
  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): Promise<void> {
    const path = isPath(site, (request.url ?? '').split('?', 1)[0] ?? '')
    if (path && isMethod(site, request.method ?? 'GET')) {
      try {
        send(response, await respond(request))
      } catch (error) {
        // A defect, or a request that broke off: the server's other code may know what to do.
        if (next) next(error)
        else send(response, { status: 500, headers: {} })
      }
    } else if (next) next()
    else send(response, path ? { status: 405, headers: { Allow: methods(site) } } : { status: 404, headers: {} })
  }
  return Object.assign(handle, { client: site.client, close: site.close })
}

function queryOf({ url = '' }: IncomingMessage): unknown {
  const begin = url.indexOf('?')
  return begin < 0 ? undefined : urlParameter(url.slice(begin + 1))
}

async function bodyOf(request: IncomingMessage & { body?: unknown }): Promise<unknown> {
  if (request.body !== undefined || request.method !== 'POST' || request.readableEnded) return request.body
  // The iterator of a request would break the connection when a long body is given up.
  return parsed(request.headers['content-type'], request.iterator({ destroyOnReturn: false }))
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, body === undefined ? headers : { ...headers, 'Content-Type': JSON_TYPE })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

const JSON_TYPE = 'application/json; charset=utf-8'
