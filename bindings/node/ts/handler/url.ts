// Where the page's URL comes from: `url` in the query or in a JSON body, and nowhere else. Never
// from the Referer: browsers cut it to the origin.

import { fail, invalid, orThrow, type WxSignError } from '../error'
import { native } from '../native'

// A URL has at most 8,192 bytes, and three times that if every one of them is escaped.
const MAX_BODY = 65_536
/** Stands for a body that is longer, or that broke off. */
const UNREAD = Symbol('unread')
const URL_IN_QUERY = /(^|&)url(=|&|$)/

/** The page's URL in a request with this query and this body. */
export function urlOf(query: string, contentType: unknown, body: unknown): string {
  const isInQuery = URL_IN_QUERY.test(query)
  if (body === UNREAD && !isInQuery) throw unread()
  const hasBody = isJson(contentType) && typeof body === 'object' && body !== null && Object.hasOwn(body, 'url')
  if (!hasBody || isInQuery) return orThrow(native.urlFromQuery(query))
  const { url } = body as { url: unknown }
  if (typeof url !== 'string') throw invalid('url must be a string')
  // Half of a surrogate pair has no encoding.
  if (/\p{Surrogate}/u.test(url)) throw fail('INVALID_URL', 'the URL has half a character')
  // The rules of a query hold here too.
  return orThrow(native.urlFromQuery(`url=${encodeURIComponent(url)}`))
}

/** The failure of a request whose body is lost. */
export function unread(): WxSignError {
  return invalid('the body of the request cannot be read, or is too long')
}

/** Whether a body of this type is JSON. */
function isJson(contentType: unknown): boolean {
  return typeof contentType === 'string' && /^\s*application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType)
}

/** A JSON body as an object; undefined if it is none or broken. */
export async function parsed(contentType: unknown, chunks: AsyncIterable<Uint8Array>): Promise<unknown> {
  if (!isJson(contentType)) return undefined
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of chunks) {
      length += chunk.length
      if (length > MAX_BODY) return UNREAD
      parts.push(chunk)
    }
  } catch {
    return UNREAD
  }
  try {
    // Body parsers take a byte order mark too.
    return JSON.parse(
      Buffer.concat(parts)
        .toString('utf8')
        .replace(/^\ufeff/, ''),
    )
  } catch {
    return undefined
  }
}

/** The parts of a request of node:http that are used here; some frameworks add `body`. */
export interface Incoming extends AsyncIterable<Uint8Array> {
  readonly body?: unknown
  readonly method?: string | undefined
  readonly readableEnded: boolean
  readonly headers: { readonly [name: string]: unknown }
  iterator?(options: { destroyOnReturn: boolean }): AsyncIterable<Uint8Array>
}

/** The body of a request, whether a body parser has read it or not. */
export async function bodyOf(request: Incoming): Promise<unknown> {
  if (request.body !== undefined || request.method !== 'POST' || request.readableEnded) return request.body
  // The usual iterator would break the connection when a long body is given up.
  return parsed(request.headers['content-type'], request.iterator?.({ destroyOnReturn: false }) ?? request)
}

/** The raw query of a URL, without its `?`. */
export function queryOf(url: unknown): string {
  const text = typeof url === 'string' ? url : ''
  const begin = text.indexOf('?')
  return begin < 0 ? '' : (text.slice(begin + 1).split('#', 1)[0] ?? '')
}
