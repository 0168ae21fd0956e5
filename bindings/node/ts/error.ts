// The one error class: what happened, what WeChat said, when to try again, and what to do next.

import { type Failure, native } from './native'

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

/**
 * Every failure of wxsign's. It never carries a secret, a token or a ticket that wxsign knows, so it may be logged as it
 * is; what your own functions throw is passed on in their words.
 */
export class WxSignError extends Error {
  /** Which kind of failure it is. */
  declare readonly code: Code
  /** WeChat's `errcode`, where WeChat answered with one. */
  declare readonly errcode?: number
  /** The request's id in Tencent's logs, which Tencent's support asks for. */
  declare readonly rid?: string
  /** The address that WeChat refused (`IP_NOT_ALLOWED`). */
  declare readonly ip?: string
  /** Whether the same call can succeed later without anybody changing anything. */
  declare readonly retryable: boolean
  /** When WeChat will be asked again at the earliest; calls until then fail at once. */
  declare readonly retryAt?: Date
  /** What to do next, in English. */
  declare readonly hint: string
  /** What to do next, in Chinese. */
  declare readonly hintZh: string
  /** The failure behind this one; for `ABORTED` the signal's reason. */
  declare readonly cause?: unknown

  static {
    // On the prototype, as the built-in errors have it: an own property would be printed with every error.
    Object.defineProperty(WxSignError.prototype, 'name', {
      value: 'WxSignError',
      configurable: true,
      writable: true,
    })
  }

  /** @internal */
  constructor(failure: Failure, options?: { cause: unknown }) {
    const [link, ...causes] = failure
    const behind = causes.length > 0 ? { cause: new WxSignError(causes) } : undefined
    super(link?.message, options ?? behind)
    if (link === undefined) return
    const { message: _, retryAt, ...fields } = link
    Object.assign(this, fields)
    if (retryAt !== undefined) Object.assign(this, { retryAt: new Date(retryAt) })
  }
}

/** A failure that the facade itself found. */
export function fail(code: Code, message: string, options?: { cause: unknown }): WxSignError {
  return new WxSignError(native.explain(code, message), options)
}

/** A wrong option or parameter. */
export function invalid(message: string): WxSignError {
  return fail('INVALID_ARGUMENT', message)
}

/** Gives the answer, or throws the failure that is there instead. */
export function settled<T extends string | number | boolean>(answer: T | Failure): T {
  if (typeof answer === 'object') throw new WxSignError(answer)
  return answer
}

/** Calls the addon; what it throws by itself is a defect, and gets the code for that. */
export function guarded<T>(call: () => T): T {
  try {
    return call()
  } catch (cause) {
    throw cause instanceof WxSignError ? cause : fail('INTERNAL', 'the addon failed', { cause })
  }
}
