// A question in, a status and a body out: the one function behind all handlers. It knows no framework.

import type { WxConfig } from '../client'
import type { Code } from '../error'
import { WxSignError } from '../shared'
import type { Site } from './site'

/** What a request asks, whichever framework brought it. */
export interface Question {
  method: string
  /** The `url` of the query, as it was parsed. */
  query: unknown
  /** The body, as it was parsed. */
  body?: unknown
  referer?: string | undefined
  origin?: string | undefined
}

/** What goes out. */
export interface Reply {
  status: number
  headers: Record<string, string>
  /** None for a preflight. */
  body?: WxConfig | { code: Code }
  /** Why it failed; for the operator, never for the visitor. */
  error?: WxSignError
}

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST']
const VISITORS: Partial<Record<Code, number>> = { INVALID_ARGUMENT: 400, INVALID_URL: 400, HOST_NOT_ALLOWED: 403 }
const LATER: readonly Code[] = ['QUOTA_EXCEEDED', 'TOKEN_INVALIDATED', 'NOT_READY', 'CLOSED']

/** Whether a handler answers this path. */
export function isPath(site: Site, path: string): boolean {
  return site.path === '*' || site.path === path
}

/** Whether a handler answers this method; `OPTIONS` only where other origins are listed. */
export function isMethod(site: Site, method: string): boolean {
  return METHODS.includes(method) || (method === 'OPTIONS' && site.origins.size > 0)
}

/** The methods of a handler, for `Allow`. */
export function methods(site: Site): string {
  return [...METHODS, ...(site.origins.size > 0 ? ['OPTIONS'] : [])].join(', ')
}

/** The answer. Rejects only where there is a defect. */
export async function answer(site: Site, question: Question): Promise<Reply> {
  const headers = { 'Cache-Control': 'no-store', ...crossOrigin(site, question) }
  if (question.method === 'OPTIONS') return { status: 204, headers }
  try {
    return { status: 200, headers, body: await site.client.config(urlOf(question) as string, site.page) }
  } catch (error) {
    return failed(site, error, headers)
  }
}

/** A failure as it goes out: a status, a code, and when to come back. What came in is never repeated. */
export function failed(site: Site, error: unknown, headers: Record<string, string> = {}): Reply {
  if (!(error instanceof WxSignError)) throw error
  const status = statusOf(error)
  if (status >= 500) site.report(error)
  const retry = status === 503 ? { 'Retry-After': String(secondsUntil(error.retryAt)) } : {}
  return { status, headers: { 'Cache-Control': 'no-store', ...headers, ...retry }, body: { code: error.code }, error }
}

// The query before the body before the Referer. What is there is taken as it is: the client says what is wrong with it.
function urlOf({ query, body, referer }: Question): unknown {
  if (query !== undefined && query !== null) return query
  if (typeof body === 'object' && body !== null && 'url' in body) return body.url
  return referer
}

function statusOf({ code, retryable }: WxSignError): number {
  return VISITORS[code] ?? (retryable || LATER.includes(code) ? 503 : 502)
}

function secondsUntil(date: Date | undefined): number {
  return date === undefined ? 5 : Math.max(1, Math.ceil((date.getTime() - Date.now()) / 1_000))
}

function crossOrigin({ origins }: Site, { method, origin }: Question): Record<string, string> {
  if (origins.size === 0) return {}
  // Also where this one is not listed: a cache must not hand its answer to another.
  const vary = { Vary: 'Origin' }
  if (origin === undefined || !origins.has(origin)) return vary
  const allowed = { ...vary, 'Access-Control-Allow-Origin': origin }
  if (method !== 'OPTIONS') return { ...allowed, 'Access-Control-Expose-Headers': 'Retry-After' }
  return {
    ...allowed,
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': 'Content-Type',
    'Access-Control-Max-Age': '600',
  }
}
