// The page's URL in the raw query of a request.

import { invalid } from '../error'

/** The one parameter `url`, decoded; or what is wrong with it. */
export function urlFromQuery(query: string): string {
  const parameters = query.split('&')
  const found = parameters.flatMap((parameter, at) => (decoded(parameter.split('=', 1)[0] ?? '') === 'url' ? [at] : []))
  const [at] = found
  if (at === undefined) throw invalid('url is missing')
  if (found.length > 1) throw invalid('url is there more than once')
  const raw = parameters[at]?.replace(/^[^=]*=?/, '') ?? ''
  if (raw.includes('?') && at < parameters.length - 1) {
    throw invalid('url was not encoded, and cut at its first &: send encodeURIComponent(location.href)')
  }
  const url = decoded(raw)
  if (/^https?%3a/i.test(url)) throw invalid('url was encoded twice: send encodeURIComponent(location.href) once')
  return url
}

function decoded(text: string): string {
  return new URLSearchParams(`_=${text.replaceAll('&', '%26')}`).get('_') ?? ''
}
