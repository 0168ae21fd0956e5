// The addon as it is, and the flat strings it answers with. Only this file knows how a signature
// crosses from the core.

import { load } from './load'

/** One failure of a chain: the first is what happened, the others are its causes. */
export interface Link {
  code: string
  message: string
  reason?: string
  errcode?: number
  rid?: string
  ip?: string
  host?: string
  path?: string
  option?: string
  parameter?: string
  retryable: boolean
  retryAt?: number
  recordedAt?: number
  httpStatus: number
  retryAfterSeconds?: number
  publicMessage: string
  hint: string
  hintZh: string
  docs: string
}

/** Why there is no answer. */
export type Failure = Link[]

/** The text that was asked for, or why there is none. */
export type Answer = string | Failure

/** Answered before the call returns, or later. */
export type AnswerOrPromise = Answer | Promise<Answer>

/** A kind of ticket: that of `wx.config`, of `wx.agentConfig`, or of cards and invoices. */
export type TicketKind = 'ticket' | 'agent_ticket' | 'card_ticket'

/** A kind of credential. */
export type CredentialName = 'token' | TicketKind

/** What the addon reports of an event. */
export interface NativeEvent {
  name: string
  credential?: CredentialName
  source?: 'service' | 'store' | 'caller'
  remainingMs?: number
  reason?: string
  failure?: Failure
}

/** The options as the addon takes them. */
export interface NativeOptions {
  appId?: string
  corpId?: string
  agentId?: string
  appSecret?: string
  baseUrls?: string[]
  allowHttp?: boolean
  classic?: boolean
  accessToken?: string
  ticket?: string
  storeDir?: string
  storeMemory?: boolean
  storeRedis?: string
  allowedHosts?: string[]
  timeoutMs?: number
  proxy?: string
  caFile?: string
  extraCaFile?: string
  importTicketFile?: string
}

/** The place for the answer to a question for a token or a ticket. */
export type Reply = { readonly reply: unique symbol }

interface Native {
  hot(key: number, url: string): string | undefined
  prepare(ticket: string): number
  sign(ticket: string, url: string, nonceStr?: string, timestamp?: number): string
  cardSign(values: string[]): string
  failure(code: string, message: string, option?: string): Failure
  explainEvidence(evidence: string): Answer
  runCommand(args: string[]): number
  version(): string
  urlFromQuery(query: string): Answer
  createClient(
    options: NativeOptions,
    onEvent?: (event: NativeEvent) => void,
    token?: (rejected: string | undefined | null, reply: Reply) => void,
    ticket?: (kind: TicketKind, rejected: string | undefined | null, reply: Reply) => void,
  ): number | Failure
  tryConfig(id: number, url: string): Answer
  config(id: number, url: string, wait: number): AnswerOrPromise
  tryAgentConfig(id: number, url: string): Answer
  agentConfig(id: number, url: string, wait: number): AnswerOrPromise
  tryInvoiceConfig(id: number): Answer
  invoiceConfig(id: number, wait: number): AnswerOrPromise
  ticket(id: number, wait: number): AnswerOrPromise
  accessToken(id: number, wait: number): AnswerOrPromise
  newWait(): number
  giveUp(wait: number): void
  setTicket(id: number, ticket: string): true | Failure
  setAccessToken(id: number, token: string): true | Failure
  invalidate(id: number, value: string): boolean | Failure
  state(id: number): Answer
  clientExplain(id: number, evidence: string): Promise<Answer>
  close(id: number): void
  release(id: number): void
  startMock(args: string[]): number | Failure
  mockUrl(id: number): Answer
  mockControl(id: number, method: string, target: string, body: string): Answer
  stopMock(id: number): Promise<void>
  replyToken(reply: Reply, token: string | undefined, why: string | undefined): void
  replyTicket(reply: Reply, ticket: string | undefined, expiresIn: number | undefined, why: string | undefined): void
}

/** The addon. */
export const native = load() as Native

/**
 * Signs if nothing is unusual, else returns nothing: then the named functions report what is. The
 * key is a client's number, or what `prepare` returned for a ticket.
 */
export const { hot } = native

/** A signature, with what was signed besides the ticket and the URL. */
export interface SignatureData {
  /** 32 letters and digits, or the caller's own. */
  nonceStr: string
  /** Unix time in seconds. */
  timestamp: number
  /** Forty hexadecimal digits. */
  signature: string
}

/**
 * What V8 sees before the first signature: objects of the shapes that are returned, with every kind
 * of timestamp.
 *
 * V8 keeps one description for all literals of one shape. If a literal anywhere in the program puts
 * a fraction or a text where there were small integers, V8 makes the older objects half as fast
 * again for good. So V8 learns the general shape first, and these objects keep it from forgetting.
 */
export const shapes = [
  { debug: false, appId: '', timestamp: 0, nonceStr: '', signature: '', jsApiList: [] },
  { debug: false, appId: '', timestamp: 0.5, nonceStr: '', signature: '', jsApiList: [] },
  { debug: false, appId: '', timestamp: '', nonceStr: '', signature: '', jsApiList: [] },
  { nonceStr: '', timestamp: 0, signature: '' },
  { nonceStr: '', timestamp: 0.5, signature: '' },
  { nonceStr: '', timestamp: '', signature: '' },
]

const NONCE_LENGTH = 32
const SIGNATURE_LENGTH = 40
const HOT_SIGNATURE = NONCE_LENGTH + 4

/** The timestamp in what `hot` returned: four characters of eight bits, because digits would take longer. */
export function hotTimestamp(packed: string): number {
  const high = packed.charCodeAt(NONCE_LENGTH) * 256 + packed.charCodeAt(NONCE_LENGTH + 1)
  return (high * 256 + packed.charCodeAt(NONCE_LENGTH + 2)) * 256 + packed.charCodeAt(NONCE_LENGTH + 3)
}

/** The nonce in what `hot` returned. */
export function hotNonce(packed: string): string {
  return packed.slice(0, NONCE_LENGTH)
}

/** The signature in what `hot` returned. */
export function hotSignature(packed: string): string {
  return packed.slice(HOT_SIGNATURE)
}

/** The parts of `nonce + timestamp + signature`; a caller's own nonce has its own length. */
export function unpack(packed: string, nonceLength: number = NONCE_LENGTH): SignatureData {
  const end = packed.length - SIGNATURE_LENGTH
  return {
    nonceStr: packed.slice(0, nonceLength),
    timestamp: Number(packed.slice(nonceLength, end)),
    signature: packed.slice(end),
  }
}
