// A question in, a status and a body out: the one function that all handlers use. It depends on no
// framework.

import { type Code, fail, isOurs } from '../error'
import type { Report } from '../explain'
import { isReport } from './page-reports'
import type { Route, RouteAnswer } from './route'
import type { Site } from './site'
import { unread, urlOf } from './url'

/** What a request asks, whichever framework brought it. */
export interface HttpQuestion {
  method: string
  /** The query as it was sent, without its `?`: what is parsed has lost how it was encoded. */
  query: string
  contentType?: unknown
  /** The body, parsed. */
  body?: unknown
  /**
   * Whether the framework could not parse the body. It then skips the application's hooks, and with
   * them a check of who asks: such a request is never signed, whatever its query has.
   */
  isUnread?: boolean
  origin?: unknown
}

/** What goes out. */
export interface HttpReply {
  status: number
  headers: Record<string, string>
  /** None for a preflight. */
  body?: RouteAnswer | Report | { code: Code; message: string }
}

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST']

/** Whether a handler answers this method; `OPTIONS` only if other origins are listed. */
export function isMethod(site: Site, method: string): boolean {
  return METHODS.includes(method) || (method === 'OPTIONS' && site.origins.size > 0)
}

/** The methods of a handler, for `Allow`. */
export function methods(site: Site): string {
  return [...METHODS, ...(site.origins.size > 0 ? ['OPTIONS'] : [])].join(', ')
}

/** The answer. It never rejects: a defect is answered and reported as INTERNAL. */
export async function answer(
  site: Site,
  route: Route,
  ask: () => HttpQuestion | Promise<HttpQuestion>,
): Promise<HttpReply> {
  const headers: Record<string, string> = { 'Cache-Control': 'no-store' }
  let url: string | undefined
  let query = ''
  try {
    const question = await ask()
    query = question.query
    Object.assign(headers, crossOrigin(site, question))
    if (question.isUnread) throw unread()
    if (question.method === 'OPTIONS') return { status: 204, headers }
    if (question.method === 'POST' && isReport(question.body)) {
      return { ...(await site.reports(question.body.report)), headers }
    }
    const body = await route.sign(() => {
      url = urlOf(query, question.contentType, question.body)
      return url
    })
    site.reporter.succeeded()
    return { status: 200, headers, body }
  } catch (cause) {
    const error = isOurs(cause) ? cause : fail('INTERNAL', 'the handler failed', { cause })
    const { httpStatus: status, retryAfterSeconds, code, publicMessage: message } = error
    // Only now: `onError` may change what it is given.
    site.reporter.failed(error, url, query)
    if (retryAfterSeconds !== undefined) headers['Retry-After'] = String(retryAfterSeconds)
    // What came in never goes out again.
    return { status, headers, body: { code, message } }
  }
}

function crossOrigin({ origins }: Site, { method, origin }: HttpQuestion): Record<string, string> {
  if (origins.size === 0) return {}
  // Also if this origin is not listed: a cache must not hand its answer to another.
  const vary = { Vary: 'Origin' }
  if (typeof origin !== 'string' || !origins.has(origin)) return vary
  const allowed = { ...vary, 'Access-Control-Allow-Origin': origin }
  if (method !== 'OPTIONS') return { ...allowed, 'Access-Control-Expose-Headers': 'Retry-After' }
  return {
    ...allowed,
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': 'Content-Type',
    'Access-Control-Max-Age': '600',
  }
}
