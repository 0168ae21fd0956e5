// The client: one account's configs, tickets and tokens.

import * as check from './check'
import { fail, guarded, settled, WxSignError } from './error'
import { bridgeEvents, bridgeToken } from './event'
import { hot, hotNonce, hotSignature, hotTimestamp, native, unpack, type Waited } from './native'
import { type Checked, type ClientOptions, checkOptions } from './options'
import type { State } from './state'

/** Options of a call that may wait. */
export interface WaitOptions {
  /** Gives up waiting: the call fails with `ABORTED`, its cause the signal's reason. What was begun goes on for others. */
  signal?: AbortSignal
}

/** What a page wants to call, beside the signature. */
export interface ConfigOptions extends WaitOptions {
  /** The interfaces that the page calls; none where left out. */
  jsApiList?: readonly string[]
  /** The open tags that the page uses. */
  openTagList?: readonly string[]
  /** Whether WeChat shows what each call gives, for developing; false where left out. */
  debug?: boolean
}

/** What `wx.config()` in the page takes. */
export interface WxConfig {
  debug: boolean
  appId: string
  /** Unix time in seconds. */
  timestamp: number
  /** 32 letters and digits. */
  nonceStr: string
  /** Forty hexadecimal digits. */
  signature: string
  jsApiList: string[]
  /** Only where it was asked for. */
  openTagList?: string[]
}

interface Wanted {
  debug: boolean
  jsApiList: string[]
  openTagList?: string[]
  signal?: AbortSignal
}

const CONFIG_NAMES = ['jsApiList', 'openTagList', 'debug', 'signal'] as const

// A client that nothing refers to any more needs no close().
const collected = new FinalizationRegistry((id: number) => native.release(id))

// But one that somebody waits on must not be collected, and so closed, in the middle of that.
const held = new Set<{ client: Client }>()

let lastWait = 0

/** One account of WeChat's. Made by {@link createClient}. */
export class Client {
  readonly #id: number
  readonly #appId: string
  readonly #listsHosts: boolean

  /** @internal */
  constructor({ native: options, onEvent, askToken }: Checked) {
    this.#appId = options.appId ?? ''
    this.#listsHosts = options.allowedHosts !== undefined
    this.#id = guarded(() =>
      settled(native.createClient(options, bridgeEvents(this.#appId, onEvent), askToken && bridgeToken(askToken))),
    )
    collected.register(this, this.#id)
  }

  /**
   * What `wx.config()` takes, for the page at `url`: pass the page's own `location.href`. A fresh ticket is served from
   * memory; else it is waited for, `timeoutMs` at most.
   */
  async config(url: string, options?: ConfigOptions): Promise<WxConfig> {
    // A fresh ticket is served on the spot: no thread, and no turn of the event loop.
    return this.#atOnce(url, options) ?? this.#config(url, options)
  }

  /** The same without waiting. Throws `NOT_READY` where no ticket is in memory; a fetch has then begun. */
  tryConfig(url: string, options?: ConfigOptions): WxConfig {
    return this.#atOnce(url, options) ?? this.#tryConfig(url, options)
  }

  // The way of nearly every call. Nothing comes of it where anything is out of the ordinary, arguments included.
  #atOnce(url: string, options: ConfigOptions | undefined): WxConfig | undefined {
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
    const config = wanted?.signal === undefined ? this.#atOnce(url, undefined) : undefined
    if (config !== undefined) return adorned(config, wanted)
    const packed = this.#ask((wait) => native.config(this.#id, url, wait), wanted?.signal)
    return this.#pack(typeof packed === 'string' ? packed : await packed, wanted)
  }

  #tryConfig(url: string, options: ConfigOptions | undefined): WxConfig {
    check.string('url', url)
    const wanted = wantedOf(options)
    if (wanted?.signal?.aborted) throw aborted(wanted.signal)
    const config = this.#atOnce(url, undefined)
    if (config !== undefined) return adorned(config, wanted)
    return this.#pack(settled(guarded(() => native.tryConfig(this.#id, url))), wanted)
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
   * Drops the token or ticket `value`, but only if it is still the one in memory: what somebody else has already
   * replaced stays. Says whether it was dropped.
   */
  invalidate(value: string): boolean {
    check.string('the value', value)
    return settled(guarded(() => native.invalidate(this.#id, value)))
  }

  /** What the client knows of itself: no request, no file, no secret. */
  state(): State {
    return JSON.parse(settled(guarded(() => native.state(this.#id))))
  }

  /** Closes the client: whoever waits gets `CLOSED`, and so does every later call. Closing twice is fine. */
  async close(): Promise<void> {
    guarded(() => native.close(this.#id))
  }

  /** The same, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal Whether its hosts were listed, be it as `*`: the handlers want that. */
  get listsHosts(): boolean {
    return this.#listsHosts
  }

  #ask(begin: (wait: number) => Waited, signal?: AbortSignal): string | Promise<string> {
    if (signal !== undefined) return this.#askUntil(begin, signal)
    const answer = guarded(() => begin(0))
    // Not by `instanceof`: where a program runs in a context of its own, as under Jest, the addon's promises are not of
    // that context's class.
    return typeof answer === 'object' && 'then' in answer ? this.#later(answer) : settled(answer)
  }

  async #askUntil(begin: (wait: number) => Waited, signal: AbortSignal): Promise<string> {
    if (signal.aborted) throw aborted(signal)
    lastWait = (lastWait % 0xffff_ffff) + 1
    const wait = lastWait
    const giveUp = () => native.giveUp(wait)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      return await this.#later(guarded(() => begin(wait)))
    } catch (error) {
      throw error instanceof WxSignError && error.code === 'ABORTED' ? aborted(signal) : error
    } finally {
      signal.removeEventListener('abort', giveUp)
      giveUp()
    }
  }

  async #later(answer: Waited): Promise<string> {
    const hold = { client: this }
    held.add(hold)
    try {
      return settled(await answer)
    } finally {
      held.delete(hold)
    }
  }

  #pack(packed: string, wanted: Wanted | undefined): WxConfig {
    const { nonceStr, timestamp, signature } = unpack(packed)
    return adorned({ debug: false, appId: this.#appId, timestamp, nonceStr, signature, jsApiList: [] }, wanted)
  }
}

function adorned(config: WxConfig, wanted: Wanted | undefined): WxConfig {
  if (wanted === undefined) return config
  config.debug = wanted.debug
  config.jsApiList = wanted.jsApiList
  if (wanted.openTagList) config.openTagList = wanted.openTagList
  return config
}

function wantedOf(options: unknown): Wanted | undefined {
  if (options === undefined) return undefined
  const given = check.record('the options of config()', options, CONFIG_NAMES)
  const wanted: Wanted = {
    debug: given.debug === undefined ? false : check.boolean('debug', given.debug),
    jsApiList: given.jsApiList === undefined ? [] : check.strings('jsApiList', given.jsApiList),
  }
  if (given.openTagList !== undefined) wanted.openTagList = check.strings('openTagList', given.openTagList)
  if (given.signal !== undefined) wanted.signal = check.signal('signal', given.signal)
  return wanted
}

function signalOf(name: string, options: unknown): AbortSignal | undefined {
  if (options === undefined) return undefined
  const { signal } = check.record(`the options of ${name}()`, options, ['signal'])
  return signal === undefined ? undefined : check.signal('signal', signal)
}

function aborted(signal: AbortSignal): Error {
  return fail('ABORTED', "the caller's signal was aborted", { cause: signal.reason })
}

/**
 * Makes a client for one account. No request is made before the first call. Clients that name the same account and
 * store share what they keep, so a second one costs nothing.
 *
 * @throws WxSignError `INVALID_ARGUMENT` where an option is missing or wrong, `STORE` where the directory of the store
 * could be written to by others.
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
