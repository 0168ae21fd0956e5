// Calls of the caller's own functions. Whatever they throw, reject with or return ends nothing.

/** Calls a function; what it throws, and what a thenable that it returns does, becomes a rejection. */
export async function attempt<T>(call: () => T | PromiseLike<T>): Promise<T> {
  return call()
}

/** Calls a listener. Its failure is a warning, never the end of the process. */
export function notify(name: string, call: () => unknown): void {
  attempt(call).catch((error: unknown) => warn(`${name} failed: ${inShort(error)}`))
}

/** Prints a warning, once, as Node does. A program that replaces this function of Node's may throw. */
export function warn(message: string): void {
  try {
    process.emitWarning(message, 'WxSignWarning')
  } catch {}
}

/** What was thrown, in short. It may be anything, and reading it may throw in turn. */
export function inShort(thrown: unknown): string {
  try {
    // Not by `instanceof`: under Jest the errors of Node itself are of other classes.
    const words = typeof thrown === 'object' && thrown !== null ? (thrown as { message?: unknown }).message : thrown
    return typeof words === 'string' ? words.slice(0, 200) : 'it threw something that is no Error'
  } catch {
    return 'it threw something that cannot be read'
  }
}
