// The SHA-1 of jssha 1.5.0 under its own names, for code that signs by itself. The hash is
// node:crypto's.

import { crypto } from './builtin'

import check = require('./check')

import { invalid } from './error'

/** How the input is written. */
type InputFormat = 'TEXT' | 'ASCII' | 'BYTES' | 'HEX' | 'B64'
/** How the result is written. */
type OutputFormat = 'HEX' | 'B64' | 'BYTES'

/** Details of the output. */
interface OutputOptions {
  /** Whether `HEX` has capitals; false by default. */
  outputUpper?: boolean
  /** What pads `B64`; `=` by default. */
  b64Pad?: string
}

const INPUTS = ['TEXT', 'ASCII', 'BYTES', 'HEX', 'B64'] as const
const OUTPUTS = ['HEX', 'B64', 'BYTES'] as const
const ENCODINGS = ['UTF8', 'UTF16'] as const
// A round is a microsecond: more would stand still for seconds.
const MOST_ROUNDS = 1_000_000

/**
 * A text that can be hashed. It differs from jssha 1.5.0 in its faults: U+0080, U+0800 and
 * everything beyond U+FFFF become real UTF-8, and a wrong call throws an `Error` and not a string.
 *
 * @example
 * const jsSHA = require('wxsign/jssha')
 * const signature = new jsSHA(string1, 'TEXT').getHash('SHA-1', 'HEX')
 */
class jsSHA {
  readonly #bytes: Buffer

  /**
   * @param text What is hashed.
   * @param inputFormat How it is written; `ASCII` is another word for `TEXT`, `BYTES` is one byte for each character.
   * @param encoding Of `TEXT`: `UTF8` by default, or `UTF16`, big-endian.
   */
  constructor(text: string, inputFormat: InputFormat, encoding?: 'UTF8' | 'UTF16' | null) {
    if (typeof encoding === 'object' && encoding !== null) throw otherVersion('an object of options is')
    this.#bytes = bytesOf('the text', text, inputFormat, encoding || 'UTF8')
  }

  /** The hash, after `numRounds` rounds. */
  getHash(variant: 'SHA-1', format: OutputFormat, numRounds?: number, outputFormatOpts?: OutputOptions | null): string
  getHash(variant: 'SHA-1', format: OutputFormat, outputFormatOpts: OutputOptions | null): string
  getHash(variant: unknown, format: unknown, third?: unknown, fourth?: unknown): string {
    sha1Only(variant)
    // As in 1.5.0, the options may stand in the place of the rounds.
    const given = typeof third === 'object' && third !== null && fourth === undefined
    const rounds = given ? 1 : roundsOf(third)
    const print = printer(format, given ? third : fourth)
    let hash = this.#bytes
    for (let round = 0; round < rounds; round++) hash = crypto().createHash('sha1').update(hash).digest()
    return print(hash)
  }

  /** The HMAC under a key, which is written in `inputFormat`. */
  getHMAC(
    key: string,
    inputFormat: InputFormat,
    variant: 'SHA-1',
    outputFormat: OutputFormat,
    outputFormatOpts?: OutputOptions | null,
  ): string {
    sha1Only(variant)
    const print = printer(outputFormat, outputFormatOpts)
    const secret = bytesOf('the key', key, inputFormat, 'UTF8')
    return print(crypto().createHmac('sha1', secret).update(this.#bytes).digest())
  }
}

// The calls of jssha 2 and 3, which take the hash first and the text later.
for (const name of ['update', 'setHMACKey', 'getHMACKey']) {
  Object.defineProperty(jsSHA.prototype, name, {
    value(): never {
      throw otherVersion(`${name}() is`)
    },
  })
}

function otherVersion(what: string): Error {
  return invalid(
    `${what} of jssha 2 or 3. wxsign/jssha has the calls of jssha 1: new jsSHA(text, 'TEXT').getHash('SHA-1', 'HEX')`,
  )
}

function bytesOf(name: string, value: unknown, format: unknown, encoding: unknown): Buffer {
  const text = check.string(name, value)
  oneOf('encoding', encoding, ENCODINGS)
  switch (oneOf('inputFormat', format, INPUTS)) {
    case 'TEXT':
    case 'ASCII':
      return encoding === 'UTF8' ? Buffer.from(text, 'utf8') : Buffer.from(text, 'utf16le').swap16()
    case 'HEX':
      // No group that repeats: its stack would grow with the text.
      if (text.length % 2 > 0 || /[^0-9a-f]/i.test(text))
        throw invalid(`${name} is not hexadecimal, two digits for each byte`)
      return Buffer.from(text, 'hex')
    case 'B64':
      if (!isBase64(text)) throw invalid(`${name} is not base64`)
      return Buffer.from(text, 'base64')
    default:
      if (/[^\0-\xff]/.test(text)) throw invalid(`${name} has a character that is no byte; write it as TEXT`)
      return Buffer.from(text, 'latin1')
  }
}

/** Whether a text is base64, padded or not. */
function isBase64(text: string): boolean {
  const digits = text.replace(/={1,2}$/, '')
  const rest = digits.length % 4
  return rest !== 1 && (rest !== 0 || digits === text) && !/[^A-Za-z0-9+/]/.test(digits)
}

function printer(format: unknown, options: unknown): (hash: Buffer) => string {
  const kind = oneOf('format', format, OUTPUTS)
  const { outputUpper, b64Pad } = check.record('outputFormatOpts', options ?? {}, ['outputUpper', 'b64Pad'])
  const upper = outputUpper !== undefined && check.boolean('outputUpper', outputUpper)
  const pad = b64Pad === undefined ? '=' : check.string('b64Pad', b64Pad)
  return (hash) => {
    if (kind === 'BYTES') return hash.toString('latin1')
    if (kind === 'B64') return hash.toString('base64').replaceAll('=', () => pad)
    return upper ? hash.toString('hex').toUpperCase() : hash.toString('hex')
  }
}

function sha1Only(variant: unknown): void {
  if (variant === 'SHA-1') return
  // In jssha 2 and 3 the format comes first: getHash('HEX').
  const formats: readonly unknown[] = [...OUTPUTS, undefined]
  if (formats.includes(variant)) throw otherVersion("a call without 'SHA-1' is")
  throw invalid("wxsign/jssha has 'SHA-1' alone, which is what WeChat signs with; node:crypto has the other hashes")
}

function roundsOf(value: unknown): number {
  if (value === undefined || value === null) return 1
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_ROUNDS) return value
  throw invalid(`numRounds must be a whole number from 1 to ${MOST_ROUNDS}`)
}

function oneOf<T extends string>(name: string, value: unknown, known: readonly T[]): T {
  const found = known.find((word) => word === value)
  if (found === undefined) throw invalid(`${name} must be ${known.join(', ')}`)
  return found
}

export = jsSHA
