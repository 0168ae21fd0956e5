// wxsign/fastify: a plugin for Fastify 4 and 5. It adds its routes and the client as
// `fastify.wxsign`, and closes the client with the server.

import type { Client } from './client'
import { answer } from './handler/answer'
import { pathOf, type Route, routeAt } from './handler/route'
import { type HandlerOptions, openSite, type Site } from './handler/site'
import { queryOf } from './handler/url'

export type { HandlerOptions, PageOptions } from './handler/site'

/** Options of the plugin. */
export type FastifyPluginOptions = HandlerOptions & {
  /** Where it is mounted: it answers this path, and its `path` below it. */
  prefix?: string | undefined
}

/**
 * What the server has behind the plugin. For TypeScript:
 * `declare module 'fastify' { interface FastifyInstance extends WxFastify {} }`; for an app of
 * 企业微信 `WxFastify<WorkClient>`.
 */
export interface WxFastify<C extends Client = Client> {
  wxsign: C
}

/** The parts of a Fastify request that are used here. */
export interface FastifyRequest {
  readonly method: string
  readonly url: string
  readonly body: unknown
  readonly headers: Record<string, unknown>
}

/** The parts of a Fastify reply that are used here. */
export interface FastifyReply {
  code(status: number): FastifyReply
  headers(headers: Record<string, string>): FastifyReply
  send(body?: unknown): FastifyReply
  callNotFound(): FastifyReply
}

/** A route, as far as it is used here. */
export interface FastifyRoute {
  method: string[]
  url: string
  handler(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>
  errorHandler(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>
}

/** The parts of a Fastify server that are used here. */
export interface FastifyServer {
  readonly initialConfig: { ignoreTrailingSlash?: boolean; routerOptions?: { ignoreTrailingSlash?: boolean } }
  hasDecorator(name: string): boolean
  hasRoute(route: { method: string; url: string }): boolean
  decorate(name: string, value: Client): unknown
  route(route: FastifyRoute): unknown
  addHook(name: 'onClose', hook: () => Promise<void>): unknown
}

/**
 * The plugin.
 *
 * @example
 * import { wxsign } from 'wxsign/fastify'
 *
 * await app.register(wxsign, {
 *   appId: 'wx…',
 *   appSecret: process.env.WX_APP_SECRET,
 *   allowedHosts: ['example.com'],
 * })
 * // GET /wx/config?url=… returns the page's config;
 * // a page that is rendered here has `app.wxsign.config(url)`
 */
export async function wxsign(server: object, options: FastifyPluginOptions): Promise<void> {
  const { prefix, ...others } = options
  const site = openSite(others)
  const fastify = server as FastifyServer
  fastify.addHook('onClose', site.close)
  if (!fastify.hasDecorator('wxsign')) fastify.decorate('wxsign', site.client)
  const mount = (prefix ?? '').replace(/\/$/, '')
  const { ignoreTrailingSlash, routerOptions } = fastify.initialConfig
  // A slash at the end makes another path, unless the server has another setting.
  const isSame = ignoreTrailingSlash || routerOptions?.ignoreTrailingSlash || site.path === '*'
  const own = (site.path === '*' ? `${mount}/*` : mount + site.path).replace(/(?<=.)\/$/, '')
  for (const base of new Set(mount === '' ? [own] : [own, mount])) {
    for (const route of base.endsWith('*') ? [undefined] : site.routes) {
      const path = route === undefined ? base : pathOf(base, route.suffix)
      for (const url of new Set(isSame ? [path] : [path, path.replace(/\/?$/, '/')])) {
        // The application may have a page at the mount. At the handler's own path Fastify refuses two.
        if (base !== own && fastify.hasRoute({ method: 'GET', url })) continue
        fastify.route(routeOf(site, url, route))
      }
    }
  }
}

/** The route at this path; without one the path of the request decides. */
function routeOf(site: Site, url: string, route: Route | undefined): FastifyRoute {
  async function respond(request: FastifyRequest, reply: FastifyReply, isUnread: boolean): Promise<FastifyReply> {
    const { method, url, body, headers: asked } = request
    const { 'content-type': contentType, origin } = asked
    const path = url.split('?', 1)[0] ?? ''
    const its = route ?? routeAt('*', site.routes, { path })
    if (its === undefined) return reply.callNotFound()
    const question = { method, query: queryOf(url), contentType, body, isUnread, origin }
    const answered = await answer(site, its, () => question)
    return reply.code(answered.status).headers(answered.headers).send(answered.body)
  }
  return {
    // HEAD comes with GET by itself.
    method: ['GET', 'POST', ...(site.origins.size > 0 ? ['OPTIONS'] : [])],
    url,
    handler: (request, reply) => respond(request, reply, false),
    // Without the application's error handler only if no parser could read the body.
    async errorHandler(error, request, reply) {
      if (!isOfParser(error)) throw error
      return respond(request, reply, true)
    },
  }
}

/** Whether Fastify failed to read a body: broken, empty or too long, or of a type without a parser. */
function isOfParser(error: unknown): boolean {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown }
  // Fastify 4 has no code for broken JSON.
  if (error instanceof SyntaxError && statusCode === 400) return true
  return typeof code === 'string' && code.startsWith('FST_ERR_CTP_')
}

// What fastify-plugin would do: the decoration belongs to the whole server, not to the context of
// this plugin.
Object.assign(wxsign, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'wxsign',
  [Symbol.for('plugin-meta')]: { name: 'wxsign', fastify: '4.x || 5.x' },
})
