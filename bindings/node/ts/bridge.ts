// The bridges on which the addon reaches the caller's functions.

import type { Channel } from 'node:diagnostics_channel'
import type { DebugLogger } from 'node:util'

import { diagnostics, util } from './builtin'
import { attempt, inShort, notify, warn } from './callback'
import { WxSignError } from './error'
import type { ClientEvent } from './event'
import { type NativeEvent, native, type Reply } from './native'
import type { OwnFunctions, TicketKind } from './options'

// For watching the whole program without a client in hand: a subscriber, and NODE_DEBUG=wxsign.
let watchers: { events: Channel; debug: DebugLogger } | undefined

/** The listener that the addon calls: it makes the public event, and never throws. */
export function bridgeEvents(appId: string, own: () => OwnFunctions): (event: NativeEvent) => void {
  return (given) => {
    const { onEvent } = own()
    const failure = Object.hasOwn(given, 'failure') ? given.failure : undefined
    const { failure: _, ...rest } = given
    const event = (failure === undefined ? rest : { ...rest, error: new WxSignError(failure) }) as ClientEvent
    watchers ??= { events: diagnostics().channel('wxsign:event'), debug: util().debuglog('wxsign') }
    const { events, debug } = watchers
    if (debug.enabled) debug('%s %s', appId, inWords(event))
    if (events.hasSubscribers) events.publish({ ...event, appId })
    if (onEvent !== undefined) notify('onEvent', () => onEvent(event))
    // The client works on with a new ticket: without a warning nothing would show the mistake.
    else if (event.name === 'failed' && event.error.message.startsWith('importTicketFile ')) {
      warn(`${event.error.message}\n${event.error.hint}\n${event.error.hintZh}`)
    }
  }
}

function inWords(event: ClientEvent): string {
  if (event.name === 'store_degraded') return `store degraded: ${event.reason}`
  const what = `${event.credential} ${event.name}`
  if (event.name === 'refreshed') {
    return `${what} from the ${event.source}, for ${Math.round(event.remainingMs / 1_000)} s`
  }
  return `${what}: ${event.error.code}: ${event.error.message}`
}

/** The token function that the addon calls: it answers through `reply`, and never throws. */
export function bridgeToken(own: () => OwnFunctions): (rejected: string | undefined | null, reply: Reply) => void {
  return (rejected, reply) => {
    const { accessToken } = own()
    attempt(() => accessToken?.(rejected ? { rejected } : {}))
      .then(
        (token: unknown) => {
          if (typeof token === 'string') native.replyToken(reply, token, undefined)
          else native.replyToken(reply, undefined, 'it returned no string')
        },
        // The core cleans the words of the refused token.
        (error: unknown) => native.replyToken(reply, undefined, inShort(error)),
      )
      // A reply that the addon refuses fails by itself when it is collected.
      .catch(() => {})
  }
}

/** The ticket function that the addon calls: it answers through `reply`, and never throws. */
export function bridgeTicket(
  own: () => OwnFunctions,
): (kind: TicketKind, rejected: string | undefined | null, reply: Reply) => void {
  return (kind, rejected, reply) => {
    const { ticket: ask } = own()
    attempt(() => ask?.(rejected ? { kind, rejected } : { kind }))
      .then((answer: unknown) => {
        const { ticket, expiresIn } = ticketIn(answer)
        native.replyTicket(reply, ticket, expiresIn, 'it returned neither a string nor { ticket, expiresIn }')
      })
      .catch((error: unknown) => native.replyTicket(reply, undefined, undefined, inShort(error)))
      // A reply that the addon refuses fails by itself when it is collected.
      .catch(() => {})
  }
}

/** What the caller's function returned: no ticket, unless it is one of the two shapes. */
function ticketIn(answer: unknown): { ticket?: string; expiresIn?: number } {
  if (typeof answer === 'string') return { ticket: answer }
  if (typeof answer !== 'object' || answer === null) return {}
  const { ticket, expiresIn } = answer as { ticket?: unknown; expiresIn?: unknown }
  return typeof ticket === 'string' && typeof expiresIn === 'number' ? { ticket, expiresIn } : {}
}
