// The client: the configs, tickets and tokens of one account.

import { bridgeEvents, bridgeTicket, bridgeToken } from './bridge'

import check = require('./check')

import {
  type AgentConfig,
  type AgentConfigOptions,
  type CheckedConfigOptions,
  type ConfigOptions,
  checkAgentConfigOptions,
  checkConfigOptions,
  checkWaitOptions,
  type InvoiceConfig,
  type WaitOptions,
  type WxConfig,
  withPage,
} from './config'
import { callAddon, fail, isOurs, orThrow } from './error'
import { type Evidence, evidenceText, type Report } from './explain'
import { type AnswerOrPromise, hot, hotNonce, hotSignature, hotTimestamp, native, unpack } from './native'
import { type Checked, type ClientOptions, checkOptions, NO_FUNCTIONS, type WorkOptions } from './options'
import type { State } from './state'

// A client that nothing refers to any more needs no close().
const collected = new FinalizationRegistry((id: number) => native.release(id))

// But a client with a waiting call must not be collected, and so closed, while the call waits.
const waiting = new Set<{ client: Client }>()

/** One account of WeChat. Made by {@link createClient}. */
export class Client {
  readonly #id: number
  // The corpId, if this is an app of 企业微信.
  readonly #appId: string
  readonly #agentId: string | undefined
  readonly #allowedHosts: readonly string[] | undefined
  // The caller's functions.
  readonly #own: Checked['own']

  /** @internal */
  constructor({ native: options, own }: Checked) {
    this.#appId = options.appId ?? options.corpId ?? ''
    this.#agentId = options.agentId
    this.#allowedHosts = options.allowedHosts
    this.#own = own
    const ofClient = Client.#ownOf(new WeakRef(this))
    const events = bridgeEvents(this.#appId, ofClient)
    const token = own.accessToken && bridgeToken(ofClient)
    const ticket = own.ticket && bridgeTicket(ofClient)
    this.#id = callAddon(() => orThrow(native.createClient(options, events, token, ticket)))
    collected.register(this, this.#id)
  }

  // The addon keeps what it calls. If that kept the caller's functions, a client that they refer to
  // would never be collected.
  static #ownOf(client: WeakRef<Client>): () => Checked['own'] {
    return () => {
      const alive = client.deref()
      return alive === undefined ? NO_FUNCTIONS : alive.#own
    }
  }

  /**
   * What `wx.config()` takes, for the page at `url`: pass the page's own `location.href`. A fresh
   * ticket is served from memory; else the call waits for one, `timeoutMs` at most.
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
    const wanted = checkConfigOptions(options)
    const config = wanted?.signal === undefined ? this.#configIfFresh(url, undefined) : undefined
    if (config !== undefined) return withPage(config, wanted)
    const packed = this.#ask((wait) => native.config(this.#id, url, wait), wanted?.signal)
    return this.#unpacked(typeof packed === 'string' ? packed : await packed, wanted)
  }

  #tryConfig(url: string, options: ConfigOptions | undefined): WxConfig {
    check.string('url', url)
    const wanted = checkConfigOptions(options)
    if (wanted?.signal?.isAborted()) throw aborted(wanted.signal)
    const config = this.#configIfFresh(url, undefined)
    if (config !== undefined) return withPage(config, wanted)
    return this.#unpacked(orThrow(callAddon(() => native.tryConfig(this.#id, url))), wanted)
  }

  /** @internal Of an app of 企业微信 alone, see {@link WorkClient}; other clients reject it. */
  async agentConfig(url: string, options?: AgentConfigOptions): Promise<AgentConfig> {
    check.string('url', url)
    const { jsApiList, signal } = checkAgentConfigOptions('agentConfig', options)
    const packed = await this.#ask((wait) => native.agentConfig(this.#id, url, wait), signal)
    return this.#agentConfigOf(packed, jsApiList)
  }

  /** @internal */
  tryAgentConfig(url: string, options?: AgentConfigOptions): AgentConfig {
    check.string('url', url)
    const { jsApiList, signal } = checkAgentConfigOptions('tryAgentConfig', options)
    if (signal?.isAborted()) throw aborted(signal)
    return this.#agentConfigOf(orThrow(callAddon(() => native.tryAgentConfig(this.#id, url))), jsApiList)
  }

  #agentConfigOf(packed: string, jsApiList: string[]): AgentConfig {
    return { corpid: this.#appId, agentid: this.#agentId ?? '', ...unpack(packed), jsApiList }
  }

  /** What `wx.invoke('chooseInvoice', …)` takes, of 公众号 and 企业微信. */
  async invoiceConfig(options?: WaitOptions): Promise<InvoiceConfig> {
    return invoiceConfigOf(
      await this.#ask((wait) => native.invoiceConfig(this.#id, wait), checkWaitOptions('invoiceConfig', options)),
    )
  }

  /** Like {@link invoiceConfig}, without waiting. Throws `NOT_READY` if no ticket is in memory. */
  tryInvoiceConfig(): InvoiceConfig {
    return invoiceConfigOf(orThrow(callAddon(() => native.tryInvoiceConfig(this.#id))))
  }

  /** The ticket that signs `wx.config`: the `jsapi_ticket`, or the corp's ticket of 企业微信. */
  async ticket(options?: WaitOptions): Promise<string> {
    return this.#ask((wait) => native.ticket(this.#id, wait), checkWaitOptions('ticket', options))
  }

  /** The `access_token`. */
  async accessToken(options?: WaitOptions): Promise<string> {
    return this.#ask((wait) => native.accessToken(this.#id, wait), checkWaitOptions('accessToken', options))
  }

  /** Replaces the token of a client that was made with an `accessToken` string. */
  setAccessToken(value: string): void {
    check.string('the access token', value)
    orThrow(callAddon(() => native.setAccessToken(this.#id, value)))
  }

  /** Replaces the ticket of a client that was made with a `ticket` string. */
  setTicket(value: string): void {
    check.string('the ticket', value)
    orThrow(callAddon(() => native.setTicket(this.#id, value)))
  }

  /**
   * Drops the token or ticket `value`, but only if it is still the one in memory: a value that was
   * already replaced stays. Returns whether it was dropped.
   */
  invalidate(value: string): boolean {
    check.string('the value', value)
    return orThrow(callAddon(() => native.invalidate(this.#id, value)))
  }

  /** The client's state, without a request, a file or a secret. */
  state(): State {
    return JSON.parse(orThrow(callAddon(() => native.state(this.#id))))
  }

  /**
   * Like `explain`, with the tickets that this client remembers: the last two of each kind, in
   * memory only. Then a mistake can be proven, and so can a ticket that was replaced. It makes no
   * request: a client that has not signed yet explains what the rest of the evidence shows. The
   * event loop does not wait for the search.
   */
  async explain(evidence: Evidence): Promise<Report> {
    const text = evidenceText(evidence)
    return JSON.parse(orThrow(await callAddon(() => native.clientExplain(this.#id, text))))
  }

  /** Closes the client: waiting calls and every later call fail with `CLOSED`. It may be closed twice. */
  async close(): Promise<void> {
    callAddon(() => native.close(this.#id))
  }

  /** Like {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal Whether it is a client: a proxy of one has nothing of it. */
  static is(value: unknown): value is Client {
    return typeof value === 'object' && value !== null && #id in value
  }

  /** @internal Whether it is that of an app of 企业微信. */
  get isWork(): boolean {
    return this.#agentId !== undefined
  }

  /** @internal The hosts that were listed, be it as `*`: the handlers want that. */
  get allowedHosts(): readonly string[] | undefined {
    return this.#allowedHosts
  }

  #ask(begin: (wait: number) => AnswerOrPromise, signal?: check.Signal): string | Promise<string> {
    if (signal !== undefined) return this.#askUntil(begin, signal)
    const answer = callAddon(() => begin(0))
    // A failure is an array, and only a promise is neither that nor text. Not by `instanceof`: under
    // Jest, which runs each test in its own context, the addon's promises are of another class.
    return typeof answer === 'string' || Array.isArray(answer) ? orThrow(answer) : this.#later(answer)
  }

  async #askUntil(begin: (wait: number) => AnswerOrPromise, signal: check.Signal): Promise<string> {
    if (signal.isAborted()) throw aborted(signal)
    const wait = native.newWait()
    let isAborted = false
    const giveUp = () => {
      isAborted = true
      native.giveUp(wait)
    }
    const unlisten = signal.listen(giveUp)
    try {
      if (isAborted) throw aborted(signal)
      return await this.#later(callAddon(() => begin(wait)))
    } catch (error) {
      throw isOurs(error) && error.code === 'ABORTED' ? aborted(signal) : error
    } finally {
      unlisten()
      native.giveUp(wait)
    }
  }

  async #later(answer: AnswerOrPromise): Promise<string> {
    const call = { client: this }
    waiting.add(call)
    try {
      return orThrow(await answer)
    } finally {
      waiting.delete(call)
    }
  }

  #unpacked(packed: string, wanted: CheckedConfigOptions | undefined): WxConfig {
    const { nonceStr, timestamp, signature } = unpack(packed)
    return withPage({ debug: false, appId: this.#appId, timestamp, nonceStr, signature, jsApiList: [] }, wanted)
  }
}

function invoiceConfigOf(packed: string): InvoiceConfig {
  const { timestamp, nonceStr, signature } = unpack(packed)
  return { timestamp: String(timestamp), nonceStr, signType: 'SHA1', cardSign: signature }
}

function aborted(signal: check.Signal): Error {
  return fail('ABORTED', "the caller's signal was aborted", { cause: signal.reason() })
}

/** The client of an app of 企业微信. Its `config()` signs with the corp's ticket. */
export interface WorkClient extends Client {
  /**
   * What `wx.agentConfig()` takes, beside its callbacks, for the page at `url`: signed with the
   * app's own ticket, which is another one than `config()` signs with.
   */
  agentConfig(url: string, options?: AgentConfigOptions): Promise<AgentConfig>
  /** Like {@link agentConfig}, without waiting. Throws `NOT_READY` if no ticket is in memory; a fetch has then begun. */
  tryAgentConfig(url: string, options?: AgentConfigOptions): AgentConfig
}

/**
 * Makes a client for one account. It does no I/O; the first call begins the first request. Clients
 * that name the same account and store share what they cache, so a second one costs nothing.
 *
 * @throws WxSignError `INVALID_ARGUMENT` if an option is missing or wrong.
 *
 * @example
 * const { createClient } = require('wxsign')
 *
 * const wx = createClient({
 *   appId: 'wx…',
 *   appSecret: process.env.WX_APP_SECRET,
 *   allowedHosts: ['example.com'],
 * })
 *
 * // in a request handler, with the page's location.href as `url`:
 * const config = await wx.config(url, { jsApiList: ['updateAppMessageShareData'] })
 * // in the page: wx.config(config)
 *
 * @example
 * // An app of 企业微信:
 * const wecom = createClient({
 *   corpId: 'ww…',
 *   agentId: 1000002,
 *   appSecret: process.env.WX_APP_SECRET,
 * })
 * const agentConfig = await wecom.agentConfig(url, { jsApiList: ['selectExternalContact'] })
 */
export function createClient(options: WorkOptions): WorkClient
export function createClient(options: ClientOptions): Client
export function createClient(options: ClientOptions | WorkOptions): Client {
  return new Client(checkOptions(options))
}
