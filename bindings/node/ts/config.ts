// What a caller asks of `config()`, and what the call returns.

import check = require('./check')

/** Options of a call that may wait. */
export interface WaitOptions {
  /** Gives up waiting: the call fails with `ABORTED`, its cause the signal's reason. Other callers are not affected. */
  signal?: AbortSignal | undefined
}

/** What a page wants to call, beside the signature. */
export interface ConfigOptions extends WaitOptions {
  /** The interfaces that the page calls; none by default. */
  jsApiList?: readonly string[] | undefined
  /** The open tags that the page uses. */
  openTagList?: readonly string[] | undefined
  /** Whether WeChat shows the result of each call, for developing; false by default. */
  debug?: boolean | undefined
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
  /** Only if it was asked for. */
  openTagList?: string[]
}

/** Options of `agentConfig()`. */
export interface AgentConfigOptions extends WaitOptions {
  /** The interfaces that the page calls; none by default. */
  jsApiList?: readonly string[] | undefined
}

/** What `wx.agentConfig()` of 企业微信 takes, beside its callbacks. */
export interface AgentConfig {
  corpid: string
  agentid: string
  /** Unix time in seconds. */
  timestamp: number
  /** 32 letters and digits. */
  nonceStr: string
  /** Forty hexadecimal digits. */
  signature: string
  jsApiList: string[]
}

/** What `wx.invoke('chooseInvoice', …)` takes. */
export interface InvoiceConfig {
  /** Unix time in seconds, as text. */
  timestamp: string
  /** 32 letters and digits. */
  nonceStr: string
  signType: 'SHA1'
  /** Forty hexadecimal digits. */
  cardSign: string
}

/** What a page may call, checked. */
export interface Page {
  debug: boolean
  jsApiList: string[]
  openTagList: string[] | undefined
}

/** The names in {@link Page}. */
export const PAGE_NAMES = ['jsApiList', 'openTagList', 'debug'] as const

/** Checks what a page wants to call. */
export function checkPage(given: { [name in (typeof PAGE_NAMES)[number]]?: unknown }): Page {
  const { debug, jsApiList, openTagList } = given
  return {
    debug: debug === undefined ? false : check.boolean('debug', debug),
    jsApiList: jsApiList === undefined ? [] : check.strings('jsApiList', jsApiList),
    openTagList: openTagList === undefined ? undefined : check.strings('openTagList', openTagList),
  }
}

/** What a call was given, over what its site says: one that is `undefined` counts as left out. */
export function withDefaults(site: Partial<Page>, name: string, options: unknown): object {
  if (options === undefined) return site
  const given = check.record(`the options of ${name}()`, options)
  const named = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.assign(Object.create(null), site, Object.fromEntries(named))
}

/** The options of `config()`, checked. */
export interface CheckedConfigOptions extends Page {
  signal: check.Signal | undefined
}

/** Checks the options of `config()`. */
export function checkConfigOptions(options: unknown): CheckedConfigOptions | undefined {
  if (options === undefined) return undefined
  const given = check.record('the options of config()', options, [...PAGE_NAMES, 'signal'])
  const page = checkPage(given)
  return { ...page, signal: given.signal === undefined ? undefined : check.signal('signal', given.signal) }
}

/** Checks the options of `agentConfig()`. */
export function checkAgentConfigOptions(
  name: string,
  options: unknown,
): { jsApiList: string[]; signal: check.Signal | undefined } {
  const given = options === undefined ? {} : check.record(`the options of ${name}()`, options, ['jsApiList', 'signal'])
  return {
    jsApiList: given.jsApiList === undefined ? [] : check.strings('jsApiList', given.jsApiList),
    signal: given.signal === undefined ? undefined : check.signal('signal', given.signal),
  }
}

/** Checks the options of a call that only waits. */
export function checkWaitOptions(name: string, options: unknown): check.Signal | undefined {
  if (options === undefined) return undefined
  const { signal } = check.record(`the options of ${name}()`, options, ['signal'])
  return signal === undefined ? undefined : check.signal('signal', signal)
}

/** Puts what the page wants into its config. */
export function withPage(config: WxConfig, wanted: Page | undefined): WxConfig {
  if (wanted === undefined) return config
  config.debug = wanted.debug
  config.jsApiList = wanted.jsApiList
  if (wanted.openTagList) config.openTagList = wanted.openTagList
  return config
}
