// The one error class: what happened, what WeChat answered, when to try again, and what to do next.

import { inShort } from './callback'
import { type Failure, type Link, native } from './native'

/** Which kind of failure it is. The words are the same in Rust, C and Go. */
export type Code =
  | 'INVALID_ARGUMENT'
  | 'INVALID_URL'
  | 'HOST_NOT_ALLOWED'
  | 'CREDENTIAL_REJECTED'
  | 'IP_NOT_ALLOWED'
  | 'PERMISSION_DENIED'
  | 'QUOTA_EXCEEDED'
  | 'TOKEN_INVALIDATED'
  | 'UPSTREAM_BUSY'
  | 'UPSTREAM_REJECTED'
  | 'BAD_RESPONSE'
  | 'NOT_READY'
  | 'NETWORK'
  | 'TIMEOUT'
  | 'STORE'
  | 'CLOSED'
  | 'ABORTED'
  | 'FORKED'
  | 'INTERNAL'

/** What a request asked a handler for, without the value of any parameter. */
export interface Asked {
  /** The host of the page, with its port; none if `url` was no URL. */
  host?: string
  /** The path of the page. */
  path?: string
  /** The names of the page's parameters; of the request's own if `url` was no URL. */
  parameters: string[]
  /** The hosts that the client signs for. */
  allowedHosts: readonly string[]
}

/**
 * Every failure of wxsign. It never carries a secret, a token or a ticket that wxsign knows, so it
 * may be logged as it is. What your own functions throw is passed on in their words.
 */
export class WxSignError extends Error {
  /** Which kind of failure it is. */
  declare readonly code: Code
  /** The cause below the code, as one word: `ECONNREFUSED`, `ENOTFOUND`, `PROXY_407` and so on. */
  declare readonly reason?: string
  /** WeChat's `errcode`, if WeChat answered with one. */
  declare readonly errcode?: number
  /** The request's id in Tencent's logs, which Tencent's support asks for. */
  declare readonly rid?: string
  /** The address that WeChat refused (`IP_NOT_ALLOWED`). */
  declare readonly ip?: string
  /** The host that failed: WeChat's, the proxy's, the store's or the page's. */
  declare readonly host?: string
  /** The file or directory that failed. */
  declare readonly path?: string
  /** The option of the client that is wrong. */
  declare readonly option?: string
  /** The parameter of the call that is wrong. */
  declare readonly parameter?: string
  /** Whether the same call can succeed later without any change. */
  declare readonly retryable: boolean
  /** When wxsign asks WeChat again at the earliest; calls until then fail at once. */
  declare readonly retryAt?: Date
  /** When the failure happened, if that was before this call. */
  declare readonly recordedAt?: Date
  /**
   * The HTTP status of a handler that fails with this. It is not called `status`, which frameworks
   * read: an error that reaches them by mistake must not choose the status of a page.
   */
  declare readonly httpStatus: number
  /** For `Retry-After`, if the status is 503: the seconds until `retryAt`. */
  declare readonly retryAfterSeconds?: number
  /** What a visitor may see: one fixed sentence per code. */
  declare readonly publicMessage: string
  /** What to do next, in English. */
  declare readonly hint: string
  /** What to do next, in Chinese. */
  declare readonly hintZh: string
  /** The page that explains the code. */
  declare readonly docs: string
  /** What a handler was asked for, if it refused a visitor. */
  declare asked?: Asked
  /** The failure behind this one; for `ABORTED` the signal's reason. */
  declare readonly cause?: unknown

  /** @internal */
  constructor(failure: Failure, options?: { cause: unknown }) {
    const [link, ...causes] = failure
    const behind = causes.length > 0 ? { cause: new WxSignError(causes) } : undefined
    super(link?.message, options ?? behind)
    for (const name of FIELDS) {
      const value = link !== undefined && Object.hasOwn(link, name) ? link[name] : undefined
      if (value === undefined || value === null) continue
      define(this, name, TIMES.includes(name) ? new Date(value as number) : value, true)
    }
  }

  /** Everything in it, for loggers that write JSON. */
  toJSON(): Record<string, unknown> {
    const own = FIELDS.filter((name) => Object.hasOwn(this, name))
    const fields = own.map((name) => [name, (this as Record<string, unknown>)[name]])
    const cause = this.cause === undefined ? [] : [['cause', causeInJson(this.cause)]]
    const asked = Object.hasOwn(this, 'asked') ? [['asked', this.asked]] : []
    return Object.fromEntries([['name', 'WxSignError'], ...fields, ['message', this.message], ...asked, ...cause])
  }
}

/** A cause in JSON. What a caller's function threw may be anything, and is reduced to its words. */
function causeInJson(cause: unknown): unknown {
  try {
    if (cause instanceof WxSignError) return cause.toJSON()
    // Not by `instanceof`: under Jest the errors of Node itself are of other classes.
    const { name } = cause as { name?: unknown }
    if (typeof name === 'string') return { name, message: inShort(cause) }
  } catch {
    // A proxy may refuse every question.
  }
  return { message: inShort(cause) }
}

const FIELDS = [
  'code',
  'reason',
  'errcode',
  'rid',
  'ip',
  'host',
  'path',
  'option',
  'parameter',
  'retryable',
  'retryAt',
  'recordedAt',
  'httpStatus',
  'retryAfterSeconds',
  'publicMessage',
  'hint',
  'hintZh',
  'docs',
] as const satisfies readonly (keyof Link)[]
const TIMES: readonly string[] = ['retryAt', 'recordedAt']

/** A property that neither a frozen nor a polluted `Object.prototype` can hinder. */
function define(target: object, name: PropertyKey, value: unknown, enumerable: boolean): void {
  const descriptor = { __proto__: null, value, enumerable, configurable: true, writable: true }
  Object.defineProperty(target, name, descriptor as PropertyDescriptor)
}

// Outside of the class: a bundler renames a class that names itself. And `name` stands on the
// prototype, as the built-in errors have it: an own property would be printed with every error.
define(WxSignError, 'name', 'WxSignError', false)
define(WxSignError.prototype, 'name', 'WxSignError', false)

/** Whether it is a failure of wxsign. A proxy that was thrown may refuse even this question. */
export function isOurs(error: unknown): error is WxSignError {
  try {
    return error instanceof WxSignError
  } catch {
    return false
  }
}

/** A failure that the facade itself found. */
export function fail(code: Code, message: string, options?: { cause: unknown }): WxSignError {
  return new WxSignError(native.failure(code, message), options)
}

/** A wrong option or parameter. */
export function invalid(message: string): WxSignError {
  return fail('INVALID_ARGUMENT', message)
}

/** The same error as the fault of this option of the client. */
export function aboutOption(option: string, error: unknown): unknown {
  if (!isOurs(error)) return error
  const options = Object.hasOwn(error, 'cause') ? { cause: error.cause } : undefined
  return new WxSignError(native.failure(error.code, error.message, option), options)
}

/** Returns the answer, or throws the failure that is there instead. */
export function orThrow<T extends string | number | boolean>(answer: T | Failure): T {
  if (typeof answer === 'object') throw new WxSignError(answer)
  return answer
}

/** Calls the addon. What the addon throws is a defect: INTERNAL. */
export function callAddon<T>(call: () => T): T {
  try {
    return call()
  } catch (cause) {
    throw isOurs(cause) ? cause : fail('INTERNAL', 'the addon failed', { cause })
  }
}
