// sign(): the pure function, for those who keep the ticket themselves.

import * as check from './check'
import { guarded, invalid } from './error'
import { hot, hotNonce, hotSignature, hotTimestamp, native, type Signed, unpack } from './native'

export type { Signed } from './native'

/** What is signed. */
export interface SignInput {
  /** The `jsapi_ticket`. */
  ticket: string
  /** The page's URL; it is cut at its first `#`, and otherwise signed as it is. */
  url: string
  /** `nonceStr` of `wx.config`; made where left out. */
  nonceStr?: string
  /** Unix time in seconds, as a number or in decimal digits; now where left out. */
  timestamp?: number | string
}

// The ticket that the addon holds ready, and the key to it.
let lastTicket: string | undefined
let lastKey = 0

const NAMES = new Set(['ticket', 'url', 'nonceStr', 'timestamp'])
// Other spellings of those. Were they skipped, something else would be signed than the caller believes.
const MISTAKEN = new Set(['ticket', 'jsapiticket', 'url', 'noncestr', 'nonce', 'timestamp'])

/**
 * Signs a page. Pure: no request, no state, every string is taken.
 *
 * @throws WxSignError `INVALID_ARGUMENT` where something is missing or of a wrong type.
 *
 * @example
 * const { nonceStr, timestamp, signature } = sign({ ticket, url: 'https://example.com/page?a=1' })
 */
export function sign(input: SignInput): Signed {
  if (typeof input !== 'object' || input === null) throw invalid(`sign() takes an object, not ${check.kind(input)}`)
  let given: SignInput
  try {
    given = read(input)
  } catch (cause) {
    throw check.unreadable('what sign() was given', cause)
  }
  const { ticket, url, nonceStr, timestamp } = given
  check.string('ticket', ticket)
  check.string('url', url)
  if (nonceStr === undefined && timestamp === undefined) {
    if (ticket !== lastTicket) {
      lastKey = guarded(() => native.prepare(ticket))
      lastTicket = ticket
    }
    const packed = hot(lastKey, url)
    if (packed !== undefined) {
      return { nonceStr: hotNonce(packed), timestamp: hotTimestamp(packed), signature: hotSignature(packed) }
    }
  }
  if (nonceStr !== undefined) check.string('nonceStr', nonceStr)
  const seconds = timestamp === undefined ? undefined : unixSeconds(timestamp)
  // A lone surrogate comes back as U+FFFD, which is what was signed; the length stays the same.
  return guarded(() => unpack(native.sign(ticket, url, nonceStr, seconds), nonceStr?.length))
}

function read(input: SignInput): SignInput {
  for (const name in input) {
    // The two that every call has are told without a look into the sets.
    if (
      name !== 'ticket' &&
      name !== 'url' &&
      !NAMES.has(name) &&
      MISTAKEN.has(name.toLowerCase().replaceAll('_', ''))
    ) {
      throw invalid(`${JSON.stringify(name)} is spelt otherwise: sign() takes ticket, url, nonceStr, timestamp`)
    }
  }
  const { ticket, url, nonceStr, timestamp } = input
  return { ticket, url, nonceStr, timestamp } as SignInput
}

function unixSeconds(value: unknown): number {
  // Digits only as a number prints them: what is signed must be what the page sends.
  const number = typeof value === 'string' && /^(0|[1-9]\d{0,15})$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw invalid('timestamp must be a whole number of seconds since 1970, as a number or in decimal digits')
  }
  // Also turns -0 into 0.
  return number + 0
}
