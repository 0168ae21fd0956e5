// Signatures for `getSuiteConfigSignature` of @wecom/jssdk. No documented interface returns the
// ticket of an application that its users log in to, so the caller's own function does.

import { type Client, createClient } from './client'
import { invalid } from './error'
import type { SignatureData } from './native'
import type { TicketFunction } from './options'

/** The ticket of an application that its users log in to: one that does not change, or a function that gets it. */
export type SuiteTicket = string | TicketFunction

/** The client that signs with this ticket, for the hosts of the other client. */
export function suiteClient(client: Client, suiteTicket: unknown): Client {
  if (typeof suiteTicket !== 'function' && (typeof suiteTicket !== 'string' || suiteTicket === '')) {
    throw invalid('suiteTicket must be a ticket, or a function that returns one')
  }
  // Its appId is in no answer: a suite's config is the signature alone.
  return createClient({ appId: 'suite', ticket: suiteTicket as SuiteTicket, allowedHosts: client.allowedHosts })
}

/** The signature alone. */
export function signatureOf({ timestamp, nonceStr, signature }: SignatureData): SignatureData {
  return { timestamp, nonceStr, signature }
}
