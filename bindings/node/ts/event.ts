// What a client tells while it works, and the bridges on which the addon reaches the caller's functions.

import type { Channel } from 'node:diagnostics_channel'
import type { DebugLogger } from 'node:util'

import { diagnostics, util } from './core'
import { WxSignError } from './error'
import { type Happening, native, type Reply } from './native'
import type { AccessTokenFunction } from './options'

/** What happened behind the calls. It names no secret, token or ticket. */
export type ClientEvent =
  /** A credential was fetched, or taken from the store where another process had put it; `remainingMs` is its life. */
  | {
      name: 'refreshed'
      credential: 'token' | 'ticket'
      source: 'service' | 'store'
      remainingMs: number
    }
  /** A fetch failed; what still lives is served meanwhile. */
  | { name: 'failed'; credential: 'token' | 'ticket'; error: WxSignError }
  /** A value was served although refreshing it failed; told once a minute for each credential, however many call. */
  | { name: 'stale'; credential: 'token' | 'ticket'; error: WxSignError }
  /** The store cannot be used; memory serves, and the store is tried again at each refresh. */
  | { name: 'store_degraded'; reason: string }

// For whoever watches the whole program and has no client in hand: a subscriber, and NODE_DEBUG=wxsign.
let watchers: { events: Channel; debug: DebugLogger } | undefined

/** The listener that the addon calls: it makes the public event, and never throws. */
export function bridgeEvents(
  appId: string,
  listener: ((event: ClientEvent) => unknown) | undefined,
): (happening: Happening) => void {
  return ({ failure, ...rest }) => {
    const event = (failure === undefined ? rest : { ...rest, error: new WxSignError(failure) }) as ClientEvent
    watchers ??= { events: diagnostics().channel('wxsign:event'), debug: util().debuglog('wxsign') }
    const { events, debug } = watchers
    if (debug.enabled) debug('%s %s', appId, inWords(event))
    if (events.hasSubscribers) events.publish({ ...event, appId })
    if (listener === undefined) return
    // A listener's fault must not end the program, as a throw out of an addon's call would.
    attempt(() => listener(event)).catch((error: unknown) => {
      process.emitWarning(`onEvent failed: ${inShort(error)}`, 'WxSignWarning')
    })
  }
}

function inWords(event: ClientEvent): string {
  if (event.name === 'store_degraded') return `store degraded: ${event.reason}`
  const what = `${event.credential} ${event.name}`
  if (event.name === 'refreshed')
    return `${what} from the ${event.source}, for ${Math.round(event.remainingMs / 1_000)} s`
  return `${what}: ${event.error.code}: ${event.error.message}`
}

/** The token function that the addon calls: it answers through `reply`, and never throws. */
export function bridgeToken(ask: AccessTokenFunction): (rejected: string | undefined | null, reply: Reply) => void {
  return (rejected, reply) => {
    attempt(() => ask(rejected ? { rejected } : {})).then(
      (token: unknown) => {
        if (typeof token === 'string') native.replyToken(reply, token, undefined)
        else native.replyToken(reply, undefined, 'it gave no string')
      },
      (error: unknown) => {
        // Cleaned of the refused token by the core.
        native.replyToken(reply, undefined, inShort(error))
      },
    )
  }
}

async function attempt<T>(call: () => T | Promise<T>): Promise<T> {
  return call()
}

/** What the caller's function threw, in short. It may be anything, and reading it may throw in turn. */
function inShort(thrown: unknown): string {
  try {
    const words = thrown instanceof Error ? thrown.message : thrown
    return typeof words === 'string' ? words.slice(0, 200) : 'it threw something that is no Error'
  } catch {
    return 'it threw something that cannot be read'
  }
}
