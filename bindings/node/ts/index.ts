// The public entry: everything that `require('wxsign')` returns.

export { type Client, createClient, type WorkClient } from './client'
export type {
  AgentConfig,
  AgentConfigOptions,
  ConfigOptions,
  InvoiceConfig,
  WaitOptions,
  WxConfig,
} from './config'
export { clientFromEnv } from './env'
export { type Code, WxSignError } from './error'
export type { ClientEvent, CredentialName } from './event'
export { type Cause, type Evidence, explain, type Report } from './explain'
export type {
  AccessTokenFunction,
  ClientOptions,
  CommonOptions,
  OwnTicket,
  StoreOption,
  TicketFunction,
  TicketKind,
  WorkOptions,
} from './options'
export { cardSign, type SignatureData, type SignInput, sign } from './sign'
export type { CredentialState, State } from './state'
