// The shape of what client.state() returns.

/** A client at this moment. */
export interface State {
  /** The account: its appId, or the corpId of 企业微信. */
  appId: string
  /** Whether the client was closed. */
  closed: boolean
  /** What credentials are kept in. */
  store: 'memory' | 'file' | 'redis'
  /** Why the store cannot be used at present, and the next step in English and Chinese. */
  storeFailure: string | null
  /**
   * The scope of the store's lock, that is, what it keeps from fetching at the same time: this
   * process's own fetches, every process of this machine, every client of that Redis, or nothing,
   * if the directory has no lock that works.
   */
  lock: 'process' | 'file' | 'redis' | 'none'
  /** Whether WeChat is known to fail: then all processes together try it once a minute, until one succeeds. */
  circuitOpen: boolean
  /** Requests to WeChat since the first client of this account and store was made. */
  requests: number
  /** Those that failed, by WeChat's errcode, or by wxsign's code if there was none. */
  failures: Record<string, number>
  /** Fetches that had to go on without the store's lock because its holder did not release it. */
  unlocked: number
  /** Fetches that hung and were given up a second after their deadline. */
  lost: number
  /** The access token. */
  token: CredentialState
  /** The ticket that signs `wx.config`. */
  ticket: CredentialState
  /** The ticket that signs `wx.agentConfig`, once it was asked for. */
  agentTicket?: CredentialState
  /** The ticket that signs cards and invoices, once it was asked for. */
  cardTicket?: CredentialState
}

/** A credential at this moment. Lengths of time are in milliseconds. */
export interface CredentialState {
  /**
   * `stale`: it is refreshed while calls are served; `expiring`: calls wait for the refresh;
   * `expired`: nothing in memory may be served.
   */
  freshness: 'fresh' | 'stale' | 'expiring' | 'expired'
  /**
   * Where the value in memory came from: this process, another one or an earlier start, the
   * tutorial's file, or the caller (`ticket`).
   */
  source: 'service' | 'store' | 'import' | 'caller' | null
  /** How long ago it was first seen. */
  ageMs: number | null
  /** How long it will be served. */
  remainingMs: number | null
  /** When it is refreshed next if it is used, from now. */
  nextRefreshMs: number | null
  /** Whether a process saw it begin; a ticket of unknown age is fetched again until it changes. */
  ageKnown: boolean | null
  /** The code of the last failure since the last success. */
  lastError: string | null
  /** WeChat's errcode of that failure. */
  lastErrcode: number | null
  /** When WeChat is asked again after that failure, in milliseconds since 1970. */
  retryAtMs: number | null
}
