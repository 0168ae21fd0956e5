// Checks of what callers pass. A wrong type is INVALID_ARGUMENT, named, and its value is never repeated: it may be a secret.

import { util } from './core'
import { fail, invalid, WxSignError } from './error'

/** The kind of a value, in words. */
export function kind(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'undefined'
  if (util().types.isPromise(value)) return 'a promise (await it)'
  if (isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** `Array.isArray` throws for a revoked proxy. */
function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

function wrong(name: string, wanted: string, value: unknown): Error {
  const found = value === undefined ? `${name} is missing: it` : name
  return invalid(`${found} must be ${wanted}${value === undefined ? '' : `, not ${kind(value)}`}`)
}

/** A string, empty or not. */
export function string(name: string, value: unknown): string {
  if (typeof value !== 'string') throw wrong(name, 'a string', value)
  return value
}

/** A string with something in it. */
export function text(name: string, value: unknown): string {
  if (string(name, value) === '') throw invalid(`${name} is empty`)
  return value as string
}

/** An array of strings, copied. */
export function strings(name: string, value: unknown): string[] {
  if (!isArray(value)) throw wrong(name, 'an array of strings', value)
  try {
    return Array.from(value, (item, at) => string(`${name}[${at}]`, item))
  } catch (cause) {
    throw unreadable(name, cause)
  }
}

/** One string or several. */
export function stringOrStrings(name: string, value: unknown): string[] {
  if (typeof value === 'string') return [text(name, value)]
  const list = strings(name, value)
  if (list.length === 0) throw invalid(`${name} is an empty list`)
  return list
}

/** A boolean. */
export function boolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw wrong(name, 'a boolean', value)
  return value
}

/** A number of milliseconds; whether it is in range, the core says. */
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

/** What a getter or a proxy of the caller's threw, as the argument's fault that it is. */
export function unreadable(name: string, cause: unknown): WxSignError {
  return cause instanceof WxSignError ? cause : fail('INVALID_ARGUMENT', `${name} cannot be read`, { cause })
}

/** An object, and where they are listed, one whose names are all known; a copy, so that each name is read once. */
export function record<K extends string>(name: string, value: unknown, known?: readonly K[]): { [P in K]?: unknown } {
  if (typeof value !== 'object' || value === null) throw wrong(name, 'an object', value)
  let copy: Record<string, unknown>
  try {
    if (isArray(value)) throw wrong(name, 'an object', value)
    copy = {}
    for (const key in value) copy[key] = (value as Record<string, unknown>)[key]
  } catch (cause) {
    throw unreadable(name, cause)
  }
  const unknown = Object.keys(copy).find((key) => known && !(known as readonly string[]).includes(key))
  if (unknown !== undefined) {
    // A name that is no name may be a value in the wrong place, and that a secret.
    const word = /^[A-Za-z_][A-Za-z0-9_-]{0,23}$/.test(unknown) ? JSON.stringify(unknown) : 'such a name'
    throw invalid(`${name} has no ${word}; it may have ${known?.join(', ')}`)
  }
  return copy as { [P in K]?: unknown }
}

/** A signal, as `AbortController` makes it. */
export function signal(name: string, value: unknown): AbortSignal {
  const given = value as AbortSignal
  if (typeof value !== 'object' || value === null) throw wrong(name, 'an AbortSignal', value)
  let usable: boolean
  try {
    usable = typeof given.aborted === 'boolean' && typeof given.addEventListener === 'function'
  } catch (cause) {
    throw unreadable(name, cause)
  }
  if (!usable) throw wrong(name, 'an AbortSignal', value)
  return given
}
