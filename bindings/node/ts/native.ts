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
  sign(ticket: string, url: string, nonceStr?: string, timestamp?: number): string
  explain(code: string, message: string): Failure
  version(): string
  createClient(
    options: NativeOptions,
    onEvent?: (happening: Happening) => void,
    token?: (rejected: string | undefined | null, reply: Reply) => void,
  ): number | Failure
  configSync(id: number, url: string): Answer
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

/** A signature with what was signed. */
export interface Signed {
  nonceStr: string
  timestamp: number
  signature: string
}

const NONCE = 32
const SIGNATURE = 40

/** The parts of `nonce + timestamp + signature`; a nonce that was not made here has a length of its own. */
export function unpack(packed: string, nonceLength: number = NONCE): Signed {
  const end = packed.length - SIGNATURE
  return {
    nonceStr: packed.slice(0, nonceLength),
    timestamp: Number(packed.slice(nonceLength, end)),
    signature: packed.slice(end),
  }
}
