// sign(): the pure function, for callers that have a ticket.

import check = require('./check')

import { callAddon, invalid } from './error'
import { hot, hotNonce, hotSignature, hotTimestamp, native, type SignatureData, unpack } from './native'

export type { SignatureData } from './native'

/** What is signed. */
export interface SignInput {
  /** The `jsapi_ticket`. */
  ticket: string
  /** The page's URL; it is cut at its first `#`, and otherwise signed as it is. */
  url: string
  /** `nonceStr` of `wx.config`; a fresh one by default. */
  nonceStr?: string | undefined
  /** Unix time in seconds, as a number or in decimal digits; now by default. */
  timestamp?: number | string | undefined
}

// The ticket that the addon has prepared, and the key to it.
let lastTicket: string | undefined
let lastKey = 0

const NAMES = new Set(['ticket', 'url', 'nonceStr', 'timestamp'])
// Other spellings of those. If they were skipped, another text would be signed than the caller
// expects.
const MISTAKEN = new Set(['ticket', 'jsapiticket', 'url', 'noncestr', 'nonce', 'timestamp'])

/**
 * Signs a page. It makes no request and takes every string; what it returns depends on nothing but
 * its input and the time. The constant part of the last ticket stays hashed for the next call.
 *
 * @throws WxSignError `INVALID_ARGUMENT` if something is missing or of a wrong type.
 *
 * @example
 * const { nonceStr, timestamp, signature } = sign({ ticket, url: 'https://example.com/page?a=1' })
 */
export function sign(input: SignInput): SignatureData {
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
      lastKey = callAddon(() => native.prepare(ticket))
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
  return callAddon(() => unpack(native.sign(ticket, url, nonceStr, seconds), nonceStr?.length))
}

// Own properties alone: a name on `Object.prototype` is not the caller's word.
function read(input: SignInput): SignInput {
  for (const name in input) {
    // Every call has these two: they need no look into the sets.
    if (name !== 'ticket' && name !== 'url' && !NAMES.has(name) && isMistaken(name) && Object.hasOwn(input, name)) {
      throw invalid(`${JSON.stringify(name)} is spelt otherwise: sign() takes ticket, url, nonceStr, timestamp`)
    }
  }
  const { nonceStr, timestamp } = input
  return {
    ticket: Object.hasOwn(input, 'ticket') ? input.ticket : (undefined as unknown as string),
    url: Object.hasOwn(input, 'url') ? input.url : (undefined as unknown as string),
    nonceStr: nonceStr === undefined || Object.hasOwn(input, 'nonceStr') ? nonceStr : undefined,
    timestamp: timestamp === undefined || Object.hasOwn(input, 'timestamp') ? timestamp : undefined,
  }
}

function isMistaken(name: string): boolean {
  return MISTAKEN.has(name.toLowerCase().replaceAll('_', ''))
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

/**
 * Signs the values of a card (`cardExt`, `cardSign`) or of `chooseInvoice`. Pure: sorted by their
 * bytes, joined with nothing between them, as SHA-1. A value that is empty or `undefined` counts as
 * left out. For invoices there is `client.invoiceConfig()`, which also has the ticket.
 *
 * @throws WxSignError `INVALID_ARGUMENT` if a value is neither a text nor a whole number.
 *
 * @example
 * const signature = cardSign(['INVOICE', timestamp, appId, nonceStr, apiTicket])
 */
export function cardSign(values: readonly (string | number | undefined)[]): string {
  const texts = check.texts('values', values)
  return callAddon(() => native.cardSign(texts))
}
