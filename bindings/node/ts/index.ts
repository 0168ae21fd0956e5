// The public entry: everything that `require('wxsign')` returns.

export { type Client, createClient } from './client'
export type { ConfigOptions, WaitOptions, WxConfig } from './config'
export { clientFromEnv } from './env'
export { type Code, WxSignError } from './error'
export type { ClientEvent } from './event'
export { type Cause, type Evidence, explain, type Report } from './explain'
export type { AccessTokenFunction, ClientOptions, StoreOption } from './options'
export { type Signed, type SignInput, sign } from './sign'
export type { CredentialState, State } from './state'
