// What the operator learns of a handler's failures.
//
// A visitor's mistake is reported at most once a minute per code: a scanner must not fill a log. A
// failure that needs the operator reaches `onError` each time; without `onError` it is one warning
// per outage and code, and one for the end of the outage.

import { util } from '../builtin'
import { notify, warn } from '../callback'
import type { Asked, WxSignError } from '../error'

const MINUTE_MS = 60_000
const MAX_NAMES = 20
const MAX_LENGTH = 200

/** Reports the failures of one handler. */
export class Reporter {
  readonly #onError: ((error: WxSignError) => unknown) | undefined
  readonly #allowedHosts: readonly string[]
  /** When each code was last reported. */
  readonly #reportedAt = new Map<string, number>()
  /** The codes of the outage that was warned of; empty if there is none. */
  readonly #outage = new Set<string>()

  constructor(onError: ((error: WxSignError) => unknown) | undefined, allowedHosts: readonly string[]) {
    this.#onError = onError
    this.#allowedHosts = allowedHosts
  }

  /** A request has failed; `url` is what it asked to have signed, and `query` its own query. */
  failed(error: WxSignError, url: unknown, query: string): void {
    if (error.httpStatus >= 500) this.#operatorsFault(error)
    else this.#visitorsFault(error, askedOf(url, query, this.#allowedHosts))
  }

  /** A page was signed: an outage is over. */
  succeeded(): void {
    if (this.#outage.size === 0) return
    const codes = [...this.#outage].join(', ')
    this.#outage.clear()
    warn(`wxsign signs pages again (it was ${codes}). 已恢复正常。`)
  }

  #operatorsFault(error: WxSignError): void {
    const { code, message, hint, hintZh } = error
    if (this.#onError !== undefined) notify('onError', () => this.#onError?.(error))
    else if (!this.#outage.has(code) && this.#claimReport(code)) {
      this.#outage.add(code)
      warn(`${code}: ${message}\n${hint}\n${hintZh}`)
    }
  }

  #visitorsFault(error: WxSignError, asked: Asked): void {
    if (!this.#claimReport(error.code)) return
    error.asked = asked
    const words = `${error.code}: ${error.message} ${inWords(asked)}`
    const debug = util().debuglog('wxsign')
    if (debug.enabled) debug('%s', words)
    if (this.#onError === undefined) warn(`${words}\n${error.hint}\n${error.hintZh}`)
    else notify('onError', () => this.#onError?.(error))
  }

  /** Claims a report: false if one of the code was made within the last minute. */
  #claimReport(code: string): boolean {
    const now = Date.now()
    const last = this.#reportedAt.get(code)
    // The clock may be set back.
    if (last !== undefined && Math.abs(now - last) < MINUTE_MS) return false
    this.#reportedAt.set(code, now)
    return true
  }
}

/** What was asked, without a value: a parameter may be a visitor's secret. */
function askedOf(url: unknown, query: string, allowedHosts: readonly string[]): Asked {
  let page: URL | undefined
  try {
    page = new URL(String(url))
  } catch {}
  const names = parameterNames(page === undefined ? query : page.search.slice(1))
  return page === undefined
    ? { parameters: names, allowedHosts }
    : { host: page.host, path: printable(page.pathname), parameters: names, allowedHosts }
}

function parameterNames(query: string): string[] {
  const names = query.split('&', MAX_NAMES).map((parameter) => printable(parameter.split('=', 1)[0] ?? ''))
  return [...new Set(names)].filter((name) => name !== '')
}

/** A visitor's text for one line of a log. */
export function printable(text: string): string {
  return text.slice(0, MAX_LENGTH).replace(/[^\x20-\x7e]/g, '?')
}

function inWords({ host, path, parameters, allowedHosts }: Asked): string {
  const page = host === undefined ? 'no page' : `a page of ${host || 'no host'} with the path ${path}`
  const names = parameters.length === 0 ? 'no parameters' : `the parameters ${parameters.join(', ')}`
  return `(asked for ${page} and ${names}; allowed hosts: ${allowedHosts.join(', ')})`
}
