// What a client reports while it works.

import type { WxSignError } from './error'
import type { CredentialName } from './native'

export type { CredentialName } from './native'

/** An event of a client. It names no secret, token or ticket. */
export type ClientEvent =
  /**
   * A credential was fetched, adopted from the store, or returned by the caller's `ticket`;
   * `remainingMs` is its life.
   */
  | {
      name: 'refreshed'
      credential: CredentialName
      source: 'service' | 'store' | 'caller'
      remainingMs: number
    }
  /** A fetch failed; the cached value is served until it expires. */
  | { name: 'failed'; credential: CredentialName; error: WxSignError }
  /** A value was served although refreshing it failed; at most once a minute per credential. */
  | { name: 'stale'; credential: CredentialName; error: WxSignError }
  /** The store cannot be used; wxsign falls back to memory and tries the store again every ten seconds. */
  | { name: 'store_degraded'; reason: string }
