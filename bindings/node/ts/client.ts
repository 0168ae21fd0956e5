// The client: the configs, tickets and tokens of one account.

import { bridgeEvents, bridgeToken } from './bridge'
import * as check from './check'
import { adorned, type ConfigOptions, signalOf, type WaitOptions, type Wanted, type WxConfig, wantedOf } from './config'
import { fail, guarded, settled, WxSignError } from './error'
import { type Evidence, explain, type Report } from './explain'
import { hot, hotNonce, hotSignature, hotTimestamp, native, unpack, type Waited } from './native'
import { type Checked, type ClientOptions, checkOptions } from './options'
import type { State } from './state'

// A client that nothing refers to any more needs no close().
const collected = new FinalizationRegistry((id: number) => native.release(id))

// But a client with a waiting call must not be collected, and so closed, while the call waits.
const waiting = new Set<{ client: Client }>()

let lastWait = 0

/** One account of WeChat. Made by {@link createClient}. */
export class Client {
  readonly #id: number
  readonly #appId: string
  readonly #allowedHosts: readonly string[] | undefined

  /** @internal */
  constructor({ native: options, onEvent, askToken }: Checked) {
    this.#appId = options.appId ?? ''
    this.#allowedHosts = options.allowedHosts
    this.#id = guarded(() =>
      settled(native.createClient(options, bridgeEvents(this.#appId, onEvent), askToken && bridgeToken(askToken))),
    )
    collected.register(this, this.#id)
  }

  /**
   * What `wx.config()` takes, for the page at `url`: pass the page's own `location.href`. A fresh ticket is served
   * from memory; else the call waits for one, `timeoutMs` at most.
   */
  async config(url: string, options?: ConfigOptions): Promise<WxConfig> {
    // With a fresh ticket: no thread, and no turn of the event loop.
    return this.#configIfFresh(url, options) ?? this.#config(url, options)
  }

  /** Like {@link config}, without waiting. Throws `NOT_READY` if no ticket is in memory; a fetch has then begun. */
  tryConfig(url: string, options?: ConfigOptions): WxConfig {
    return this.#configIfFresh(url, options) ?? this.#tryConfig(url, options)
  }

  // The way of nearly every call. It returns nothing if anything is unusual, arguments included.
  #configIfFresh(url: string, options: ConfigOptions | undefined): WxConfig | undefined {
    if (typeof url !== 'string' || options !== undefined) return undefined
    const packed = hot(this.#id, url)
    if (packed === undefined) return undefined
    return {
      debug: false,
      appId: this.#appId,
      timestamp: hotTimestamp(packed),
      nonceStr: hotNonce(packed),
      signature: hotSignature(packed),
      jsApiList: [],
    }
  }

  async #config(url: string, options: ConfigOptions | undefined): Promise<WxConfig> {
    check.string('url', url)
    const wanted = wantedOf(options)
    const config = wanted?.signal === undefined ? this.#configIfFresh(url, undefined) : undefined
    if (config !== undefined) return adorned(config, wanted)
    const packed = this.#ask((wait) => native.config(this.#id, url, wait), wanted?.signal)
    return this.#unpacked(typeof packed === 'string' ? packed : await packed, wanted)
  }

  #tryConfig(url: string, options: ConfigOptions | undefined): WxConfig {
    check.string('url', url)
    const wanted = wantedOf(options)
    if (wanted?.signal?.isAborted()) throw aborted(wanted.signal)
    const config = this.#configIfFresh(url, undefined)
    if (config !== undefined) return adorned(config, wanted)
    return this.#unpacked(settled(guarded(() => native.tryConfig(this.#id, url))), wanted)
  }

  /** The `jsapi_ticket`. */
  async ticket(options?: WaitOptions): Promise<string> {
    return this.#ask((wait) => native.ticket(this.#id, wait), signalOf('ticket', options))
  }

  /** The `access_token`. */
  async accessToken(options?: WaitOptions): Promise<string> {
    return this.#ask((wait) => native.accessToken(this.#id, wait), signalOf('accessToken', options))
  }

  /** Replaces the token of a client that was made with an `accessToken` string. */
  setAccessToken(value: string): void {
    check.string('the access token', value)
    settled(guarded(() => native.setAccessToken(this.#id, value)))
  }

  /**
   * Drops the token or ticket `value`, but only if it is still the one in memory: a value that was already replaced
   * stays. Returns whether it was dropped.
   */
  invalidate(value: string): boolean {
    check.string('the value', value)
    return settled(guarded(() => native.invalidate(this.#id, value)))
  }

  /** The client's state, without a request, a file or a secret. */
  state(): State {
    return JSON.parse(settled(guarded(() => native.state(this.#id))))
  }

  /**
   * Like `explain`, with this client's ticket if the evidence has none: then a mistake can be proven. If there is no
   * ticket, it explains what the rest of the evidence shows.
   */
  async explain(evidence: Evidence): Promise<Report> {
    // What is no evidence is refused before anything is fetched.
    if (typeof evidence !== 'object' || evidence === null || evidence.ticket) return explain(evidence)
    let ticket = ''
    try {
      ticket = await this.ticket()
    } catch {
      // A client that cannot fetch a ticket is one more reason to ask for an explanation.
    }
    return explain(ticket === '' ? evidence : { ...evidence, ticket })
  }

  /** Closes the client: waiting calls and every later call fail with `CLOSED`. It may be closed twice. */
  async close(): Promise<void> {
    guarded(() => native.close(this.#id))
  }

  /** Like {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal The hosts that were listed, be it as `*`: the handlers want that. */
  get allowedHosts(): readonly string[] | undefined {
    return this.#allowedHosts
  }

  #ask(begin: (wait: number) => Waited, signal?: check.Signal): string | Promise<string> {
    if (signal !== undefined) return this.#askUntil(begin, signal)
    const answer = guarded(() => begin(0))
    // A failure is an array, and only a promise is neither that nor text. Not by `instanceof`: in a context of its
    // own, as under Jest, the addon's promises are of another class.
    return typeof answer === 'string' || Array.isArray(answer) ? settled(answer) : this.#later(answer)
  }

  async #askUntil(begin: (wait: number) => Waited, signal: check.Signal): Promise<string> {
    if (signal.isAborted()) throw aborted(signal)
    lastWait = (lastWait % 0xffff_ffff) + 1
    const wait = lastWait
    let isAborted = false
    const giveUp = () => {
      isAborted = true
      native.giveUp(wait)
    }
    const unlisten = signal.listen(giveUp)
    try {
      if (isAborted) throw aborted(signal)
      return await this.#later(guarded(() => begin(wait)))
    } catch (error) {
      throw error instanceof WxSignError && error.code === 'ABORTED' ? aborted(signal) : error
    } finally {
      unlisten()
      native.giveUp(wait)
    }
  }

  async #later(answer: Waited): Promise<string> {
    const call = { client: this }
    waiting.add(call)
    try {
      return settled(await answer)
    } finally {
      waiting.delete(call)
    }
  }

  #unpacked(packed: string, wanted: Wanted | undefined): WxConfig {
    const { nonceStr, timestamp, signature } = unpack(packed)
    return adorned({ debug: false, appId: this.#appId, timestamp, nonceStr, signature, jsApiList: [] }, wanted)
  }
}

function aborted(signal: check.Signal): Error {
  return fail('ABORTED', "the caller's signal was aborted", { cause: signal.reason() })
}

/**
 * Makes a client for one account. It does no I/O; the first call begins the first request. Clients that name the same
 * account and store share what they cache, so a second one costs nothing.
 *
 * @throws WxSignError `INVALID_ARGUMENT` if an option is missing or wrong.
 *
 * @example
 * const { createClient } = require('wxsign')
 *
 * const wx = createClient({ appId: 'wx…', appSecret: process.env.WX_APP_SECRET, allowedHosts: ['example.com'] })
 *
 * // in a request handler, with the page's location.href as `url`:
 * const config = await wx.config(url, { jsApiList: ['updateAppMessageShareData'] })
 * // in the page: wx.config(config)
 */
export function createClient(options: ClientOptions): Client {
  return new Client(checkOptions(options))
}
