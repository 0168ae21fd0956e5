// wxsign/page: configures WeChat's JS-SDK in a page. Load it before the router: the address at that
// moment is the one that iOS verifies.

/** What `wx.config` takes, as the server answers it. */
export interface PageConfig {
  appId: string
  timestamp: number
  nonceStr: string
  signature: string
  jsApiList: string[]
  openTagList?: string[]
  debug?: boolean
  [name: string]: unknown
}

/** What `wx.error` delivers. */
export interface SdkError {
  errMsg: string
  realAuthUrl?: string | string[]
}

/** The parts of WeChat's SDK that are used here. */
export interface Sdk {
  config(config: PageConfig): void
  ready(callback: () => void): void
  error(callback: (error: SdkError) => void): void
}

export interface ConfigureOptions {
  /** The server's route, `/wx/config` by default. */
  endpoint?: string
  /** Fetches the config by other means than `endpoint`. */
  fetchConfig?: (url: string) => Promise<PageConfig>
  /** Fields that are added to the server's, such as `jsApiList`. */
  extra?: Partial<PageConfig>
  /** WeChat's SDK, `window.wx` by default. */
  wx?: Sdk
  /** The URL that is signed first, if the choice by client is wrong. */
  url?: string
  /** Whether a failure is reported to `endpoint`, which needs `reports` there; true by default. */
  report?: boolean
  /** How long the SDK may take, in milliseconds; 10,000 by default. */
  timeout?: number
}

/** Why the page could not be configured. */
export interface PageFailure extends Error {
  /** `not_in_wechat`, `no_sdk`, `http`, `timeout`, or `refused` by WeChat. */
  code: 'not_in_wechat' | 'no_sdk' | 'http' | 'timeout' | 'refused'
  /** The URLs that were signed, in their order. */
  tried: string[]
  /** What WeChat said, if it was asked. */
  sdkError?: SdkError
  /** The server's diagnosis, if its handler has `reports: 'page'`. */
  report?: unknown
}

// One more wait than this for WeChat's word, if neither the bridge nor the SDK can be asked.
const QUIET_MS = 3000
const MAX_RETRIES = 2

// Where a server renders the page first, this module is loaded without a page.
const landing = typeof location === 'undefined' ? '' : cut(location.href)

// Pages without TypeScript pass a URL object, or the location itself.
function cut(url: string): string {
  return String(url).split('#')[0] as string
}

/** The URL that this client verifies: the landing URL on iOS, else the current one. */
export function urlToSign(): string {
  const agent = navigator.userAgent
  const current = cut(outermost())
  if (/wxwork/i.test(agent)) return current
  const environment = (window as unknown as { __wxjs_environment?: string }).__wxjs_environment
  const isMiniProgram = /miniProgram/i.test(agent) || environment === 'miniprogram'
  const isIos = /iPhone|iPad|iPod/.test(agent)
  return /MicroMessenger/i.test(agent) && (isIos || (isMiniProgram && /Android/i.test(agent))) ? landing : current
}

// In an iframe the outermost page counts, if it may be read.
function outermost(): string {
  try {
    return (window.top ?? window).location.href || location.href
  } catch {
    return location.href
  }
}

/**
 * Fetches the config for this page, calls `wx.config`, and resolves with it when WeChat has
 * accepted it. If WeChat verified another URL, it signs that one, at most twice. Call it again
 * after each change of the route, except on iOS.
 *
 * @example
 * import { configure } from 'wxsign/page'
 *
 * await configure({ endpoint: '/wx/config' })
 * wx.updateAppMessageShareData({ title, link, imgUrl })
 */
export async function configure(options: ConfigureOptions = {}): Promise<PageConfig> {
  const tried: string[] = []
  const fail = (code: PageFailure['code'], message: string, more?: Partial<PageFailure>): PageFailure =>
    Object.assign(new Error(message), { code, tried, ...more })

  const wx = options.wx ?? (window as unknown as { wx?: Sdk; jWeixin?: Sdk }).wx
  if (!/MicroMessenger|wxwork/i.test(navigator.userAgent)) throw fail('not_in_wechat', 'this page is not in WeChat')
  if (!wx?.config) throw fail('no_sdk', 'window.wx is missing: load jweixin-1.6.0.js first')

  const endpoint = options.endpoint ?? '/wx/config'
  const waiting = [cut(options.url ?? urlToSign())]
  let sdkError: SdkError | undefined
  let config: PageConfig | undefined
  while (waiting.length > 0 && tried.length <= MAX_RETRIES) {
    const url = waiting.shift() as string
    if (tried.includes(url)) continue
    tried.push(url)
    try {
      config = { ...(await (options.fetchConfig ? options.fetchConfig(url) : ask(endpoint, url))), ...options.extra }
    } catch (error) {
      // The host of a URL that WeChat named may not be allowed: what WeChat said counts more.
      if (sdkError) continue
      throw fail('http', String((error as Error | null)?.message ?? error))
    }
    sdkError = await verified(wx, config, options.timeout ?? 10_000)
    if (!sdkError) return config
    if (!/invalid signature|63002|40093/i.test(sdkError.errMsg)) break
    const real = sdkError.realAuthUrl ?? []
    waiting.push(...(Array.isArray(real) ? real : [real]).map(cut), landing, cut(location.href))
  }
  const failure = fail(sdkError?.errMsg === 'timeout' ? 'timeout' : 'refused', sdkError?.errMsg ?? 'refused', {
    ...(sdkError && { sdkError }),
  })
  if (options.report !== false && config) failure.report = await report(config)
  throw failure

  async function report({ appId, timestamp, nonceStr, signature }: PageConfig): Promise<unknown> {
    const evidence = {
      url: tried[tried.length - 1],
      pageUrl: location.href,
      realAuthUrl: sdkError?.realAuthUrl ?? [],
      ...{ appId, timestamp, nonceStr, signature },
      errMsg: sdkError?.errMsg,
      userAgent: navigator.userAgent,
      inFrame: window.top !== window,
    }
    try {
      const headers = { 'Content-Type': 'application/json' }
      const body = JSON.stringify({ report: evidence })
      const answer = await fetch(endpoint, { method: 'POST', headers, body, keepalive: true })
      return answer.status === 200 ? await answer.json() : undefined
    } catch {
      return undefined
    }
  }
}

/** What `register` of `@wecom/jssdk` takes. */
export interface Signatures {
  getConfigSignature(url: string): Promise<PageConfig>
  /** The answer is also what `wx.agentConfig` takes. */
  getAgentConfigSignature(url: string): Promise<AgentConfig>
  getSuiteConfigSignature(url: string): Promise<Signature>
}

/** A signature, with what was signed. */
export interface Signature {
  timestamp: number
  nonceStr: string
  signature: string
}

/** What `wx.agentConfig` takes. */
export interface AgentConfig extends Signature {
  corpid: string
  agentid: string
  jsApiList: string[]
}

/**
 * The functions that `register` of `@wecom/jssdk` takes: each asks its route of the handler at
 * `endpoint`.
 *
 * @example
 * import * as ww from '@wecom/jssdk'
 * import { signatures } from 'wxsign/page'
 *
 * ww.register({
 *   corpId: 'ww…',
 *   agentId: 1000002,
 *   jsApiList: ['selectExternalContact'],
 *   ...signatures(),
 * })
 */
export function signatures(endpoint = '/wx/config'): Signatures {
  // The endpoint may have its own query.
  const at = (route: string) => endpoint.replace(/(?=\?|$)/, route)
  return {
    getConfigSignature: (url) => ask(endpoint, url),
    getAgentConfigSignature: (url) => ask(at('/agent-config'), url),
    getSuiteConfigSignature: (url) => ask(at('/suite-config'), url),
  }
}

async function ask<T extends Signature>(endpoint: string, url: string): Promise<T> {
  const mark = endpoint.includes('?') ? '&' : '?'
  const answer = await fetch(`${endpoint}${mark}url=${encodeURIComponent(url)}`)
  const body = ((await answer.json().catch(() => undefined)) ?? {}) as T & { code?: string; message?: string }
  if (answer.ok && body.signature) return body
  // A page of HTML with status 200 comes from a route that does not exist.
  throw new Error(`${endpoint}: HTTP ${answer.status} ${body.code ?? ''} ${body.message ?? ''}`.trim())
}

interface Bridge {
  invoke(name: string, given: unknown, done?: (result: { err_msg?: string }) => void): void
}

// What WeChat says of the config; nothing if it accepts it. `wx.ready` also fires after a failure,
// and at once if an earlier config has ended: then the bridge itself is listened to.
function verified(wx: Sdk, config: PageConfig, timeout: number): Promise<SdkError | undefined> {
  return new Promise((resolve) => {
    let unhook: (() => void) | undefined
    const end = (error?: SdkError) => {
      clearTimeout(timer)
      unhook?.()
      resolve(error)
    }
    const bridge = (window as unknown as { WeixinJSBridge?: Bridge }).WeixinJSBridge
    unhook =
      bridge &&
      hook(bridge, (result) => {
        const errMsg = (result.err_msg ?? '').replace(/^preVerifyJSAPI/, 'config')
        end(/:ok$/.test(errMsg) ? undefined : { ...result, errMsg })
      })
    const isQuiet = bridge !== undefined && unhook === undefined
    const timer = setTimeout(
      () => end(isQuiet ? undefined : { errMsg: 'timeout' }),
      isQuiet ? Math.min(QUIET_MS, timeout) : timeout,
    )
    wx.error(end)
    // The SDK calls the listener of errors first.
    if (!bridge) wx.ready(() => setTimeout(end))
    // A copy: the SDK renames entries of jsApiList in place.
    wx.config({ ...config, jsApiList: [...(config.jsApiList ?? [])] })
  })
}

function hook(bridge: Bridge, seen: (result: { err_msg?: string }) => void): (() => void) | undefined {
  const { invoke } = bridge
  const listening: Bridge['invoke'] = function (this: unknown, name, given, done) {
    if (name !== 'preVerifyJSAPI') return invoke.call(bridge, name, given, done)
    return invoke.call(bridge, name, given, (result) => {
      // The SDK changes what it is given.
      const said = { ...result }
      done?.(result)
      seen(said)
    })
  }
  try {
    bridge.invoke = listening
  } catch {}
  if (bridge.invoke !== listening) return undefined
  return () => {
    if (bridge.invoke === listening) bridge.invoke = invoke
  }
}
