// wxsign/wecom: the three functions that `register` of Tencent's @wecom/jssdk takes.

import check = require('./check')

import { Client } from './client'
import { invalid } from './error'
import type { SignatureData } from './native'
import { type SuiteTicket, signatureOf, suiteClient } from './suite'

export type { SignatureData } from './native'
export type { SuiteTicket } from './suite'

/** Options of {@link signatures}. */
export interface SignatureOptions {
  /** The ticket of an application that its users log in to, for `getSuiteConfigSignature`; wxsign cannot fetch it. */
  suiteTicket?: SuiteTicket | undefined
}

/** What `register` takes. The functions need no `this`. */
export interface Signatures {
  /** Signs for `wx.config`, with the corp's ticket. */
  getConfigSignature(url: string): Promise<SignatureData>
  /** Signs for `wx.agentConfig`, with the app's ticket. */
  getAgentConfigSignature(url: string): Promise<SignatureData>
  /** Signs with the `suiteTicket`; fails with `INVALID_ARGUMENT` if there is none. */
  getSuiteConfigSignature(url: string): Promise<SignatureData>
}

/**
 * Makes the functions that `register` of `@wecom/jssdk` takes, for a server that renders its pages
 * or has its own way to call the server. The handlers have a route for each; in the page,
 * `signatures()` of `wxsign/page` asks them.
 *
 * @example
 * const { createClient } = require('wxsign')
 * const { signatures } = require('wxsign/wecom')
 *
 * const client = createClient({
 *   corpId: 'ww…',
 *   agentId: 1000002,
 *   appSecret: process.env.WX_APP_SECRET,
 * })
 * const { getConfigSignature, getAgentConfigSignature } = signatures(client)
 */
export function signatures(client: Client, options: SignatureOptions = {}): Signatures {
  if (!Client.is(client)) throw invalid('the client must be what createClient() returned')
  const { suiteTicket } = check.record('the options of signatures()', options, ['suiteTicket'])
  const suite = suiteTicket === undefined ? undefined : suiteClient(client, suiteTicket)
  return {
    getConfigSignature: async (url) => signatureOf(await client.config(url)),
    getAgentConfigSignature: async (url) => signatureOf(await client.agentConfig(url)),
    async getSuiteConfigSignature(url) {
      if (suite === undefined) throw invalid('getSuiteConfigSignature needs the option suiteTicket of signatures()')
      return signatureOf(await suite.config(url))
    },
  }
}
