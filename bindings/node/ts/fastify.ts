// wxsign/fastify: a plugin that adds one route and the client as `fastify.wxsign`, and closes it with the server.

import type { Client } from './client'
import { answer, type Reply } from './handler/answer'
import { type HandlerOptions, openSite, type Site } from './handler/site'

export type { HandlerOptions, PageOptions } from './handler/site'

/** Options of the plugin. */
export type FastifyPluginOptions = HandlerOptions & {
  /** Comes before `path`. */
  prefix?: string
}

/** What the server has behind the plugin. For TypeScript: `declare module 'fastify' { interface FastifyInstance extends WxFastify {} }`. */
export interface WxFastify {
  wxsign: Client
}

/** The parts of a Fastify request that are used here. */
export interface FastifyRequest {
  readonly method: string
  readonly query: unknown
  readonly body: unknown
  readonly headers: Record<string, unknown>
}

/** The parts of a Fastify reply that are used here. */
export interface FastifyReply {
  code(status: number): FastifyReply
  headers(headers: Record<string, string>): FastifyReply
  send(body?: unknown): FastifyReply
}

/** The parts of a Fastify server that are used here. */
export interface FastifyServer {
  hasDecorator(name: string): boolean
  decorate(name: string, value: Client): unknown
  route(route: {
    method: string[]
    url: string
    handler(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>
  }): unknown
  addHook(name: 'onClose', hook: () => Promise<void>): unknown
}

/**
 * The plugin.
 *
 * @example
 * import { wxsign } from 'wxsign/fastify'
 *
 * await app.register(wxsign, { appId: 'wx…', appSecret: process.env.WX_APP_SECRET, allowedHosts: ['example.com'] })
 * // GET /wx/config?url=… answers the page's question; a page that is rendered here has `app.wxsign.config(url)`
 */
export async function wxsign(server: object, options: FastifyPluginOptions): Promise<void> {
  const { prefix = '', ...others } = options
  const site = openSite(others)
  const fastify = server as FastifyServer
  fastify.addHook('onClose', site.close)
  if (!fastify.hasDecorator('wxsign')) fastify.decorate('wxsign', site.client)
  fastify.route({
    // HEAD comes with GET by itself.
    method: ['GET', 'POST', ...(site.origins.size > 0 ? ['OPTIONS'] : [])],
    url: prefix + site.path,
    handler: async (request, reply) => send(reply, await asked(site, request)),
  })
}

async function asked(site: Site, { method, query, body, headers }: FastifyRequest): Promise<Reply> {
  const [referer, origin] = [headers.referer, headers.origin] as (string | undefined)[]
  return answer(site, { method, query: (query as { url?: unknown } | null)?.url, body, referer, origin })
}

function send(reply: FastifyReply, { status, headers, body, error }: Reply): FastifyReply {
  reply.code(status).headers(headers)
  if (error === undefined) return reply.send(body)
  // Thrown, so that the server's own error handler and log see it: its words are the code, its cause has the rest.
  throw Object.assign(new Error(error.code, { cause: error }), { statusCode: status, code: error.code })
}

// What fastify-plugin would do: the decoration is the whole server's, not of a context of the plugin's own.
Object.assign(wxsign, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'wxsign',
  [Symbol.for('plugin-meta')]: { name: 'wxsign', fastify: '5.x' },
})
