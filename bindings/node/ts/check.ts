// Checks of what callers pass. A wrong type is INVALID_ARGUMENT and named. Its value is never
// repeated: it may be a secret. Only own properties count, so that no option comes through
// `Object.prototype`.

import { util } from './builtin'
import { attempt } from './callback'
import { fail, invalid, isOurs, type WxSignError } from './error'

/** The kind of a value, in words. */
export function kind(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'undefined'
  if (util().types.isPromise(value)) return 'a promise (await it)'
  if (isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** `Array.isArray` throws for a revoked proxy. */
export function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

function wrong(name: string, wanted: string, value: unknown): WxSignError {
  const found = value === undefined ? `${name} is missing: it` : name
  return invalid(`${found} must be ${wanted}${value === undefined ? '' : `, not ${kind(value)}`}`)
}

/** A string, empty or not. */
export function string(name: string, value: unknown): string {
  if (typeof value !== 'string') throw wrong(name, 'a string', value)
  return value
}

/** A string that is not empty. */
export function text(name: string, value: unknown): string {
  if (string(name, value) === '') throw invalid(`${name} is empty`)
  return value as string
}

/**
 * A value as people keep them in environments and files: a line break at its end is cut, and quotes
 * that a shell would have taken away are refused by name.
 */
export function setting(name: string, value: unknown): string {
  const trimmed = text(name, value).trim()
  if (trimmed === '') throw invalid(`${name} is empty`)
  if (/^["'“‘].*["'”’]$/s.test(trimmed)) throw invalid(`${name} has quotes around it: remove them`)
  return trimmed
}

/** An array of strings, copied. */
export function strings(name: string, value: unknown): string[] {
  if (!isArray(value)) throw wrong(name, 'an array of strings', value)
  try {
    const copy: string[] = []
    for (let at = 0; at < value.length; at++) {
      copy.push(string(`${name}[${at}]`, Object.hasOwn(value, at) ? value[at] : undefined))
    }
    return copy
  } catch (cause) {
    throw unreadable(name, cause)
  }
}

/** An array of strings and whole numbers, as texts; `undefined` is an empty one. */
export function texts(name: string, value: unknown): string[] {
  if (!isArray(value)) throw wrong(name, 'an array of strings', value)
  const text = (each: unknown, at: number): string => {
    if (each === undefined) return ''
    return string(`${name}[${at}]`, Number.isSafeInteger(each) ? String(each) : each)
  }
  try {
    return Array.from(value, text)
  } catch (cause) {
    throw unreadable(name, cause)
  }
}

/** Several strings: an array, or one string with commas between them, ASCII or full-width, and maybe one at its end. */
export function list(name: string, value: unknown): string[] {
  const given = typeof value === 'string' ? parts(text(name, value)) : strings(name, value)
  if (given.length === 0) throw invalid(`${name} is an empty list`)
  return given
}

function parts(text: string): string[] {
  return text
    .split(/[,，]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** A boolean. */
export function boolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw wrong(name, 'a boolean', value)
  return value
}

/** A number of milliseconds; the core checks its range. */
export function milliseconds(name: string, value: unknown): number {
  if (typeof value !== 'number') throw wrong(name, 'a number of milliseconds', value)
  if (Number.isNaN(value)) throw invalid(`${name} must be a number of milliseconds, not NaN`)
  return value
}

/** A function. */
export function callable<A extends unknown[]>(name: string, value: unknown): (...args: A) => unknown {
  if (typeof value !== 'function') throw wrong(name, 'a function', value)
  return value as (...args: A) => unknown
}

/** What a getter or a proxy of the caller threw, as the argument's fault that it is. */
export function unreadable(name: string, cause: unknown): WxSignError {
  return isOurs(cause) ? cause : fail('INVALID_ARGUMENT', `${name} cannot be read`, { cause })
}

/**
 * The own properties of an object, copied into one without a prototype, so that each is read once.
 * If the names are listed, every other name is refused.
 */
export function record<K extends string>(name: string, value: unknown, known?: readonly K[]): { [P in K]?: unknown } {
  if (typeof value !== 'object' || value === null || isArray(value)) throw wrong(name, 'an object', value)
  const copy: Record<string, unknown> = Object.create(null)
  try {
    for (const key of Object.keys(value)) copy[key] = (value as Record<string, unknown>)[key]
  } catch (cause) {
    throw unreadable(name, cause)
  }
  const unknown = Object.keys(copy).find((key) => known && !(known as readonly string[]).includes(key))
  if (unknown !== undefined) {
    // A name that is no name may be a value in the wrong place, and that a secret.
    const word = /^[A-Za-z_][A-Za-z0-9_-]{0,23}$/.test(unknown) ? JSON.stringify(unknown) : 'a name'
    const meant = known?.find((each) => each.toLowerCase() === unknown.toLowerCase())
    const instead = meant === undefined ? `one of ${known?.join(', ')}` : meant
    throw invalid(`${word} in ${name} is not known: write ${instead}`)
  }
  return copy as { [P in K]?: unknown }
}

/** A value as JSON: a cycle and a BigInt have none. */
export function json(name: string, value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw unreadable(name, cause)
  }
}

/** What is used of an `AbortSignal`, read once: other libraries make signals with less. */
export interface Signal {
  isAborted(): boolean
  reason(): unknown
  /** Calls back when the signal aborts; the function that is returned ends that. */
  listen(listener: () => void): () => void
}

/** A signal, as `AbortController` makes it or as near to that as it needs. */
export function signal(name: string, value: unknown): Signal {
  if (typeof value !== 'object' || value === null) throw wrong(name, 'an AbortSignal', value)
  const given = value as Partial<AbortSignal>
  let usable: boolean
  try {
    usable = typeof given.aborted === 'boolean' && typeof given.addEventListener === 'function'
  } catch (cause) {
    throw unreadable(name, cause)
  }
  if (!usable) throw wrong(name, 'an AbortSignal', value)
  return {
    isAborted: () => quietly(() => given.aborted) === true,
    reason: () => quietly(() => given.reason),
    listen(listener) {
      try {
        ignored(given.addEventListener?.('abort', listener))
      } catch (cause) {
        throw unreadable(name, cause)
      }
      return () => quietly(() => ignored(given.removeEventListener?.('abort', listener)))
    },
  }
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

// A method of the caller's may be async, and reject.
function ignored(result: unknown): void {
  if (result !== undefined) attempt(() => result).catch(() => {})
}
