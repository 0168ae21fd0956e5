// The addon as it is, and the flat strings it answers with. The one module that knows how a signature crosses.

import { load } from './load'

/** One failure of a chain: the first is what happened, those behind it are its causes. */
export interface Link {
  code: string
  message: string
  errcode?: number
  rid?: string
  ip?: string
  retryable: boolean
  retryAt?: number
  hint: string
  hintZh: string
}

/** Why there is no answer. */
export type Failure = Link[]

/** What was asked for, as text, or why there is none. */
export type Answer = string | Failure

/** Answered on the spot, or later. */
export type Waited = Answer | Promise<Answer>

/** What the addon tells of events. */
export interface Happening {
  name: string
  credential?: 'token' | 'ticket'
  source?: 'service' | 'store'
  remainingMs?: number
  reason?: string
  failure?: Failure
}

/** The options as the addon takes them. */
export interface NativeOptions {
  appId?: string
  appSecret?: string
  baseUrls?: string[]
  classic?: boolean
  accessToken?: string
  storeDir?: string
  storeMemory?: boolean
  storeRedis?: string
  allowedHosts?: string[]
  timeoutMs?: number
  proxy?: string
  caFile?: string
  importTicketFile?: string
}

/** The place for the answer to a token question. */
export type Reply = { readonly reply: unique symbol }

interface Native {
  hot(key: number, url: string): string | undefined
  prepare(ticket: string): number
  sign(ticket: string, url: string, nonceStr?: string, timestamp?: number): string
  explain(code: string, message: string): Failure
  version(): string
  createClient(
    options: NativeOptions,
    onEvent?: (happening: Happening) => void,
    token?: (rejected: string | undefined | null, reply: Reply) => void,
  ): number | Failure
  tryConfig(id: number, url: string): Answer
  config(id: number, url: string, wait: number): Waited
  ticket(id: number, wait: number): Waited
  accessToken(id: number, wait: number): Waited
  giveUp(wait: number): void
  setAccessToken(id: number, token: string): true | Failure
  invalidate(id: number, value: string): boolean | Failure
  state(id: number): Answer
  close(id: number): void
  release(id: number): void
  replyToken(reply: Reply, token: string | undefined, why: string | undefined): void
}

/** The addon. */
export const native = load() as Native

/**
 * Signs where nothing is out of the ordinary, else gives nothing: then the named functions say what is. The key is a
 * client's number, or what `prepare` gave for a ticket.
 */
export const { hot } = native

/** A signature with what was signed. */
export interface Signed {
  nonceStr: string
  timestamp: number
  signature: string
}

/**
 * What V8 is shown before the first signature: objects of the shapes that are handed out, with every kind of timestamp.
 *
 * All literals of one shape share what V8 knows of it. Once somebody's literal anywhere in the program puts a fraction or
 * a text where there had been small integers, V8 makes the older ones half as fast again for good. So it learns that
 * first, and these are kept (by ./main), lest it forgets.
 */
export const shapes = [
  { debug: false, appId: '', timestamp: 0, nonceStr: '', signature: '', jsApiList: [] },
  { debug: false, appId: '', timestamp: 0.5, nonceStr: '', signature: '', jsApiList: [] },
  { debug: false, appId: '', timestamp: '', nonceStr: '', signature: '', jsApiList: [] },
  { nonceStr: '', timestamp: 0, signature: '' },
  { nonceStr: '', timestamp: 0.5, signature: '' },
  { nonceStr: '', timestamp: '', signature: '' },
]

const NONCE = 32
const SIGNATURE = 40
const HOT_SIGNATURE = NONCE + 4

/** The timestamp of what `hot` gave, which stands there in four characters of eight bits: digits would take longer. */
export function hotTimestamp(packed: string): number {
  const high = packed.charCodeAt(NONCE) * 256 + packed.charCodeAt(NONCE + 1)
  return (high * 256 + packed.charCodeAt(NONCE + 2)) * 256 + packed.charCodeAt(NONCE + 3)
}

/** Its nonce. */
export function hotNonce(packed: string): string {
  return packed.slice(0, NONCE)
}

/** Its signature. */
export function hotSignature(packed: string): string {
  return packed.slice(HOT_SIGNATURE)
}

/** The parts of `nonce + timestamp + signature`; a nonce that was not made here has a length of its own. */
export function unpack(packed: string, nonceLength: number = NONCE): Signed {
  const end = packed.length - SIGNATURE
  return {
    nonceStr: packed.slice(0, nonceLength),
    timestamp: Number(packed.slice(nonceLength, end)),
    signature: packed.slice(end),
  }
}
